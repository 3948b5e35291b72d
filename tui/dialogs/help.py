"""What `?` shows: the pane in front, in words, and every key that works there."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from engine.i18n import _
from tui.app import key_table
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


def sections(pane: Pane | type[Pane]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Title and rows of (keys, what they do): the pane's, its widgets', the app's."""

    def row(keys: Sequence[str], text: str) -> tuple[str, str]:
        return "  ".join(map(key_table.shown, keys)), text

    yield _("Here"), [row(each.keys, each.help) for each in key_table.at(pane.PANE_ID)]
    for title, kind in pane.WIDGETS:
        bindings = [each for each in kind.BINDINGS if isinstance(each, Binding)]
        yield title, [row(each.key.split(","), each.description) for each in bindings]
    yield _("Everywhere"), [row(each.keys, each.help) for each in key_table.at(key_table.APP)]


def _row(keys: str, text: str) -> str:
    """Keys at the left, their line beside them, wrapped."""
    lines = textwrap.wrap(text, _TEXT_CELLS) or [""]
    return f"\n{'':{_KEY_CELLS + 2}}".join([f"  {keys:<{_KEY_CELLS}}{lines[0]}", *lines[1:]])
