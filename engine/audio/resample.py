"""Another rate by soxr's HQ, called directly: the same samples as librosa's soxr_hq, whole or piece by piece."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import soxr

from engine.audio.decode import FloatArray


def resample(samples_L: FloatArray, rate: int, new_rate: int) -> FloatArray:
    """Mono samples at another rate."""
    if rate == new_rate:
        return samples_L
    resampled_L: FloatArray = soxr.resample(samples_L, rate, new_rate, quality="HQ")
    return resampled_L


def resampled(pieces: Iterator[FloatArray], rate: int, new_rate: int) -> Iterator[FloatArray]:
    """The same for hours of sound, in little memory."""
    if rate == new_rate:
        yield from pieces
        return
    stream = soxr.ResampleStream(rate, new_rate, 1, dtype="float32", quality="HQ")
    for piece_L in pieces:
        yield stream.resample_chunk(piece_L)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)
