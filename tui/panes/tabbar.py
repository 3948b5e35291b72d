"""The first row: the panes with their numbers, and at the right end the run that is live."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.message import Message

from tui import safe_text
from tui.widgets.rows import Row, RowWidget, Span


class TabBar(RowWidget):
    """One row; a click on a tab posts `Picked`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabbar--name", "tabbar--tab", "tabbar--active", "tabbar--live"}
    DEFAULT_CSS = """
    TabBar {
        height: 1; dock: top; background: $panel; color: $foreground;
        & > .tabbar--name { background: $panel; color: $primary; text-style: bold; }
        & > .tabbar--tab { background: $panel; color: $foreground; }
        & > .tabbar--active { background: $background; color: $foreground; text-style: bold underline; }
        & > .tabbar--live { background: $panel; color: $text-success; }
    }
    """

    class Picked(Message):
        """A tab was clicked."""

        def __init__(self, pane: str) -> None:
            self.pane = pane
            super().__init__()

    def __init__(self, tabs: tuple[tuple[str, str], ...]) -> None:
        super().__init__(id="tabs")
        self._tabs = tabs
        self._active = ""
        self._live = ""

    def activate(self, pane: str) -> None:
        """Mark one tab as the one in front."""
        self._active = pane
        self.repaint()

    def show_live(self, text: str) -> None:
        """What stands at the right end."""
        self._live = safe_text.clean(text)
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        spans: list[Span] = [(" vitsdeck ", "tabbar--name")]
        for number, (pane, title) in enumerate(self._tabs, 1):
            style = "tabbar--active" if pane == self._active else "tabbar--tab"
            spans.append((self._tab(number, title), style))
        used = sum(safe_text.width(text) for text, _ in spans)
        live = safe_text.fit(f"{self._live} ", max(0, width - used), align="right")
        return [(*spans, (live, "tabbar--live"))]

    def on_click(self, event: events.Click) -> None:
        """Find the tab under the mouse."""
        left = len(" vitsdeck ")
        for number, (pane, title) in enumerate(self._tabs, 1):
            right = left + len(self._tab(number, title))
            if left <= event.x < right:
                self.post_message(self.Picked(pane))
            left = right

    @staticmethod
    def _tab(number: int, title: str) -> str:
        return f" {number} {title} "
