"""A log of any length as numbered lines: one number for 8 KB in memory, the text read only where it is looked at.

    block            0        1        2   ...      each of 8 KB, counted from the log's first byte
    newlines so far  81       163      244          line 100 begins behind newline 100: in block 1, its 19th

A line is what ends in a newline. Progress bars write many times between two newlines, each time after a carriage
return; what is shown of such a line is what a terminal would show in the end, the part after the last one.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

from engine.runs.logs.follow import FollowedFile, read_range, size_of

LONG_BYTES = 16 << 20  # a shorter log is counted in the blink of an eye
LONGEST_SHOWN = 16 << 10  # bytes of a line that are ever returned

_READ_BYTES = 1 << 20  # read and searched at once: some milliseconds in which no other thread runs
_BLOCK = 8 << 10
_END_BYTES = 256 << 10
_PARTIAL = 8 << 10  # bytes of an unfinished line that are kept


class _Newlines:
    """How many newlines each whole block ends with; a restart makes a new one, so readers keep a consistent one."""

    def __init__(self, begin: int) -> None:
        self.begin = begin  # byte where the first line begins
        self.blocks = array("Q")
        self.total = 0
        self.bytes = 0

    def count(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            stop = min(len(data), at + _BLOCK - self.bytes % _BLOCK)
            total = self.total + data.count(b"\n", at, stop)
            self.bytes += stop - at
            if self.bytes % _BLOCK == 0:
                self.blocks.append(total)
            self.total, at = total, stop

    def before(self, block: int) -> int:
        """Newlines before a block."""
        return self.blocks[block - 1] if block else 0


class LogIndex:
    """Where the lines of a growing file are.

    One thread polls; any thread may read lines at the same time. When the file is cut or replaced the index begins
    anew and `restarts` grows.

    Args:
        from_end: begin at the first whole line of the log's last 256 KB: of a long log, what a person looks at while
            another index still counts the lines before.
    """

    def __init__(self, path: str | Path, *, from_end: bool = False) -> None:
        self.path = Path(path)
        self._file = FollowedFile(path)
        if from_end:
            size = size_of(path)
            start = max(0, size - _END_BYTES)
            newline = read_range(path, start, size).find(b"\n")
            self._file.offset = start + newline + 1 if start and newline >= 0 else 0
        self._newlines = _Newlines(self._file.offset)

    def __len__(self) -> int:
        return self._newlines.total

    @property
    def restarts(self) -> int:
        """How often indexing began anew."""
        return self._file.restarts

    def poll(self, limit_bytes: int | None = None) -> int:
        """Look at what is new; returns how many lines came, counted from 0 again after a restart.

        Args:
            limit_bytes: look at about this much at most, for indexing a long log in pieces.
        """
        before, looked = self._newlines.total, 0
        while limit_bytes is None or looked < limit_bytes:
            data, restarted = self._file.read_new(_READ_BYTES)
            if restarted:
                self._newlines, before = _Newlines(0), 0
            if not data:
                break
            looked += len(data)
            self._newlines.count(data)
        return self._newlines.total - before

    def line(self, number: int) -> bytes:
        """One line without its end, at most `LONGEST_SHOWN` bytes.

        Raises:
            IndexError: there is no such line (any more).
        """
        newlines = self._newlines
        if not 0 <= number < newlines.total:
            raise IndexError(f"line {number} of {newlines.total}")
        return self._shown(newlines, number)

    def lines(self, start: int, stop: int) -> list[bytes]:
        """Lines `start` to `stop` (not included), each as `line` gives it; fewer where the log has fewer."""
        newlines = self._newlines
        start, stop = max(0, start), min(stop, newlines.total)
        if start >= stop:
            return []
        first, end = self._start_of(newlines, start), self._start_of(newlines, stop)
        if end - first > _READ_BYTES:  # long lines: read only what is shown of each
            return [self._shown(newlines, number) for number in range(start, stop)]
        text = read_range(self.path, first, end - 1)
        return [_visible(line)[:LONGEST_SHOWN] for line in text.split(b"\n")][: stop - start]

    def partial(self) -> bytes:
        """What stands after the last newline: a line that is being written, such as a progress bar's."""
        newlines, offset = self._newlines, self._file.offset
        start = self._start_of(newlines, newlines.total)
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
        total = self._newlines.total
        if not wanted or b"\n" in wanted or not total:
            return None
        wanted = re.escape(wanted.lower() if ignore_case else wanted)
        first, stop = (max(start, 0), total) if step > 0 else (0, min(start + 1, total))
        batches = self.matches(wanted, first, stop, step, ignore_case=ignore_case, most=1)
        return next((numbers[0] for numbers in batches if numbers), None)

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
    ) -> Iterator[list[int]]:
        """Numbers of the lines from `start` to before `stop` that show a match, a list for each piece of the log.

        Args:
            pattern: a regular expression; small letters only with `ignore_case`, which lowers the text.
            step: 1 goes from `start` up, -1 from `stop` down; each list is in that order.
            inverted: the lines that show no match.
            most: end after the list that makes so many.
        """
        newlines, expression, found = self._newlines, re.compile(pattern, re.MULTILINE), 0
        low, high = (self._start_of(newlines, min(n, newlines.total)) for n in (start, stop))
        while low < high and (most is None or found < most):
            data, at = self._piece(low, high, step)
            if not data:
                return
            first, text = self._number_at(newlines, at), data.lower() if ignore_case else data
            if b"\r" in text:  # ^ and $ mean the ends of what is shown
                text = b"\n".join(map(_visible, text.split(b"\n")))
            numbers = list(_matching(text, expression))
            if inverted:
                hits = set(numbers)
                numbers = [n for n in range(data.count(b"\n")) if n not in hits]
            found += len(numbers)
            yield [first + n for n in (numbers if step > 0 else reversed(numbers))]
            low, high = (at + len(data), high) if step > 0 else (low, at)

    def _piece(self, low: int, high: int, step: int) -> tuple[bytes, int]:
        """Whole lines of about a megabyte at one end of a range that holds whole lines, and where they begin."""
        size = _READ_BYTES
        while True:
            at = low if step > 0 else max(low, high - size)
            data = read_range(self.path, at, min(high, at + size))
            if step > 0:
                whole = data if at + size >= high else data[: data.rfind(b"\n") + 1]
            else:
                cut = data.find(b"\n") + 1 if at > low else 0
                whole, at = data[cut:] if cut or at == low else b"", at + cut
            if whole or not data or size >= high - low:
                return whole, at
            size *= 2

    def _start_of(self, newlines: _Newlines, number: int) -> int:
        """The byte where a line begins: behind newline `number`."""
        if not number:
            return newlines.begin
        block = bisect_left(newlines.blocks, number)
        at = newlines.begin + block * _BLOCK
        data, position = read_range(self.path, at, at + _BLOCK), -1
        for _ in range(number - newlines.before(block)):
            position = data.find(b"\n", position + 1)
        return at + position + 1

    def _number_at(self, newlines: _Newlines, byte: int) -> int:
        """The number of the line that begins at this byte."""
        block = min((byte - newlines.begin) // _BLOCK, len(newlines.blocks))
        at = newlines.begin + block * _BLOCK
        return newlines.before(block) + read_range(self.path, at, byte).count(b"\n")

    def _shown(self, newlines: _Newlines, number: int) -> bytes:
        start, stop = self._start_of(newlines, number), self._start_of(newlines, number + 1) - 1
        return _visible(read_range(self.path, start, min(stop, start + _READ_BYTES)))[:LONGEST_SHOWN]


def tail(path: str | Path, count: int) -> list[bytes]:
    """The last `count` lines of a file of any size, read from its end; an unfinished last line is one of them."""
    position, data = size_of(path), b""
    while position > 0 and data.count(b"\n") <= count and len(data) < count * LONGEST_SHOWN:
        start = max(0, position - (64 << 10))
        data = read_range(path, start, position) + data
        position = start
    lines = data.removesuffix(b"\n").split(b"\n") if data and count > 0 else []
    return [_visible(line)[:LONGEST_SHOWN] for line in lines[-count:]]


def _matching(data: bytes, expression: re.Pattern[bytes]) -> Iterator[int]:
    """Numbers of the lines of whole lines that show a match."""
    number, counted, at = 0, 0, 0
    while (match := expression.search(data, at)) and match.start() < len(data):
        start = data.rfind(b"\n", 0, match.start()) + 1
        stop = data.find(b"\n", match.start()) % (len(data) + 1)  # cut meanwhile: the end
        number += data.count(b"\n", counted, start)
        # a match may lie in a part that a progress bar wrote over, beyond what is shown, or reach over the line's end
        if expression.search(_visible(data[start : min(stop, start + _READ_BYTES)])[:LONGEST_SHOWN]):
            yield number
        counted, at = start, stop + 1


def _visible(line: bytes) -> bytes:
    """What a terminal shows in the end; a carriage return right before the newline belongs to the line's end."""
    line = line.rstrip(b"\r")
    return line[line.rfind(b"\r") + 1 :]
