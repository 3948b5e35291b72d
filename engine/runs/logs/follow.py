"""Reading a file that others write to: what is new since the last look, and whether it is still the same file.

The file may be missing, grow, be cut, or be replaced by another; it is opened for each look only, so that nothing here
keeps a deleted file's space or stops Windows from renaming.
"""

from __future__ import annotations

import os
from pathlib import Path

_WITNESS_BYTES = 48  # the last bytes read, compared at the next look: a file cut and written anew shows here
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)  # never wait for a pipe


class FollowedFile:
    """A position in a growing file."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.offset = 0  # bytes read so far
        self.restarts = 0  # how often the file turned out to be another one
        self._file: tuple[int, int] | None = None  # device and inode
        self._changed = 0  # its time of change at the last look, in nanoseconds
        self._witness = b""

    def read_new(self, limit: int) -> tuple[bytes, bool]:
        """At most `limit` new bytes (b"" when there are none), and whether reading began anew at byte 0."""
        try:
            about = os.stat(self.path)  # noqa: PTH116 - called many times a second
            same = self._file in (None, (about.st_dev, about.st_ino))
            if same and about.st_size == self.offset and about.st_mtime_ns == self._changed:
                return b"", False
            handle = os.open(self.path, _FLAGS)
        except OSError:
            return b"", self._restart() if self.offset else False
        try:
            intact = same and about.st_size >= self.offset and self._is_witnessed(handle)
            restarted = False if intact else self._restart()
            self._file = (about.st_dev, about.st_ino)
            os.lseek(handle, self.offset, os.SEEK_SET)
            data = os.read(handle, limit)
        except OSError:  # a folder, or a disk that fails
            return b"", False
        finally:
            os.close(handle)
        self.offset += len(data)
        self._witness = (self._witness + data[-_WITNESS_BYTES:])[-_WITNESS_BYTES:]
        # Bytes that came after the look at the file must not be taken for seen.
        self._changed = about.st_mtime_ns if self.offset == about.st_size else 0
        return data, restarted

    def _is_witnessed(self, handle: int) -> bool:
        os.lseek(handle, self.offset - len(self._witness), os.SEEK_SET)
        return os.read(handle, len(self._witness)) == self._witness

    def _restart(self) -> bool:
        self.offset, self._witness, self._file = 0, b"", None
        self.restarts += 1
        return True


def read_range(path: str | Path, start: int, stop: int) -> bytes:
    """Bytes `start` to `stop` of a file, fewer when it has become shorter, b"" when it is gone."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - called for every line that is shown
            file.seek(start)
            return file.read(max(0, stop - start))
    except OSError:
        return b""


def size_of(path: str | Path) -> int:
    """Bytes of a file; 0 when it is not there."""
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
