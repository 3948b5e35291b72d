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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tensorboard's own deprecations are not the run's business
            from tensorboard.compat.proto.event_pb2 import Event
            from tensorboard.summary.writer.record_writer import RecordWriter
            from torch.utils.tensorboard import summary
        self.folder = folder
        self._clock = clock
        self._event, self._record_writer = Event, RecordWriter
        self._summary: Any = summary
        self._records: Any = None  # of the present file
        self._next_attempt = -float("inf")
        self._write()  # the file is there from the start

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        """A figure of one step."""
        self._write(step=step, summary=self._summary.scalar(tag, value))

    def add_image(self, tag: str, image: Any, step: int, dataformats: str = "CHW") -> None:
        """A picture: bytes or floats from 0 to 1, its axes named by `dataformats`."""
        self._write(step=step, summary=self._summary.image(tag, image, dataformats=dataformats))

    def add_audio(self, tag: str, wave_L: Any, step: int, sample_rate: int) -> None:
        """Samples from -1 to 1."""
        self._write(step=step, summary=self._summary.audio(tag, wave_L, sample_rate=sample_rate))

    def flush(self) -> None:
        """Hand what is buffered to the system."""
        self._next_flush = -float("inf")
        self._write()

    def close(self) -> None:
        """Write what is buffered, and close."""
        records, self._records = self._records, None
        if records is not None:
            with contextlib.suppress(OSError):
                records.close()

    def _write(self, **fields: Any) -> None:
        """An event, if there are fields; then what is buffered, if it is time."""
        now = self._clock()
        if self._records is None and now < self._next_attempt:
            return
        try:
            if self._records is None:
                self._begin_file()
            if fields:
                self._add(**fields)
            if now >= self._next_flush:
                self._next_flush = now + _FLUSH_SECONDS
                self._records.flush()
        except OSError:
            self._next_attempt = now + _RETRY_SECONDS
            self.close()

    def _begin_file(self) -> None:
        self._next_flush = -float("inf")
        self.folder.mkdir(mode=0o700, exist_ok=True)
        mark = f"{time.time():010.0f}.{socket.gethostname()}.{os.getpid()}.{next(_number)}"
        self._records = self._record_writer((self.folder / f"events.out.tfevents.{mark}").open("wb"))
        self._add(file_version="brain.Event:2")

    def _add(self, **fields: Any) -> None:
        self._records.write(self._event(wall_time=time.time(), **fields).SerializeToString())
