"""A window onto a log of any length: it follows the end, scrolls back, searches.

It reads the lines on the screen alone, so a million lines cost what a hundred do. Its owner calls `poll()` on a
timer: however many lines came in between, one frame is drawn.

    12:01:07 step 1200 loss/g/mel 23.4        │
    12:01:09 WARNING clip 17 is short         ┃   the thumb is thicker than its track
    12:01:12 step 1250 loss/g/mel 23.1        ┃
    lines 1,198-1,200 of 1,200  FOLLOW            the last row: where we are, or what is being searched
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from engine.i18n import _
from tui.app import safe_text
from tui.widgets import logtext
from tui.widgets.logtext import LineSource
from tui.widgets.rows import Row, RowWidget, scrollbar_cell, scrollbar_thumb

WHEEL_LINES = 3
SIDEWAYS_CELLS = 16
SEARCHED_AT_ONCE = 100_000  # lines: a longer log is searched in a thread


class LogView(RowWidget, can_focus=True):
    """Follow, scroll and search a `LineSource`; `empty` is what is said while it has no lines."""

    DEFAULT_CSS = """
    LogView {
        background: $background; color: $foreground; height: 1fr; min-height: 3;
        & > .logview--error { color: $text-error; text-style: bold; }
        & > .logview--warning { color: $text-warning; }
        & > .logview--debug { color: $foreground-muted; }
        & > .logview--match { text-style: reverse; }
        & > .logview--status { background: $panel; color: $foreground; }
        & > .logview--bar { color: $foreground-muted; }
        &:focus > .logview--status { text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_lines(-1)", _("Line up"), show=False),
        Binding("down,j", "scroll_lines(1)", _("Line down"), show=False),
        Binding("pageup,ctrl+b", "scroll_pages(-1)", _("Page up"), show=False),
        Binding("pagedown,ctrl+f,space", "scroll_pages(1)", _("Page down"), show=False),
        Binding("home", "scroll_first", _("First line"), show=False),
        Binding("end,G", "follow", _("Newest line, follow"), show=False),
        Binding("left", "scroll_sideways(-1)", "Left", show=False),
        Binding("right", "scroll_sideways(1)", "Right", show=False),
        Binding("f", "toggle_follow", _("Follow or pause"), show=False),
        Binding("slash", "search", "Search", show=False),
        Binding("n", "find_next(1)", _("Next match"), show=False),
        Binding("N", "find_next(-1)", _("Previous match"), show=False),
        Binding("escape", "clear_search", _("Forget the search"), show=False),
    ]

    def __init__(
        self,
        source: LineSource | None = None,
        *,
        empty: str = _("nothing logged yet"),
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.source = source
        self.following = True
        self.needle = ""
        self._empty = empty
        self._partial = b""
        self._count = 0
        self._look()
        self._first = 0
        self._left = 0
        self._typed: str | None = None
        self._match: int | None = None
        self._note = ""

    # what the owner calls

    def set_source(self, source: LineSource | None, *, empty: str | None = None) -> None:
        """Show another log from its end."""
        self.source = source
        self._look()
        self._empty = self._empty if empty is None else empty
        self.following, self._first, self._left = True, 0, 0
        self._match, self._note = None, ""
        self.repaint()

    def extend_source(self, source: LineSource) -> None:
        """Continue with a source of the same log that begins earlier; what is in sight stays."""
        before = self._count
        self.source = source
        self._look()
        earlier = max(0, self._count - before)
        self._first += earlier
        self._match = None if self._match is None else self._match + earlier
        self.repaint()

    def poll(self) -> None:
        """Ask the source for new lines and repaint what changed."""
        if self.source is None:
            return
        before = self._count, self._partial
        new = self.source.poll()
        self._look()
        if new or before != (self._count, self._partial):
            if self._match is not None and self._match >= self._count:
                self._match = None
            self.repaint()

    def _look(self) -> None:
        """Note how many lines there are; one that is being written, such as a progress bar's, counts."""
        self._partial = self.source.partial() if self.source is not None else b""
        self._count = (len(self.source) if self.source is not None else 0) + (1 if self._partial else 0)

    @property
    def first_line(self) -> int:
        """Index of the line in the first row."""
        last_first = max(0, self._count - self._page)
        return last_first if self.following else min(self._first, last_first)

    @property
    def status(self) -> str:
        """The last row: which lines are shown and how, or the search that is being typed."""
        if self._typed is not None:
            return _("/{typed}▏  enter: search, escape: cancel").format(typed=self._typed)
        if not self._count:
            return self._empty
        first = self.first_line
        last = min(self._count, first + self._page)
        mode = (
            "FOLLOW"
            if self.following
            else _("PAUSED {number}%  end: follow").format(number=100 * last // self._count)
        )
        parts = [f"lines {first + 1:,}-{last:,} of {self._count:,}  {mode}"]
        if self._left:
            parts.append(_("from column {left}").format(left=self._left + 1))
        if self.needle:
            parts.append(f"/{self.needle}: {self._note}" if self._note else f"/{self.needle}  n N")
        return "  ".join(parts)

    # drawing

    @property
    def _page(self) -> int:
        return max(1, self.size.height - 1)

    def draw(self, width: int, height: int) -> list[Row]:
        """Log rows with a scroll bar, and the status row below them."""
        page = height - 1
        first = self.first_line
        lines = self.source.lines(first, first + page) if self.source is not None and page > 0 else []
        if self._partial and len(lines) < page and first + len(lines) == self._count - 1:
            lines.append(self._partial)
        thumb = scrollbar_thumb(self._count, first, page, page)
        rows = []
        for y in range(page):
            text = safe_text.clean_log_line(lines[y]) if y < len(lines) else ""
            rows.append((*self._line(text, width - 1), (scrollbar_cell(thumb, y), "logview--bar")))
        status = safe_text.fit(" " + self.status, width)
        return [*rows, ((status, "logview--status"),)]

    def _line(self, text: str, width: int) -> Row:
        """One log line from the left edge of the window, in its level's style, matches marked."""
        style = logtext.level_style(text)
        shown = safe_text.slice_cells(text, self._left, width)
        spans = logtext.marked(shown, style, self.needle)
        pad = " " * (width - safe_text.width(shown))
        return (*spans, (pad, style)) if pad else tuple(spans)

    # moving

    def _go_to(self, first: int) -> None:
        last_first = max(0, self._count - self._page)
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

    def action_scroll_sideways(self, direction: int) -> None:
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

    # searching

    @property
    def is_searching(self) -> bool:
        """Whether a search is being typed."""
        return self._typed is not None

    def check_consume_key(self, key: str, character: str | None) -> bool:  # noqa: ARG002
        """While a search is typed, every printable key belongs to it."""
        return self._typed is not None and character is not None and character.isprintable()

    def action_search(self) -> None:
        self._typed = ""
        self.repaint()

    def action_clear_search(self) -> None:
        """Forget the search and its marks, and break off one that is under way."""
        self.workers.cancel_group(self, "search")
        self.needle, self._note, self._match = "", "", None
        self.repaint()

    def action_find_next(self, step: int) -> None:
        """To the next (1) or previous (-1) line with a match, around the ends of the log."""
        if not self.needle or self.source is None or not self._count:
            return
        first, last = self.first_line, min(self._count, self.first_line + self._page) - 1
        if self._match is None or not first <= self._match <= last:
            start = last if step < 0 else first
        else:
            start = self._match + step
        look = partial(logtext.find, self.source, self.needle, start, step, self._count)
        if self._count <= SEARCHED_AT_ONCE:
            self._show_match(*look())
            return
        self._note = _("searching; escape breaks it off")
        self.repaint()
        self.run_worker(self._find(self.source, look, step), group="search", exclusive=True)

    async def _find(self, source: LineSource, look: Callable[[], tuple[int | None, bool]], step: int) -> None:
        found, wrapped = await asyncio.to_thread(look)
        if self.source is source:
            self._show_match(found, wrapped)
        else:  # the same log with its beginning, or another one: its lines have other numbers
            self.action_find_next(step)

    def _show_match(self, found: int | None, wrapped: bool) -> None:
        """Mark what was found, and bring it into sight."""
        self._match = found
        if found is None:
            self._note = _("not found")
            self.repaint()
            return
        self._note = f"line {found + 1:,}" + (_(" (from the other end)") if wrapped else "")
        self._reveal(found)
        first = self.first_line
        self.following = False
        self._first = first if first <= found < first + self._page else max(0, found - self._page // 2)
        self.repaint()

    def _reveal(self, line: int) -> None:
        """Move the window sideways when the match lies beyond its edges: a found word must be seen."""
        raw = self.source.lines(line, line + 1) if self.source is not None else []
        text = safe_text.clean_log_line(raw[0] if raw else self._partial)
        at = next(logtext.places(text, self.needle), None)
        if at is None:
            return
        start, room = safe_text.width(text[: at[0]]), self.size.width - 1
        stop = safe_text.width(text[: at[1]])
        if stop <= room:
            self._left = 0
        elif not self._left <= start <= stop <= self._left + room:
            self._left = max(0, start - room // 3)

    def on_key(self, event: events.Key) -> None:
        """Keys of the search line; all others are left to the bindings."""
        if self._typed is None:
            return
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self._typed = None
        elif event.key == "enter":
            self.needle, self._typed, self._match, self._note = self._typed, None, None, ""
            # from what is on the screen backwards: in a log the newest match is wanted
            self.action_find_next(-1)
        elif event.key == "backspace":
            self._typed = self._typed[:-1] if self._typed else None
        elif event.character and event.is_printable:
            self._typed += event.character
        self.repaint()

    def on_paste(self, event: events.Paste) -> None:
        """Paste into the search line: its first line only."""
        if self._typed is not None:
            event.stop()
            self._typed += safe_text.clean(event.text.splitlines()[0] if event.text else "")
            self.repaint()

    def on_blur(self) -> None:
        """A search that was being typed ends with the focus."""
        if self._typed is not None:
            self._typed = None
            self.repaint()
