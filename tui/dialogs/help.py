"""What `?` shows: the pane in front, in words, and every key that works there."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from engine.i18n import _
from tui.app import actions
from tui.dialogs.text_view import Paragraph, ParagraphsScreen
from tui.panes.base import Pane

_KEY_CELLS = 16
_TEXT_CELLS = 50  # the dialog is 76 wide at most


class HelpScreen(ParagraphsScreen):
    """The pane and its keys; `?` closes it, too."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,f1", "leave", _("Close"))]
    DEFAULT_CSS = "HelpScreen > .dialog { height: 90%; }"

    def __init__(self, pane: Pane) -> None:
        super().__init__(_("{pane}: help").format(pane=pane.PANE_ID.capitalize()), _paragraphs(pane))


def _paragraphs(pane: Pane) -> Iterator[Paragraph]:
    for paragraph in pane.ABOUT:
        yield paragraph, "about"
    for title, rows in sections(pane):
        yield title, "head"
        yield "\n".join(_row(*row) for row in rows), "about"


def sections(pane: Pane) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Title and rows of (keys, what they do): the pane's, its widgets', the app's."""
    yield _("Here"), [*_of_actions(actions.at(pane.PANE_ID))]
    for title, kind in pane.WIDGETS:
        yield title, [*_of_widget(kind)]
    yield _("Everywhere"), [*_of_actions(actions.at(actions.APP))]


def _row(keys: str, text: str) -> str:
    """Keys at the left, their line beside them, wrapped."""
    lines = textwrap.wrap(text, _TEXT_CELLS) or [""]
    return f"\n{'':{_KEY_CELLS + 2}}".join([f"  {keys:<{_KEY_CELLS}}{lines[0]}", *lines[1:]])


def _of_actions(rows: Iterable[actions.Action]) -> Iterator[tuple[str, str]]:
    for action in rows:
        yield "  ".join(actions.shown(key) for key in action.keys), action.help


def _of_widget(kind: type[Widget]) -> Iterator[tuple[str, str]]:
    for binding in kind.BINDINGS:
        if isinstance(binding, Binding):
            yield "  ".join(actions.shown(key) for key in binding.key.split(",")), binding.description
