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

MOST_ROWS = 12


class ListDialog(Dialog[Result]):
    """A field above a table: the arrows move in the table while the field keeps the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", _("Leave"))]
    DEFAULT_CSS = """
    ListDialog Input { margin-bottom: 1; }
    """

    def on_key(self, event: events.Key) -> None:
        """The arrows move in the table."""
        steps = {"up": -1, "down": 1, "pageup": -MOST_ROWS, "pagedown": MOST_ROWS}
        if event.key in steps:
            event.stop()
            self.query_one(Table).action_move(steps[event.key])


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; `key` is the dialog's result."""

    key: str
    name: str
    note: str = ""

    def fits(self, typed: str) -> bool:
        """Whether all words that were typed are in it."""
        return all(word in f"{self.name} {self.note}".lower() for word in typed.lower().split())


class PickerScreen(ListDialog[str]):
    """Ends with the key of what was chosen, or None."""

    def __init__(self, title: str, choices: Sequence[Choice], current: str = "") -> None:
        super().__init__()
        self._title = title
        self._choices = tuple(choices)
        self._shown = self._choices
        self._current = current

    def compose(self) -> ComposeResult:
        names = min(32, max(4, *(len(choice.name) for choice in self._choices), 4))
        with self.frame(self._title, _("enter take · ↑↓ choose · esc leave")):
            yield TextField(placeholder=_("type to narrow the list"), compact=True)
            yield Table((Column(_("name"), names), Column("")), empty=_("nothing of that name"))

    def on_mount(self) -> None:
        table = self.query_one(Table)
        table.styles.height = min(len(self._choices), MOST_ROWS) + 1
        table.can_focus = False  # the arrows come from the field
        self._fill("")
        table.move_cursor(next((i for i, one in enumerate(self._shown) if one.key == self._current), 0))

    def _fill(self, part: str) -> None:
        self._shown = tuple(one for one in self._choices if one.fits(part))
        self.query_one(Table).set_rows(
            len(self._shown),
            lambda index: (self._shown[index].name, self._shown[index].note),
            key=lambda index: self._shown[index].key,
        )

    def on_input_changed(self, message: Input.Changed) -> None:
        """A part of a name was typed."""
        self._fill(message.value)

    def on_input_submitted(self) -> None:
        """Enter."""
        if self._shown:
            self.dismiss(self._shown[self.query_one(Table).cursor].key)

    def on_table_activated(self) -> None:
        """A double click."""
        self.on_input_submitted()
