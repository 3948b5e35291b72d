"""The lock of a run folder: whoever holds it may start or be the worker there.

On POSIX the lock belongs to the open file, and the open file is handed down: launcher -> keeper -> worker. It is free
only when the last of them is gone, so the worker of a killed keeper still guards its folder.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

LOCK_NAME = ".lock"  # who has it may start or be the worker
KEEPER_LOCK_NAME = ".keeper.lock"  # who has it is the keeper; never handed down
RECORD_LOCK_NAME = ".record.lock"  # held while run.json or state.json is read and written anew

_PATIENCE_SECONDS = 5.0


class RunLock:
    """An exclusive lock on a run folder, held until `release` or the end of every process that inherited it."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    @classmethod
    def take(cls, folder: str | Path, *, wait_s: float = 0.0, name: str = LOCK_NAME) -> RunLock | None:
        """Take the lock, or return None when somebody still has it after `wait_s` seconds."""
        handle = os.open(Path(folder) / name, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + wait_s
        while not _try_lock(handle):
            if time.monotonic() >= deadline:
                os.close(handle)
                return None
            time.sleep(0.02)
        return cls(handle)

    def release(self) -> None:
        """Let go of this process's share; processes that inherited the lock keep theirs."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


@contextlib.contextmanager
def exclusive(path: str | Path) -> Iterator[None]:
    """Wait for, then hold a lock on the file `path` (made when missing): for read, change, write of a small file.

    After five seconds the block runs without it: a holder that long was stopped within, and must not stop others.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    try:
        while not _try_lock(handle) and time.monotonic() < deadline:
            time.sleep(0.002)
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: the identities in run.json are what is left to rely on
        return True
    return True


def holders(folder: str | Path) -> list[int]:
    """Process numbers of our own processes that hold the lock file open; for messages only. [] outside Linux."""
    try:
        wanted = (Path(folder) / LOCK_NAME).stat()
        numbers = [name for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208 - names, not paths
    except OSError:
        return []
    return sorted(int(number) for number in numbers if _has_open(number, wanted))


def _has_open(number: str, wanted: os.stat_result) -> bool:
    try:
        for link in Path(f"/proc/{number}/fd").iterdir():
            with contextlib.suppress(OSError):
                found = link.stat()
                if (found.st_ino, found.st_dev) == (wanted.st_ino, wanted.st_dev):
                    return True
    except OSError:  # ended meanwhile, or not ours
        pass
    return False
