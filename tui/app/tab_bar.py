"""The first row: the panes with their numbers, and at the right end the run that is live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

from engine.i18n import _
from tui.app import safe_text, words
from tui.panes import PaneEntry
from tui.widgets.rows import Row, RowWidget, Span

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

WIDE = 110  # columns from which titles stand in full and the program has its name there

_MOST_LIVE = 15  # cells of the live run for which titles give way
_LONGEST_NAME = 24


class TabBar(RowWidget):
    """One row; a click on a tab posts `Picked`."""

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
        self._live: Sequence[RunSnapshot] = ()

    def activate(self, pane: str) -> None:
        """Mark one tab as the one in front."""
        self._active = pane
        self.repaint()

    def show_live(self, live: Sequence[RunSnapshot]) -> None:
        """The live runs, newest first: what stands at the right end."""
        self._live = live
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        spans: list[Span] = [(self._brand(width), "tabbar--name")]
        for pane, label in self._labels(width):
            spans.append((label, "tabbar--active" if pane == self._active else "tabbar--tab"))
        room = max(0, width - sum(safe_text.width(text) for text, _ in spans))
        live = f"{_named(self._live, room - 2)} "
        return [(*spans, (safe_text.fit(live, room, align="right"), "tabbar--live"))]

    def on_click(self, event: events.Click) -> None:
        """Find the tab under the mouse."""
        left = len(self._brand(self.size.width))
        for pane, label in self._labels(self.size.width):
            right = left + len(label)
            if left <= event.x < right:
                self.post_message(self.Picked(pane))
            left = right

    def _labels(self, width: int) -> list[tuple[str, str]]:
        """Each pane with its tab; titles are as long as they leave room for the name of the run that is live."""
        wanted = safe_text.width(_named(self._live, _MOST_LIVE)) + 2
        room = width - len(self._brand(width)) - wanted
        labels: list[tuple[str, str]] = []
        full = [pane.title for pane in self._panes]
        short = [pane.short or pane.title for pane in self._panes]
        # keys are numbers anyway: at the least the pane in front is named, and no title is cut in half
        least = [
            name if pane.id == self._active else "" for pane, name in zip(self._panes, short, strict=True)
        ]
        for titles in (full if width >= WIDE else short, short, least):
            labels = [
                (pane.id, f" {f'{number} {title}'.rstrip()} ")
                for number, (pane, title) in enumerate(zip(self._panes, titles, strict=True), 1)
            ]
            if sum(safe_text.width(label) for _, label in labels) <= room:
                break
        return labels

    @staticmethod
    def _brand(width: int) -> str:
        return " vitsdeck " if width >= WIDE else ""


def _named(live: Sequence[RunSnapshot], room: int) -> str:
    """The newest live run, as much of it as fits: state, step, time left, memory, how many others."""
    if not live:
        return ""
    run = live[0]
    name, sign = safe_text.clean(run.name), words.state(run)
    step = f" {run.step:,}" if run.step is not None else ""
    more = f" +{len(live) - 1}" if len(live) > 1 else ""
    left = _(" · {time} left").format(time=words.duration(run.eta_s)) if run.eta_s is not None else ""
    memory = f" · {words.size(run.device_bytes)}" if run.device_bytes else ""
    for state, rest in (
        (sign, f"{step}{left}{memory}{more}"),
        (sign, f"{step}{left}{more}"),
        (sign, f"{step}{more}"),
        (sign[0], f"{step}{more}"),
        (sign[0], more),
    ):
        text = f"{state} {safe_text.crop_middle(name, _LONGEST_NAME)}{rest}"
        if safe_text.width(text) <= room:
            return text
    return f"{sign[0]} {safe_text.crop_middle(name, max(1, room - 2 - len(more)))}{more}" if room > 2 else ""
