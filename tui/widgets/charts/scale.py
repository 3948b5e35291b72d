"""Axis limits that people can read and that do not tremble.

Limits are round numbers (1, 2, 2.5 or 5 times a power of ten). They grow at once when a value leaves them and
shrink only when less than half of the axis is used: each change repaints a whole chart.

A few values far from all others (the first step's KL is fifty times the tenth's) get no say in the limits: the curve
then leaves the chart at its edge, and only the footer's extremes tell how far it went. See `Extent`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_SHRINK_BELOW = 0.45
_OUTLYING = 0.05  # share of the values at either end that may be left out
_FEWEST = 20  # with fewer values nobody can say which are out of the ordinary
# the rest must be squashed below the first to leave them out, and grow above the second to take them in again
_LEAVE_OUT_BELOW, _TAKE_IN_ABOVE = 0.3, 0.5
_AIR = 0.25  # room around the core, in its own height: noise stays inside
_UNITS = ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))  # from this size on, divided by, letter


@dataclass(frozen=True, slots=True)
class Extent:
    """How far values reach: all of them (`low`, `high`), and all but the few at either end (`core_*`)."""

    low: float
    high: float
    core_low: float
    core_high: float

    @staticmethod
    def of(lows: Sequence[float], highs: Sequence[float], newest: float) -> Extent:
        """Of stretches with these extremes; the newest value always belongs to the core: it must be seen."""
        low, high = min(lows), max(highs)
        if len(lows) < _FEWEST:
            return Extent(low, high, low, high)
        left_out = int(len(lows) * _OUTLYING)
        core_low, core_high = sorted(lows)[left_out], sorted(highs)[-1 - left_out]
        return Extent(low, high, min(core_low, newest), max(core_high, newest))


def nice_step(span: float, parts: int = 4) -> float:
    """The round number nearest above `span / parts`."""
    rough = span / parts
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= rough * 0.999999)


def nice_limits(low: float, high: float) -> tuple[float, float]:
    """Round numbers around the values."""
    if high - low <= abs(high) * 1e-9:
        around = abs(high) * 0.1 or 1.0
        low, high = low - around, high + around
    step = nice_step(high - low)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def nice_log_limits(low: float, high: float) -> tuple[float, float]:
    """1, 2 or 5 times a power of ten around positive values."""
    powers = range(math.floor(math.log10(low)) - 1, math.floor(math.log10(high)) + 2)
    steps = [factor * 10.0**power for power in powers for factor in (1.0, 2.0, 5.0)]
    bottom = max(step for step in steps if step <= low * (1 + 1e-9))
    top = min(step for step in steps if step >= high * (1 - 1e-9))
    return (bottom, top) if bottom < top else (bottom / 2, top)


class Axis:
    """The y axis of one chart: remembers its limits."""

    def __init__(self, *, log: bool = False) -> None:
        self.log = log
        self.limits: tuple[float, float] | None = None
        self.leaves_out = False  # whether values lie beyond the limits

    def fit(self, extent: Extent) -> tuple[float, float]:
        """Limits for values of this extent; the last ones as long as they serve."""
        low, high = self._wanted(extent)
        if self.limits is not None:
            bottom, top = self.limits
            inside = bottom <= low and high <= top
            used = (self._place(high) - self._place(low)) / (self._place(top) - self._place(bottom))
            if inside and (used >= _SHRINK_BELOW or self.limits == self._nice(low, high)):
                return self.limits
        self.limits = self._nice(low, high)
        return self.limits

    def _wanted(self, extent: Extent) -> tuple[float, float]:
        """What must be seen: everything, or the core where the outlying few would squash it."""
        everything = self._place(extent.high) - self._place(extent.low)
        core = self._place(extent.core_high) - self._place(extent.core_low)
        share = core / everything if everything > 0 else 1.0
        # a core without any height would fill the chart with a flat line's last digits
        self.leaves_out = 0 < share < (_TAKE_IN_ABOVE if self.leaves_out else _LEAVE_OUT_BELOW)
        if not self.leaves_out:
            return extent.low, extent.high
        low, high = self._place(extent.core_low) - core * _AIR, self._place(extent.core_high) + core * _AIR
        return max(extent.low, self._value(low)), min(extent.high, self._value(high))

    def positions(self, values: Sequence[float]) -> list[float]:
        """Where values lie between the limits: 0 at the bottom, 1 at the top."""
        bottom, top = (self._place(limit) for limit in self.limits or (0.1, 1.0))
        scale = 1.0 / (top - bottom)
        places = map(math.log10, values) if self.log else values
        return [(place - bottom) * scale for place in places]

    def _nice(self, low: float, high: float) -> tuple[float, float]:
        return nice_log_limits(low, high) if self.log else nice_limits(low, high)

    def _place(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def _value(self, place: float) -> float:
        return 10.0**place if self.log else place


def short_number(value: float, cells: int = 6, *, scientific: bool | None = None, most: int = 4) -> str:
    """As many of `most` digits as fit into `cells` (>= 5) characters: 23.41, 2e-4, 12.35k, nan.

    Args:
        scientific: write 9.96e-4; left out: below a thousandth, and from 1e12 on.
    """
    if value == 0 or not math.isfinite(value):
        return f"{value or 0.0:g}"
    size = abs(float(f"{value:.{most}g}"))  # as it is written: 0.00099996 is 0.001
    if scientific is None:
        scientific = not 1e-3 <= size < 1e12
    scale, letter = next(((scale, letter) for least, scale, letter in _UNITS if size >= least), (1.0, ""))
    text = ""
    for digits in range(most, 0, -1):
        if scientific:
            mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
            text = f"{float(mantissa):g}e{int(exponent)}"
        else:
            text = f"{float(f'{value / scale:.{digits}g}'):g}{letter}"
        if len(text) <= cells:
            break
    return text


def short_pair(low: float, high: float, cells: int, most: int = 0) -> tuple[str, str]:
    """Two numbers that stand together, in the same notation: 9.96e-4 beside 1e-3, not beside 0.001.

    Each takes `cells` characters and four digits, or up to `most` characters and eight digits where they would read
    the same.
    """
    pair = "", ""
    for size, digits in [(cells, 4), *((size, max(4, size - 3)) for size in range(cells, most + 1))]:

        def written(value: float, scientific: bool | None = None) -> str:
            return short_number(value, size, scientific=scientific, most=digits)  # noqa: B023 - called here

        pair = written(low), written(high)
        if max(abs(low), abs(high)) < 10**-2 and any("e-" in text for text in pair):
            pair = written(low, True), written(high, True)
        if pair[0] != pair[1] or low == high:
            break
    return pair
