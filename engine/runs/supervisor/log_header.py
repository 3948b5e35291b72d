"""Header lines that a supervisor writes into a run's log; a worker's output begins after the one of its start."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from engine.runs.logs.masking import masked

LOG_NAME = "train.log"


def open_at_end(folder: Path) -> Any:
    """The log at its end, on a line of its own, unbuffered."""
    handle = os.open(
        folder / LOG_NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600
    )
    log = os.fdopen(handle, "r+b", buffering=0)
    if log.seek(0, os.SEEK_END):
        log.seek(-1, os.SEEK_END)
        if log.read(1) != b"\n":
            log.write(b"\n")
    log.seek(0, os.SEEK_END)
    return log


def write_start(log: IO[bytes], argv: Sequence[str]) -> int:
    """The header of a worker's output; returns the byte at which that begins."""
    return _write_header(log, f"started: {_one_line(shlex.join(masked(list(argv))))}")


def header(folder: Path, text: str) -> int:
    """A header line of its own; returns the byte after it, 0 when the log cannot be written."""
    try:
        with open_at_end(folder) as log:
            return _write_header(log, _one_line(text))
    except OSError:
        return 0


def _write_header(log: IO[bytes], text: str) -> int:
    log.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n".encode())
    return log.tell()


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
