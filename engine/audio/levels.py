"""Level of a recording over time, for sound that comes in pieces; silence is decided by it.

The frames are those of librosa.effects.split: 2048 samples, a new one every 512, centred, zeros beyond both ends. Since
a frame is four hops, its power is the sum of four sums of squares, and an hour of sound is 155,000 numbers.

Axes: L samples, H hops, F frames.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

HOP, FRAME = 512, 2048
FLOOR_DB = -100.0  # librosa's amin of 1e-5
SILENCE_DB = 40.0  # silence is this far below the loudest moment
SILENCE_FLOOR_DBFS = -60.0  # and whatever is below this


class Levels:
    """Collects a mono signal's power: `add(wav_L)`, then `.decibels()`."""

    def __init__(self) -> None:
        self.samples = 0
        self._squares: list[npt.NDArray[np.float64]] = []
        self._rest_L = np.zeros(0, np.float32)

    def add(self, wav_L: npt.NDArray[np.float32]) -> None:
        """The next samples."""
        together_L = np.concatenate([self._rest_L, wav_L])
        whole = len(together_L) // HOP * HOP
        parts_HL = together_L[:whole].reshape(-1, HOP)
        self._squares.append(np.einsum("hl,hl->h", parts_HL, parts_HL, dtype=np.float64))
        self._rest_L = together_L[whole:]
        self.samples += len(wav_L)

    def decibels(self) -> npt.NDArray[np.float64]:
        """RMS of each frame in dBFS, (1 + samples // 512,); frame f is centred on sample 512 f."""
        last = np.square(self._rest_L, dtype=np.float64).sum(keepdims=True)
        squares_H = np.concatenate([*self._squares, last])
        squares_H = np.pad(squares_H, 2)
        frames = 1 + self.samples // HOP
        powers_F = sum(squares_H[i : i + frames] for i in range(FRAME // HOP)) / FRAME
        decibels_F: npt.NDArray[np.float64] = 10 * np.log10(np.maximum(powers_F, 1e-30))
        return np.maximum(decibels_F, FLOOR_DB)

    def sounding(self, top_db: float, floor_dbfs: float) -> list[tuple[int, int]]:
        """Stretches (begin, end) in samples at most `top_db` below the loudest moment, and above the floor."""
        levels_F = self.decibels()
        return sounding(levels_F, max(float(levels_F.max()) - top_db, floor_dbfs), self.samples)


def sounding(levels_F: npt.NDArray[np.float64], threshold_db: float, samples: int) -> list[tuple[int, int]]:
    """Stretches (begin, end) in samples whose frames are above the threshold, as librosa.effects.split gives them."""
    loud_F = np.concatenate([[False], levels_F > threshold_db, [False]])
    edges = np.flatnonzero(np.diff(loud_F.astype(np.int8)))
    ends = np.minimum(edges * HOP, samples)
    return [(int(begin), int(end)) for begin, end in zip(ends[::2], ends[1::2], strict=True)]
