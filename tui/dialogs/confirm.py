"""A question with two answers. Escape, and enter on what stands first, do nothing that cannot be undone."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tui.app import safe_text
from tui.dialogs.dialog import Dialog
from tui.widgets.keybar import KeyBar


class ConfirmScreen(Dialog[bool]):
    """Ends with True for yes. `question` and `detail` are cleaned here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape,enter", "answer(False)", "No"),
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
