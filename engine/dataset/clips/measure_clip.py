"""One clip, decoded once: rate, loudness, silence, clipping; its length does not grow the memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.audio.decode import FloatArray
from engine.audio.levels import Levels, sounding
from engine.audio.loudness import Loudness
from engine.audio.wav import Recording
from engine.dataset.clips.clip_stats import Figures, Measured, Stamp, stamp_of
from engine.errors import InputError

SILENCE_DB = 40.0  # below the clip's loudest moment
SILENCE_FLOOR_DBFS = -60.0  # and whatever is below this
_FULL_SCALE = 0.9999  # 32767 of 32768
_RUN = 3  # one sample at full scale is a peak that was met exactly, three are a peak that was cut off
_DIGEST_BYTES = 16
_MOST_CHANNELS = 5
_READ_BYTES = 1 << 20


def measure_file(path: str, name: str) -> Measured | None:
    """Measure the file at `path`, to be kept as `name`; None when there is no such file."""
    stamp = stamp_of(path)
    content = None if stamp is None else digest_of(path)
    if stamp is None or content is None:
        return None
    return Measured(name, stamp, content, measure_clip(path))


def stamp_and_digest(path: str) -> tuple[Stamp, bytes] | None:
    """Size, time and content of a file; None when there is none that can be read."""
    stamp = stamp_of(path)
    content = None if stamp is None else digest_of(path)
    return None if stamp is None or content is None else (stamp, content)


def digest_of(path: str | Path) -> bytes | None:
    """Digest of a file's bytes; None when it cannot be read."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    try:
        with Path(path).open("rb") as file:
            while block := file.read(_READ_BYTES):
                digest.update(block)
    except OSError:
        return None
    return digest.digest()


def measure_clip(path: str | Path) -> Figures:
    """Everything that is measured of one clip; a fault of the file becomes `fault` and `reason`, nothing is raised."""
    try:
        recording = Recording(path)
    except InputError as error:
        return Figures.of_fault(error)
    if recording.head.channels > _MOST_CHANNELS:
        what = f"has {recording.head.channels} channels; up to {_MOST_CHANNELS} can be measured"
        return Figures(fault="unreadable", reason=what)
    probe = _Probe(recording)
    try:
        return probe.figures()
    except InputError as error:
        return Figures.of_fault(error, recording.head)


class _Probe:
    """Collects the figures of one clip, block by block."""

    def __init__(self, recording: Recording) -> None:
        head = recording.head
        self.recording = recording
        self.meter = Loudness(head.rate, head.channels)
        self.levels = Levels()
        self.peak = 0.0
        self.clipped = 0
        self.audio = hashlib.blake2b(f"{head.rate} {head.channels} ".encode(), digest_size=_DIGEST_BYTES)

    def _add(self, block_LC: FloatArray, wav_L: FloatArray) -> None:
        self.audio.update(np.ascontiguousarray(block_LC).data)
        magnitude_LC = np.abs(block_LC)
        self.peak = max(self.peak, float(magnitude_LC.max()))
        edge = _FULL_SCALE * self.recording.full_scale
        if self.peak >= edge:
            self.clipped += sum(_in_runs(channel_L >= edge) for channel_L in magnitude_LC.T)
        if self.peak > 0:  # digital silence has no loudness
            self.meter.add(block_LC)
        self.levels.add(wav_L)

    def figures(self) -> Figures:
        for block_LC, wav_L in self.recording.blocks():
            self._add(block_LC, wav_L)
        rate, samples = self.recording.head.rate, self.levels.samples
        levels_F = self.levels.decibels()
        threshold = max(float(levels_F.max()) - SILENCE_DB, SILENCE_FLOOR_DBFS)
        parts = sounding(levels_F, threshold, samples)
        sound = sum(end - begin for begin, end in parts)
        begin, end = (parts[0][0], parts[-1][1]) if parts else (samples, samples)
        return Figures(
            rate=rate,
            channels=self.recording.head.channels,
            frames=samples,
            subtype=self.recording.head.subtype,
            lufs=_rounded(self.meter.lufs),
            peak=round(self.peak, 5),
            clipped=self.clipped,
            silence=round(1 - sound / samples, 4),
            lead_s=round(begin / rate, 3),
            trail_s=round((samples - end) / rate, 3),
            audio=self.audio.hexdigest(),
            offset=self.recording.found.offset,
        )


def _in_runs(full_L: npt.NDArray[np.bool_]) -> int:
    """Samples that stand in runs of at least three."""
    if np.count_nonzero(full_L) < _RUN:
        return 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], full_L.astype(np.int8), [0]])))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= _RUN].sum())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
