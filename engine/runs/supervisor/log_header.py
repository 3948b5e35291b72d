"""Header lines that a supervisor writes into a run's log; a worker's output begins after the one of its start."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import IO, Any

LOG_NAME = "train.log"


def open_at_end(folder: Path) -> Any:
    """The log at its end, on a line of its own, unbuffered."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    log = os.fdopen(os.open(folder / LOG_NAME, flags, 0o600), "r+b", buffering=0)
    if log.seek(0, os.SEEK_END):
        log.seek(-1, os.SEEK_END)
        if log.read(1) != b"\n":
            log.write(b"\n")
    log.seek(0, os.SEEK_END)
    return log


def write(log: IO[bytes], text: str) -> int:
    """Write a header line with the time; returns the byte after it."""
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    log.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n".encode())
    return log.tell()


def append(folder: Path, text: str) -> int:
    """Write a header line at the end of a run's log; returns the byte after it, 0 when that fails."""
    try:
        with open_at_end(folder) as log:
            return write(log, text)
    except OSError:
        return 0
