"""Files of the user's own get the mode that any program would give them."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import BinaryIO

from engine.errors import InputError
from engine.files.atomic import replacing
from engine.i18n import _


@functools.cache
def ordinary_mode() -> int:
    """The mode of a plain `open()`, read once in a process."""
    # there is no call that only reads it; files made between these two lines are private, never open
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def give_ordinary_mode(file: BinaryIO) -> None:
    """Give an open file the mode of a plain `open()`: for recordings and filelists, which a team may share.

    Files of `engine.files.atomic` start as 0600.
    """
    if sys.platform != "win32":
        os.fchmod(file.fileno(), ordinary_mode())


def write_own(path: Path, text: str) -> None:
    """Replace a file of the user's own as a whole, with the mode of a plain `open()`. Raises InputError."""
    try:
        with replacing(path) as file:
            give_ordinary_mode(file)
            file.write(text.encode())
    except OSError as error:
        raise InputError(
            _("cannot be written ({reason})").format(reason=error.strerror or error), path=path
        ) from None
