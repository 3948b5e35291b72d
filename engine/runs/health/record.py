"""What the rules look at: the curves of a run in bounded memory, and a few facts about it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

RECENT_POINTS = 512  # logged steps that are kept as they came
LONG_POINTS = 1024  # of the whole curve; neighbours merge when there are more


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a run from its start."""

    c_mel: float = 45.0
    c_kl: float = 1.0
    clips: int = 0  # that are trained on
    dropped: int = 0  # that were left out


class Curve:
    """One tag: the newest points exactly, all of them in means over stretches that double when room runs out."""

    def __init__(self) -> None:
        self.recent: deque[tuple[int, float]] = deque(maxlen=RECENT_POINTS)
        self.long: list[tuple[int, float]] = []
        self._stretch = 1
        self._open: list[tuple[int, float]] = []

    def add(self, step: int, value: float) -> None:
        """Add the newest point; values that are not finite are kept among the recent ones only."""
        self.recent.append((step, value))
        if not math.isfinite(value):
            return
        self._open.append((step, value))
        if len(self._open) < self._stretch:
            return
        self.long.append((step, sum(value for _, value in self._open) / len(self._open)))
        self._open.clear()
        if len(self.long) > LONG_POINTS:
            pairs = zip(self.long[::2], self.long[1::2], strict=False)
            self.long = [(last, (a + b) / 2) for (_, a), (last, b) in pairs]
            self._stretch *= 2

    def drop_after(self, step: int) -> None:
        """Forget the points after `step`."""
        self.recent = deque((point for point in self.recent if point[0] <= step), maxlen=RECENT_POINTS)
        self.long = [point for point in self.long if point[0] <= step]
        self._open = [point for point in self._open if point[0] <= step]

    def last(self, count: int) -> list[float]:
        """The newest `count` values, [] when there are fewer."""
        values = [value for _, value in self.recent]
        return values[-count:] if len(values) >= count else []


class Record:
    """The history of a run as far as rules need it."""

    def __init__(self, facts: Facts | None = None) -> None:
        self.facts = facts or Facts()
        self.curves: dict[str, Curve] = {}
        self.step = 0

    def metric(self, step: int, values: Mapping[str, object]) -> None:
        """Add one logged step; None stands for a value that was not finite."""
        if step < self.step:
            self.resumed(step - 1)
        self.step = step
        for tag, value in values.items():
            if isinstance(value, bool) or not isinstance(value, int | float | None):
                continue
            number = math.nan if value is None else float(value)
            self.curves.setdefault(tag, Curve()).add(step, number)

    def resumed(self, step: int) -> None:
        """The run went back to `step`: forget what came after it."""
        self.step = min(self.step, step)
        for curve in self.curves.values():
            curve.drop_after(step)

    def add(self, event: Mapping[str, Any]) -> None:
        """Take in one line of events.jsonl."""
        step = event.get("step")
        if not isinstance(step, int):
            return
        if event.get("kind") == "metric" and isinstance(event.get("values"), dict):
            self.metric(step, event["values"])
        elif event.get("kind") == "resumed":
            self.resumed(step)

    def last(self, tag: str, count: int) -> list[float]:
        """The newest `count` values of a curve, [] when there are not that many."""
        curve = self.curves.get(tag)
        return [] if curve is None else curve.last(count)

    def newest(self, tag: str, count: int, at_least: int = 0) -> float | None:
        """The median of the newest `count` values of a curve; None when there are fewer, or fewer than `at_least`."""
        values = self.last(tag, max(count, at_least))
        return median(values[-count:]) if values else None

    def medians(self, tag: str, block: int, before_last: int) -> Iterator[float]:
        """Medians of whole blocks of a curve's recent points, without the `before_last` newest."""
        curve = self.curves.get(tag)
        values = [] if curve is None else [value for _, value in curve.recent][:-before_last]
        values = [value for value in values if math.isfinite(value)]
        for start in range(0, len(values) - block + 1, block):
            yield median(values[start : start + block])


def median(values: Iterable[float]) -> float:
    """The middle value, without loading `statistics`, which costs a dashboard's start 10 ms."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
