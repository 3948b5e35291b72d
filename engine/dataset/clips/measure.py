"""Measuring clips: each decoded once, on all cores or a cluster; long recordings need no more memory.

Axes: L samples, C channels, F frames of `levels`.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.audio.levels import SILENCE_DB, SILENCE_FLOOR_DBFS, Levels
from engine.audio.loudness import Loudness
from engine.audio.wav import Recording
from engine.dataset.clips.cache import Measured, StatsCache, stamp_of
from engine.dataset.clips.clip_stats import ClipStats
from engine.errors import InputError
from engine.i18n import _
from engine.jobs.executor import WorkerLost, unordered, workers

Progress = Callable[[int, int, str], None]
_KEEP_SECONDS = 1.0  # between two writings: what is measured again after a kill at most
_FULL_SCALE = 0.9999  # 32767 of 32768
_RUN = 3  # one sample at full scale is a peak that was met exactly, three are a peak that was cut off


@dataclass(frozen=True, slots=True)
class MeasureReport:
    """What became of the clips.

    Attributes:
        total: clips asked for, each path once.
        measured, known, missing: of these.
        audio_seconds: of what was measured now.
    """

    total: int
    measured: int
    known: int
    missing: int
    audio_seconds: float


def measure_clips(
    root: str | Path,
    paths: Sequence[str],
    *,
    executor: Executor | None = None,
    on_progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> MeasureReport:
    """Measure the clips that changed since they were measured, and keep the statistics in the workspace.

    Args:
        root: the workspace; `paths` are relative to it or absolute.
        executor: where; None: processes here, if there is enough to do.
        on_progress: called with clips done, clips in all and the last one's path.
        should_stop: asked after each clip.

    Raises:
        InputError: the statistics cannot be kept, or the cluster went away.
    """
    root = Path(root).absolute()
    cache = StatsCache(root)
    wanted = list(dict.fromkeys(paths))
    found = cache.find(wanted)
    todo = [path for path, stats in zip(wanted, found, strict=True) if stats is None]
    missing = sum(stats is not None and stats.fault in ("missing", "path_outside") for stats in found)
    known, measured, seconds = len(wanted) - len(todo) - missing, 0, 0.0
    fresh: list[Measured] = []
    kept_at = time.monotonic()
    with contextlib.ExitStack() as stack:
        crew = executor or stack.enter_context(workers(jobs=len(todo)))
        stack.callback(lambda: cache.add(fresh) if fresh else None)  # also when interrupted
        done = len(wanted) - len(todo)
        for index, outcome in unordered(crew, functools.partial(_measured, root), todo):
            one = outcome.value
            if isinstance(outcome.error, WorkerLost):
                reason = _("cannot be read: {reason}").format(reason=outcome.error)
                one = _measured(root, todo[index], ClipStats(fault="unreadable", reason=reason))
            elif outcome.error is not None:
                raise outcome.error
            if one is None:
                missing += 1
            else:
                measured += 1
                seconds += one.stats.seconds
                fresh.append(one)
            if time.monotonic() - kept_at > _KEEP_SECONDS:
                cache.add(fresh)
                fresh.clear()
                kept_at = time.monotonic()
            done += 1
            if on_progress is not None:
                on_progress(done, len(wanted), todo[index])
            if should_stop():
                break
    return MeasureReport(len(wanted), measured, known, missing, seconds)


def _measured(root: Path, path: str, stats: ClipStats | None = None) -> Measured | None:
    """The statistics of one clip, measured now if they are not given; None where there is no such file."""
    stamp = stamp_of(root / path)
    return None if stamp is None else Measured(path, stamp, stats or measure_clip(root / path))


def measure_clip(path: str | Path) -> ClipStats:
    """Everything that is measured of one clip; a fault of the file becomes `fault` and `reason`, nothing is raised."""
    try:
        recording = Recording(path)
    except InputError as error:
        return ClipStats.of_fault(error)
    try:
        return _stats_of(recording)
    except InputError as error:
        return ClipStats.of_fault(error, recording.head)


def _stats_of(recording: Recording) -> ClipStats:
    head = recording.head
    meter, levels = Loudness(head.rate), Levels()
    audio = hashlib.blake2b(f"{head.rate} {head.channels} ".encode(), digest_size=16)
    peak, clipped = 0.0, 0
    for block_LC, wav_L in recording.blocks():
        audio.update(np.ascontiguousarray(block_LC).data)
        magnitude_LC = np.abs(block_LC)
        peak = max(peak, float(magnitude_LC.max()))
        edge = _FULL_SCALE * recording.full_scale
        if peak >= edge:
            clipped += sum(_in_runs(channel_L >= edge) for channel_L in magnitude_LC.T)
        if peak > 0:  # digital silence has no loudness
            meter.add(wav_L)
        levels.add(wav_L)
    samples, lufs = levels.samples, meter.lufs
    parts = levels.sounding(SILENCE_DB, SILENCE_FLOOR_DBFS)
    begin, end = (parts[0][0], parts[-1][1]) if parts else (samples, samples)
    return ClipStats(
        rate=head.rate,
        channels=head.channels,
        frames=samples,
        subtype=head.subtype,
        lufs=None if lufs is None else round(lufs, 2),
        peak=round(peak, 5),
        clipped=clipped,
        silence=round(1 - sum(end - begin for begin, end in parts) / samples, 4),
        lead_s=round(begin / head.rate, 3),
        trail_s=round((samples - end) / head.rate, 3),
        audio=audio.hexdigest(),
        offset=recording.offset,
    )


def _in_runs(full_L: npt.NDArray[np.bool_]) -> int:
    """Samples that stand in runs of at least three."""
    if np.count_nonzero(full_L) < _RUN:
        return 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], full_L.astype(np.int8), [0]])))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= _RUN].sum())
