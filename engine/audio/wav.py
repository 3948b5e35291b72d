"""Reading audio files with every check that libsndfile leaves out, and writing 16-bit WAV."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from engine.audio.header import ClipHeader, header, reason
from engine.errors import InputError
from engine.run.atomic import replacing
from engine.run.permissions import give_ordinary_mode

FloatArray = npt.NDArray[np.float32]
_FULL_SCALE = 32768.0
_EXACT_SUBTYPES = ("PCM", "FLOAT", "DOUBLE", "ALAW", "ULAW")
# codecs pad to whole blocks and their headers may count them or not
_LOSSY_SLACK_FRAMES = 4096
_LONGEST_DATA_BYTES = 0xFFFFFFFF - 44


def read(path: str | Path, rate: int | None = None) -> tuple[FloatArray, int]:
    """Samples in [-1, 1] of a mono file and its rate; a PCM16 sample s reads as s / 32768.

    Args:
        rate: the rate in Hz that the file must have; None: any.

    Raises:
        InputError: whatever `read_channels` raises, more than one channel, or another rate.
    """
    samples_LC, found = read_channels(path)
    channels = samples_LC.shape[1]
    if channels != 1:
        kind = "stereo" if channels == 2 else f"of {channels} channels"
        raise InputError(f"is {kind}, mono is needed", path=path, fix="convert it with `vitsdeck convert`")
    if rate is not None and found != rate:
        what = f"is at {found} Hz where {rate} Hz is needed"
        raise InputError(what, path=path, fix="convert it with `vitsdeck convert`")
    return samples_LC[:, 0], found


def read_channels(path: str | Path) -> tuple[FloatArray, int]:
    """Samples (L, C) of any wav, flac, ogg or mp3 file and its rate.

    Raises:
        InputError: missing, cut short, undecodable, without samples, or with samples that are not numbers.
    """
    head, blocks = read_blocks(path)
    return np.concatenate(list(blocks)), head.rate


def read_blocks(path: str | Path, block_frames: int = 1 << 18) -> tuple[ClipHeader, Iterator[FloatArray]]:
    """The header and the samples in pieces (L, C), so that hours of sound fit into little memory.

    Raises:
        InputError: as `read_channels`; what is found only while decoding is raised by the iterator.
    """
    head = header(path)
    return head, _blocks(Path(path), head, block_frames)


def _blocks(path: Path, head: ClipHeader, block_frames: int) -> Iterator[FloatArray]:
    count = 0
    try:
        with soundfile.SoundFile(str(path)) as file:
            # a damaged header may speak of a thousand channels
            block_frames = max(1, block_frames // max(1, file.channels))
            while True:
                block_LC = file.read(block_frames, dtype="float32", always_2d=True)
                if len(block_LC) == 0:
                    break
                _check_finite(block_LC, count, path)
                count += len(block_LC)
                yield block_LC
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise InputError(f"cannot be decoded ({reason(error)})", path=path) from None
    slack = 0 if head.subtype.startswith(_EXACT_SUBTYPES) else _LOSSY_SLACK_FRAMES
    if head.frames - count > slack:
        what = f"is cut short: its header promises {head.frames} samples, {count} are there"
        raise InputError(what, path=path)
    if count == 0:
        raise InputError("holds no samples", path=path)


def _check_finite(block_LC: FloatArray, before: int, path: Path) -> None:
    if not np.isfinite(block_LC).all():
        position = before + int(np.argwhere(~np.isfinite(block_LC))[0, 0])
        raise InputError(f"sample {position} is not a finite number", path=path, fix="export the clip again")


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
        durable: wait until the disk has it (see `engine.run.atomic`).

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
            file.write(_riff_header(0, rate))
            for block_L in blocks:
                pcm_L, over = to_pcm16(block_L)
                file.write(pcm_L.tobytes())
                samples, clipped = samples + len(pcm_L), clipped + over
            if 2 * samples > _LONGEST_DATA_BYTES:
                raise InputError("would be longer than a WAV file can be", path=path, fix="cut the recording")
            file.seek(0)
            file.write(_riff_header(2 * samples, rate))
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror or error})", path=path) from None
    return samples, clipped


def _riff_header(data_bytes: int, rate: int) -> bytes:
    """RIFF, size, WAVE; fmt of 16 bytes: PCM, 1 channel, rate, bytes a second, 2 bytes a frame, 16 bits; data."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + data_bytes, b"WAVE"),
        *(b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16),
        *(b"data", data_bytes),
    )
