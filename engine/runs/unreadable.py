"""Run folders that cannot be read: a list of runs that left them out without a word would hide a loss."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

# what only a run of ours has; any of them without a whole run.json means that something was lost
_TRACES = ("run.json", "state.json", "events.jsonl")
_LARGEST_JSON = 4 << 20  # bytes, as for readers of runs


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
    try:
        with (folder / "run.json").open("rb") as file:
            data = file.read(_LARGEST_JSON + 1)
    except OSError as error:
        return f"run.json cannot be read ({error.strerror})"
    try:
        whole = isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        whole = False
    return "" if whole else "run.json is damaged"
