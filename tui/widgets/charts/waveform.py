"""A recording as a picture: its envelope around a middle line.

 1.0│      ⢀⣠⣤⣶⣶⣤⣀
    │⣤⣤⣤⣤⣤⣶⣿⣿⣿⣿⣿⣿⣷⣦⣤⣤⣤
-1.0│      ⠈⠙⠛⠿⠿⠛⠉
     0                2.31 s
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.i18n import _
from tui.app import safe_text
from tui.widgets.charts.canvas import Canvas
from tui.widgets.charts.glyphs import current
from tui.widgets.rows import Row, RowWidget


class Waveform(RowWidget):
    """Draws samples, or (lowest, highest) pairs, that are already few: some thousands at most."""

    DEFAULT_CSS = """
    Waveform {
        background: $background; color: $foreground; height: 7; min-height: 2;
        & > .waveform--wave { color: $text-primary; }
        & > .waveform--label { color: $foreground-muted; }
    }
    """

    def __init__(self, *, empty: str = _("no sound yet")) -> None:
        super().__init__()
        self._empty = empty
        self._extremes: list[tuple[float, float]] = []
        self._seconds = 0.0

    def show(self, samples: Sequence[float] | Sequence[tuple[float, float]], seconds: float) -> None:
        """Draw `samples` (-1 to 1, or pairs of extremes), which last `seconds`; an empty list clears."""
        pairs = [(s, s) if isinstance(s, (int, float)) else (float(s[0]), float(s[1])) for s in samples]
        self._extremes = [
            (low, high) if math.isfinite(low) and math.isfinite(high) else (0.0, 0.0) for low, high in pairs
        ]
        self._seconds = seconds
        self.repaint()

    def say(self, text: str) -> None:
        """A sentence in the place of a picture."""
        self._extremes, self._empty = [], text
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:
        """The envelope, scaled to its peak, and the time axis below."""
        if not self._extremes:
            return [((safe_text.fit(safe_text.clean(self._empty), width, "center"), "waveform--label"),)]
        axis = 1 if height >= 3 else 0
        peak = max(max(abs(low), abs(high)) for low, high in self._extremes) or 1.0
        canvas = Canvas(width, height - axis, current())
        middle = (canvas.dot_rows - 1) / 2
        columns = self._columns(canvas.dot_columns)
        before = columns[0]
        for x, extremes in enumerate(columns):
            # neighbours touch, so that a fast slope is a line and not two dots
            low, high = min(extremes[0], before[1]), max(extremes[1], before[0])
            before = extremes
            canvas.vertical(x, round(middle - high / peak * middle), round(middle - low / peak * middle))
        rows: list[Row] = [((line, "waveform--wave"),) for line in canvas.rows()]
        if axis:
            left, right = f"peak {peak:.2f}", f"{self._seconds:.2f} s"
            gap = max(1, width - len(left) - len(right))
            rows.append(((left + " " * gap + right, "waveform--label"),))
        return rows

    def _columns(self, columns: int) -> list[tuple[float, float]]:
        count = len(self._extremes)
        merged = []
        for x in range(columns):
            start = x * count // columns
            part = self._extremes[start : max(start + 1, (x + 1) * count // columns)]
            merged.append((min(low for low, _unused in part), max(high for _unused, high in part)))
        return merged
