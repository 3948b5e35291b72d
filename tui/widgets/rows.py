"""The ground of our own widgets: rows of styled text, of which only the cells that changed are sent.

Every byte written to a slow terminal is latency, and Textual rewrites a widget that calls `refresh()` whole.
A RowWidget draws all its rows anew (cheap: they are plain strings), compares them with what is on the screen
and marks the changed cells alone. Textual then sends the row from the widget's left edge to the last changed cell:

    on the screen   1-4,095   min 22.9 max 39.1
    drawn           1-4,096   min 22.9 max 39.1
    sent            1-4,096   one cursor move, and a style for each span

So what changes often stands on the left or in a row of few spans.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.app import safe_text

Span = tuple[str, str]
"""Text and the component class that styles it; "" is the widget's own style."""
Row = tuple[Span, ...]


def row_width(row: Row) -> int:
    """Cells of a row."""
    return sum(safe_text.width(text) for text, _ in row)


def row_text(row: Row) -> str:
    """A row without its styles, as a test or a copy reads it."""
    return "".join(text for text, _ in row)


def fit_row(row: Sequence[Span], cells: int) -> Row:
    """The row in exactly `cells` cells: cropped, or padded with spaces of the last span's style."""
    fitted: list[Span] = []
    left = cells
    for text, style in row:
        size = safe_text.width(text)
        if size > left:
            return (*fitted, (safe_text.fit(text, left), style)) if left else tuple(fitted)
        if text:
            fitted.append((text, style))
        left -= size
    if not left:
        return tuple(fitted)
    fitted.append((" " * left, ""))
    return tuple(fitted)


def changed_cells(old: Row, new: Row) -> tuple[int, int] | None:
    """First and one past the last cell in which two rows of one width differ; None when they are equal."""
    if old == new:
        return None
    old_text, new_text = row_text(old), row_text(new)
    width = safe_text.width(new_text)
    if len(old_text) != width or len(new_text) != width:
        return 0, max(width, safe_text.width(old_text))
    old_styles = [style for text, style in old for _ in text]
    new_styles = [style for text, style in new for _ in text]
    differing = [i for i in range(width) if old_text[i] != new_text[i] or old_styles[i] != new_styles[i]]
    return (differing[0], differing[-1] + 1) if differing else None


class RowWidget(Widget):
    """A widget made of rows: subclasses write `draw` and call `repaint` when what they show has changed.

    The component classes of a subclass are those that its DEFAULT_CSS names.
    """

    ALLOW_SELECT = False

    def __init_subclass__(cls, **options: Any) -> None:
        cls.COMPONENT_CLASSES = set(re.findall(r"\.(\w+--\w+)", cls.__dict__.get("DEFAULT_CSS", "")))
        super().__init_subclass__(**options)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: list[Row] = []
        self._drawn_size = (-1, -1)
        self._styles_of_spans: dict[str, Style] = {}

    def draw(self, width: int, height: int) -> list[Row]:
        """The widget's rows, at most `height`, each at most `width` cells."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Draw again and mark the cells that changed. While nobody can see the widget this costs nothing."""
        width, height = self.size
        if self._drawn_size != (width, height) or not self.is_on_screen:
            self._drawn_size = (-1, -1)
            return
        before, self._rows = self._rows, self._drawn(width, height)
        regions = []
        for y, (old, new) in enumerate(zip(before, self._rows, strict=True)):
            if span := changed_cells(old, new):
                start, stop = span
                regions.append(Region(start, y, stop - start, 1))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One row for Textual."""
        width, height = self.size
        if self._drawn_size != (width, height):
            self._rows = self._drawn(width, height)
            self._drawn_size = (width, height)
        if y >= len(self._rows):
            return Strip.blank(width, self.visual_style.rich_style)
        return Strip([Segment(text, self._style(style)) for text, style in self._rows[y]], width)

    def shown_rows(self) -> list[str]:
        """What the widget shows now, as text."""
        width, height = self.size
        return [row_text(row) for row in self._drawn(width, height)]

    def on_show(self) -> None:
        """What was not drawn while the widget was hidden is drawn now."""
        self._drawn_size = (-1, -1)
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget resolved styles: the theme, the focus or a class has changed."""
        self._styles_of_spans.clear()
        super().notify_style_update()

    def _style(self, name: str) -> Style:
        style = self._styles_of_spans.get(name)
        if style is None:
            style = (self.get_visual_style(name) if name else self.visual_style).rich_style
            # Textual resolves colours over all parents, and on the way loses reverse video
            if name and self.get_component_styles(name).text_style.reverse:
                style += Style(reverse=True)
            self._styles_of_spans[name] = style
        return style

    def _drawn(self, width: int, height: int) -> list[Row]:
        rows = [fit_row(row, width) for row in self.draw(width, height)[:height]] if width and height else []
        return rows + [((" " * width, ""),)] * (height - len(rows))


def scrollbar_thumb(total: int, first: int, shown: int, height: int) -> tuple[int, int]:
    """First and one past the last cell of the thumb of a scroll bar `height` cells high."""
    if total <= shown or height <= 0:
        return 0, height
    size = max(1, height * shown // total)
    start = round((height - size) * first / (total - shown))
    return start, start + size


def scrollbar_cell(thumb: tuple[int, int], y: int) -> str:
    """The bar's glyph at row `y`; thumb and track differ in shape, not in colour only."""
    return "┃" if thumb[0] <= y < thumb[1] else "│"
