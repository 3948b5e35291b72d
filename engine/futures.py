"""Waiting for futures without deadlock on Ctrl+C.

KeyboardInterrupt may come while `concurrent.futures.wait` holds the futures' locks; they then stay locked, and the pool
never ends. Here no lock is held while waiting, and Ctrl+C is deferred where one is.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

R = TypeVar("R")
T = TypeVar("T")

_LOOK_SECONDS = 0.5  # Windows does not interrupt a wait that has no end


class Submitted(Generic[R]):
    """Futures that were submitted and not yet returned."""

    def __init__(self) -> None:
        self._ended: queue.SimpleQueue[Future[R]] = queue.SimpleQueue()

    def submit(self, executor: Executor, function: Callable[..., R], *args: Any) -> Future[R]:
        """As `Executor.submit`; raises what that raises."""
        with interrupts_held():
            future = executor.submit(function, *args)
            future.add_done_callback(self._ended.put)
        return future

    def wait(self) -> list[Future[R]]:
        """Wait for at least one future to end; each is returned once."""
        while True:
            with contextlib.suppress(queue.Empty):
                return [self._ended.get(timeout=_LOOK_SECONDS), *self.ended()]

    def ended(self) -> list[Future[R]]:
        """Those that have ended by now."""
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._ended.get_nowait())
        return found


def in_order(function: Callable[[T], R], items: Iterable[T], workers: int) -> Generator[R, None, None]:
    """What `function` makes of each item, in order, by threads; only twice as many items as workers are taken ahead.

    Raises:
        what `function` or `items` raises; what was begun ends first, and nothing else is begun.
    """
    submitted: Submitted[R] = Submitted()
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for item in items:
            waiting.append(submitted.submit(pool, function, item))
            if len(waiting) > 2 * workers:
                yield _result(waiting.popleft(), submitted)
        while waiting:
            yield _result(waiting.popleft(), submitted)
    finally:
        pool.shutdown(cancel_futures=True)


def _result(future: Future[R], submitted: Submitted[R]) -> R:
    while not future.done():
        submitted.wait()
    submitted.ended()  # forgets them, with what they made
    return future.result()


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Defer Ctrl+C until the (short) block ends. Does nothing outside the main thread."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    caught: list[Any] = []
    signal.signal(signal.SIGINT, lambda _number, frame: caught.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if caught:
            handler(signal.SIGINT, caught[0])
