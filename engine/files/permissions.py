"""File modes: what is the user's own data gets the mode that any program would give it."""

from __future__ import annotations

import functools
import os
import sys
from typing import BinaryIO


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
