"""Long recordings in pieces that a provider takes, cut where nobody speaks.

    samples   ──────────────────▁▁──────────▁▁▁▁────▁─────│ longest
    search                         └─ the second half ────┘
    cut                                       ^ the middle of the last stretch that is about as quiet as any

A piece is named by a hash of its samples before any resampling, so that the same audio keeps its name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.audio.decode import FloatArray
from engine.audio.resample import resample
from engine.audio.wav import Recording, to_pcm16

Pcm = npt.NDArray[np.int16]

_FRAME_SECONDS = 0.02
_STRETCH_FRAMES = 10  # 0.2 s of silence: a pause between words, not the closure of a p
_AS_QUIET = 2.0  # power ratio, 3 dB
_SILENT_PEAK = 4  # of 32768: below what any microphone gives


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a recording in mono: 16-bit samples (L,) at the recording's own rate."""

    pcm_L: Pcm
    rate: int
    start: int  # in samples of the recording

    @property
    def digest(self) -> str:
        """Names this very sound."""
        head = f"pcm16 {self.rate} ".encode()
        return hashlib.sha256(head + self.pcm_L.astype("<i2").tobytes()).hexdigest()

    @property
    def start_ms(self) -> int:
        """Where it begins."""
        return round(self.start * 1000 / self.rate)

    @property
    def length_ms(self) -> int:
        """How long it is, rounded up: a bill would be."""
        return -(-len(self.pcm_L) * 1000 // self.rate)

    @property
    def is_silent(self) -> bool:
        """Whether it is digital silence."""
        return int(np.abs(self.pcm_L.astype(np.int32)).max(initial=0)) < _SILENT_PEAK


def cut(
    path: str | Path,
    longest_seconds: float,
    largest_bytes: int,
    rate: int,
    *,
    warnings: list[str] | None = None,
) -> Iterator[Piece]:
    """The pieces of a recording, one after the other; memory holds one.

    Args:
        longest_seconds: no piece is longer.
        largest_bytes: nor is it larger, as 16-bit samples at `rate` Hz.
        warnings: gets the warnings, which are known when all was cut.

    Raises:
        InputError: the file cannot be read as audio, or is cut short.
    """
    recording = Recording(path, exact=True)
    seconds = min(longest_seconds, largest_bytes / (2 * rate))
    blocks = (to_pcm16(wav_L)[0] for wav_L in recording.mono())
    yield from cut_samples(blocks, recording.head.rate, int(seconds * recording.head.rate))
    if warnings is not None:
        warnings += recording.warnings


def cut_samples(blocks: Iterable[Pcm], rate: int, longest: int) -> Iterator[Piece]:
    """The same from samples in blocks (L,); `longest` in samples."""
    held = np.zeros(0, np.int16)
    start = 0
    for block_L in blocks:
        held = np.concatenate([held, block_L])
        while len(held) > longest:
            end = _quiet_point(held[:longest], rate)
            yield Piece(held[:end], rate, start)
            held, start = held[end:], start + end
    if len(held):
        yield Piece(held, rate, start)


def resampled(piece: Piece, rate: int) -> Pcm:
    """The samples of a piece at another rate."""
    if piece.rate == rate:
        return piece.pcm_L
    wav_L: FloatArray = piece.pcm_L.astype(np.float32) / np.float32(32768)
    return to_pcm16(resample(wav_L, piece.rate, rate))[0]


def _quiet_point(pcm_L: Pcm, rate: int) -> int:
    """Where to cut, in samples: in the middle of the last quiet stretch of the second half."""
    frame = max(1, int(_FRAME_SECONDS * rate))
    first = len(pcm_L) // 2 // frame
    frames_FS = pcm_L[first * frame : len(pcm_L) // frame * frame].reshape(-1, frame).astype(np.float64)
    power_F = (frames_FS**2).mean(axis=1)
    if len(power_F) <= _STRETCH_FRAMES:
        return len(pcm_L)
    stretch_F = np.convolve(power_F, np.full(_STRETCH_FRAMES, 1 / _STRETCH_FRAMES), mode="valid")
    quiet = np.flatnonzero(stretch_F <= _AS_QUIET * stretch_F.min() + 1.0)
    return int((first + quiet[-1] + _STRETCH_FRAMES // 2) * frame)
