"""The end of a long log, at once: what a person looks at while `LogIndex` still counts the lines before it."""

from __future__ import annotations

from pathlib import Path

from engine.runs.logs.follow import read_range
from engine.runs.logs.log_index import LogIndex

WORTHWHILE_BYTES = 16 << 20  # a shorter log is indexed in the blink of an eye
_END_BYTES = 256 << 10


class LogEnd(LogIndex):
    """As a LogIndex whose first line is the first whole one of the log's last 256 KB."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        size = _size(self.path)
        start = max(0, size - _END_BYTES)
        newline = read_range(self.path, start, size).find(b"\n")
        # all that lies before is one line, which is never shown
        self._file.offset = start + newline + 1 if start and newline >= 0 else 0
        self._hidden = 1 if self._file.offset else 0
        if self._hidden:
            self._ends.append(self._file.offset)

    def __len__(self) -> int:
        return max(0, len(self._ends) - self._hidden)

    def line(self, number: int) -> bytes:
        return super().line(number + self._hidden)

    def lines(self, start: int, stop: int) -> list[bytes]:
        return super().lines(max(0, start) + self._hidden, stop + self._hidden)

    def find(
        self, needle: bytes | str, start: int, step: int = 1, *, ignore_case: bool = False
    ) -> int | None:
        found = super().find(needle, start + self._hidden, step, ignore_case=ignore_case)
        return None if found is None or found < self._hidden else found - self._hidden

    def poll(self, limit_bytes: int | None = None) -> int:
        before = self.restarts
        new = super().poll(limit_bytes)
        if self.restarts != before:
            self._hidden = 0  # another file: it was read from its beginning
        return new


def is_worthwhile(path: str | Path) -> bool:
    """Whether a log is so long that its end should be shown first."""
    return _size(Path(path)) > WORTHWHILE_BYTES


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
