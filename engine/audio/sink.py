"""Write sound while it is made: wav, flac, ogg or mp3 by the file's ending, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from engine.audio.header import endless_header, riff_header
from engine.audio.wav import to_pcm16, write_pcm16_blocks
from engine.errors import InputError, cannot_write
from engine.files.atomic import replacing
from engine.files.permissions import give_ordinary_mode
from engine.i18n import _

FORMATS = {".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS"), ".mp3": ("MP3", "MPEG_LAYER_III")}
ENDINGS = (".wav", *FORMATS)
_BLOCK = 1 << 15  # samples: libsndfile's encoders keep what they are given at once on their stack


def check_ending(path: Path) -> None:
    """Raises InputError: a file name whose ending no format here has."""
    if path.suffix.lower() not in ENDINGS:
        fix = _("choose a name that ends in {endings}").format(endings=", ".join(ENDINGS))
        raise InputError(_('cannot write "{suffix}" files').format(suffix=path.suffix), path=path, fix=fix)


def write(path: Path, blocks: Iterable[npt.NDArray[np.floating]], rate: int) -> int:
    """Write mono sound from pieces (L,) in [-1, 1]; returns the number of samples.

    Raises:
        InputError: an ending as `check_ending`, a folder that cannot be written to, or a full disk. What the iterable
            raises leaves no file behind.
    """
    check_ending(path)
    if path.suffix.lower() == ".wav":
        return write_pcm16_blocks(path, blocks, rate)[0]
    import soundfile

    format_, subtype = FORMATS[path.suffix.lower()]
    samples = 0
    try:
        with replacing(path) as file:
            give_ordinary_mode(file)
            with soundfile.SoundFile(file, "w", rate, 1, subtype, format=format_) as sound:
                for block_L in blocks:
                    pcm_L = to_pcm16(block_L)[0]
                    for begin in range(0, len(pcm_L), _BLOCK):
                        sound.write(pcm_L[begin : begin + _BLOCK])
                    samples += len(pcm_L)
    except (OSError, soundfile.SoundFileError) as error:
        raise cannot_write(error, path) from None
    return samples


def write_stream(
    out: BinaryIO, blocks: Iterable[npt.NDArray[np.floating]], rate: int, *, has_header: bool = True
) -> None:
    """Write pieces (L,) of mono sound to a pipe as they come: 16-bit samples, behind the header of an endless wav.

    Raises:
        BrokenPipeError: nobody listens any more.
    """
    if has_header:
        out.write(endless_header(rate))
    size = 0
    for block_L in blocks:
        size += out.write(to_pcm16(block_L)[0].tobytes())
        out.flush()
    if has_header and out.seekable():  # a file: now its length is known
        out.seek(0)
        out.write(riff_header(size, rate))
