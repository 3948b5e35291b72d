"""What the charts of a grid show alike: the range of steps, the scales, the smoothing, the cursor."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tui.widgets.charts.series import Bucket, Series

SMOOTHINGS = (0.0, 0.6, 0.9, 0.98)  # weights of what came before, as TensorBoard's
_RUNGS = 8  # steps a column grow by an eighth of an octave: a curve fills at least 11/12 of its chart


@dataclass(slots=True)
class View:
    """Shared by all charts of a grid. Places on the x axis are steps, or seconds since the first point (`by_time`)."""

    log: bool = False
    by_time: bool = False
    smoothing: float = 0.0
    last_steps: int | None = None  # a close-up of the newest steps, which moves on with them
    part: tuple[float, float] | None = (
        None  # first and last place of a part that was zoomed to; it stands still
    )
    span: tuple[float, float] | None = None  # first and last place of all curves of the grid
    cursor: float | None = None  # the place whose values are read

    @property
    def shown(self) -> tuple[float, float] | None:
        """First and last place on the screen; None without points."""
        if self.part is not None or self.span is None:
            return self.part
        first, last = self.span
        if self.last_steps is not None and not self.by_time:
            first = max(first, last - self.last_steps)
        return first, last


@dataclass(frozen=True, slots=True)
class Window:
    """The x axis of a chart: the place at its left edge, places for each dot column, and the first and last shown."""

    start: float
    step: float
    first: float
    last: float

    def column(self, place: float) -> int:
        """The dot column of a place."""
        return math.floor((place - self.start) / self.step)


def window(view: View, first: float, last: float, columns: int) -> Window:
    """The x axis for curves from `first` to `last`; it ends where they do, whatever room is left beside them."""
    first, last = view.span or (first, last)
    spaces = max(1, columns - 1)
    if view.part is not None:
        start, end = view.part
        return Window(start, max(1e-9, end - start) / spaces, max(first, start), min(last, end))
    if view.last_steps is not None and not view.by_time and last - first > view.last_steps * 3 // 4:
        # the close-up moves on by a quarter of its width at a time, and stands still in between
        quarter = max(1, view.last_steps // 4)
        start = (last - view.last_steps) // quarter * quarter
        return Window(start, (view.last_steps + quarter) / spaces, max(first, start), last)
    rough = max(1.0, last - first) / spaces
    return Window(first, 2.0 ** (math.ceil(math.log2(rough) * _RUNGS - 1e-9) / _RUNGS), first, last)


def with_logarithm(buckets: Iterable[Bucket]) -> list[Bucket]:
    """Those whose values are all above zero; the others are gaps."""
    positive: list[Bucket] = []
    gap = False
    for bucket in buckets:
        if bucket.low > 0:
            positive.append(replace(bucket, gap=bucket.gap or gap))
        gap = bucket.low <= 0
    return positive


def smoothed(buckets: Iterable[Bucket], weight: float) -> list[Bucket]:
    """Exponential moving average of the values, corrected for its start (Kingma and Ba, 2015, section 3).

    A bucket of several points counts as that many points of its mean. The average begins anew after a gap.
    """
    found: list[Bucket] = []
    average = known = 0.0
    for bucket in buckets:
        if bucket.gap:
            average = known = 0.0
        kept = weight**bucket.count
        average, known = kept * average + (1 - kept) * bucket.mean, kept * known + (1 - kept)
        value = average / known
        found.append(replace(bucket, first=value, last=value, low=value, high=value))
    return found


def in_seconds(buckets: Iterable[Bucket], times: Series) -> list[Bucket]:
    """The buckets on an axis of seconds since the run's first point; `times` are unix seconds by step."""
    marks = [(mark, time) for each in times.buckets() for mark, time in _edges(each)]
    if not marks:
        return []
    steps, begin = [step for step, _ in marks], marks[0][1]

    def seconds(step: float) -> float:
        at = min(max(1, bisect.bisect_left(steps, step)), len(marks) - 1)
        (left, early), (right, late) = marks[max(0, at - 1)], marks[at]
        share = (step - left) / (right - left) if right > left else 0.0
        return early + (late - early) * min(1.0, max(0.0, share)) - begin

    return [
        replace(each, first_step=seconds(each.first_step), last_step=seconds(each.last_step))
        for each in buckets
    ]


def value_at(buckets: list[Bucket], place: float) -> float | None:
    """The value at a place, or the last one before it; within a stretch of points, between its first and its last."""
    at = bisect.bisect_right(buckets, place, key=lambda bucket: bucket.first_step)
    if not at:
        return None
    bucket = buckets[at - 1]
    if place >= bucket.last_step:
        return bucket.last
    share = (place - bucket.first_step) / (bucket.last_step - bucket.first_step)
    return bucket.first + share * (bucket.last - bucket.first)


def _edges(bucket: Bucket) -> Iterable[tuple[float, float]]:
    yield bucket.first_step, bucket.first
    if bucket.last_step > bucket.first_step:
        yield bucket.last_step, bucket.last
