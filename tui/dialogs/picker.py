"""Choosing one of many: type a part of its name, move with the arrows, take it with enter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from engine.i18n import _
from tui.dialogs.dialog import Dialog, Result
from tui.widgets.table import Column, Table
from tui.widgets.textfield import TextField

_MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; `key` is the dialog's result."""

    key: str
    name: str
    note: str = ""

    def fits(self, typed: str) -> bool:
        """Whether all words that were typed are in it."""
        return all(word in f"{self.name} {self.note}".lower() for word in typed.lower().split())


class ListDialog(Dialog[Result]):
    """A field above a table of choices: the arrows move in the table while the field keeps the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", _("Leave"))]
    DEFAULT_CSS = """
    ListDialog Input { margin-bottom: 1; }
    """

    def __init__(self, title: str, keys: str, hint: str, columns: tuple[Column, Column]) -> None:
        super().__init__()
        self._title, self._keys, self._hint, self._columns = title, keys, hint, columns
        self._shown: Sequence[Choice] = ()

    def compose(self) -> ComposeResult:
        with self.frame(self._title, self._keys):
            yield TextField(placeholder=self._hint, compact=True)
            table = Table(self._columns, empty=_("nothing of that name"))
            table.can_focus = False  # the arrows come from the field
            yield table

    def on_key(self, event: events.Key) -> None:
        """The arrows move in the table."""
        steps = {"up": -1, "down": 1, "pageup": -_MOST_ROWS, "pagedown": _MOST_ROWS}
        if event.key in steps:
            event.stop()
            self.query_one(Table).action_move(steps[event.key])

    def show_choices(self, choices: Sequence[Choice], marked: int = 0) -> None:
        """Fill the table, and mark one of its rows."""
        self._shown, table = choices, self.query_one(Table)
        table.set_rows(len(choices), lambda index: (choices[index].name, choices[index].note))
        table.styles.height = min(max(1, len(choices)), _MOST_ROWS) + 1
        table.move_cursor(marked)

    @property
    def marked(self) -> str:
        """The key of the marked choice, "" where there is none."""
        return self._shown[self.query_one(Table).cursor].key if self._shown else ""


class PickerScreen(ListDialog[str]):
    """Ends with the key of what was chosen, or None."""

    def __init__(self, title: str, choices: Sequence[Choice], current: str = "") -> None:
        width = min(32, max(4, *(len(choice.name) for choice in choices), 4))
        columns = Column(_("name"), width), Column("")
        super().__init__(
            title, _("enter take · ↑↓ choose · esc leave"), _("type to narrow the list"), columns
        )
        self._choices, self._current = choices, current

    def on_mount(self) -> None:
        keys = [choice.key for choice in self._choices]
        self.show_choices(self._choices, keys.index(self._current) if self._current in keys else 0)

    def on_input_changed(self, message: Input.Changed) -> None:
        """A part of a name was typed."""
        self.show_choices([each for each in self._choices if each.fits(message.value)])

    def on_input_submitted(self) -> None:
        """Enter."""
        if self._shown:
            self.dismiss(self.marked)

    def on_table_activated(self) -> None:
        """A double click."""
        self.on_input_submitted()
