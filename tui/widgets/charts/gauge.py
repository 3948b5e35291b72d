"""A bar whose fullness is a texture, so that it reads without colour:  memory ██████████░░░░░░ 62%  87 of 139 GiB"""

from __future__ import annotations

import math
from typing import ClassVar

from tui.app import safe_text
from tui.widgets.charts.glyphs import Glyphs, current
from tui.widgets.rows import Row, RowWidget


class Gauge(RowWidget):
    """A label, a bar and words. From `high` (a fraction) on, the bar is marked with "!" and in warning colour."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"gauge--bar", "gauge--high", "gauge--label"}
    DEFAULT_CSS = """
    Gauge {
        height: 1; background: $background; color: $foreground;
        & > .gauge--bar { color: $text-primary; }
        & > .gauge--high { color: $text-warning; text-style: bold; }
        & > .gauge--label { color: $foreground-muted; }
    }
    """
    LEAST_BAR = 4

    def __init__(
        self,
        label: str = "",
        *,
        high: float = 2.0,
        label_width: int | None = None,
        glyphs: Glyphs | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.label = safe_text.clean(label)
        self._label_width = safe_text.width(self.label) if label_width is None else label_width
        self._high = high
        self._glyphs = glyphs or current()
        self._fraction: float | None = None
        self._words = ""

    def show(self, fraction: float | None, words: str = "") -> None:
        """Fill to `fraction` (0 to 1; None: not known) and say `words` after it."""
        known = fraction is not None and not math.isnan(fraction)
        self._fraction = min(1.0, max(0.0, fraction)) if fraction is not None and known else None
        self._words = words
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        """The line: the words give way before the bar does."""
        label = (
            safe_text.fit(self.label, min(self._label_width, width // 3)) + " " if self._label_width else ""
        )
        if self._fraction is None:
            return [((label, "gauge--label"), (safe_text.clean(self._words) or "not known", "gauge--label"))]
        high = self._fraction >= self._high
        percent = f" {int(100 * self._fraction):3d}%" + ("!" if high else "")
        room = width - safe_text.width(label) - len(percent)
        words = safe_text.clean(self._words)
        bar = min(40, room - (safe_text.width(words) + 2 if words else 0))
        if bar < self.LEAST_BAR:
            bar = min(room, max(self.LEAST_BAR, room // 2))
        words = "  " + safe_text.crop(words, room - bar - 2) if words and room - bar >= 3 else ""
        return [((label, "gauge--label"), *self._bar(bar, high), (percent, ""), (words, ""))]

    def _bar(self, cells: int, high: bool) -> Row:
        cells = max(0, cells)
        full = round((self._fraction or 0.0) * cells)
        # what is there at all is never drawn as nothing, and what is not full is never drawn as full
        if cells >= 2 and 0 < (self._fraction or 0.0) < 1:
            full = min(max(full, 1), cells - 1)
        return (
            (self._glyphs.full * full, "gauge--high" if high else "gauge--bar"),
            (self._glyphs.empty * (cells - full), "gauge--label"),
        )
