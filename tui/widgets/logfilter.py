"""The lines of a log that pass a filter, with the face of a log: the newest are found first."""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from tui.widgets import logtext
from tui.widgets.logtext import LineSource

MOST_LINES = 1_000_000  # that are found of an old log: 8 MB
_SECONDS = 0.1  # of searching before what was found is shown


class Rule:
    """A regular expression as it was typed: a leading `!` inverts it, without capitals it finds both cases.

    Raises:
        re.error: it is none.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.inverted = text.startswith("!")
        wanted = text.removeprefix("!")
        self.ignores_case = logtext.ignores_case(wanted)
        self.pattern = wanted.encode("utf-8", "replace")
        self._compiled = re.compile(self.pattern, re.MULTILINE)

    def passes(self, line: bytes) -> bool:
        """Whether this line is shown."""
        found = self._compiled.search(line.lower() if self.ignores_case else line)
        return (found is not None) != self.inverted

    def matches(
        self, source: LineSource, start: int, stop: int, step: int, most: int | None = None
    ) -> Iterator[Sequence[int]]:
        """Numbers of the lines of a log that pass, in pieces."""
        return source.matches(
            self.pattern, start, stop, step, ignore_case=self.ignores_case, inverted=self.inverted, most=most
        )


class FilteredLines:
    """Polled and read by the screen's thread; `find_older` alone may run in another."""

    def __init__(self, source: LineSource, rule: Rule) -> None:
        self.source, self.rule = source, rule
        self._looked = len(source)
        self._numbers = array("Q")  # of the lines that pass, in order
        self._began_anew = False
        self._older = rule.matches(source, 0, self._looked, -1, MOST_LINES)

    def find_older(self) -> list[int] | None:
        """Go on searching for a moment: numbers of lines from the newest down, None when all is searched."""
        found: list[int] = []
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            numbers = next(self._older, None)
            if numbers is None or self._began_anew:
                return found or None
            found += numbers
        return found

    def take_older(self, numbers: Sequence[int]) -> None:
        """Show what `find_older` found."""
        if not self._began_anew:
            self._numbers = array("Q", reversed(numbers)) + self._numbers

    def poll(self) -> int:
        """Look for new lines; how many of them pass."""
        came = self.source.poll()
        count = len(self.source)
        if count - came != self._looked:  # the log began anew
            self._began_anew, self._looked, self._numbers = True, 0, array("Q")
        before = len(self._numbers)
        for numbers in self.rule.matches(self.source, self._looked, count, 1):
            self._numbers.extend(numbers)
        self._looked = count
        return len(self._numbers) - before

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, line: int) -> int:
        """The number in the whole log of a line that passed; that of the unfinished line for one more."""
        return self._numbers[line] if line < len(self._numbers) else self._looked

    def place(self, number: int) -> int | None:
        """Where a line of the whole log stands among those that passed."""
        at = bisect_left(self._numbers, number)
        return at if at < len(self._numbers) and self._numbers[at] == number else None

    def lines(self, start: int, stop: int) -> list[bytes]:
        """The lines from `start` to before `stop`."""
        numbers = self._numbers[max(0, start) : max(0, stop)]
        return [line for number in numbers for line in self.source.lines(number, number + 1)]

    def partial(self) -> bytes:
        """The line that is being written, where it passes."""
        line = self.source.partial()
        return line if line and self.rule.passes(line) else b""

    def find(
        self, needle: bytes | str, start: int, step: int = 1, *, ignore_case: bool = False
    ) -> int | None:
        """The nearest line at or after (step 1) or at or before (step -1) `start` that contains `needle`."""
        wanted = needle.encode("utf-8") if isinstance(needle, str) else needle
        found = self.matches(re.escape(wanted), *self._ahead(start, step), step, ignore_case=ignore_case)
        return next((numbers[0] for numbers in found if numbers), None) if wanted else None

    def _ahead(self, start: int, step: int) -> tuple[int, int]:
        return (start, len(self)) if step > 0 else (0, start + 1)

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
        """Places of the lines that pass and also match."""
        first, last = (self.number(min(max(0, line), len(self))) for line in (start, stop))
        for numbers in self.source.matches(
            pattern, first, last, step, ignore_case=ignore_case, inverted=inverted
        ):
            places = [place for number in numbers if (place := self.place(number)) is not None]
            yield places
            if places and most is not None:
                return
