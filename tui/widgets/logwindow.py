"""The window onto a log: which lines are in it, how they are drawn, and how it moves. `logview` finds things in it."""

from __future__ import annotations

from rich.cells import chop_cells
from textual import events

from tui.app import safe_text
from tui.widgets import logtext
from tui.widgets.logtext import LineSource
from tui.widgets.rows import Row, RowWidget, scrollbar_cell, scrollbar_thumb

WHEEL_LINES = 3
SIDEWAYS_CELLS = 16


class LogWindow(RowWidget):
    """Lines of a `LineSource` from `first_line` on, each in one row or wrapped, and a status row below them."""

    def __init__(self, source: LineSource | None, *, id: str | None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.source = source
        self.following = True
        self.wraps = self.hides_times = False
        self.needle = ""
        self._partial = b""
        self._count = 0
        self._look()
        self._known = self._count  # lines when the reader left the end
        self._first = 0
        self._left = 0

    def poll(self) -> None:
        """Ask the source for new lines and repaint what changed."""
        if self.source is None:
            return
        before = self._count, self._partial
        new = self.source.poll()
        self._look()
        if new or before != (self._count, self._partial):
            self._known = self._count if self.following else min(self._known, self._count)
            self.repaint()

    def _look(self) -> None:
        """Note how many lines there are; one that is being written, such as a progress bar's, counts."""
        self._partial = self.source.partial() if self.source is not None else b""
        self._count = (len(self.source) if self.source is not None else 0) + (1 if self._partial else 0)

    @property
    def first_line(self) -> int:
        """Index of the line in the first row."""
        return self._last_first if self.following else min(self._first, self._last_first)

    @property
    def status(self) -> str:
        """The last row."""
        raise NotImplementedError

    def _is_marked(self, line: int) -> bool:  # noqa: ARG002
        return False

    # drawing

    @property
    def _page(self) -> int:
        return max(1, self.size.height - 1)

    @property
    def _last_first(self) -> int:
        """The first line of the last page."""
        first = max(0, self._count - self._page)
        if self.wraps:
            rows = self._heights(first, self._count)
            while first < self._count - 1 and sum(rows) > self._page:
                first += 1
                rows.pop(0)
        return first

    @property
    def _shown_lines(self) -> range:
        """The lines in the window, also one of which only the beginning has room."""
        first = stop = self.first_line
        if not self.wraps:
            return range(first, min(self._count, first + self._page))
        rows = 0
        for height in self._heights(first, min(self._count, first + self._page)):
            if rows < self._page:
                stop, rows = stop + 1, rows + height
        return range(first, stop)

    def _heights(self, first: int, stop: int) -> list[int]:
        raws = enumerate(self._raws(range(first, stop)), start=first)
        return [len(self._cut(self._text(raw), line)) for line, raw in raws]

    def _raws(self, lines: range) -> list[bytes]:
        found = self.source.lines(lines.start, lines.stop) if self.source is not None else []
        return found + [self._partial] * (len(lines) - len(found))

    def _text(self, raw: bytes) -> str:
        """A line as it is shown and searched."""
        text = safe_text.clean_log_line(raw)
        return logtext.without_time(text) if self.hides_times else text

    def _cut(self, text: str, line: int) -> list[str]:
        """A line's rows: its part from the left edge on, or all of it wrapped."""
        text = logtext.MARK + text if self._is_marked(line) else text
        width = max(1, self.size.width - 1)
        if not self.wraps:
            return [safe_text.slice_cells(text, self._left, width)]
        # a wide character that has no room at all becomes a space
        return [safe_text.slice_cells(part, 0, width) for part in chop_cells(text, width) or [""]]

    def draw(self, width: int, height: int) -> list[Row]:
        """Log rows with a scroll bar, and the status row below them."""
        page = height - 1
        lines = self._shown_lines if page > 0 else range(0)
        spans: list[Row] = []
        for line, raw in zip(lines, self._raws(lines), strict=True):
            text = self._text(raw)
            style = logtext.level_style(text)
            for part in self._cut(text, line):
                pad = " " * (width - 1 - safe_text.width(part))
                row = tuple(logtext.marked(part, style, self.needle))
                spans.append((*row, (pad, style)) if pad else row)
        spans = (spans + [((" " * (width - 1), ""),)] * page)[:page]
        thumb = scrollbar_thumb(self._count, lines.start, page, page)
        rows: list[Row] = [(*row, (scrollbar_cell(thumb, y), "logview--bar")) for y, row in enumerate(spans)]
        return [*rows, ((safe_text.fit(" " + safe_text.clean(self.status), width), "logview--status"),)]

    # moving

    def _go_to(self, first: int) -> None:
        last_first = self._last_first
        self._first = max(0, min(first, last_first))
        # reaching the end by going down is how a reader asks to follow again
        self.following = first >= last_first
        self.repaint()

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by lines; down past the end follows again."""
        if lines < 0 and self.first_line + lines < 0 and self._count <= self._page:
            return
        self._go_to(self.first_line + lines)

    def action_scroll_pages(self, pages: int) -> None:
        self.action_scroll_lines(pages * max(1, self._page - 1))

    def action_scroll_first(self) -> None:
        self._first, self.following = 0, self._count <= self._page
        self.repaint()

    def action_follow(self) -> None:
        self.following = True
        self.repaint()

    def action_toggle_follow(self) -> None:
        self._first = self.first_line
        self.following = not self.following
        self.repaint()

    def action_toggle_wrap(self) -> None:
        self._first, self._left = self.first_line, 0
        self.wraps = not self.wraps
        self.repaint()

    def action_toggle_times(self) -> None:
        self.hides_times = not self.hides_times
        self.repaint()

    def action_scroll_sideways(self, direction: int) -> None:
        if self.wraps:
            return
        self._left = max(0, min(self._left + direction * SIDEWAYS_CELLS, safe_text.MAX_CHARACTERS))
        self.repaint()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Up, or with shift to the left."""
        self._wheel(event, -1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Down, or with shift to the right."""
        self._wheel(event, 1)

    def _wheel(self, event: events.MouseEvent, direction: int) -> None:
        event.stop()
        if event.shift:
            self.action_scroll_sideways(direction)
        else:
            self.action_scroll_lines(direction * WHEEL_LINES)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the scroll bar."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.x == self.size.width - 1 and offset.y < self._page:
            event.stop()
            self.capture_mouse()
            self._drag_to(offset.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the scroll bar."""
        if self.app.mouse_captured is self:
            self._drag_to(event.y - self.gutter.top)

    def on_mouse_up(self) -> None:
        """Let go of the scroll bar."""
        if self.app.mouse_captured is self:
            self.release_mouse()

    def _drag_to(self, y: int) -> None:
        span = max(1, self._page - 1)
        self._go_to(round(max(0, self._count - self._page) * max(0, min(y, span)) / span))
