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
        path: where the folder is now; None when it was deleted, or the system does not know its new path.
    """

    def __init__(self, folder: str | Path) -> None:
        self.path: Path | None = Path(folder).absolute()
        self._handle = -1 if sys.platform == "win32" else os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def has_moved(self) -> bool:
        """Whether the folder is no longer where it was at the last look; then `path` is its new one."""
        if self._handle < 0 or self._is_at(self.path):
            return False
        path = _path_of(self._handle)
        was, self.path = self.path, path if self._is_at(path) else None
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
