"""What an audio file says about itself, checked against the bytes that are there.

libsndfile reads a WAV file that was cut short without a word, so its chunks are walked here; FLAC's header is read too,
since that needs no numpy and the dashboard looks at corpora. The rest is asked of libsndfile. The dashboard writes the
header of a wav for players, too.
"""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.errors import InputError, cannot_read
from engine.i18n import _

# writers to a pipe cannot know the length and put this, or more, there; the data then ends with the file
_UNKNOWN_LENGTH = 0x7FF00000
_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_SUBTYPES = {
    (_PCM, 8): "PCM_U8",
    (_PCM, 16): "PCM_16",
    (_PCM, 24): "PCM_24",
    (_PCM, 32): "PCM_32",
    (_FLOAT, 32): "FLOAT",
    (_FLOAT, 64): "DOUBLE",
    (_A_LAW, 8): "ALAW",
    (_MU_LAW, 8): "ULAW",
}
LONGEST_DATA_BYTES = 0xFFFFFFFF - 44  # of samples in a wav
_MOST_CHUNKS = 4096  # a damaged file may hold millions of empty ones
_OGG_TAIL_BYTES = 1 << 16  # no page is longer
_OGG_END_OF_STREAM = 4


@dataclass(frozen=True, slots=True)
class ClipHeader:
    """Rate in Hz, channels, length in frames (one sample of each channel), and libsndfile's name of the coding."""

    rate: int
    channels: int
    frames: int
    subtype: str

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate


def header(path: str | Path) -> ClipHeader:
    """The header of a recording, of any of the kinds in `recordings.SUFFIXES`.

    Raises:
        InputError: no such file, none at all but a pipe or a folder, no audio, or fewer bytes than the header promises.
    """
    path = Path(path)
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputError(_("is not a file"), path=path)
            magic = file.read(12)
            file.seek(0, 2)
            size = file.tell()
            if size == 0:
                raise InputError(_("is an empty file"), path=path)
            found = None
            if magic[:4] == b"RIFF" and magic[8:] == b"WAVE":
                found = _wav(file, path, size)
            elif magic[:4] == b"fLaC":
                found = _flac(file)
            elif magic[:4] == b"OggS":
                _check_ogg_end(file, path, size)
    except FileNotFoundError:
        raise InputError(_("no such file"), path=path) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        raise cannot_read(error, path) from None
    return found or _ask_libsndfile(path)


def _without_waiting(path: str, flags: int) -> int:
    """Open a pipe, too, without waiting for somebody who writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _wav(file: BinaryIO, path: Path, size: int) -> ClipHeader | None:
    """The header of plain samples; None for other codings, whose length in bytes is checked."""
    coding: tuple[int, int, int, int, int] | None = None
    position = 12
    for _unused in range(_MOST_CHUNKS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            break
        name, length = struct.unpack("<4sI", head)
        position += 8
        if name == b"fmt " and 16 <= length <= size - position:
            coding = _wav_coding(file.read(min(length, 40)))
        elif name == b"data":
            if coding is None:
                raise InputError(_("has no fmt chunk before its samples"), path=path)
            return _wav_header(coding, _true_length(length, size - position, coding[3] or 1, path))
        position += length + length % 2
    raise InputError(_("is cut short: there are no samples in it"), path=path)


def _true_length(promised: int, there: int, block: int, path: Path) -> int:
    """The length of the samples in bytes, from what the header promises and what is there."""
    if promised >= _UNKNOWN_LENGTH and there < promised:
        return there
    if promised > there:
        counts = f"{promised // block} samples, {max(0, there) // block} are there"
        raise InputError(_("is cut short: its header promises {counts}").format(counts=counts), path=path)
    if promised == 0 and there > 0:
        what = f"was never finished: its header promises no samples, {there // block} follow"
        raise InputError(what, path=path)
    return promised


def _wav_coding(fmt: bytes) -> tuple[int, int, int, int, int]:
    """Format tag, channels, rate, bytes of a frame, bits of a sample."""
    tag, channels, rate, _unused, block, bits = struct.unpack("<HHIIHH", fmt[:16])
    if tag == _EXTENSIBLE and len(fmt) >= 26:
        tag = struct.unpack("<H", fmt[24:26])[0]
    return tag, channels, rate, block, bits


def _wav_header(coding: tuple[int, int, int, int, int], data_bytes: int) -> ClipHeader | None:
    tag, channels, rate, block, bits = coding
    subtype = _SUBTYPES.get((tag, bits))
    if subtype is None or rate <= 0 or channels <= 0 or block * 8 != channels * bits:
        return None
    return ClipHeader(rate, channels, data_bytes // block, subtype)


def _flac(file: BinaryIO) -> ClipHeader | None:
    """STREAMINFO, the first metadata block: 20 bits rate, 3 channels - 1, 5 bits - 1, 36 length in frames."""
    file.seek(4)
    block = file.read(4 + 34)
    if len(block) < 38 or block[0] & 0x7F != 0:
        return None
    packed = int.from_bytes(block[14:22], "big")
    rate, channels = packed >> 44, (packed >> 41 & 7) + 1
    bits, frames = (packed >> 36 & 31) + 1, packed & (1 << 36) - 1
    if rate == 0 or frames == 0 or bits not in (8, 16, 24):
        return None
    return ClipHeader(rate, channels, frames, f"PCM_{bits}" if bits > 8 else "PCM_S8")


def _check_ogg_end(file: BinaryIO, path: Path, size: int) -> None:
    """The last page of a whole Ogg stream is marked as the last."""
    file.seek(max(0, size - _OGG_TAIL_BYTES))
    tail = file.read()
    start = tail.rfind(b"OggS")
    if start < 0 or len(tail) < start + 27 or not tail[start + 5] & _OGG_END_OF_STREAM:
        raise InputError(_("is cut short: the end of the stream is missing"), path=path)


def _ask_libsndfile(path: Path) -> ClipHeader:
    import soundfile

    try:
        info = soundfile.info(str(path))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise InputError(
            _("cannot be read as audio ({reason})").format(reason=reason(error)), path=path
        ) from None
    return ClipHeader(info.samplerate, info.channels, info.frames, info.subtype)


def reason(error: Exception) -> str:
    """libsndfile's own words, without the path and the prefixes around them."""
    text = str(getattr(error, "error_string", "") or error)
    if "possibly a pipe" in text:  # what it says of an mp3 without a single frame
        return "Format not recognised"
    return text.removeprefix("Error : ").removeprefix("Error ").rstrip(".").strip()


def riff_header(data_bytes: int, rate: int) -> bytes:
    """RIFF, size, WAVE; fmt of 16 bytes: PCM, 1 channel, rate, bytes a second, 2 bytes a frame, 16 bits; data."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + data_bytes, b"WAVE"),
        *(b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16),
        *(b"data", data_bytes),
    )


def endless_header(rate: int) -> bytes:
    """As `riff_header`, for a pipe whose samples end with it."""
    return riff_header(LONGEST_DATA_BYTES - 1, rate)
