"""Loudness as ITU-R BS.1770-4 measures it, of sound that comes in pieces.

The weighting filter is applied as its impulse response, by FFT: numpy alone. scipy's recursive filters would cost 1.3 s
of every worker's start and torchaudio 2.7 s and 500 MB, for the same figure (a test holds it to torchaudio's within
0.01 LU).

Axes: L samples, C channels.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from engine.errors import InputError

FloatArray = npt.NDArray[np.float32]
_GATE_SECONDS, _OVERLAP = 0.4, 4  # blocks of 400 ms, a new one every 100 ms
_ABSOLUTE_GATE = -70.0  # LUFS
_RELATIVE_GATE = -10.0  # LU below the mean
_OFFSET = -0.691
_CHANNEL_WEIGHTS = (1.0, 1.0, 1.0, 1.41, 1.41)
# the high-pass at 38 Hz rings longest: after 0.2 s it is 200 dB down
_RESPONSE_SECONDS = 0.2
_BLOCK_SAMPLES = 1 << 16
PEAK_CEILING = 10 ** (-1 / 20)  # -1 dBFS: what players and codecs make of it stays below full scale


class Loudness:
    """Measures a signal of `rate` Hz piece by piece: `add(wav_LC)`, then `.lufs`."""

    def __init__(self, rate: int, channels: int = 1) -> None:
        if channels > len(_CHANNEL_WEIGHTS):
            raise ValueError(f"{channels} channels have no weights in BS.1770")
        self.step = max(1, round(round(_GATE_SECONDS * rate) * (1 / _OVERLAP)))
        self._weights_C = np.array(_CHANNEL_WEIGHTS[:channels])
        self._response = _weighting(rate)
        self._past_LC = np.zeros((self._response.past, channels), np.float32)
        self._rest_LC = np.zeros((0, channels), np.float32)
        self._energies: list[npt.NDArray[np.float64]] = []  # one row per step, (steps, C): sums of squares
        self._samples = 0

    def add(self, wav_LC: FloatArray) -> None:
        """The next samples in [-1, 1]."""
        for start in range(0, len(wav_LC), _BLOCK_SAMPLES):
            self._add(wav_LC[start : start + _BLOCK_SAMPLES])

    @property
    def lufs(self) -> float | None:
        """Integrated loudness; None when nothing is above -70 LUFS. Sound under 0.4 s is one block."""
        steps_SC = np.concatenate([*self._energies, self._last_step()])
        if self._samples < _OVERLAP * self.step:
            blocks_SC = steps_SC.sum(axis=0, keepdims=True) / max(1, self._samples)
        else:
            whole_SC = steps_SC[: self._samples // self.step]
            sums_SC = np.cumsum(np.vstack([np.zeros((1, whole_SC.shape[1])), whole_SC]), axis=0)
            blocks_SC = (sums_SC[_OVERLAP:] - sums_SC[:-_OVERLAP]) / (_OVERLAP * self.step)
        return _gated(np.maximum(blocks_SC @ self._weights_C, 0))

    def _add(self, wav_LC: FloatArray) -> None:
        weighted_LC, self._past_LC = self._response.apply(self._past_LC, wav_LC)
        self._samples += len(wav_LC)
        together_LC = np.concatenate([self._rest_LC, weighted_LC])
        whole = len(together_LC) // self.step * self.step
        if whole:
            parts_SLC = together_LC[:whole].reshape(-1, self.step, together_LC.shape[1])
            self._energies.append(np.einsum("slc,slc->sc", parts_SLC, parts_SLC, dtype=np.float64))
        self._rest_LC = together_LC[whole:]

    def _last_step(self) -> npt.NDArray[np.float64]:
        energy_1C: npt.NDArray[np.float64] = np.square(self._rest_LC, dtype=np.float64).sum(
            axis=0, keepdims=True
        )
        return energy_1C


def loudness(blocks: Iterable[FloatArray], rate: int) -> float | None:
    """LUFS of pieces (L, C) of one signal; None: too quiet to be measured."""
    meter: Loudness | None = None
    for block_LC in blocks:
        meter = meter or Loudness(rate, block_LC.shape[1])
        meter.add(block_LC)
    return meter.lufs if meter else None


def gain_to(wav_LC: FloatArray, rate: int, target_lufs: float) -> float:
    """The factor that brings a clip to a loudness without a peak above -1 dBFS.

    Raises:
        InputError: nothing in it is loud enough to be measured.
    """
    found = loudness([wav_LC], rate)
    if found is None:
        raise InputError("is too quiet to be measured", fix="record it again or drop it")
    peak = float(np.abs(wav_LC).max(initial=0.0))
    return min(10 ** ((target_lufs - found) / 20), PEAK_CEILING / max(peak, 1e-9))


def _gated(powers_S: npt.NDArray[np.float64]) -> float | None:
    """The mean over the blocks that pass both gates, in LUFS."""
    loud_S = powers_S[_level(powers_S) > _ABSOLUTE_GATE]
    if not len(loud_S):
        return None
    gate = float(_level(loud_S.mean())) + _RELATIVE_GATE
    return float(_level(loud_S[_level(loud_S) > gate].mean()))


def _level(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return _OFFSET + 10 * np.log10(np.maximum(np.asarray(power, np.float64), 1e-30))


class _Response:
    """A filter as its impulse response, applied to pieces that follow each other (overlap-save)."""

    def __init__(self, response_L: npt.NDArray[np.float64]) -> None:
        self.past = len(response_L) - 1
        self._response_L = response_L
        self._spectra: dict[int, npt.NDArray[np.complex128]] = {}

    def apply(self, past_LC: FloatArray, wav_LC: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The filtered piece, and the past for the next one."""
        together_LC = np.concatenate([past_LC, wav_LC])
        size = 1 << (len(together_LC) - 1).bit_length()
        if size not in self._spectra:
            self._spectra[size] = np.fft.rfft(self._response_L, size)
        spectrum_QC = np.fft.rfft(together_LC, size, axis=0) * self._spectra[size][:, None]
        made_LC = np.fft.irfft(spectrum_QC, size, axis=0)[self.past : len(together_LC)]
        return made_LC.astype(np.float32), together_LC[len(together_LC) - self.past :]


@functools.lru_cache(maxsize=8)
def _weighting(rate: int) -> _Response:
    """K-weighting: a shelf of +4 dB above 1.5 kHz for the head, then a high-pass at 38 Hz."""
    length = max(64, round(_RESPONSE_SECONDS * rate))
    grid = 1 << (4 * length).bit_length()
    z = np.exp(-2j * np.pi * np.arange(grid // 2 + 1) / grid)
    spectrum_Q = np.ones_like(z)
    for (b0, b1, b2), (a0, a1, a2) in (_high_shelf(rate), _high_pass(rate)):
        spectrum_Q *= (b0 + b1 * z + b2 * z**2) / (a0 + a1 * z + a2 * z**2)
    return _Response(np.fft.irfft(spectrum_Q, grid)[:length])


Section = tuple[tuple[float, float, float], tuple[float, float, float]]


def _high_shelf(rate: int, hz: float = 1500.0, gain_db: float = 4.0, q: float = 1 / math.sqrt(2)) -> Section:
    """A biquad by Bristow-Johnson's formulas, as in torchaudio."""
    a, w = 10 ** (gain_db / 40), 2 * math.pi * hz / rate
    alpha, cos, root = math.sin(w) / (2 * q), math.cos(w), math.sqrt(a)
    above = (
        a * ((a + 1) + (a - 1) * cos + 2 * root * alpha),
        -2 * a * ((a - 1) + (a + 1) * cos),
        a * ((a + 1) + (a - 1) * cos - 2 * root * alpha),
    )
    below = (
        (a + 1) - (a - 1) * cos + 2 * root * alpha,
        2 * ((a - 1) - (a + 1) * cos),
        (a + 1) - (a - 1) * cos - 2 * root * alpha,
    )
    return above, below


def _high_pass(rate: int, hz: float = 38.0, q: float = 0.5) -> Section:
    w = 2 * math.pi * hz / rate
    alpha, cos = math.sin(w) / (2 * q), math.cos(w)
    return ((1 + cos) / 2, -1 - cos, (1 + cos) / 2), (1 + alpha, -2 * cos, 1 - alpha)
