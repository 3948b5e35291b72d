"""A window onto a log of any length: it follows the end, scrolls back, searches, filters.

It reads the lines on the screen alone, so a million lines cost what a hundred do. Its owner calls `poll()` on a
timer: however many lines came in between, one frame is drawn.

    12:01:07 step 1200 loss/g/mel 23.4        │
    12:01:09 WARNING clip 17 is short         ┃   the thumb is thicker than its track
    12:01:12 step 1250 loss/g/mel 23.1        ┃
    lines 1,198-1,200 of 1,200  FOLLOW            the last row: where we are, or what is being searched
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from engine.i18n import _
from tui.app import safe_text
from tui.widgets import logtext
from tui.widgets.logfilter import FilteredLines, Rule
from tui.widgets.logtext import LineSource
from tui.widgets.logwindow import LogWindow

SEARCHED_AT_ONCE = 100_000  # lines: a longer log is searched in a thread
Find = Callable[[LineSource, int, int, int], tuple[int | None, bool]]


class LogView(LogWindow, can_focus=True):
    """Follow, scroll, search and filter a `LineSource`; `empty` is what is said while it has no lines."""

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
        Binding(
            "ampersand", "filter", _("Filter by a regular expression; a leading ! inverts it"), show=False
        ),
        Binding("e", "find_error(1)", _("Next error"), show=False),
        Binding("E", "find_error(-1)", _("Previous error"), show=False),
        Binding("M", "mark", _("Mark the line that was found, else the first row, or unmark it"), show=False),
        Binding("apostrophe", "next_mark", _("Next mark"), show=False),
        Binding("W", "toggle_wrap", _("Wrap long lines, or cut them"), show=False),
        Binding("t", "toggle_times", _("Hide the times, or show them"), show=False),
        Binding("y", "copy_lines", _("Copy the marked lines, else those in sight"), show=False),
        Binding("o", "write_lines", _("Write the lines that pass the filter to a file"), show=False),
        Binding("escape", "clear_search", _("Forget the search, then the filter"), show=False),
    ]

    class LinesWanted(Message):
        """The lines of this source shall be written to a file."""

        def __init__(self, source: LineSource) -> None:
            super().__init__()
            self.source = source

    def __init__(
        self,
        source: LineSource | None = None,
        *,
        empty: str = _("nothing logged yet"),
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(source, id=id)
        self.marks: set[int] = set()  # numbers of lines in the whole log
        self._log = source  # the whole log, of which a filter shows a part
        self._empty = empty
        self._typed: str | None = None
        self._typed_for = "/"  # or &
        self._match: int | None = None
        self._note = ""

    # what the owner calls

    def set_source(self, source: LineSource | None, *, empty: str | None = None) -> None:
        """Show another log from its end."""
        for group in ("filter", "search"):
            self.workers.cancel_group(self, group)
        self.source = self._log = source
        self._look()
        self._empty = self._empty if empty is None else empty
        self.following, self._first, self._left, self._known = True, 0, 0, self._count
        self._match, self._note = None, ""
        self.marks.clear()
        self.repaint()

    def extend_source(self, source: LineSource) -> None:
        """Continue with a source of the same log that begins earlier; what is in sight stays."""
        earlier = max(0, len(source) - len(self._log or ()))
        self.marks = {line + earlier for line in self.marks}
        self._log = source
        if isinstance(self.source, FilteredLines):
            self._apply(self.source.rule)
        else:
            self.source = source
            self._take_earlier()

    def _take_earlier(self) -> None:
        """Lines have come before those that are shown."""
        before = self._count
        self._look()
        earlier = max(0, self._count - before)
        self._first, self._known = self._first + earlier, self._known + earlier
        self._match = None if self._match is None else self._match + earlier
        self.repaint()

    def poll(self) -> None:
        """Ask the source for new lines and repaint what changed."""
        super().poll()
        if self._match is not None and self._match >= self._count:
            self._match = None

    @property
    def status(self) -> str:
        """The last row: which lines are shown and how, or the search or filter that is being typed."""
        if self._typed is not None:
            does = (
                _("enter: filter, escape: cancel")
                if self._typed_for == "&"
                else _("enter: search, escape: cancel")
            )
            return f"{self._typed_for}{self._typed}▏  {self._fault() or does}"
        chosen = f"&{self.source.rule.text}" if isinstance(self.source, FilteredLines) else ""
        if not self._count:
            return (
                _("{filter}  no line passes the filter; escape shows all").format(filter=chosen)
                if chosen
                else self._empty
            )
        lines = self._shown_lines
        parts = [f"lines {lines.start + 1:,}-{lines.stop:,} of {self._count:,}"]
        if self.following:
            parts.append("FOLLOW")
        else:
            parts.append(_("PAUSED {number}%  end: follow").format(number=100 * lines.stop // self._count))
            if (new := self._count - self._known) > 0:
                parts.insert(1, _("+{new:,} new").format(new=new))
        if self._left:
            parts.append(_("from column {left}").format(left=self._left + 1))
        parts += [chosen] if chosen else []
        if self.needle:
            parts.append(f"/{self.needle}: {self._note}" if self._note else f"/{self.needle}  n N")
        elif self._note:
            parts.append(self._note)
        return "  ".join(parts)

    # searching

    @property
    def is_searching(self) -> bool:
        """Whether a search or a filter is being typed."""
        return self._typed is not None

    def check_consume_key(self, key: str, character: str | None) -> bool:  # noqa: ARG002
        """While a search or filter is typed, every printable key belongs to it."""
        return self._typed is not None and character is not None and character.isprintable()

    def action_search(self) -> None:
        self._typed, self._typed_for = "", "/"
        self.repaint()

    def action_clear_search(self) -> None:
        """Forget the search and break off one that is under way; without one, show all lines again."""
        self.workers.cancel_group(self, "search")
        if not (self.needle or self._note):
            self._apply(None)
        self.needle, self._note, self._match = "", "", None
        self.repaint()

    def action_find_next(self, step: int) -> None:
        """To the next (1) or previous (-1) line with a match, around the ends of the log."""
        if self.needle:
            self._go_find(partial(logtext.find, self.needle), step)

    def action_find_error(self, step: int) -> None:
        """To the next (1) or previous (-1) line of an error, around the ends of the log."""
        self._go_find(logtext.find_error, step)

    def _go_find(self, find: Find, step: int) -> None:
        if self.source is None or not self._count:
            return
        lines = self._shown_lines
        if self._match is None or self._match not in lines:
            start = lines.stop - 1 if step < 0 else lines.start
        else:
            start = self._match + step
        look = partial(find, self.source, start, step, self._count)
        if self._count <= SEARCHED_AT_ONCE:
            self._show_match(*look())
            return
        self._note = _("searching; escape breaks it off")
        self.repaint()
        again = partial(self._go_find, find, step)
        self.run_worker(self._find(self.source, look, again), group="search", exclusive=True)

    async def _find(
        self, source: LineSource, look: Callable[[], tuple[int | None, bool]], again: Callable[[], None]
    ) -> None:
        found, wrapped = await asyncio.to_thread(look)
        if self.source is source:
            self._show_match(found, wrapped)
        else:  # the same log with its beginning, or another one: its lines have other numbers
            again()

    def _show_match(self, found: int | None, wrapped: bool) -> None:
        """Mark what was found, and bring it into sight."""
        self._match = found
        if found is None:
            self._note = _("not found")
            self.repaint()
            return
        self._note = f"line {found + 1:,}" + (_(" (from the other end)") if wrapped else "")
        self._reveal(found)
        self._show_line(found)

    def _show_line(self, line: int) -> None:
        lines = self._shown_lines
        self.following = False
        self._first = lines.start if line in lines else max(0, line - self._page // 2)
        self.repaint()

    def _reveal(self, line: int) -> None:
        """Move the window sideways when the match lies beyond its edges: a found word must be seen."""
        text = self._text(self._raws(range(line, line + 1))[0])
        at = next(logtext.places(text, self.needle), None)
        if at is None or self.wraps:
            return
        start, room = safe_text.width(text[: at[0]]), self.size.width - 1
        stop = safe_text.width(text[: at[1]])
        if stop <= room:
            self._left = 0
        elif not self._left <= start <= stop <= self._left + room:
            self._left = max(0, start - room // 3)

    # filtering

    def action_filter(self) -> None:
        self._typed = self.source.rule.text if isinstance(self.source, FilteredLines) else ""
        self._typed_for = "&"
        self.repaint()

    def _fault(self) -> str:
        """What is wrong with the filter that is being typed."""
        try:
            Rule(self._typed or "" if self._typed_for == "&" else "")
        except (re.error, OverflowError, RecursionError) as error:
            return _("not valid: {error}; correct it").format(error=error)
        return ""

    def _apply(self, rule: Rule | None) -> None:
        """Show the lines that pass, from the newest on; the older ones follow as they are found."""
        self.workers.cancel_group(self, "filter")
        if self._log is None or (rule is None and self.source is self._log):
            return
        self.source = FilteredLines(self._log, rule) if rule is not None else self._log
        self._match, self.following = None, True
        self._look()
        self._known = self._count
        self.repaint()
        if isinstance(self.source, FilteredLines):
            self.run_worker(self._fill(self.source), group="filter", exclusive=True)

    async def _fill(self, source: FilteredLines) -> None:
        while (numbers := await asyncio.to_thread(source.find_older)) is not None:
            if self.source is not source:
                return
            source.take_older(numbers)
            self._take_earlier()

    # marking and copying

    def _number(self, line: int) -> int:
        """The number in the whole log of a line that is shown."""
        return self.source.number(line) if isinstance(self.source, FilteredLines) else line

    def _is_marked(self, line: int) -> bool:
        return bool(self.marks) and line < self._count and self._number(line) in self.marks

    def action_mark(self) -> None:
        """Mark the line that was found last, else the one in the first row; a marked one is unmarked."""
        if lines := self._shown_lines:
            line = self._match if self._match is not None and self._match in lines else lines.start
            self.marks ^= {self._number(line)}
            self.repaint()

    def action_next_mark(self) -> None:
        """To the next marked line, around the end."""
        lines = self._shown_lines
        here = self._match if self._match is not None and self._match in lines else lines.start
        places = [(number, self._place(number)) for number in sorted(self.marks)]
        shown = [place for _number, place in places if place is not None]
        if not shown:
            self.notify(_("no line is marked here (M marks one)"))
            return
        self._match = next((place for place in shown if place > here), shown[0])
        self._show_line(self._match)

    def _place(self, number: int) -> int | None:
        return self.source.place(number) if isinstance(self.source, FilteredLines) else number

    def action_copy_lines(self) -> None:
        """Copy the marked lines, else those in sight, to the terminal's clipboard (OSC 52)."""
        if self._log is None or not self._count:
            return
        if self.marks:
            raws = [raw for number in sorted(self.marks) for raw in self._log.lines(number, number + 1)]
        else:
            raws = self._raws(self._shown_lines)
        self.app.copy_to_clipboard("\n".join(safe_text.clean_log_line(raw) for raw in raws))
        self.notify(_("{count} lines copied").format(count=len(raws)))

    def action_write_lines(self) -> None:
        """Ask the owner to write the lines that are shown to a file."""
        if self.source is not None:
            self.post_message(self.LinesWanted(self.source))

    # typing

    def on_key(self, event: events.Key) -> None:
        """Keys of the line that is typed; all others are left to the bindings."""
        # a binding would begin the line only after the letters that came in one burst with its key
        begin = {"slash": self.action_search, "ampersand": self.action_filter}.get(event.key)
        if self._typed is None and begin is None:
            return
        event.stop()
        event.prevent_default()
        if self._typed is None and begin is not None:
            begin()
        elif event.key == "escape":
            self._typed = None
        elif event.key == "enter":
            self._take_typed(self._typed or "")
        elif event.key == "backspace":
            self._typed = self._typed[:-1] if self._typed else None
        elif event.character and event.is_printable:
            self._typed = (self._typed or "") + event.character
        self.repaint()

    def _take_typed(self, text: str) -> None:
        if self._fault():
            return
        self._typed, self._match, self._note = None, None, ""
        if self._typed_for == "&":
            self._apply(Rule(text) if text else None)
            return
        self.needle = text
        # from what is on the screen backwards: in a log the newest match is wanted
        self.action_find_next(-1)

    def on_paste(self, event: events.Paste) -> None:
        """Paste into the line that is typed: its first line only."""
        if self._typed is not None:
            event.stop()
            self._typed += safe_text.clean(event.text.splitlines()[0] if event.text else "")
            self.repaint()

    def on_blur(self) -> None:
        """A search that was being typed ends with the focus."""
        if self._typed is not None:
            self._typed = None
            self.repaint()
