"""Which files are recordings, and where they lie below a folder. Standard library only."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from engine.errors import InputError, cannot_read
from engine.i18n import _

# what libsndfile reads, and so every command here
SUFFIXES = (
    ".wav",
    ".flac",
    ".ogg",
    ".mp3",
    ".w64",
    ".rf64",
    ".au",
    ".snd",
    ".aiff",
    ".aif",
    ".caf",
    ".opus",
    ".oga",
)
# sound files that cannot be opened; they are named in a warning
OTHER_SOUND = (".m4a", ".aac", ".wma", ".mp4", ".mov", ".webm", ".amr", ".3gp")
KINDS = "wav, flac, ogg, mp3, w64, au, aiff, caf and opus are read"

LARGE_OFFSET = 0.05  # a constant offset, of full scale: more is a fault of the recorder
RATES = (1000, 768_000)  # Hz; a rate outside is a damaged header


def check_rate(rate: int) -> None:
    """Raise an InputError for a rate that no clip should be written at."""
    if not RATES[0] <= rate <= RATES[1]:
        what = _("rate {rate} is not from {least:,} to {most:,} samples a second")
        if rate <= 0:
            what = _("rate {rate} is not above 0")
        raise InputError(what.format(rate=rate, least=RATES[0], most=RATES[1]), fix=_("22050 is usual"))


def recordings_below(folder: str | Path, *, leave_out: str | Path | None = None) -> list[Path]:
    """Recordings in a folder and below, sorted; not hidden ones, nor those in the folder `leave_out`.

    Links to folders are followed once.

    Raises:
        InputError: no such folder, one that cannot be read, or no recordings in it.
    """
    if not Path(folder).is_dir():
        raise InputError(_("no such folder"), path=folder)
    files = files_below(folder, leave_out=leave_out)
    found = sorted(path for path in files if path.suffix.lower() in SUFFIXES)
    if not found:
        raise no_recording(folder)
    return found


def unread_below(folders: Iterable[str | Path], *, leave_out: str | Path | None = None) -> dict[str, int]:
    """How many files in these folders and below are sound that cannot be opened, by ending."""
    files = (
        path for each in folders if Path(each).is_dir() for path in files_below(each, leave_out=leave_out)
    )
    suffixes = (path.suffix.lower() for path in files)
    return dict(Counter(suffix for suffix in suffixes if suffix in OTHER_SOUND))


def passed_over(counts: Mapping[str, int]) -> str:
    """What `unread_below` found, as one sentence; "" for nothing."""
    named = ", ".join(f"{count:,} {suffix}" for suffix, count in sorted(counts.items()))
    text = _("passed over, since these cannot be opened: {files}; convert them to wav or flac first")
    return text.format(files=named) if named else ""


def no_recording(folder: str | Path) -> InputError:
    """The error for a folder without one."""
    return InputError(_("holds no recording"), path=folder, fix=KINDS)


def files_below(folder: str | Path, *, leave_out: str | Path | None = None) -> Iterator[Path]:
    """Files of any kind in a folder and below, in a fixed order; hidden ones and the folder `leave_out` are not.

    Raises:
        InputError: a folder that cannot be read.
    """
    seen = set() if leave_out is None else {os.path.realpath(leave_out)}
    yield from _walk(Path(folder), seen)


def _walk(folder: Path, seen: set[str]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise cannot_read(error, folder) from None
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(Path(entry.path), seen)
        elif entry.is_file():
            yield Path(entry.path)
