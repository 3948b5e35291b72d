"""What `?` shows: the pane in front, in words, and every key that works there."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.app import actions
from tui.dialogs.dialog import Dialog
from tui.panes.base import Pane

_KEY_CELLS = 16
_TEXT_CELLS = 50  # the dialog is 76 wide at most


class HelpScreen(Dialog[None]):
    """Scrolls; escape, `?`, `q` and enter close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter,f1", "leave", "Close"),
        Binding("down,j", "scroll(1)", "Down"),
        Binding("up,k", "scroll(-1)", "Up"),
    ]
    DEFAULT_CSS = """
    HelpScreen > .dialog { height: 90%; scrollbar-size-vertical: 1; }
    HelpScreen .about { margin-bottom: 1; }
    HelpScreen .head { color: $primary; text-style: bold; }
    """

    def __init__(self, pane: Pane) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = f"{self._pane.PANE_ID.capitalize()}: help"
            dialog.border_subtitle = "esc closes"
            for paragraph in self._pane.ABOUT:
                yield Static(Content(paragraph), classes="about")
            for title, rows in self.sections():
                yield Static(Content(title), classes="head")
                yield Static(Content("\n".join(_row(*row) for row in rows)), classes="about")

    def sections(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Title and rows of (keys, what they do): the pane's, its widgets', the app's."""
        yield "Here", [*_of_actions(actions.at(self._pane.PANE_ID))]
        for title, kind in self._pane.WIDGETS:
            yield title, [*_of_widget(kind)]
        yield "Everywhere", [*_of_actions(actions.at(actions.APP))]

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, rows: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_leave(self) -> None:
        self.dismiss()


def _row(keys: str, text: str) -> str:
    """Keys at the left, their line beside them; a long line hangs below its own beginning."""
    lines = textwrap.wrap(text, _TEXT_CELLS) or [""]
    return f"\n{'':{_KEY_CELLS + 2}}".join([f"  {keys:<{_KEY_CELLS}}{lines[0]}", *lines[1:]])


def _of_actions(rows: Iterable[actions.Action]) -> Iterator[tuple[str, str]]:
    for action in rows:
        yield "  ".join(actions.shown(key) for key in action.keys), action.help


def _of_widget(kind: type[Widget]) -> Iterator[tuple[str, str]]:
    for binding in kind.BINDINGS:
        if isinstance(binding, Binding):
            yield "  ".join(actions.shown(key) for key in binding.key.split(",")), binding.description
