"""Run folders that cannot be read: a list of runs that left them out without a word would hide a loss."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from engine.runs.statefile import read_object

# what only a run of ours has; any of them without a whole run.json means that something was lost
_TRACES = ("run.json", "state.json", "events.jsonl")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A folder that was a run, and why it cannot be read as one."""

    name: str
    folder: Path
    why: str


def list_unreadable(logs_dir: str | Path) -> list[Unreadable]:
    """All of them below `logs_dir`, by name. Folders that never were runs are passed over."""
    try:
        names = sorted(name for name in os.listdir(logs_dir) if not name.startswith("."))  # noqa: PTH208
    except OSError:
        return []
    found = []
    for name in names:
        folder = Path(logs_dir) / name
        if why := _why(folder):
            found.append(Unreadable(name, folder, why))
    return found


def _why(folder: Path) -> str:
    """What is wrong with a run's folder; "" for a good one and for what is no run's folder."""
    try:
        entries = set(os.listdir(folder))  # noqa: PTH208 - names
    except NotADirectoryError:
        return ""
    except OSError as error:
        return f"the folder cannot be read ({error.strerror})"
    if not entries.intersection(_TRACES):
        return ""
    if "run.json" not in entries:
        return "run.json is missing"
    if read_object(folder / "run.json") is not None:
        return ""
    is_readable = os.access(folder / "run.json", os.R_OK)
    return "run.json is damaged" if is_readable else "run.json cannot be read: see whose it is"
