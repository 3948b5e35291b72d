"""Copies of clips with a fault mended: one rate, one channel, no constant offset or long silence, an even loudness."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.audio.decode import FloatArray
from engine.audio.levels import Levels, sounding
from engine.audio.loudness import gain_to
from engine.audio.resample import resample
from engine.audio.wav import Recording, write_pcm16
from engine.dataset.clips.measure_clip import SILENCE_DB, SILENCE_FLOOR_DBFS
from engine.dataset.repair.fixes import Recipe
from engine.errors import InputError
from engine.jobs.executor import unordered

KEPT_LEAD_S, KEPT_TRAIL_S = 0.1, 0.2  # of the silence that is cut
LONGEST_SECONDS = 1800.0  # of a clip that is held in memory to be mended


@dataclass(frozen=True, slots=True)
class Copy:
    """What was made: its target, seconds, gain in dB and who measured the loudness ("" for nobody), or the error."""

    target: str
    seconds: float = 0.0
    gain_db: float = 0.0
    measured_by: str = ""
    error: str = ""


def make_copy(root: str, recipe: Recipe) -> Copy:
    """Make one copy; what a person could mend is told as `error`.

    Raises:
        InputError: never.
    """
    base = Path(root)
    try:
        return _make(base / recipe.source, base / recipe.target, recipe)
    except InputError as error:
        return Copy(recipe.target, error=error.of(base / recipe.target))
    except OSError as error:
        return Copy(recipe.target, error=f"cannot be written ({error.strerror or error})")


def _make(source: Path, target: Path, recipe: Recipe) -> Copy:
    recording = Recording(source, remove_offset=recipe.centre)
    rate = recording.head.rate
    if recording.head.seconds > LONGEST_SECONDS:
        raise InputError("is longer than half an hour", path=source, fix="cut it with `vitsdeck slice`")
    wav_L: FloatArray = np.concatenate(list(recording.mono()))
    if recipe.rate is not None:
        wav_L, rate = resample(wav_L, rate, recipe.rate), recipe.rate
    if recipe.trim:
        wav_L = trimmed(wav_L, rate)
    gain, by = 1.0, ""
    if recipe.lufs is not None:
        gain, by = gain_to(wav_L[:, None], rate, recipe.lufs)
        wav_L = wav_L * np.float32(gain)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_pcm16(target, wav_L, rate)
    return Copy(recipe.target, len(wav_L) / rate, 20 * float(np.log10(gain)), by)


def trimmed(wav_L: FloatArray, rate: int) -> FloatArray:
    """Without the silence at both ends, but for a breath; unchanged when there is nothing else."""
    levels = Levels()
    levels.add(wav_L)
    levels_F = levels.decibels()
    threshold = max(float(levels_F.max()) - SILENCE_DB, SILENCE_FLOOR_DBFS)
    parts = sounding(levels_F, threshold, len(wav_L))
    if not parts:
        return wav_L
    begin = max(0, parts[0][0] - int(KEPT_LEAD_S * rate))
    return wav_L[begin : parts[-1][1] + int(KEPT_TRAIL_S * rate)]


def make_copies(root: str | Path, recipes: Sequence[Recipe], executor: Executor) -> Iterator[Copy]:
    """Make copies wherever the executor works; each as it is done, its error told in it."""
    work = functools.partial(make_copy, str(Path(root).absolute()))
    for index, outcome in unordered(executor, work, recipes):
        if outcome.value is not None:
            yield outcome.value
        else:
            yield Copy(recipes[index].target, error=str(outcome.error))
