"""The text of a log: where its lines come from, what a line's level looks like, and where a search finds something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from tui.app import safe_text
from tui.widgets.rows import Span

_ERROR = re.compile(r"\b(?:ERROR|CRITICAL|FATAL|Traceback|\w*(?:Error|Exception)\b:)|^E\b")
_WARNING = re.compile(r"\bWARN(?:ING)?\b|\w*Warning:|^W\b")
_DEBUG = re.compile(r"\bDEBUG\b|^D\b")
_TIME = re.compile(r"^\[?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]? ?(?:- )?")
MARK = "◆ "
# levels stand at the beginning of a line; the rest of a long one is not looked at
_LEVEL_CHARACTERS = 100


class LineSource(Protocol):
    """What the log view needs of a log: the face of `engine.runs.logs.log_index.LogIndex`."""

    def poll(self) -> int:
        """Look for new lines; how many there are. After a truncation `len` may be smaller than before."""
        ...

    def __len__(self) -> int: ...

    def lines(self, start: int, stop: int) -> list[bytes]:
        """The lines from `start` to before `stop`, without their ends."""
        ...

    def partial(self) -> bytes:
        """What stands after the last newline: a line that is being written."""
        ...

    def find(
        self, needle: bytes | str, start: int, step: int = 1, *, ignore_case: bool = False
    ) -> int | None:
        """The nearest line at or after (step 1) or at or before (step -1) `start` that contains `needle`."""
        ...

    def matches(
        self,
        pattern: bytes,
        start: int,
        stop: int,
        step: int = 1,
        *,
        ignore_case: bool = False,
        inverted: bool = False,
        most: int | None = None,
    ) -> Iterator[Sequence[int]]:
        """Numbers of the lines from `start` to before `stop` that match, or do not, in pieces."""
        ...


def find(needle: str, source: LineSource, start: int, step: int, count: int) -> tuple[int | None, bool]:
    """The nearest of `count` lines from `start` on that contains `needle`, and whether it lay around the end."""
    found = source.find(needle, start, step, ignore_case=ignores_case(needle)) if 0 <= start < count else None
    if found is not None:
        return found, False
    return source.find(needle, count - 1 if step < 0 else 0, step, ignore_case=ignores_case(needle)), True


def find_error(source: LineSource, start: int, step: int, count: int) -> tuple[int | None, bool]:
    """The nearest line of an error from `start` on, and whether it lay around the end."""
    ahead, behind = ((start, count), (0, start)) if step > 0 else ((0, start + 1), (start + 1, count))
    for (first, stop), wrapped in ((ahead, False), (behind, True)):
        for numbers in source.matches(_ERROR.pattern.encode(), max(0, first), stop, step):
            for number in numbers:
                line = safe_text.clean_log_line(source.lines(number, number + 1)[0])
                if level_style(line) == "logview--error":
                    return number, wrapped
    return None, True


def without_time(text: str) -> str:
    """A line without the time at its beginning."""
    return _TIME.sub("", text)


def ignores_case(needle: str) -> bool:
    """Small letters find both cases; a capital in the search asks for the exact letters."""
    return needle == needle.lower()


def level_style(text: str) -> str:
    """The component class of a line's level; "" for an ordinary one."""
    head = text[:_LEVEL_CHARACTERS]
    if _ERROR.search(head):
        return "logview--error"
    if _WARNING.search(head):
        return "logview--warning"
    return "logview--debug" if _DEBUG.search(head) else ""


def places(text: str, needle: str) -> Iterator[tuple[int, int]]:
    """Where the needle stands in a cleaned line: characters from, to."""
    wanted = safe_text.clean(needle)
    searched = text.lower() if ignores_case(needle) else text
    # lower-casing a few letters changes their number; then nothing is marked rather than the wrong cells
    if not wanted or len(searched) != len(text):
        return
    position = searched.find(wanted)
    while position >= 0:
        yield position, position + len(wanted)
        position = searched.find(wanted, position + len(wanted))


def marked(text: str, style: str, needle: str) -> Iterator[Span]:
    """A line in its level's style, with all matches in reverse."""
    position = 0
    for start, stop in places(text, needle):
        if start > position:
            yield text[position:start], style
        yield text[start:stop], "logview--match"
        position = stop
    if position < len(text):
        yield text[position:], style
