"""Which recordings there are, and the pieces that each is sent in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from engine.audio.recordings import recordings_below
from engine.errors import InputError
from engine.files.atomic import stamp
from engine.transcribe.chunking import cut
from engine.transcribe.manifest import name_fault
from engine.transcribe.providers.base import Plan
from engine.transcribe.quote import Piece, Recording

Progress = Callable[[int, int, str], None]


def find(source: Path) -> list[Path]:
    """Every recording in a folder and below, by name; or the one file.

    Raises:
        InputError: no such folder, or no recordings in it.
    """
    return [source] if source.is_file() else recordings_below(source)


def survey(
    files: Sequence[tuple[str, Path]], plan: Plan, rate: int, on_progress: Progress | None = None
) -> list[Recording]:
    """Cut every file as it would be sent; what cannot be read is noted, not raised.

    Args:
        files: name in the manifest, and path.
    """
    recordings = []
    for number, (name, path) in enumerate(files, 1):
        recordings.append(_surveyed(name, path, plan, rate))
        if on_progress is not None:
            on_progress(number, len(files), name)
    return recordings


def _surveyed(name: str, path: Path, plan: Plan, rate: int) -> Recording:
    if fault := name_fault(name):
        return Recording(name, path, fault=fault)
    before, warnings = stamp(path), list[str]()
    try:
        pieces = tuple(
            Piece(piece.digest, piece.length_ms, "silent" if piece.is_silent else "send", piece.start_ms)
            for piece in cut(path, plan.longest_seconds, plan.largest_bytes, rate, told=warnings)
        )
    except InputError as error:
        return Recording(name, path, fault=error.of(path))
    return Recording(name, path, pieces, stamp=before, warnings=tuple(warnings))
