"""TensorBoard files that a full disk costs points, not the training.

TensorBoard's writer hands events to a thread of its own; once a write has failed there, every later call raises. Such
a writer is given up, and after a while a new one begins a new file: TensorBoard reads all files of a folder as one.
"""

from __future__ import annotations

import contextlib
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

_RETRY_SECONDS = 60.0


class SafeSummaryWriter:
    """The part of SummaryWriter that a training uses; no call raises OSError."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder = folder
        self._clock = clock
        self._writer: SummaryWriter | None = None
        self._next_attempt = -float("inf")
        threading.excepthook = _only_what_board_does_not_handle
        self._call("flush")  # the file is there from the start, or an error of the library is

    def add_scalar(self, *args: Any, **kwargs: Any) -> None:
        """As SummaryWriter's."""
        self._call("add_scalar", *args, **kwargs)

    def add_image(self, *args: Any, **kwargs: Any) -> None:
        """As SummaryWriter's."""
        self._call("add_image", *args, **kwargs)

    def add_audio(self, *args: Any, **kwargs: Any) -> None:
        """As SummaryWriter's."""
        self._call("add_audio", *args, **kwargs)

    def flush(self) -> None:
        """Write what is queued."""
        self._call("flush")

    def close(self) -> None:
        """Write what is queued, and close."""
        if self._writer is not None:
            self._call("close")

    def _call(self, method: str, *args: Any, **kwargs: Any) -> None:
        if self._writer is None and self._clock() < self._next_attempt:
            return
        try:
            if self._writer is None:
                self._writer = _new_writer(self.folder)
            getattr(self._writer, method)(*args, **kwargs)
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        self._next_attempt = self._clock() + _RETRY_SECONDS
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(OSError):
                writer.close()


def _only_what_board_does_not_handle(args: threading.ExceptHookArgs) -> None:
    """The writer's thread raises what `_call` raises too; its traceback in the log would pass for the run's end."""
    if not (isinstance(args.exc_value, OSError) and type(args.thread).__name__ == "_AsyncWriterThread"):
        threading.__excepthook__(args)


def _new_writer(folder: Path) -> SummaryWriter:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tensorboard's own deprecations are not the run's business
        from torch.utils.tensorboard import SummaryWriter
    folder.mkdir(mode=0o700, exist_ok=True)
    return SummaryWriter(str(folder))
