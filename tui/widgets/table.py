"""A table of any length: rows are asked for when they are on the screen.

  name      step ▼   state          ▼ marks the sorted column
› demo     1,200     running        › the cursor, in reverse video too
● first      800     finished       ● a selected row
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from engine.i18n import _
from tui.app import safe_text
from tui.widgets.charts.glyphs import current
from tui.widgets.rows import Row, RowWidget, Span, scrollbar_cell, scrollbar_thumb

_MARK_CELLS = 2
_GAP = 2
_WHEEL_ROWS = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `width` 0 shares what is left. A narrow table drops columns from the right."""

    title: str
    width: int = 0
    align: Literal["left", "right"] = "left"
    least: int = 8


class Table(RowWidget, can_focus=True):
    """Cursor, selection and scrolling over rows that a callback gives.

    Args:
        selectable: space selects rows; `selected` holds their keys.
        empty: what is said while there are no rows.
    """

    DEFAULT_CSS = """
    Table {
        background: $background; color: $foreground; height: 1fr; min-height: 2;
        & > .table--header { color: $foreground-muted; text-style: bold underline; }
        & > .table--cursor { text-style: bold; }
        &:focus > .table--cursor { text-style: reverse; }
        & > .table--selected { text-style: bold; color: $text-accent; }
        & > .table--bar { color: $foreground-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "move_pages(-1)", _("Page up"), show=False),
        Binding("pagedown", "move_pages(1)", _("Page down"), show=False),
        Binding("home", "move_to_end(-1)", _("First row"), show=False),
        Binding("end,G", "move_to_end(1)", _("Last row"), show=False),
        Binding("enter", "activate", "Open", show=False),
        Binding("space", "toggle_selected", "Select", show=False),
    ]

    class _RowMessage(Message):
        def __init__(self, table: Table, index: int, key: Hashable) -> None:
            super().__init__()
            self.table, self.index, self.key = table, index, key

    class CursorMoved(_RowMessage):
        """The cursor came to another row."""

    class Activated(_RowMessage):
        """Enter, or a second click, on a row."""

    class SelectionChanged(_RowMessage):
        """A row was selected or no longer is; `table.selected` holds the keys."""

    class HeaderClicked(Message):
        """A column's title was clicked; the owner sorts."""

        def __init__(self, column: int) -> None:
            super().__init__()
            self.column = column

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        selectable: bool = False,
        empty: str = _("nothing here yet"),
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.selected: set[Hashable] = set()
        self.cursor = 0
        self._selectable = selectable
        self._empty = empty
        self._count = 0
        self._row: Callable[[int], Sequence[str]] = lambda _unused: ()
        self._key: Callable[[int], Hashable] = lambda index: index
        self._cursor_key: Hashable = None
        self._first = 0
        self._sorted: tuple[int, bool] | None = None

    # what the owner calls

    def set_rows(
        self,
        count: int,
        row: Callable[[int], Sequence[str]],
        *,
        key: Callable[[int], Hashable] | None = None,
        sorted_by: tuple[int, bool] | None = None,
    ) -> None:
        """Show `count` rows; `row(i)` gives the cells of one.

        With `key` the cursor stays on its row when rows move, and the selection survives; `sorted_by` is
        (column, descending) and only drawn.
        """
        keyed = key is not None
        self._count, self._row, self._sorted = count, row, sorted_by
        self._key = key or (lambda index: index)
        if keyed and self._cursor_key is not None and self.cursor_key != self._cursor_key:
            self.cursor = next((i for i in range(count) if self._key(i) == self._cursor_key), self.cursor)
        self.cursor = max(0, min(self.cursor, count - 1))
        self._cursor_key = self.cursor_key
        self._scroll_to_cursor()
        self.repaint()

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return self._count

    @property
    def cursor_key(self) -> Hashable:
        """Key of the row under the cursor, None when there are no rows."""
        return self._key(self.cursor) if 0 <= self.cursor < self._count else None

    # drawing

    @property
    def _page(self) -> int:
        return max(1, self.size.height - 1)

    def draw(self, width: int, height: int) -> list[Row]:
        """Header, then the rows in sight, with a scroll bar when there are more."""
        widths = self._widths(width - _MARK_CELLS - 1)
        header = safe_text.fit(" " * _MARK_CELLS + self._header(widths), max(0, width - 1))
        rows: list[Row] = [((header, "table--header"), (" ", ""))]
        if not self._count:
            return [*rows, ((" " * _MARK_CELLS + safe_text.clean(self._empty), "table--bar"),)]
        page = height - 1
        first = max(0, min(self._first, self._count - page))
        thumb = scrollbar_thumb(self._count, first, page, page)
        for y in range(min(page, self._count)):
            bar = scrollbar_cell(thumb, y) if self._count > page else " "
            text, style = self._body(first + y, widths)
            rows.append(((safe_text.fit(text, max(0, width - 1)), style), (bar, "table--bar")))
        return rows

    def _body(self, index: int, widths: list[int]) -> Span:
        cells = [
            safe_text.fit(safe_text.clean(cell), size, column.align)
            for cell, column, size in zip(self._row(index), self.columns, widths, strict=False)
            if size
        ]
        selected = bool(self.selected) and self._key(index) in self.selected
        mark = (current().cursor if index == self.cursor else " ") + (current().dot_mark if selected else " ")
        style = "table--selected" if selected else ""
        style = "table--cursor" if index == self.cursor else style
        return mark + (" " * _GAP).join(cells), style

    def _header(self, widths: list[int]) -> str:
        titles = []
        for index, (column, size) in enumerate(zip(self.columns, widths, strict=True)):
            mark = ""
            if self._sorted is not None and self._sorted[0] == index:
                mark = " " + (current().down if self._sorted[1] else current().up)
            if size:
                title = safe_text.crop(safe_text.clean(column.title), max(0, size - len(mark))) + mark
                titles.append(safe_text.fit(title, size, column.align))
        return (" " * _GAP).join(titles)

    def _widths(self, width: int) -> list[int]:
        """Cells of each column, 0 for those dropped; the shared ones fill the table exactly."""
        shown = len(self.columns)

        def needed(count: int) -> int:
            return sum(column.width or column.least for column in self.columns[:count]) + _GAP * (count - 1)

        while shown > 1 and needed(shown) > width:
            shown -= 1
        spare = max(0, width - needed(shown))
        flexible = [i for i in range(shown) if not self.columns[i].width]
        sizes = [column.width or column.least for column in self.columns[:shown]]
        for place, index in enumerate(flexible):
            sizes[index] += spare // len(flexible) + (1 if place < spare % len(flexible) else 0)
        if shown == 1:
            sizes[0] = max(0, min(sizes[0], width))
        return sizes + [0] * (len(self.columns) - shown)

    # moving

    def _scroll_to_cursor(self) -> None:
        if self.cursor < self._first:
            self._first = self.cursor
        elif self.cursor >= self._first + self._page:
            self._first = self.cursor - self._page + 1
        self._first = max(0, min(self._first, self._count - self._page))

    def move_cursor(self, index: int) -> None:
        """Put the cursor on a row, inside the table."""
        index = max(0, min(index, self._count - 1))
        moved = index != self.cursor and self._count > 0
        if moved:
            self.cursor = index
            self._cursor_key = self.cursor_key
        self._scroll_to_cursor()
        self.repaint()
        if moved:
            self.post_message(self.CursorMoved(self, index, self.cursor_key))

    def action_move(self, rows: int) -> None:
        self.move_cursor(self.cursor + rows)

    def action_move_pages(self, pages: int) -> None:
        self.move_cursor(self.cursor + pages * max(1, self._page - 1))

    def action_move_to_end(self, end: int) -> None:
        self.move_cursor(0 if end < 0 else self._count - 1)

    def action_activate(self) -> None:
        if self._count:
            self.post_message(self.Activated(self, self.cursor, self.cursor_key))

    def action_toggle_selected(self) -> None:
        if self._selectable and self._count:
            self.selected ^= {self.cursor_key}
            self.post_message(self.SelectionChanged(self, self.cursor, self.cursor_key))
            self.repaint()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._scroll_to_cursor()

    def on_focus(self) -> None:
        """The cursor looks different in focus."""
        self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -_WHEEL_ROWS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, _WHEEL_ROWS)

    def _wheel(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        self._first = max(0, min(self._first + rows, self._count - self._page))
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """A title, a row, or a second click on a row."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        if offset.y == 0:
            self._click_header(offset.x - _MARK_CELLS)
        elif self._first + offset.y - 1 < self._count:
            self.move_cursor(self._first + offset.y - 1)
            if event.chain == 2:
                self.action_activate()

    def _click_header(self, x: int) -> None:
        start = 0
        for index, size in enumerate(self._widths(self.size.width - _MARK_CELLS - 1)):
            if size and start <= x < start + size + _GAP:
                self.post_message(self.HeaderClicked(index))
                return
            start += size + _GAP
