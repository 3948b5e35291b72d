"""Measuring every clip of a corpus that was not measured before, on all cores or a cluster."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from engine.dataset.clips.clip_stats import Figures, FigureStore, Measured
from engine.dataset.clips.measure_clip import measure_file, stamp_and_digest
from engine.jobs.executor import WorkerLost, unordered, workers

Progress = Callable[[int, int, str], None]
_KEEP_SECONDS = 1.0  # between two writings: what a killed analysis does again at most


@dataclass(frozen=True, slots=True)
class AnalyseReport:
    """What became of an analysis.

    Attributes:
        total: clips asked for, each path once.
        measured, known, missing: of these.
        audio_seconds: of what was measured now.
        stopped: it was asked to stop before the end; what it had measured is kept.
    """

    total: int
    measured: int
    known: int
    missing: int
    audio_seconds: float
    stopped: bool


def analyse(
    root: str | Path,
    paths: Sequence[str],
    *,
    executor: Executor | None = None,
    on_progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> AnalyseReport:
    """Measure the clips that changed since they were measured, and keep the figures in the workspace.

    Args:
        root: the workspace; `paths` are relative to it or absolute.
        executor: where; None: processes here, if there is enough to do.
        on_progress: called with clips done, clips in all and the last one's path.
        should_stop: asked after each clip.

    Raises:
        InputError: the figures cannot be kept, or the cluster went away.
    """
    root = Path(root).absolute()
    store = FigureStore(root)
    wanted = list(dict.fromkeys(paths))
    found = store.find(wanted)
    todo = [path for path, figures in zip(wanted, found, strict=True) if figures is None]
    missing = sum(figures is not None and figures.fault in ("missing", "escape") for figures in found)
    if executor is None:
        with workers(jobs=len(todo)) as crew:
            job = _Analysis(root, store, crew, on_progress, should_stop)
            job.run(todo, len(wanted))
    else:
        job = _Analysis(root, store, executor, on_progress, should_stop)
        job.run(todo, len(wanted))
    known = len(wanted) - len(todo) - missing + job.recognised
    return AnalyseReport(len(wanted), job.measured, known, missing + job.gone, job.audio_seconds, job.stopped)


class _Analysis:
    """One analysis: counts, and what is measured but not yet written."""

    def __init__(
        self,
        root: Path,
        store: FigureStore,
        executor: Executor,
        on_progress: Progress | None,
        should_stop: Callable[[], bool],
    ) -> None:
        self.root, self.store, self.executor = root, store, executor
        self.on_progress, self.should_stop = on_progress, should_stop
        self.measured = self.recognised = self.gone = 0
        self.audio_seconds = 0.0
        self.stopped = False
        self._fresh: list[Measured] = []
        self._kept = time.monotonic()

    def run(self, todo: list[str], total: int) -> None:
        self._done, self._total = total - len(todo), total
        try:
            rest = self._recognise(todo)
            for index, outcome in unordered(self.executor, functools.partial(_measure, str(self.root)), rest):
                self._take(rest[index], outcome.value, outcome.error)
                if self._is_over(rest[index]):
                    break
        finally:
            self._keep()

    def _recognise(self, todo: list[str]) -> list[str]:
        """What is left to measure after clips that were copied or moved are known again by their content."""
        sizes = self.store.sizes()
        likely = [path for path in todo if sizes and _size(self.root, path) in sizes]
        known: set[str] = set()
        look = functools.partial(_look, str(self.root))
        for start in range(0, len(likely), _PART):
            part = likely[start : start + _PART]
            seen = {
                part[i]: outcome.value for i, outcome in unordered(self.executor, look, part) if outcome.value
            }
            figures = self.store.contents([content for _, content in seen.values()])
            for path, (stamp, content) in seen.items():
                if content in figures:
                    known.add(path)
                    self.recognised += 1
                    self._put(Measured(path, stamp, content, figures[content]))
            if self._is_over(part[-1], len(known.intersection(part))):
                break
        return [] if self.stopped else [path for path in todo if path not in known]

    def _take(self, path: str, measured: Measured | None, error: Exception | None) -> None:
        if isinstance(error, WorkerLost):
            found = stamp_and_digest(str(self.root / path))
            reason = f"cannot be read: {error}"
            measured = found and Measured(path, *found, Figures(fault="unreadable", reason=reason))
        elif error is not None:
            raise error
        if measured is None:
            self.gone += 1
            return
        self.measured += 1
        self.audio_seconds += measured.figures.seconds
        self._put(measured)

    def _put(self, measured: Measured) -> None:
        self._fresh.append(measured)
        if time.monotonic() - self._kept > _KEEP_SECONDS:
            self._keep()

    def _keep(self) -> None:
        if self._fresh:
            self.store.add(self._fresh)
        self._fresh, self._kept = [], time.monotonic()

    def _is_over(self, path: str, count: int = 1) -> bool:
        self._done += count
        if self.on_progress is not None:
            self.on_progress(self._done, self._total, path)
        self.stopped = self.should_stop()
        return self.stopped


_PART = 500


def _measure(root: str, path: str) -> Measured | None:
    return measure_file(str(Path(root) / path), path)


def _look(root: str, path: str) -> tuple[tuple[int, int], bytes] | None:
    return stamp_and_digest(str(Path(root) / path))


def _size(root: Path, path: str) -> int | None:
    try:
        return (root / path).stat().st_size
    except (OSError, ValueError):
        return None
