"""events.jsonl: one writer that loses nothing it has written, any number of readers that catch up at any time.

A line is handed to the kernel whole, in one call, so killing the writer loses nothing already written. Curves stay
strict JSON: NaN and infinities are written as null, their tag kept.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, SupportsFloat

from engine.runs.logs.follow import FollowedFile

_VERSION = 1
_PROGRESS_SECONDS = 1.0
_BLOCK = 4 << 20  # bytes read at once


class EventWriter:
    """Appends events to a file (0600). Safe to share between threads; one process writes at a time."""

    def __init__(self, path: str | Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._handle = os.open(path, flags, 0o600)
        self._lock = threading.Lock()
        self._torn = not _ends_in_newline(self._handle)  # the last writer was killed within a line
        self._last_progress = -math.inf

    def metric(self, step: int, epoch: int, values: Mapping[str, SupportsFloat]) -> None:
        """The figures of one step; tags as in TensorBoard."""
        plain = {tag: _finite(value) for tag, value in values.items()}
        self._write("metric", step=step, epoch=epoch, values=plain)

    def progress(  # noqa: PLR0917 - read by position in the contract
        self, done: int, total: int | None, unit: str, rate: float | None, eta_s: float | None, note: str = ""
    ) -> None:
        """How far long work has come: `rate` units a second. At most one a second is written, and the last one."""
        now = time.monotonic()
        if now - self._last_progress < _PROGRESS_SECONDS and done != total:
            return
        self._last_progress = now
        self._write(
            "progress", done=done, total=total, unit=unit, rate=_finite(rate), eta_s=_finite(eta_s), note=note
        )

    def alert(self, level: str, text: str) -> None:
        """A sentence for the person: `level` is info, warning or error."""
        if level not in ("info", "warning", "error"):
            raise ValueError(f"no such level: {level!r}")
        self._write("alert", level=level, text=text)

    def checkpoint(  # noqa: PLR0917 - as above
        self,
        step: int,
        epoch: int,
        files: Iterable[str],
        bytes: int,  # noqa: A002 - the field's name
        best: bool,
        figure: tuple[str, float] | None,
    ) -> None:
        """A checkpoint is whole: file names in the run folder, their size together, what its validation found.

        Args:
            best: whether this is the file of the best one.
            figure: tag and value by which checkpoints are compared; None without a validation.
        """
        tag, value = figure or (None, None)
        about = {"step": step, "epoch": epoch, "files": list(files), "bytes": bytes}
        self._write("checkpoint", **about, best=best, tag=tag, value=_finite(value))

    def sample(self, step: int, text: str, files: Mapping[str, str]) -> None:
        """A spoken sentence: `files` maps wav, mel and alignment to paths relative to the run folder."""
        self._write("sample", step=step, text=text, files=dict(files))

    def transcript(self, path: str, text: str, seconds: float, confidence: float | None, **more: Any) -> None:
        """The text of a chunk of `seconds` of a recording; `more` says which chunk, and how it ended."""
        numbers = {"seconds": _finite(seconds), "confidence": _finite(confidence)}
        self._write("transcript", path=path, text=text, **numbers, **more)

    def offer(self, id: str, text: str, changes: Mapping[str, int | float | str | bool]) -> None:  # noqa: A002
        """A change of the config that would let the run continue: values by key, as `train.segment_size`."""
        self._write("offer", id=id, text=text, changes=dict(changes))

    def state(self, state: str, reason: str = "") -> None:
        """The run changed its state."""
        self._write("state", state=state, reason=reason)

    def health(self, rule: str, level: str, text: str, remedy: str, active: bool) -> None:
        """A finding of `engine.runs.health` begins (`active`) or has ended."""
        self._write("health", rule=rule, level=level, text=text, remedy=remedy, active=active)

    def resumed(self, step: int) -> None:
        """Training continues from the checkpoint of `step`: figures of later steps that stand above are void."""
        self._write("resumed", step=step)

    def close(self) -> None:
        """Flush to the disk and close; a second call does nothing."""
        with self._lock:
            if self._handle >= 0:
                try:
                    os.fsync(self._handle)
                finally:
                    os.close(self._handle)
                    self._handle = -1

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, kind: str, **fields: Any) -> None:
        event = {"v": _VERSION, "t": round(time.time(), 3), "kind": kind, **fields}
        line = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        with self._lock:
            if self._torn:
                data = b"\n" + data
            self._torn = True  # until the whole line is there: a full disk may take a part of it
            written = os.write(self._handle, data)
            while written < len(data):
                written += os.write(self._handle, data[written:])
            self._torn = False


class EventTail:
    """Follows events.jsonl from its beginning, through torn lines, foreign lines, truncation and replacement.

    Attributes:
        skipped: lines so far that were no events.
        restarts: how often the file turned out to be cut or another one; what was read before no longer counts.
    """

    def __init__(self, path: str | Path) -> None:
        self._file = FollowedFile(path)
        self._rest = b""  # the beginning of a line whose end has not come yet
        self.skipped = 0

    @property
    def restarts(self) -> int:
        """How often reading began anew."""
        return self._file.restarts

    def read_new(self, limit_bytes: int | None = None) -> list[dict[str, Any]]:
        """The events since the last call, oldest first; whole lines only.

        Args:
            limit_bytes: read at most about this much, so that a long history can be taken in pieces without holding
                all of it; [] still means that there is no more.
        """
        found: list[dict[str, Any]] = []
        left = limit_bytes
        while True:
            data, restarted = self._file.read_new(_BLOCK if left is None else min(_BLOCK, left))
            if restarted:
                self._rest = b""
                found.clear()
            if not data:
                return found
            *lines, self._rest = (self._rest + data).split(b"\n")
            found += self._parse(lines)
            if left is not None:
                left -= len(data)
                if left <= 0 and found:
                    return found
                left = max(left, _BLOCK // 64)

    def _parse(self, lines: Sequence[bytes]) -> list[dict[str, Any]]:
        """One call of the parser for a block of lines is 1.5 x as fast as one a line, and shares the keys."""
        lines = [line for line in lines if line.strip()]
        try:
            events = json.loads(b"[" + b",".join(lines) + b"]")
        except (ValueError, RecursionError):
            events = ()
        if len(events) != len(lines):  # a torn line, or several that only make sense together
            events = [_parse_one(line) for line in lines]
        good = [event for event in events if isinstance(event, dict) and isinstance(event.get("kind"), str)]
        self.skipped += len(lines) - len(good)
        return good


def _parse_one(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _finite(value: SupportsFloat | None) -> float | None:
    """Nine significant digits: all that a float32 has, a third less to store, and far quicker to read back."""
    if value is None:
        return None
    number = float(f"{float(value):.9g}")
    return number if math.isfinite(number) else None


def _ends_in_newline(handle: int) -> bool:
    size = os.fstat(handle).st_size
    if size == 0:
        return True
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1) == b"\n"
