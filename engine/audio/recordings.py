"""Which files are recordings, and where they lie below a folder. Standard library only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from engine.errors import InputError

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
# sound that people bring and libsndfile cannot read; named, so that nobody wonders where it went
OTHER_SOUND = (".m4a", ".aac", ".wma", ".opus", ".aiff", ".aif", ".mp4", ".webm", ".amr", ".caf")

RATES = (1000, 768_000)  # Hz; what lies outside is nobody's recording


def check_rate(rate: int) -> None:
    """Raise an InputError for a rate that no clip should be written at."""
    if not RATES[0] <= rate <= RATES[1]:
        why = "is not above 0" if rate <= 0 else f"is not from {RATES[0]:,} to {RATES[1]:,} samples a second"
        raise InputError(f"rate {rate} {why}", fix="22050 is usual")


def recordings_below(folder: str | Path, *, leave_out: str | Path | None = None) -> list[Path]:
    """Recordings in a folder and below, sorted; not hidden ones, nor those in the folder `leave_out`.

    Links to folders are followed once.

    Raises:
        InputError: no such folder, one that cannot be read, or no recordings in it.
    """
    if not Path(folder).is_dir():
        raise InputError("no such folder", path=folder)
    found = sorted(
        path for path in files_below(folder, leave_out=leave_out) if path.suffix.lower() in SUFFIXES
    )
    if not found:
        raise InputError("holds no wav, flac, ogg or mp3 file", path=folder)
    return found


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
        raise InputError(f"cannot be read ({error.strerror})", path=folder) from None
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(Path(entry.path), seen)
        elif entry.is_file():
            yield Path(entry.path)
