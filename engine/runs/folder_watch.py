"""Notices that a run folder was renamed, moved or deleted while a process writes into it.

An open handle keeps pointing at the folder wherever it goes. Windows itself refuses to rename a folder in use.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


class FolderWatch:
    """Holds the folder open.

    Attributes:
        place: where the folder lies now; None when it was deleted, or the system cannot say where it went.
    """

    def __init__(self, folder: str | Path) -> None:
        self.place: Path | None = Path(folder).absolute()
        self._handle = -1 if sys.platform == "win32" else os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def has_moved(self) -> bool:
        """Whether the folder is no longer where it was at the last look; `place` then says where it is."""
        if self._handle < 0 or self._is_at(self.place):
            return False
        path = _path_of(self._handle)
        was, self.place = self.place, path if self._is_at(path) else None
        return was is not None

    def _is_at(self, path: Path | None) -> bool:
        try:
            return path is not None and os.path.samestat(path.stat(), os.fstat(self._handle))
        except OSError:
            return False


def _path_of(handle: int) -> Path | None:
    """The path of an open folder, as the system knows it."""
    try:
        if sys.platform == "darwin":
            import fcntl

            found = fcntl.fcntl(handle, fcntl.F_GETPATH, bytes(1024))
            return Path(os.fsdecode(found.rstrip(b"\0")))
        return Path(f"/proc/self/fd/{handle}").readlink()
    except OSError:
        return None
