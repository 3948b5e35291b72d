"""TensorBoard files that a full disk costs points, not the training.

A file whose write has failed is given up, and after a while a new one begins: TensorBoard reads all files of a folder
as one. torch's own SummaryWriter writes in a thread, where the traceback of a full disk goes to the log.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

_RETRY_SECONDS = 60.0
_FLUSH_SECONDS = 120.0
_number = itertools.count()


class SafeSummaryWriter:
    """The part of torch's SummaryWriter that a training uses; no call raises an OSError.

    Args:
        folder: where the files lie.
        clock: monotonic seconds.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder = folder
        self._clock = clock
        self._file: _EventFile | None = None
        self._next_attempt = -float("inf")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tensorboard's own deprecations are not the run's business
            from torch.utils.tensorboard import summary
        self._summary: Any = summary
        self._write(lambda file: file.flush())  # the file is there from the start

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        """A figure of one step."""
        summary = self._summary.scalar(tag, value)
        self._write(lambda file: file.add(summary, step))

    def add_image(self, tag: str, image: Any, step: int, dataformats: str = "CHW") -> None:
        """A picture: bytes or floats from 0 to 1, its axes named by `dataformats`."""
        summary = self._summary.image(tag, image, dataformats=dataformats)
        self._write(lambda file: file.add(summary, step))

    def add_audio(self, tag: str, wave_L: Any, step: int, sample_rate: int) -> None:
        """Samples from -1 to 1."""
        summary = self._summary.audio(tag, wave_L, sample_rate=sample_rate)
        self._write(lambda file: file.add(summary, step))

    def flush(self) -> None:
        """Hand what is buffered to the system."""
        self._write(lambda file: file.flush())

    def close(self) -> None:
        """Write what is buffered, and close."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()

    def _write(self, act: Callable[[_EventFile], None]) -> None:
        if self._file is None and self._clock() < self._next_attempt:
            return
        try:
            if self._file is None:
                self._file = _EventFile(self.folder, self._clock)
            act(self._file)
        except OSError:
            self._next_attempt = self._clock() + _RETRY_SECONDS
            self.close()


class _EventFile:
    """One file of TensorBoard's records."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder.mkdir(mode=0o700, exist_ok=True)
        mark = f"{time.time():010.0f}.{socket.gethostname()}.{os.getpid()}.{next(_number)}"
        self._records = RecordWriter((folder / f"events.out.tfevents.{mark}").open("wb"))
        self._event, self._clock = Event, clock
        self._records.write(Event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString())
        self.flush()

    def add(self, summary: Any, step: int) -> None:
        event = self._event(wall_time=time.time(), step=step, summary=summary)
        self._records.write(event.SerializeToString())
        if self._clock() >= self._next_flush:
            self.flush()

    def flush(self) -> None:
        self._next_flush = self._clock() + _FLUSH_SECONDS
        self._records.flush()

    def close(self) -> None:
        self._records.close()
