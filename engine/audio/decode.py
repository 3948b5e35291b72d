"""The samples of a file in pieces, with every check that libsndfile leaves out; used by `wav.Recording`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from engine.audio.header import ClipHeader, reason
from engine.errors import InputError
from engine.i18n import _

FloatArray = npt.NDArray[np.float32]
_BLOCK_SAMPLES = 1 << 17  # of all channels together
_LOUDEST = 1e6  # a float file may hold anything finite; its square must stay so
_EXACT_SUBTYPES = ("PCM", "FLOAT", "DOUBLE", "ALAW", "ULAW")
# codecs pad to whole blocks and their headers may count them or not
_LOSSY_SLACK_FRAMES = 4096


def decoded(path: Path, head: ClipHeader) -> Iterator[FloatArray]:
    """Samples (L, C); a PCM16 sample s is s / 32768.

    Raises:
        InputError: cut short, undecodable, without samples, or with samples that are not numbers.
    """
    count = 0
    try:
        with soundfile.SoundFile(str(path)) as file:
            # a damaged header may speak of a thousand channels
            block_frames = max(1, _BLOCK_SAMPLES // max(1, file.channels))
            while True:
                block_LC = file.read(block_frames, dtype="float32", always_2d=True)
                if len(block_LC) == 0:
                    break
                _check(block_LC, count, path)
                count += len(block_LC)
                yield block_LC
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise InputError(_("cannot be decoded ({reason})").format(reason=reason(error)), path=path) from None
    slack = 0 if head.subtype.startswith(_EXACT_SUBTYPES) else _LOSSY_SLACK_FRAMES
    if head.frames - count > slack:
        what = _("is cut short: its header promises {promised} samples, {found} are there")
        raise InputError(what.format(promised=head.frames, found=count), path=path)
    if count == 0:
        raise InputError(_("holds no samples"), path=path)


def _check(block_LC: FloatArray, before: int, path: Path) -> None:
    """Raise for samples that are not finite; clip those too large to be squared."""
    if np.abs(block_LC).max() <= _LOUDEST:  # false of nan, too
        return
    if not np.isfinite(block_LC).all():
        position = before + int(np.argwhere(~np.isfinite(block_LC))[0, 0])
        raise InputError(
            _("sample {position} is not a finite number").format(position=position),
            path=path,
            fix=_("export the clip again"),
        )
    np.clip(block_LC, -_LOUDEST, _LOUDEST, out=block_LC)
