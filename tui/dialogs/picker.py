"""Choosing one of many: type a part of its name, move with the arrows, take it with enter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui.dialogs.dialog import Dialog
from tui.widgets.table import Column, Table
from tui.widgets.textfield import TextField

_MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; `key` is what the screen ends with."""

    key: str
    name: str
    note: str = ""


class PickerScreen(Dialog[str]):
    """Ends with the key of what was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]
    DEFAULT_CSS = """
    PickerScreen Input { margin-bottom: 1; }
    """

    def __init__(self, title: str, choices: Sequence[Choice], current: str = "") -> None:
        super().__init__()
        self._title = title
        self._choices = tuple(choices)
        self._shown = self._choices
        self._current = current

    def compose(self) -> ComposeResult:
        names = min(32, max(4, *(len(choice.name) for choice in self._choices), 4))
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "enter take · ↑↓ choose · esc leave"
            yield TextField(placeholder="type to narrow the list", compact=True)
            yield Table((Column("name", names), Column("")), empty="nothing of that name")

    def on_mount(self) -> None:
        table = self.query_one(Table)
        table.styles.height = min(len(self._choices), _MOST_ROWS) + 1
        table.can_focus = False  # the arrows come from the field
        self._fill("")
        table.move_cursor(next((i for i, one in enumerate(self._shown) if one.key == self._current), 0))

    def _fill(self, part: str) -> None:
        words = part.lower().split()
        self._shown = tuple(
            one for one in self._choices if all(word in f"{one.name} {one.note}".lower() for word in words)
        )
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
        self._take()

    def on_table_activated(self) -> None:
        """A double click."""
        self._take()

    def on_key(self, event: events.Key) -> None:
        """The arrows move in the list while the field keeps the focus."""
        steps = {"up": -1, "down": 1, "pageup": -_MOST_ROWS, "pagedown": _MOST_ROWS}
        if event.key in steps:
            event.stop()
            self.query_one(Table).action_move(steps[event.key])

    def _take(self) -> None:
        table = self.query_one(Table)
        if self._shown:
            self.dismiss(self._shown[table.cursor].key)

    def action_leave(self) -> None:
        self.dismiss(None)
