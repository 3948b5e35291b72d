"""Cleaning many lines on all cores: this thread works from the first moment, others join in as they come up.

Cleaners that speak through espeak get threads: espeak's own code does nine tenths of their work and holds no lock of
Python's. The others are Python throughout and get processes. A process needs half a second to start, in which this
one cleans thousands of lines; so nobody waits for it, and one that dies costs nothing but its chunk, done again here.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

from engine.cores import cores
from engine.futures import Submitted, interrupts_held
from engine.text.cleaners import registry
from engine.text.pronunciations import Pronunciations

_CHUNK_LINES = 100
_AHEAD = 2  # chunks under way for each worker: one at work, one so that it does not wait for us
LINES_WORTH_A_THREAD = 2 * _CHUNK_LINES
LINES_WORTH_A_PROCESS = 4000


def clean_lines(
    lines: Sequence[str],
    cleaners: Sequence[str],
    language: str | None = None,
    *,
    words: Pronunciations | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[str]:
    """`clean_all`, on all cores when there are thousands of lines.

    Args:
        words: as in `clean_all`.
        workers: threads or processes at most, this one included; None: as many as there are cores and as pay.
        executor: where the others work, as the workers of a cluster; None: processes of this machine.
        on_progress: called with the number of lines done.

    Raises:
        InputError: as `clean_all`.
    """
    chunks = [lines[i : i + _CHUNK_LINES] for i in range(0, len(lines), _CHUNK_LINES)]
    with _others(len(lines), cleaners, workers, executor) as (pool, size):
        work = _Work(chunks, cleaners, language, words, on_progress)
        try:
            work.run(pool, size)
        finally:
            work.cancel()
    return [line for chunk in work.cleaned for line in chunk]


class _Work:
    """Chunks that wait, chunks that others have, and what came of them, in order."""

    def __init__(
        self,
        chunks: Sequence[Sequence[str]],
        cleaners: Sequence[str],
        language: str | None,
        words: Pronunciations | None,
        on_progress: Callable[[int], None] | None,
    ) -> None:
        self.chunks = chunks
        self.cleaners = list(cleaners)
        self.language = language
        self.words = words
        self.on_progress = on_progress
        self.waiting = deque(range(len(chunks)))
        self.submitted: Submitted[list[str]] = Submitted()
        self.elsewhere: dict[Future[list[str]], int] = {}
        self.cleaned: list[list[str]] = [[] for _ in chunks]
        self.done = 0

    def run(self, pool: Executor | None, size: int) -> None:
        """Until nothing waits; `size` is how many others there are."""
        while self.waiting or self.elsewhere:
            while pool is not None and self.waiting and len(self.elsewhere) < size * _AHEAD:
                try:
                    self._submit(pool)
                except BrokenExecutor:
                    pool = None
            if self.waiting:
                place = self.waiting.popleft()
                own = registry.clean_all(self.chunks[place], self.cleaners, self.language, self.words)
                self._finish(place, own)
            elif self.elsewhere:
                self._collect(self.submitted.wait())
            self._collect(self.submitted.ended())

    def cancel(self) -> None:
        """Take back what has not begun."""
        with interrupts_held():
            for future in self.elsewhere:
                future.cancel()

    def _submit(self, pool: Executor) -> None:
        place = self.waiting.popleft()
        try:
            future = self.submitted.submit(
                pool, registry.clean_all, list(self.chunks[place]), self.cleaners, self.language, self.words
            )
        except BrokenExecutor:
            self.waiting.appendleft(place)
            raise
        self.elsewhere[future] = place

    def _collect(self, ended: Sequence[Future[list[str]]]) -> None:
        for future in ended:
            place = self.elsewhere.pop(future)
            try:
                with interrupts_held():
                    cleaned = future.result()
                self._finish(place, cleaned)
            except BrokenExecutor:
                self.waiting.append(place)  # its worker died; done here

    def _finish(self, place: int, cleaned: list[str]) -> None:
        self.cleaned[place] = cleaned
        self.done += len(cleaned)
        if self.on_progress is not None:
            self.on_progress(self.done)


@contextlib.contextmanager
def _others(
    lines: int, cleaners: Sequence[str], workers: int | None, executor: Executor | None
) -> Iterator[tuple[Executor | None, int]]:
    """Who else works, and how many they are."""
    if executor is not None:
        yield executor, getattr(executor, "size", None) or getattr(executor, "_max_workers", None) or 1
        return
    threads = bool(registry.language_of(cleaners))
    worth = LINES_WORTH_A_THREAD if threads else LINES_WORTH_A_PROCESS
    others = min(workers or cores(), 1 + lines // worth) - 1
    if others < 1:
        yield None, 0
        return
    pool = ThreadPoolExecutor(others) if threads else _processes(others)
    try:
        yield pool, others
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _processes(count: int) -> ProcessPoolExecutor:
    # spawn: a forked copy of a threaded parent may hang
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))
