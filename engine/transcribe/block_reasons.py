"""What the workers of a job wait for, so that nobody has to guess why nothing moves."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

NOTICED_SECONDS = 2.0  # shorter waits are nobody's concern


class Waits:
    """Which waits are going on. Workers enter and leave, the main thread looks.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._going_on: dict[object, tuple[float, str]] = {}

    @contextlib.contextmanager
    def on(self, what: str) -> Iterator[None]:
        """As long as the block runs, a worker waits: `what` says for what, and why."""
        key = object()
        with self._lock:
            self._going_on[key] = self._clock(), what
        try:
            yield
        finally:
            with self._lock:
                del self._going_on[key]

    def longest(self) -> str:
        """What the worker waits for that has waited longest; empty while nobody has for two seconds."""
        with self._lock:
            begun, what = min(self._going_on.values(), default=(0.0, ""))
        return what if what and self._clock() - begun >= NOTICED_SECONDS else ""
