"""A curve of any length in bounded memory.

Steps fall into buckets whose width is a power of two. When there are too many, neighbours merge and the width
doubles, so that adding a point costs the same at step 100 and at step 10 million. A bucket keeps its extremes: one
spike among a thousand steps stays visible. The newest points are also kept as they came, for the close-up.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

MAX_BUCKETS = 1024
RECENT_POINTS = 1024


@dataclass(slots=True)
class Bucket:
    """The points of one stretch of steps; `gap` says that a value that is no number lies in or before it."""

    first_step: float
    last_step: float
    first: float
    last: float
    low: float
    high: float
    gap: bool
    total: float  # of `count` values
    count: int = 1

    @staticmethod
    def of_point(step: float, value: float, *, gap: bool = False) -> Bucket:
        """One point."""
        return Bucket(step, step, value, value, value, value, gap, value)

    @property
    def mean(self) -> float:
        """Of all its values."""
        return self.total / self.count

    def merge(self, later: Bucket) -> None:
        """Take in the bucket to the right."""
        self.last_step, self.last = later.last_step, later.last
        self.total, self.count = self.total + later.total, self.count + later.count
        self.low, self.high = min(self.low, later.low), max(self.high, later.high)
        self.gap = self.gap or later.gap


class Series:
    """Points (step, value) in rising order of steps. NaN and infinity are gaps, and counted."""

    def __init__(self) -> None:
        self._buckets: list[Bucket] = []
        self._recent: deque[tuple[int, float]] = deque(maxlen=RECENT_POINTS)
        self._bucket_steps = 1
        self._pending_gap = False
        self.last_step: int | None = None
        self.last_value = math.nan
        self.gaps = 0

    def __len__(self) -> int:
        return len(self._buckets)

    def add(self, step: int, value: float) -> None:
        """Add the newest point. A step that was there already (a run that resumed earlier) drops what came after."""
        if self.last_step is not None and step <= self.last_step:
            self._drop_from(step)
        self.last_step, self.last_value = step, float(value)
        self._recent.append((step, float(value)))
        self._collect(step, float(value))

    def extend(self, points: Iterable[tuple[int, float]]) -> None:
        """Add many points, oldest first."""
        for step, value in points:
            self.add(step, value)

    def drop_after(self, step: int) -> None:
        """Forget what came after `step`: the run went back to it."""
        if self.last_step is None or self.last_step <= step:
            return
        self._drop_from(step + 1)
        if self._recent:
            self.last_step, self.last_value = self._recent[-1]
        elif self._buckets:
            self.last_step, self.last_value = int(self._buckets[-1].last_step), self._buckets[-1].last

    @property
    def all(self) -> list[Bucket]:
        """The whole curve."""
        return self._buckets

    def buckets(self, last_steps: float | None = None) -> list[Bucket]:
        """The whole curve, or its last steps; those come at full detail while the newest points cover them."""
        if last_steps is None or self.last_step is None:
            return self._buckets
        start = self.last_step - last_steps
        if self._recent and (self._recent[0][0] <= start or self._recent[0][0] <= self._buckets_begin):
            return _as_buckets((step, value) for step, value in self._recent if step >= start)
        return [bucket for bucket in self._buckets if bucket.last_step >= start]

    @property
    def _buckets_begin(self) -> float:
        return self._buckets[0].first_step if self._buckets else math.inf

    def _collect(self, step: int, value: float) -> None:
        if not math.isfinite(value):
            self.gaps += 1
            self._pending_gap = True
            return
        point = Bucket.of_point(step, value, gap=self._pending_gap)
        self._pending_gap = False
        last = self._buckets[-1] if self._buckets else None
        same = last is not None and last.first_step // self._bucket_steps == step // self._bucket_steps
        if last is not None and same and not point.gap:
            last.merge(point)
            return
        self._buckets.append(point)
        while len(self._buckets) > MAX_BUCKETS:
            self._halve()

    def _halve(self) -> None:
        self._bucket_steps *= 2
        kept: list[Bucket] = []
        for bucket in self._buckets:
            if kept and kept[-1].first_step // self._bucket_steps == bucket.first_step // self._bucket_steps:
                kept[-1].merge(bucket)
            else:
                kept.append(bucket)
        self._buckets = kept

    def _drop_from(self, step: int) -> None:
        self._buckets = [bucket for bucket in self._buckets if bucket.first_step < step]
        if self._buckets:  # the last one may reach beyond
            self._buckets[-1].last_step = min(self._buckets[-1].last_step, step - 1)
        recent = [point for point in self._recent if point[0] < step]
        self._recent = deque(recent, maxlen=RECENT_POINTS)
        self._pending_gap, self.last_step, self.last_value = False, None, math.nan


def folded(buckets: list[Bucket], start: float, steps: float) -> list[Bucket]:
    """The buckets merged so that at most one begins in each column; column i begins at `start + i * steps`."""
    merged: list[Bucket] = []
    column: int | None = None
    for bucket in buckets:
        here = math.floor((bucket.first_step - start) / steps)
        if here == column:
            merged[-1].merge(bucket)
        else:
            merged.append(copy(bucket))
            column = here
    return merged


def _as_buckets(points: Iterable[tuple[int, float]]) -> list[Bucket]:
    buckets: list[Bucket] = []
    gap = False
    for step, value in points:
        if math.isfinite(value):
            buckets.append(Bucket.of_point(step, value, gap=gap))
            gap = False
        else:
            gap = True
    return buckets
