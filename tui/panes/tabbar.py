"""The first row: the panes with their numbers, and at the right end the run that is live."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.message import Message

from tui import safe_text
from tui.panes import PaneEntry
from tui.widgets.rows import Row, RowWidget, Span

WIDE = 110  # columns from which titles stand in full and the program has its name there


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

    def __init__(self, panes: tuple[PaneEntry, ...]) -> None:
        super().__init__(id="tabs")
        self._panes = panes
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
        spans: list[Span] = [(self._brand(width), "tabbar--name")]
        for pane, label in self._labels(width):
            spans.append((label, "tabbar--active" if pane == self._active else "tabbar--tab"))
        used = sum(safe_text.width(text) for text, _ in spans)
        live = safe_text.fit(f"{self._live} ", max(0, width - used), align="right")
        return [(*spans, (live, "tabbar--live"))]

    def on_click(self, event: events.Click) -> None:
        """Find the tab under the mouse."""
        left = len(self._brand(self.size.width))
        for pane, label in self._labels(self.size.width):
            right = left + len(label)
            if left <= event.x < right:
                self.post_message(self.Picked(pane))
            left = right

    def _labels(self, width: int) -> list[tuple[str, str]]:
        """Each pane with its tab; on a narrow terminal the run at the right end needs the room of long titles."""
        wide = width >= WIDE
        return [
            (pane.id, f" {number} {pane.title if wide else pane.short or pane.title} ")
            for number, pane in enumerate(self._panes, 1)
        ]

    @staticmethod
    def _brand(width: int) -> str:
        return " vitsdeck " if width >= WIDE else ""
