"""Which folders hold event files of TensorBoard, and what else of a training lies in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

EVENTS = "events.out.tfevents."
_PARTS = ("", "eval")  # the family writes what it validates into a folder of its own
_DEPTH = 4
_CHECKPOINT = re.compile(r"G_(\d+)\.pth")


def event_files(folder: Path) -> list[Path]:
    """The event files of one run, oldest first."""
    found: list[Path] = []
    for part in _PARTS:
        try:
            found += [
                each for each in (folder / part).iterdir() if each.name.startswith(EVENTS) and each.is_file()
            ]
        except OSError:
            continue
    return sorted(found, key=lambda path: (path.parent != folder, path.name))


def is_foreign(folder: Path) -> bool:
    """Whether other programs have trained here: event files, and no run.json of ours."""
    return not (folder / "run.json").exists() and bool(event_files(folder))


def runs_below(folder: Path) -> list[Path]:
    """Folders with event files: this one, or those below it."""
    if event_files(folder):
        return [folder]
    return sorted(_below(folder, _DEPTH))


def _below(folder: Path, depth: int) -> Iterator[Path]:
    try:
        inside = [each for each in folder.iterdir() if each.is_dir() and not each.is_symlink()]
    except OSError:
        return
    for each in inside:
        if event_files(each):
            yield each
        elif depth > 1:
            yield from _below(each, depth - 1)


def checkpoints(folder: Path) -> dict[int, Path]:
    """Step -> the generator's file, as the family names it."""
    found = ((_CHECKPOINT.fullmatch(path.name), path) for path in folder.glob("G_*.pth"))
    return {int(match[1]): path for match, path in found if match}
