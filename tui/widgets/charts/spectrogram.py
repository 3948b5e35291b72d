"""A spectrogram in half-block cells: two frequencies a cell in colour, shading glyphs where there is no colour.

Time runs to the right, frequency upwards, as in every book on speech.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from engine.i18n import _
from tui.app import safe_text
from tui.widgets.charts.glyphs import ASCII, current
from tui.widgets.rows import Row, RowWidget

# dark blue over red to pale yellow; lightness rises all the way, so that it also reads in greys
_RAMP = (
    (0x0B, 0x09, 0x24), (0x2C, 0x11, 0x5F), (0x57, 0x15, 0x7E), (0x84, 0x20, 0x7A), (0xB2, 0x31, 0x68),
    (0xDB, 0x4A, 0x4F), (0xF4, 0x74, 0x3B), (0xFB, 0xA5, 0x3A), (0xF7, 0xD7, 0x5C), (0xFA, 0xFD, 0xC0),
)  # fmt: skip


class Spectrogram(RowWidget):
    """Draws a small matrix: `frames[t][k]` is the level of band k (0 lowest) at time t, in any unit."""

    DEFAULT_CSS = """
    Spectrogram {
        background: $background; color: $foreground; height: 10; min-height: 2;
        & > .spectrogram--label { color: $foreground-muted; }
    }
    """

    def __init__(self, *, empty: str = _("no sound yet")) -> None:
        super().__init__()
        self._empty = empty
        self._frames: list[list[float]] = []
        self._caption = ""
        self._cached: tuple[tuple[int, int], list[list[float]]] | None = None

    def show(self, frames: Sequence[Sequence[float]], caption: str = "") -> None:
        """Draw `frames` (time x bands, all of one length); `caption` stands below; an empty list clears."""
        if len({len(frame) for frame in frames}) > 1:
            raise ValueError("all frames of a spectrogram have the same number of bands")
        self._frames = [list(frame) for frame in frames] if frames and len(frames[0]) else []
        self._caption = caption
        self._cached = None
        self._drawn_size = (-1, -1)
        self.refresh()

    def draw(self, width: int, height: int) -> list[Row]:
        """Rows of shades, and the caption; in colour `render_line` paints over them."""
        if not self._frames:
            return [((safe_text.fit(safe_text.clean(self._empty), width, "center"), "spectrogram--label"),)]
        shades = current().shades
        plot_height = height - self._caption_rows(height)
        grid = self._grid(width, plot_height)
        rows: list[Row] = [
            (("".join(shades[min(len(shades) - 1, int(level * len(shades)))] for level in line), ""),)
            for line in grid
        ]
        if self._caption_rows(height):
            rows.append(((safe_text.crop(safe_text.clean(self._caption), width), "spectrogram--label"),))
        return rows

    def render_line(self, y: int) -> Strip:
        """A row of half blocks in colour, or what `draw` made."""
        width, height = self.size
        plot_height = height - self._caption_rows(height)
        in_colour = current() is not ASCII and not self.app.no_color
        if not self._frames or not in_colour or y >= plot_height:
            return super().render_line(y)
        grid = self._grid(width, plot_height * 2)
        upper, lower = grid[2 * y], grid[2 * y + 1]
        segments: list[Segment] = []
        run, run_colours = 0, (-1, -1)
        # colours are few, so that neighbours share a style and cost one glyph
        for colours in [*((_colour(a), _colour(b)) for a, b in zip(upper, lower, strict=True)), (-1, -1)]:
            if colours != run_colours and run:
                segments.append(Segment("▀" * run, _style(*run_colours)))
                run = 0
            run, run_colours = run + 1, colours
        return Strip(segments, width)

    def _caption_rows(self, height: int) -> int:
        return 1 if self._caption and height >= 3 else 0

    def _grid(self, columns: int, lines: int) -> list[list[float]]:
        """Levels from 0 to 1, highest band first; each cell is the maximum of what it covers."""
        if self._cached is not None and self._cached[0] == (columns, lines):
            return self._cached[1]
        finite = [level for frame in self._frames for level in frame if math.isfinite(level)]
        low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
        span = (high - low) or 1.0
        bands = len(self._frames[0])
        grid = []
        for line in reversed(range(lines)):
            first, last = _part(line, lines, bands)
            cells = []
            for column in range(columns):
                start, stop = _part(column, columns, len(self._frames))
                level = max(max(frame[first:last]) for frame in self._frames[start:stop])
                cells.append(min(1.0, max(0.0, (level - low) / span)) if math.isfinite(level) else 0.0)
            grid.append(cells)
        self._cached = (columns, lines), grid
        return grid


def _part(index: int, parts: int, count: int) -> tuple[int, int]:
    start = index * count // parts
    return start, max(start + 1, (index + 1) * count // parts)


def _colour(level: float) -> int:
    return min(len(_RAMP) - 1, int(level * len(_RAMP)))


def _style(upper: int, lower: int) -> Style:
    top, bottom = (f"rgb({r},{g},{b})" for r, g, b in (_RAMP[upper], _RAMP[lower]))
    return Style.parse(f"{top} on {bottom}")
