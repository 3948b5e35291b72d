"""The lock of a run folder: whoever holds it may start or be the worker there.

On POSIX the lock belongs to the open file, and the open file is handed down: launcher -> supervisor -> worker. It is
free only when the last of them is gone, so the worker of a killed supervisor still guards its folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from engine.i18n import _

LOCK_NAME = ".lock"  # who has it may start or be the worker
SUPERVISOR_LOCK_NAME = ".keeper.lock"  # who has it is the supervisor; never handed down
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
        if _wait_for_lock(handle, wait_s, look_s=0.02):
            return cls(handle)
        os.close(handle)
        return None

    def release(self) -> None:
        """Let go of this process's share; processes that inherited the lock keep theirs."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


@contextlib.contextmanager
def exclusive(path: str | Path) -> Iterator[None]:
    """Wait for, then hold a lock on the file `path` (made when missing): for read, change, write of a small file.

    Raises:
        TimeoutError: another process has held it for five seconds. It is an OSError, as a full disk is: whoever can
            try again later need not distinguish the two.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _wait_for_lock(handle, _PATIENCE_SECONDS, look_s=0.002):
            what = _("another process has held its lock for {seconds:.0f} s").format(
                seconds=_PATIENCE_SECONDS
            )
            raise TimeoutError(errno.ETIMEDOUT, what, str(path))
        yield
    finally:
        os.close(handle)


def works(folder: str | Path) -> bool:
    """Whether the file system of `folder` has locks; without them two processes may train in one folder.

    Raises:
        OSError: nothing can be written there.
    """
    import tempfile  # late: it loads a good deal, and hardly any process asks

    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            return _lock(file.fileno())
        except OSError:
            return False


def _wait_for_lock(handle: int, wait_s: float, look_s: float) -> bool:
    deadline = time.monotonic() + wait_s
    while not _try_lock(handle):
        if time.monotonic() >= deadline:
            return False
        time.sleep(look_s)
    return True


def _try_lock(handle: int) -> bool:
    try:
        return _lock(handle)
    except OSError:  # a file system without locks: the identities in run.json are what is left to rely on
        return True


def _lock(handle: int) -> bool:
    """Whether the lock was free. Raises OSError where there are no locks."""
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
    return True
