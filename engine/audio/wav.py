"""Reading any recording as one channel, and writing 16-bit WAV.

    file ── header ─┬─ one channel of integers ───────────────────────────────────┬─ blocks, warnings
                    └─ several channels, floats, an offset to remove: scan first ─┘

`Recording` is the only place where channels are mixed: convert, slice, check, transcription and training read here, so
all get the same samples and give the same warnings.

Axes: L samples, C channels, K the channels and after them their mix.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.audio.decode import FloatArray, decoded
from engine.audio.header import LONGEST_DATA_BYTES, header, riff_header
from engine.audio.loudness import PEAK_CEILING
from engine.audio.recordings import LARGE_OFFSET, RATES
from engine.errors import InputError, cannot_write
from engine.files.atomic import replacing
from engine.files.permissions import give_ordinary_mode
from engine.i18n import _

_FULL_SCALE = 32768.0
# A mix with one silent channel loses 6.02 dB, with unrelated ones 3 dB: beyond 7 dB channels take from each other.
_MOST_LOSS = 10 ** (-7 / 10)
_LEAST_CANCELLED = 0.1  # of the sound: from here on one channel is taken
_HELD_SAMPLES = 1 << 21  # of a recording that is scanned first: a shorter one is not decoded twice
_UNBOUNDED_SUBTYPES = ("FLOAT", "DOUBLE", "VORBIS", "OPUS", "MPEG")


@dataclass(frozen=True, slots=True)
class _Mix:
    """How the channels become one, as a first pass over the recording decided."""

    channel: int | None = None
    gain: float = 1.0
    offset: float = 0.0  # to be removed
    full_scale: float = 1.0
    held: tuple[FloatArray, ...] = ()


class Recording:
    """One recording of any kind as one channel, piece by piece, so that hours of sound fit into little memory.

    Attributes:
        head: what its header says.
        offset: the constant (DC) offset of the one channel; known, as `warnings`, when all was read.
        warnings: what a person should know of it; each sentence continues the file's name.

    Args:
        remove_offset: remove the constant (DC) offset.
        exact: mix in double precision.

    Raises:
        InputError: missing, cut short, or no recording; what is found only while decoding is raised by the iterators.
    """

    def __init__(self, path: str | Path, *, remove_offset: bool = False, exact: bool = False) -> None:
        self.path = Path(path)
        self.head = header(self.path)
        if not RATES[0] <= self.head.rate <= RATES[1]:
            raise InputError(
                _("its header says {rate} Hz, which no recorder makes").format(rate=self.head.rate), path=path
            )
        self._removes_offset = remove_offset
        self._dtype: type[np.floating[Any]] = np.float64 if exact else np.float32
        self._mix: _Mix | None = None
        self.offset = 0.0
        self.warnings: list[str] = []

    @property
    def full_scale(self) -> float:
        """The level of samples that were cut off, known from the first block on: 1, in a file of floats its peak."""
        return self._mix.full_scale if self._mix else 1.0

    def blocks(self) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Pieces of the channels as they are (L, C), each with the one channel that becomes of them (L,)."""
        mix = self._mix = self._mix or self._scan()
        samples, peak, total = 0, 0.0, 0.0
        for block_LC in mix.held or decoded(self.path, self.head):
            is_mix = mix.channel is None
            wav_L = block_LC.mean(axis=1, dtype=self._dtype) if is_mix else block_LC[:, mix.channel]
            samples += len(wav_L)
            peak = max(peak, float(block_LC.max()), -float(block_LC.min()))
            total += float(wav_L.sum(dtype=np.float64))
            if mix.offset:
                wav_L = wav_L - wav_L.dtype.type(mix.offset)
            if mix.gain != 1:
                wav_L = wav_L * wav_L.dtype.type(mix.gain)
            yield block_LC, wav_L
        self.offset = round(total / samples * mix.gain, 5)
        self.warnings = list(self._warnings(mix, peak))

    def _warnings(self, mix: _Mix, peak: float) -> Iterator[str]:
        if mix.channel is not None:
            yield _(
                "its channels are opposite in phase, their mix would lose sound: channel {channel} was taken alone"
            ).format(channel=mix.channel + 1)
        if mix.gain != 1:
            text = _("its peak of {peak:.3g} is above full scale: scaled by {gain:.3g} to fit")
            yield text.format(peak=peak, gain=mix.gain)
        if abs(self.offset) > LARGE_OFFSET and not self._removes_offset:
            yield _(
                "has a constant offset of {offset:.2f} of full scale: `vitsdeck fix` removes it from clips in lists"
            ).format(offset=self.offset)

    def mono(self) -> Iterator[FloatArray]:
        """Pieces (L,) of the one channel, in [-1, 1] but for what a codec of integers made of full scale."""
        return (wav_L for _unused, wav_L in self.blocks())

    def _scan(self) -> _Mix:
        """Decide on channel, gain and offset, in a pass over all of it where the header does not decide them."""
        channels, subtype = self.head.channels, self.head.subtype
        can_exceed = subtype.startswith(_UNBOUNDED_SUBTYPES)
        if channels == 1 and not can_exceed and not self._removes_offset:
            return _Mix()
        samples, held = 0, list[FloatArray]()
        low_K, high_K = np.full(channels + 1, np.inf), np.full(channels + 1, -np.inf)
        sums_C, powers_C = np.zeros(channels), np.zeros(channels)
        energy = cancelled = 0.0
        for block_LC in decoded(self.path, self.head):
            exact_LC = block_LC.astype(np.float64)
            sum_C = np.ones(len(exact_LC)) @ exact_LC
            products_CC = exact_LC.T @ exact_LC - np.outer(sum_C, sum_C) / len(exact_LC)
            power_C, mixed = products_CC.diagonal(), max(0.0, float(products_CC.mean()))
            loudest = max(0.0, float(power_C.max()))
            energy += loudest
            if mixed < _MOST_LOSS * loudest:
                cancelled += loudest
            powers_C += power_C
            sums_C += sum_C
            if can_exceed or self._removes_offset:
                block_LK = np.column_stack([exact_LC, exact_LC.mean(axis=1)])
                low_K = np.minimum(low_K, block_LK.min(axis=0))
                high_K = np.maximum(high_K, block_LK.max(axis=0))
            samples += len(block_LC)
            if samples * channels <= _HELD_SAMPLES:
                held.append(block_LC)
        is_taken = cancelled > _LEAST_CANCELLED * energy
        channel = int(np.argmax(powers_C > 0.99 * powers_C.max())) if is_taken else None
        row = -1 if channel is None else channel
        mean = float(sums_C.mean() if channel is None else sums_C[channel]) / samples
        offset = mean if self._removes_offset else 0.0
        peak = max(float(high_K[row]) - offset, offset - float(low_K[row]))
        return _Mix(
            channel,
            PEAK_CEILING / peak if can_exceed and peak > 1 else 1.0,
            offset,
            max(1.0, float(high_K.max()), -float(low_K.min())) if subtype in ("FLOAT", "DOUBLE") else 1.0,
            tuple(held) if samples * channels <= _HELD_SAMPLES else (),
        )


def read(path: str | Path, rate: int | None = None) -> tuple[FloatArray, int]:
    """Samples in [-1, 1] of a mono file and its rate; a PCM16 sample s reads as s / 32768.

    Args:
        rate: the rate in Hz that the file must have; None: any.

    Raises:
        InputError: whatever `Recording` raises, more than one channel, or another rate.
    """
    recording = Recording(path)
    channels, found = recording.head.channels, recording.head.rate
    if channels != 1:
        what = _("is stereo, mono is needed") if channels == 2 else _("is of {n} channels, mono is needed")
        fix = _("convert it with `vitsdeck convert`")
        raise InputError(what.format(n=channels), path=path, fix=fix)
    if rate is not None and found != rate:
        what = _("is at {found} Hz where {rate} Hz is needed").format(found=found, rate=rate)
        raise InputError(what, path=path, fix=_("convert it with `vitsdeck convert`"))
    return np.concatenate(list(recording.mono())), found


def to_pcm16(wav_L: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.int16], int]:
    """Samples as 16-bit integers and how many of them lay outside [-1, 1] and were held at the edge.

    Raises:
        ValueError: a sample is not a finite number, or the shape is not (L,).
    """
    if wav_L.ndim != 1 or not np.isfinite(wav_L).all():
        raise ValueError("needs finite samples of shape (L,)")
    clipped = int(np.count_nonzero(np.abs(wav_L) > 1.0))
    scaled = np.rint(wav_L.astype(np.float64) * _FULL_SCALE)
    return np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype("<i2"), clipped


def write_pcm16(path: str | Path, wav_L: npt.NDArray[np.floating], rate: int, *, durable: bool = True) -> int:
    """Write mono 16-bit WAV, whole or not at all; returns the number of clipped samples.

    Args:
        wav_L: samples in [-1, 1]; what lies outside is held at the edge, not wrapped around.
        durable: wait until the disk has it (see `engine.files.atomic`).

    Raises:
        InputError: the folder cannot be written to, or the disk is full.
        ValueError: a sample is not a finite number.
    """
    return write_pcm16_blocks(path, [wav_L], rate, durable=durable)[1]


def write_pcm16_blocks(
    path: str | Path, blocks: Iterable[npt.NDArray[np.floating]], rate: int, *, durable: bool = True
) -> tuple[int, int]:
    """As `write_pcm16`, from pieces (L,); returns samples written and samples clipped.

    What the iterable raises leaves no file behind.
    """
    samples = clipped = 0
    try:
        with replacing(path, durable=durable) as file:
            give_ordinary_mode(file)
            file.write(riff_header(0, rate))
            for block_L in blocks:
                pcm_L, over = to_pcm16(block_L)
                file.write(pcm_L.tobytes())
                samples, clipped = samples + len(pcm_L), clipped + over
            if 2 * samples > LONGEST_DATA_BYTES:
                raise InputError(
                    _("would be longer than a WAV file can be"), path=path, fix=_("cut the recording")
                )
            file.seek(0)
            file.write(riff_header(2 * samples, rate))
    except OSError as error:
        raise cannot_write(error, path) from None
    return samples, clipped
