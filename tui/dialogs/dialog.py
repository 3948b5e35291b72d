"""What all dialogs look like, and the plain question with two answers."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from engine.i18n import _
from tui.app import safe_text, words
from tui.widgets.keybar import KeyBar

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A modal screen around one `.dialog` container. Its styles are read when the first one opens, not at the start."""

    AUTO_FOCUS = "Input"
    VERTICAL_BREAKPOINTS = [(0, "low"), (20, "high")]  # noqa: RUF012 - Textual declares it so
    DEFAULT_CSS = """
    Dialog {
        align: center middle; background: $background 60%;
        & .dialog {
            width: 76; max-width: 96%; height: auto; max-height: 90%;
            border: round $primary; background: $surface; padding: 0 1;
            border-title-color: $primary; border-title-style: bold;
        }
        & .dialog Static { background: $surface; height: auto; }
        & .dialog .muted { color: $foreground-muted; }
        & .dialog .fault { color: $text-error; }
        & .dialog Table { background: $surface; }
        & .field { height: 1; }
        & .caption { width: 12; color: $foreground-muted; height: 1; }
        & .field > Input { width: 1fr; }
        & Input { background: $panel; }
        & Input:focus { background: $panel; }
    }
    """

    @property
    def is_open(self) -> bool:
        """Whether it is still there: a worker may end after it was closed."""
        return self in self.app.screen_stack

    def frame(self, title: str, keys: str, kind: type[Vertical | VerticalScroll] = Vertical) -> Widget:
        """The box around the content, with a title above and its keys below; `title` is cleaned here."""
        box = kind(classes="dialog")
        box.border_title, box.border_subtitle = safe_text.content(title).markup, keys
        return box

    def action_leave(self) -> None:
        self.dismiss()

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close it, with what lies above it; when it was closed before, nothing (Textual would close another one)."""
        if not self.is_open:
            return AwaitComplete()
        while self.app.screen is not self:
            self.app.pop_screen()
        return super().dismiss(result)


class FieldDialog(Dialog[Result]):
    """Fields to type in, escape leaves; a line of the class `status` below them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", _("Leave")),
        # before the field sees them: what is typed right behind them goes into the next field
        Binding("up", "focus_field(-1)", _("Field above"), priority=True),
        Binding("down", "focus_field(1)", _("Field below"), priority=True),
    ]

    def action_focus_field(self, step: int) -> None:
        """Go from field to field."""
        (self.focus_next if step > 0 else self.focus_previous)("Input")

    def show_status(self, text: str, *, fault: bool = False) -> None:
        """Show this below the fields; nothing when the dialog was closed meanwhile."""
        for status in self.query(".status").results(Static):
            status.set_class(fault, "fault")
            mark = f"{words.GLYPHS['failed']} " if fault else ""
            status.update(Content(mark + "\n".join(map(safe_text.clean, text.split("\n")))))
            self.call_after_refresh(status.scroll_visible, animate=False)


def field_row(caption: str, field: Input, *after: Widget) -> Horizontal:
    """A caption, the field behind it, and what stands after it."""
    return Horizontal(Label(caption, classes="caption"), field, *after, classes="field")


class ConfirmScreen(Dialog[bool]):
    """Ends with True for yes. `question` and `detail` are cleaned here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", _("Yes")),
        Binding("n,escape,enter", "answer(False)", _("No")),
    ]
    DEFAULT_CSS = """
    ConfirmScreen > .dialog { width: 60; padding: 1 2; }
    ConfirmScreen KeyBar { dock: none; background: $surface; margin-top: 1; }
    ConfirmScreen .question { text-style: bold; }
    """

    def __init__(self, question: str, detail: str, *, yes: str, no: str) -> None:
        super().__init__()
        self._question, self._detail = question, detail
        self._yes, self._no = yes, no

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(safe_text.content(self._question), classes="question", markup=False)
            yield Static(safe_text.content(self._detail), classes="muted", markup=False)
            yield KeyBar([("y", self._yes), ("n", self._no)])

    def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        """An answer was clicked."""
        self.dismiss(message.key == "y")

    def action_answer(self, is_yes: bool) -> None:
        self.dismiss(is_yes)
