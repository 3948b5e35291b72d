"""Text of any length in a dialog: it scrolls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.i18n import _
from tui.app import safe_text
from tui.dialogs.dialog import Dialog

Paragraph = tuple[str, str]
"""Text, of which each line is cleaned here, and the class of its styles: "", head, about, muted."""


class ParagraphsScreen(Dialog[None]):
    """Shows paragraphs; escape, `q` and enter close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "leave", _("Close")),
        Binding("down,j", "scroll(1)", _("Down")),
        Binding("up,k", "scroll(-1)", _("Up")),
        Binding("pagedown,space", "scroll(10)", _("Page down")),
        Binding("pageup", "scroll(-10)", _("Page up")),
    ]
    DEFAULT_CSS = """
    ParagraphsScreen > .dialog { scrollbar-size-vertical: 1; }
    ParagraphsScreen .head { color: $primary; text-style: bold; }
    ParagraphsScreen .about { margin-bottom: 1; }
    """

    def __init__(self, title: str, paragraphs: Iterable[Paragraph]) -> None:
        super().__init__()
        self._title, self._paragraphs = title, paragraphs

    def compose(self) -> ComposeResult:
        with self.frame(self._title, _("esc closes"), VerticalScroll):
            for text, classes in self._paragraphs:
                lines = [safe_text.clean(line) for line in text.split("\n")]
                yield Static(Content("\n".join(lines)), classes=classes)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


class TextScreen(ParagraphsScreen):
    """Shows lines that others wrote."""

    DEFAULT_CSS = "TextScreen > .dialog { width: 110; }"

    def __init__(self, title: str, text: str) -> None:
        super().__init__(title, [(text, "")])
