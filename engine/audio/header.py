"""What an audio file says about itself, checked against the bytes that are there.

libsndfile reads a file that was cut short without a word, so the chunks of WAV, RF64, W64, AIFF, CAF and AU are walked
here; FLAC's header is read too, since that needs no numpy and the dashboard looks at corpora. The rest is asked of
libsndfile.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from engine.errors import InputError

# writers to a pipe cannot know the length and put one of these there; the data then ends with the file
_UNKNOWN_LENGTH, _UNKNOWN_LENGTH_64 = 0x7FF00000, 1 << 62
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
_MOST_CHUNKS = 4096  # a damaged file may hold millions of empty ones
_LEAST_STRAY_BYTES = 4096  # after the samples, in no chunk: less is padding or a tag


class _Form(NamedTuple):
    """How a file is made of chunks: where they begin, the bytes of a name, its size field, what that counts."""

    start: int
    name_bytes: int
    size: str
    own_bytes: int  # of name and size, where the size counts them in
    align: int
    samples: bytes


_RIFF = _Form(12, 4, "<I", 0, 2, b"data")
_FORMS = {
    b"RIFF": _RIFF,
    b"RF64": _RIFF,
    b"riff": _Form(40, 16, "<Q", 24, 8, b"data"),  # W64: names are GUIDs
    b"FORM": _Form(12, 4, ">I", 0, 2, b"SSND"),
    b"caff": _Form(8, 4, ">Q", 0, 1, b"data"),
}
_OGG_TAIL_BYTES = 1 << 16  # no page is longer
_OGG_END_OF_STREAM = 4


@dataclass(frozen=True, slots=True)
class ClipHeader:
    """Rate in Hz, channels, length in frames (one sample of each channel), and libsndfile's name of the coding.

    `stray_bytes`: how much follows the samples that the header does not speak of; 0 where it is less than a few.
    """

    rate: int
    channels: int
    frames: int
    subtype: str
    stray_bytes: int = 0

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
                raise InputError("is not a file", path=path)
            magic = file.read(24)
            file.seek(0, 2)
            size = file.tell()
            if size == 0:
                raise InputError("is an empty file", path=path)
            found = None
            form = _FORMS.get(magic[:4])
            if form is not None and (form.start != 12 or magic[8:12] in (b"WAVE", b"AIFF", b"AIFC")):
                found = _chunked(file, path, size, form)
            elif magic[:4] == b".snd" and len(magic) == 24:
                offset, promised = struct.unpack(">II", magic[4:12])
                _true_length(promised, size - offset, 0, _UNKNOWN_LENGTH, path)
            elif magic[:4] == b"fLaC":
                found = _flac(file)
            elif magic[:4] == b"OggS":
                _check_ogg_end(file, path, size)
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        why = getattr(error, "strerror", None) or error
        raise InputError(f"cannot be read ({why})", path=path) from None
    return found or _ask_libsndfile(path)


def _without_waiting(path: str, flags: int) -> int:
    """Open a pipe, too, without waiting for somebody who writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _chunked(file: BinaryIO, path: Path, size: int, form: _Form) -> ClipHeader | None:
    """The header of plain samples in a RIFF of some kind; None for other codings and kinds, whose length is checked."""
    coding: tuple[int, int, int, int, int] | None = None
    unknown = _UNKNOWN_LENGTH if struct.calcsize(form.size) == 4 else _UNKNOWN_LENGTH_64
    length_64: int | None = None
    for name, position, length in _chunks(file, size, form, form.start):
        if name == b"fmt " and 16 <= length <= size - position:
            file.seek(position)
            coding = _wav_coding(file.read(min(length, 40)))
        elif name == b"ds64" and 16 <= length <= size - position:
            file.seek(position + 8)
            length_64 = int.from_bytes(file.read(8), "little")
        elif name == form.samples:
            if coding is None and form.size[0] == "<":
                raise InputError("has no fmt chunk before its samples", path=path)
            block = coding[3] if coding else 0
            if length_64 is None:
                promised = _true_length(length, size - position, block, unknown, path)
            else:
                promised = _true_length(length_64, size - position, block, _UNKNOWN_LENGTH_64, path)
            return _wav_header(coding, promised, _stray(file, size, form, position + promised))
    raise InputError("is cut short: there are no samples in it", path=path)


def _chunks(file: BinaryIO, size: int, form: _Form, position: int) -> Iterator[tuple[bytes, int, int]]:
    """Name (4 bytes), where the content begins, and its length; the last may promise more than is there."""
    own = form.name_bytes + struct.calcsize(form.size)
    for _ in range(_MOST_CHUNKS):
        if position + own > size:
            return
        file.seek(position)
        head = file.read(own)
        (length,) = struct.unpack(form.size, head[form.name_bytes :])
        length = max(0, length - form.own_bytes)
        yield head[:4], position + own, length
        position += own + length + -(own + length) % form.align


def _stray(file: BinaryIO, size: int, form: _Form, end: int) -> int:
    """Bytes after the samples that belong to no chunk: a recorder that died wrote the header long before."""
    end += -(end - form.start) % form.align
    for name, position, length in _chunks(file, size, form, end):
        if not all(32 <= byte < 127 for byte in name) or position + length > size:
            break
        end = position + length + -(position + length - form.start) % form.align
    return size - end if size - end >= _LEAST_STRAY_BYTES else 0


def _true_length(promised: int, there: int, block: int, unknown: int, path: Path) -> int:
    """The length of the samples in bytes, from what the header promises and what is there."""
    if promised >= unknown and there < promised:
        promised = there
    if promised > there or (promised == 0 and there > 0):
        unit = "samples" if block else "bytes"
        counts = (promised // (block or 1), max(0, there) // (block or 1))
        what = f"is cut short: its header promises {counts[0]} {unit}, {counts[1]} are there"
        if promised == 0:
            what = f"was never finished: its header promises no samples, {counts[1]} follow"
        raise InputError(what, path=path)
    return promised


def _wav_coding(fmt: bytes) -> tuple[int, int, int, int, int]:
    """Format tag, channels, rate, bytes of a frame, bits of a sample."""
    tag, channels, rate, _, block, bits = struct.unpack("<HHIIHH", fmt[:16])
    if tag == _EXTENSIBLE and len(fmt) >= 26:
        tag = struct.unpack("<H", fmt[24:26])[0]
    return tag, channels, rate, block, bits


def _wav_header(
    coding: tuple[int, int, int, int, int] | None, promised: int, stray: int
) -> ClipHeader | None:
    if coding is None:
        return None
    tag, channels, rate, block, bits = coding
    subtype = _SUBTYPES.get((tag, bits))
    if subtype is None or rate <= 0 or channels <= 0 or block * 8 != channels * bits:
        return None
    return ClipHeader(rate, channels, promised // block, subtype, stray)


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
        raise InputError("is cut short: the end of the stream is missing", path=path)


def _ask_libsndfile(path: Path) -> ClipHeader:
    import soundfile

    try:
        info = soundfile.info(str(path))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise InputError(f"cannot be read as audio ({reason(error)})", path=path) from None
    return ClipHeader(info.samplerate, info.channels, info.frames, info.subtype)


def reason(error: Exception) -> str:
    """libsndfile's own words, without the path and the prefixes around them."""
    text = str(getattr(error, "error_string", "") or error)
    if "possibly a pipe" in text:  # what it says of an mp3 without a single frame
        return "Format not recognised"
    return text.removeprefix("Error : ").removeprefix("Error ").rstrip(".").strip()
