"""Files of the user's own get the mode that any program would give them."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import BinaryIO

from engine.errors import cannot_write
from engine.files.atomic import replacing


@functools.cache
def ordinary_mode() -> int:
    """The mode of a plain `open()`, read once in a process."""
    # no call only reads the mask; files made between these two lines are private, never open
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def give_ordinary_mode(file: BinaryIO, like: Path | None = None) -> None:
    """Give an open file the mode of `like`, or of a plain `open()` where that is not there.

    For recordings and filelists, which a team may share: files of `engine.files.atomic` start as 0600.
    """
    if sys.platform != "win32":
        mode = like.stat().st_mode & 0o777 if like is not None and like.exists() else ordinary_mode()
        os.fchmod(file.fileno(), mode)


def write_own(path: Path, content: str | bytes) -> None:
    """Replace a file of the user's own as a whole; it keeps its mode, a new one gets that of a plain `open()`.

    Raises:
        InputError: it cannot be written.
    """
    try:
        with replacing(path) as file:
            give_ordinary_mode(file, path)
            file.write(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise cannot_write(error, path) from None
