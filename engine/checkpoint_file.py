"""What kind of file a checkpoint is, told from its first and last bytes: no torch, so a command can refuse at once."""

from __future__ import annotations

import zipfile
from pathlib import Path

from engine.errors import InputError

_ZIP = b"PK\x03\x04"
# the pickled magic number of files from before torch 1.6
_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


def check_kind(path: Path) -> None:
    """Refuse what torch cannot have written; what it did write may still be damaged inside.

    Raises:
        InputError: missing, unreadable, another kind of file, or one whose end is missing.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(_LEGACY))
            is_whole_zip = head.startswith(_ZIP) and zipfile.is_zipfile(file)
    except zipfile.BadZipFile:
        is_whole_zip = False
    except FileNotFoundError:
        raise InputError("no such checkpoint", path=path) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None
    if is_whole_zip or head == _LEGACY:
        return
    if head.startswith(_ZIP):
        raise InputError(
            "cannot be read as a checkpoint (cut off or damaged)", path=path, fix="copy it again"
        )
    raise InputError("is not a checkpoint", path=path, fix="name a G_*.pth or D_*.pth of the family")
