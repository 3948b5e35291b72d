"""Axis limits that people can read and that do not tremble.

Limits are round numbers (1, 2, 2.5 or 5 times a power of ten). They grow at once when a value leaves them and
shrink only when less than half of the axis is used: each change repaints a whole chart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_SHRINK_BELOW = 0.45


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
    bottom, top = _log_limit(low, below=True), _log_limit(high, below=False)
    return (bottom, top) if bottom < top else (bottom / 2, top)


def _log_limit(value: float, *, below: bool) -> float:
    power = math.floor(math.log10(value))
    steps = [factor * 10.0**exponent for exponent in (power, power + 1) for factor in (1.0, 2.0, 5.0)]
    if below:
        return max(step for step in [10.0 ** (power - 1), *steps] if step <= value * (1 + 1e-9))
    return min(step for step in steps if step >= value * (1 - 1e-9))


class Axis:
    """The y axis of one chart: remembers its limits."""

    def __init__(self, *, log: bool = False) -> None:
        self.log = log
        self.limits: tuple[float, float] | None = None

    def fit(self, low: float, high: float) -> tuple[float, float]:
        """Limits for values from `low` to `high`; the last ones as long as they serve."""
        if self.limits is not None:
            bottom, top = self.limits
            inside = bottom <= low and high <= top
            used = (self._place(high) - self._place(low)) / (self._place(top) - self._place(bottom))
            if inside and (used >= _SHRINK_BELOW or self.limits == self._nice(low, high)):
                return self.limits
        self.limits = self._nice(low, high)
        return self.limits

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


def short_number(value: float, cells: int = 6) -> str:
    """A number in at most `cells` (>= 5) characters: 23.41, 0.0002, 1.5e-05, 12.3k, nan."""
    if not math.isfinite(value):
        return f"{value:g}"
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 10**4 or size < 10**-3:
        for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
            if limit <= size < 1e12:
                scaled = value / {"G": 1e9, "M": 1e6, "k": 1e3}[letter]
                return _shortest(scaled, cells - 1) + letter
        for digits in range(cells, -1, -1):
            mantissa, exponent = f"{value:.{digits}e}".split("e")
            text = f"{mantissa.rstrip('0').rstrip('.') if digits else mantissa}e{int(exponent)}"
            if len(text) <= cells or not digits:
                return text
    return _shortest(value, cells)


def _shortest(value: float, cells: int) -> str:
    """At most four significant digits, and no more than fit."""
    for digits in range(4, 0, -1):
        text = f"{value:.{digits}g}"
        if "e" in text:
            text = f"{value:.0f}"
        if len(text) <= cells:
            return text
    return f"{value:.0f}"
