"""Names for spoken files; without numpy and torch, since the dashboard asks too."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

from engine.errors import InputError
from engine.i18n import _


def new_wav(folder: Path, stem: str) -> Path:
    """A file `STEM-DATE-TIME.wav` that does not exist yet in `folder`, which is made. Raises InputError: it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = _("cannot be made ({reason})").format(reason=error.strerror)
        fix = _("choose another file, or another folder in vitsdeck.toml")
        raise InputError(what, path=folder, fix=fix) from None
    start = f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (f"{start}-{number}" if number > 1 else start for number in count(1))
    return next(path for name in names if not (path := folder / f"{name}.wav").exists())
