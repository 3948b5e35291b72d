"""Files that are whole or not there: temporary file, fsync, rename, fsync of the folder.

The name of a temporary file holds the identity of its writer, so files that a killed writer left are recognised without
asking a clock.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from engine.process_identity import ProcessIdentity, boot_id

# .NAME.PID-TICKS-BOOT-RANDOM.partial
_TEMPORARY = re.compile(r"^\..+\.(\d+)-(\d+)-([0-9a-f]{8}|none)-[0-9a-f]{8}\.partial$")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LONGEST_NAME = 255  # bytes, on every file system in common use
# a writer on another machine (or before a reboot) touches its file more often than this
_FOREIGN_SECONDS = 600.0


@contextlib.contextmanager
def replacing(path: str | Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends, and vanishes when the block fails.

    Readers see the old content or the new one, never a mixture. The file is 0600.

    Args:
        path: what to replace; a symbolic link is followed, so that the link itself stays.
        durable: wait until the disk has it. Without, a power cut may lose the newest version, never tear it for
            readers of a running system.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(_temporary_name(target.name))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, target)  # noqa: PTH105 - the hot path of state.json
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        sync_folder(target.parent)


def write_bytes(path: str | Path, data: bytes, *, durable: bool = True) -> None:
    """Replace a file's content by `data`, atomically."""
    with replacing(path, durable=durable) as file:
        file.write(data)


def write_text(path: str | Path, text: str, *, durable: bool = True) -> None:
    """Replace a file's content by `text` in UTF-8 with its line ends as they are, atomically."""
    write_bytes(path, text.encode("utf-8"), durable=durable)


def write_json(path: str | Path, obj: Any, *, durable: bool = True) -> None:
    """Replace a file's content by strict JSON (ValueError for NaN and infinities), atomically."""
    write_text(path, json.dumps(obj, ensure_ascii=False, allow_nan=False) + "\n", durable=durable)


def is_full(error: BaseException) -> bool:
    """Whether an error means that the disk, or this user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def sync_folder(folder: str | Path) -> None:
    """Make renames inside `folder` survive a power cut; Windows has no such call and does it by itself."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError:  # some network file systems refuse; they have their own journal
        pass
    finally:
        os.close(handle)


def remove_stale_temporaries(folder: str | Path) -> list[Path]:
    """Remove the temporary files of writers that are gone; returns what was removed."""
    removed = []
    for path in sorted(Path(folder).iterdir()):
        found = _TEMPORARY.match(path.name)
        if found and _is_stale(path, found):
            with contextlib.suppress(OSError):
                path.unlink()
                removed.append(path)
    return removed


def _temporary_name(name: str) -> str:
    tail = f".{_writer(os.getpid())}-{os.urandom(4).hex()}.partial"
    room = _LONGEST_NAME - 1 - len(tail)
    kept = os.fsencode(name)[:room].decode("utf-8", "ignore")
    return f".{kept}{tail}"


@functools.lru_cache(maxsize=1)
def _writer(pid: int) -> str:
    return f"{pid}-{ProcessIdentity.of(pid).start_ticks}-{_short_boot()}"


def _short_boot() -> str:
    return boot_id()[:8] or "none"


def _is_stale(path: Path, found: re.Match[str]) -> bool:
    pid, ticks, boot = int(found[1]), int(found[2]), found[3]
    if boot == _short_boot():
        return not ProcessIdentity(pid, ticks, boot_id()).is_alive()
    try:
        return abs(time.time() - path.lstat().st_mtime) > _FOREIGN_SECONDS
    except OSError:
        return False


def stamp(path: Path) -> tuple[int, ...]:
    """What changes when a file is written; empty when it is not there."""
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_mtime_ns, about.st_size, about.st_ino
