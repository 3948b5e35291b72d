"""What the tests of widgets share: an app around one widget, and what it shows as lines of text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget

from tui.widgets.rows import RowWidget, row_text

Shown = TypeVar("Shown", bound=Widget)


class Host(App[None]):
    """One widget, which has the focus where it can."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_mount(self) -> None:
        self.widget.focus()


@asynccontextmanager
async def hosted(
    widget: Shown, width: int = 60, height: int = 11
) -> AsyncIterator[tuple[Shown, Pilot[None]]]:
    """An app around one widget."""
    async with Host(widget).run_test(size=(width, height)) as pilot:
        yield widget, pilot


def drawn(widget: RowWidget, width: int, height: int) -> list[str]:
    """Its rows at this size, without an app."""
    return [row_text(row).rstrip() for row in widget._drawn(width, height)]


def painted(app: App[None]) -> list[str]:
    """The screen as lines of text."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
