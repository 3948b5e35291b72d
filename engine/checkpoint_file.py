"""Whether a file is a checkpoint, from its first and last bytes; without torch, so that a command refuses at once."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

from engine.errors import InputError, cannot_read
from engine.i18n import _

LARGEST_RATIO = 4  # torch does not compress: an archive that grows when read is a zip bomb
_ZIP = b"PK\x03\x04"
# the pickled magic number of files from before torch 1.6
_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


def check_kind(path: Path) -> None:
    """Refuse a file that torch cannot have written; one that it wrote may still be damaged inside.

    Raises:
        InputError: missing, unreadable, another kind of file, one whose end is missing, or an archive that unpacks
            to over 4 times its size.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(_LEGACY))
            unpacked = _unpacked_bytes(file) if head.startswith(_ZIP) else None
            size = file.seek(0, 2)
    except FileNotFoundError:
        raise InputError(_("no such checkpoint"), path=path) from None
    except OSError as error:
        raise cannot_read(error, path) from None
    if unpacked is not None and unpacked > LARGEST_RATIO * size:
        what = _("would unpack from {size:,} to {unpacked:,} bytes, which no checkpoint does")
        what = what.format(size=size, unpacked=unpacked)
        raise InputError(what, path=path, fix=_("get it from a source that you trust"))
    if unpacked is not None or head == _LEGACY:
        return
    if head.startswith(_ZIP):
        what = _("cannot be read as a checkpoint (cut off or damaged)")
        raise InputError(what, path=path, fix=_("copy it again"))
    raise InputError(_("is not a checkpoint"), path=path, fix=_("name a G_*.pth or D_*.pth of the family"))


def _unpacked_bytes(file: BinaryIO) -> int | None:
    """The unpacked size of an archive; None when its directory is damaged."""
    try:
        with zipfile.ZipFile(file) as archive:
            return sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, struct.error):
        return None
