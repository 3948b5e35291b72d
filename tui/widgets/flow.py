"""Facts in as many rows as they need: a fact stays whole where it fits into a row, a longer one breaks between words.

budget       [████░░░░░·············]  $0.24 of $1.00 spent
             ▓ under way $0.05  ▒ queued $0.20
             these files fit, $0.51 left
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size

from tui.app import safe_text
from tui.widgets.charts.glyphs import current
from tui.widgets.rows import Row, RowWidget, Span, row_width
from tui.widgets.statusline import SIGNS, StatusLine

_LEAST_CELLS = 12


def flow(units: Sequence[Row], width: int, head: Span = ("", ""), separator: str = "  ") -> list[Row]:
    """The units in rows of at most `width` cells.

    Args:
        head: what the first row begins with; the others are indented by its width.
        separator: stands between two units of a row, not where a row ends.
    """
    indent = safe_text.width(head[0])
    room = max(_LEAST_CELLS, width - indent)
    rows: list[list[Span]] = []
    used = 0
    for unit in (piece for whole in units for piece in _pieces(whole, room)):
        size = row_width(unit)
        if rows and used + len(separator) + size <= room:
            rows[-1] += [(separator, ""), *unit]
            used += len(separator) + size
        else:
            rows.append([*unit])
            used = size
    return [(head if not index else (" " * indent, ""), *row) for index, row in enumerate(rows or [[]])]


def _pieces(unit: Row, room: int) -> list[Row]:
    """A unit that is wider than a row, in pieces that are not."""
    if row_width(unit) <= room or len(unit) != 1:
        return [unit]
    ((text, style),) = unit
    return [((line, style),) for line in wrapped(text, room)]


def wrapped(text: str, cells: int, most: int | None = None) -> list[str]:
    """Cleaned text in lines of at most `cells` cells, broken between words; a longer word breaks anywhere.

    Of more than `most` lines, the last one is cropped.
    """
    lines: list[str] = []
    line = ""
    for word in text.split():
        together = f"{line} {word}" if line else word
        if line and safe_text.width(together) > cells >= safe_text.width(word):
            lines.append(line)
            together = word
        while safe_text.width(together) > cells:
            part = safe_text.slice_cells(together, 0, cells).rstrip(" ")
            lines.append(part)
            together = together[max(1, len(part)) :].lstrip(" ")
        line = together
    lines = [*lines, line] if line else lines or [""]
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], safe_text.crop(" ".join(lines[most - 1 :]), cells)]
    return lines


class GrowingRows(RowWidget):
    """A widget as high as what it says. Subclasses write `draw`, which fills no more rows than it has words."""

    DEFAULT_CSS = """
    GrowingRows { height: auto; }
    """
    MOST_ROWS = 4

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Rows that `draw` would fill."""
        return self._rows_wanted(width, viewport.height)

    def most_rows(self, screen_height: int) -> int:  # noqa: ARG002
        """How many rows it may take of a screen of this height."""
        return self.MOST_ROWS

    def repaint(self) -> None:
        """Draw again, in another height when it takes one."""
        width, height = self.size
        if width and self.is_attached and height != self._rows_wanted(width, self.screen.size.height):
            self._drawn_size = (-1, -1)
            self.refresh(layout=True)
        else:
            super().repaint()

    def _rows_wanted(self, width: int, screen_height: int) -> int:
        return max(1, len(self.draw(width, self.most_rows(screen_height))))


class FactLines(StatusLine, GrowingRows):
    """A status line that takes further rows for what does not fit into one; the right fact goes first."""

    DEFAULT_CSS = """
    FactLines { height: auto; }
    """

    def draw(self, width: int, height: int) -> list[Row]:
        styles = [f"statusline--{level}" if level else "" for _, level in self._facts]
        texts = [SIGNS[level] + safe_text.clean(fact) for fact, level in self._facts]
        units = [((text, style),) for text, style in zip(texts, styles, strict=True)]
        first, *rest = flow(units, width - 1, (" ", ""), current().separator)[: max(1, height)]
        right = safe_text.clean(self._right)
        gap = width - 1 - row_width(first) - safe_text.width(right)
        return [(*first, (" " * gap + right, "")) if right and gap >= 2 else first, *rest]
