"""Measures the share of time spent waiting for data between two logged steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


class DataTimer:
    """Times an iterator of batches. Two readings of the clock a step."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._waited_s = 0.0

    def timed(self, batches: Iterable[T]) -> Iterator[T]:
        """The same batches; the wait for each is counted."""
        iterator = iter(batches)
        while True:
            begin = self._clock()
            try:
                batch = next(iterator)
            except StopIteration:
                return
            self._waited_s += self._clock() - begin
            yield batch

    def take_share(self) -> float:
        """Waiting as a share (0 to 1) of the time since the last call."""
        now = self._clock()
        passed = now - self._since
        share = self._waited_s / passed if passed > 0 else 0.0
        self._since, self._waited_s = now, 0.0
        return min(1.0, max(0.0, share))
