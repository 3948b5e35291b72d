"""A grid of dots drawn as rows of glyphs: eight braille dots a cell, or two ASCII ones.

.  .      dots of one braille cell (2 x 4);      '   dots of one ASCII cell (1 x 2): ' . :
.  .      x to the right, y down                 .
.  .
.  .
"""

from __future__ import annotations

from tui.widgets.charts.glyphs import Glyphs


class Canvas:
    """`width` x `height` cells; dots are addressed over the whole canvas and those outside are ignored."""

    def __init__(self, width: int, height: int, glyphs: Glyphs) -> None:
        self.dot_columns = width * glyphs.columns
        self.dot_rows = height * glyphs.rows
        self._glyphs = glyphs
        self._patterns = [[0] * width for _ in range(height)]

    def dot(self, x: int, y: int) -> None:
        """Set one dot."""
        if 0 <= x < self.dot_columns and 0 <= y < self.dot_rows:
            rows = self._glyphs.rows
            cell, column = divmod(x, self._glyphs.columns)
            line, row = divmod(y, rows)
            self._patterns[line][cell] |= 1 << (column * rows + row)

    def vertical(self, x: int, top: int, bottom: int) -> None:
        """Set the dots of column `x` from `top` to `bottom`, both included."""
        for y in range(max(0, top), min(self.dot_rows - 1, bottom) + 1):
            self.dot(x, y)

    def line(self, x0: int, y0: int, x1: int, y1: int) -> None:
        """A line from one dot to another with x0 <= x1, every column of it connected to the next."""
        if x0 == x1:
            self.vertical(x0, min(y0, y1), max(y0, y1))
            return
        first = max(x0, -1)  # one that comes from far outside costs no more than the canvas is wide
        before = y0 + round((y1 - y0) * (first - x0) / (x1 - x0))
        for x in range(first, min(x1, self.dot_columns) + 1):
            y = y0 + round((y1 - y0) * (x - x0) / (x1 - x0))
            if y > before + 1:
                self.vertical(x, before + 1, y)
            elif y < before - 1:
                self.vertical(x, y, before - 1)
            else:
                self.dot(x, y)
            before = y

    def rows(self) -> list[str]:
        """The canvas as text, one string a line."""
        dots = self._glyphs.dots
        return ["".join([dots[pattern] for pattern in line]) for line in self._patterns]
