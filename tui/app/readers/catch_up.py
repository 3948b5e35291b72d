"""The curves of a long history: its shape at once, all of it soon after, and no key held up in between.

0.3 s   every k-th logged step and the newest thousand, with all checkpoints, samples, alerts and findings
later   every step, collected into finished curves by the reader's thread; the screen only swaps them in
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from tui.app.readers.messages import NewPoints, Points
from tui.widgets.charts.series import Series

WORTHWHILE_BYTES = 2 << 20  # of events: a shorter history is read in less than a tenth of a second
NEWEST, SAMPLED = 1024, 2048  # logged steps in a preview
_MOST_BYTES = 128 << 20


def preview(path: Path) -> list[dict[str, Any]]:
    """Some of the events of a long file, in their order; [] for a short one, which is better read whole."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size < WORTHWHILE_BYTES:
                return []
            file.seek(max(0, size - _MOST_BYTES))
            lines = file.read().split(b"\n")
    except OSError:
        return []
    steps = [number for number, line in enumerate(lines) if b'"kind":"metric"' in line[:80]]
    stride = max(1, len(steps) // SAMPLED)
    wanted = {*steps[::stride], *steps[-NEWEST:]}
    left_out = set(steps) - wanted
    events = []
    for number, line in enumerate(lines):
        if number not in left_out and b'"kind":"progress"' not in line[:80]:
            with contextlib.suppress(ValueError, RecursionError):
                event = json.loads(line)
                if isinstance(event, dict):
                    events.append(event)
    return events


class Collected:
    """Curves that are built away from the screen."""

    def __init__(self) -> None:
        self._series: dict[str, Series] = {}

    def add(self, points: NewPoints) -> None:
        """The next points, oldest first."""
        if points.afresh:
            self._series = {}
        if points.back_to is not None:
            for series in self._series.values():
                series.drop_after(points.back_to)
        for tag, new in points.by_tag.items():
            self._series.setdefault(tag, Series()).extend(new)

    def take(self) -> NewPoints:
        """All of them, for a screen that forgets what it had; they are the screen's from now on."""
        newest: dict[str, Points] = {
            tag: ((series.last_step, series.last_value),)
            for tag, series in self._series.items()
            if series.last_step is not None
        }
        return NewPoints(True, newest, curves=self._series)
