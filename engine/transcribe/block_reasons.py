"""Why the workers of a job are blocked, for the status line."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

NOTICED_SECONDS = 2.0  # shorter waits are not shown


class BlockReasons:
    """Reasons of the waits under way. Workers enter and leave, the main thread reads.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._going_on: dict[object, tuple[float, str]] = {}

    @contextlib.contextmanager
    def on(self, what: str) -> Iterator[None]:
        """A worker waits while the block runs, for the reason `what`."""
        key = object()
        with self._lock:
            self._going_on[key] = self._clock(), what
        try:
            yield
        finally:
            with self._lock:
                del self._going_on[key]

    def longest(self) -> str:
        """The reason of the longest wait; empty while none has lasted two seconds."""
        with self._lock:
            begun, what = min(self._going_on.values(), default=(0.0, ""))
        return what if what and self._clock() - begun >= NOTICED_SECONDS else ""
