"""A log of any length as numbered lines: eight bytes a line in memory, the text read only where it is looked at.

A line is what ends in a newline. Progress bars write many times between two newlines, each time after a carriage
return; what is shown of such a line is what a terminal would show in the end, the part after the last one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate, count
from operator import add
from pathlib import Path

from engine.runs.logs.follow import FollowedFile, read_range, size_of

LONG_BYTES = 16 << 20  # a shorter log is indexed in the blink of an eye
LONGEST_SHOWN = 16 << 10  # bytes of a line that are ever returned

_BLOCK = 1 << 20  # bytes read at once
_END_BYTES = 256 << 10
_PARTIAL = 8 << 10  # bytes of an unfinished line that are kept


class LogIndex:
    """Where each line of a growing file ends.

    One thread polls; any thread may read lines at the same time. When the file is cut or replaced the index begins
    anew and `restarts` grows.

    Args:
        from_end: begin at the first whole line of the log's last 256 KB: of a long log, what a person looks at while
            another index still counts the lines before.
    """

    def __init__(self, path: str | Path, *, from_end: bool = False) -> None:
        self.path = Path(path)
        self._file = FollowedFile(path)
        self._ends = array("Q")  # offset behind each line's newline
        self._begin = 0  # byte where the first line begins
        if from_end:
            size = size_of(path)
            start = max(0, size - _END_BYTES)
            newline = read_range(path, start, size).find(b"\n")
            self._begin = self._file.offset = start + newline + 1 if start and newline >= 0 else 0

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def restarts(self) -> int:
        """How often indexing began anew."""
        return self._file.restarts

    def poll(self, limit_bytes: int | None = None) -> int:
        """Look at what is new; returns how many lines came, counted from 0 again after a restart.

        Args:
            limit_bytes: look at about this much at most, for indexing a long log in pieces.
        """
        new, looked = 0, 0
        while limit_bytes is None or looked < limit_bytes:
            data, restarted = self._file.read_new(_BLOCK)
            if restarted:
                self._ends = array("Q")  # a new one: other threads may be reading the old one
                self._begin = new = 0
            if not data:
                break
            looked += len(data)
            parts = data.split(b"\n")
            parts.pop()
            # The end of line i is the sum of the lengths up to it, plus one byte for each newline.
            start = self._file.offset - len(data) + 1
            self._ends.extend(map(add, accumulate(map(len, parts)), count(start)))
            new += len(parts)
        return new

    def line(self, number: int) -> bytes:
        """One line without its end, at most `LONGEST_SHOWN` bytes.

        Raises:
            IndexError: there is no such line (any more).
        """
        ends = self._ends
        if not 0 <= number < len(ends):
            raise IndexError(f"line {number} of {len(ends)}")
        return self._shown(ends, number)

    def lines(self, start: int, stop: int) -> list[bytes]:
        """Lines `start` to `stop` (not included), each as `line` gives it; fewer where the log has fewer."""
        ends = self._ends
        start, stop = max(0, start), min(stop, len(ends))
        if start >= stop:
            return []
        first = self._start_of(ends, start)
        if ends[stop - 1] - first > _BLOCK:  # long lines: read only what is shown of each
            return [self._shown(ends, number) for number in range(start, stop)]
        text = read_range(self.path, first, ends[stop - 1] - 1)
        found = [_visible(line)[:LONGEST_SHOWN] for line in text.split(b"\n")]
        return found[: stop - start]

    def partial(self) -> bytes:
        """What stands after the last newline: a line that is being written, such as a progress bar's."""
        ends, offset = self._ends, self._file.offset
        start = self._start_of(ends, len(ends))
        return _visible(read_range(self.path, max(start, offset - _PARTIAL), offset))

    def find(
        self, needle: bytes | str, start: int, step: int = 1, *, ignore_case: bool = False
    ) -> int | None:
        """The nearest line that shows `needle`, from line `start` on (itself included), or None.

        Args:
            step: 1 looks towards the end, -1 towards the beginning.
            ignore_case: take ASCII letters of either case as equal.
        """
        wanted = needle.encode("utf-8") if isinstance(needle, str) else needle
        wanted = wanted.lower() if ignore_case else wanted
        ends = self._ends
        if not wanted or b"\n" in wanted or not ends:
            return None
        number = max(start, 0) if step > 0 else min(start, len(ends) - 1)
        while 0 <= number < len(ends):
            first, stop = self._block(ends, number, step)
            begin = self._start_of(ends, first)
            data = read_range(self.path, begin, ends[stop - 1])
            data = data.lower() if ignore_case else data
            at = data.find(wanted) if step > 0 else data.rfind(wanted)
            while at >= 0:
                # A match may lie in a part that a progress bar wrote over, or beyond what is shown.
                found = bisect_right(ends, begin + at)
                text = self._shown(ends, found)
                if wanted in (text.lower() if ignore_case else text):
                    return found
                if step > 0:
                    at = data.find(wanted, ends[found] - begin)
                else:
                    at = data.rfind(wanted, 0, self._start_of(ends, found) - begin)
            number = stop if step > 0 else first - 1
        return None

    def _block(self, ends: array[int], number: int, step: int) -> tuple[int, int]:
        """Lines of about a megabyte, from `number` on or back: the first, and the one after the last."""
        if step > 0:
            return number, max(number + 1, bisect_right(ends, self._start_of(ends, number) + _BLOCK))
        earliest = ends[number] - _BLOCK
        first = bisect_right(ends, earliest) + 1 if earliest > self._begin else 0
        return min(number, first), number + 1

    def _start_of(self, ends: array[int], number: int) -> int:
        return ends[number - 1] if number else self._begin

    def _shown(self, ends: array[int], number: int) -> bytes:
        start = self._start_of(ends, number)
        return _visible(read_range(self.path, start, min(ends[number] - 1, start + _BLOCK)))[:LONGEST_SHOWN]


def tail(path: str | Path, count: int) -> list[bytes]:
    """The last `count` lines of a file of any size, read from its end; an unfinished last line is one of them."""
    position, data = size_of(path), b""
    while position > 0 and data.count(b"\n") <= count and len(data) < count * LONGEST_SHOWN:
        start = max(0, position - (_BLOCK >> 4))
        data = read_range(path, start, position) + data
        position = start
    lines = data.removesuffix(b"\n").split(b"\n") if data and count > 0 else []
    return [_visible(line)[:LONGEST_SHOWN] for line in lines[-count:]]


def _visible(line: bytes) -> bytes:
    """What a terminal shows in the end; a carriage return right before the newline belongs to the line's end."""
    line = line.rstrip(b"\r")
    return line[line.rfind(b"\r") + 1 :]
