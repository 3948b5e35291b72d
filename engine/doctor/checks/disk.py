"""Room for the next checkpoints, and locks, on the file system where runs are written."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from engine import workspace
from engine.doctor.check import Result, check
from engine.files import lock
from engine.i18n import plural
from engine.runs import disk_space, registry
from engine.runs.disk_space import Saves, size_text

_NO_SPACE = 1 << 30  # bytes; below this nothing should be started
_LARGEST_RUN = 5 * 10**9  # bytes; the saves of a run of the largest preset
_FREE_SOME = "vitsdeck runs   (delete runs that are no longer needed from the logs folder)"
_ELSEWHERE = "make a workspace on another disk: vitsdeck init DIR"


@check("disk", "Room for the next checkpoints: a run keeps its newest three and its best.", fix=_FREE_SOME)
def check_disk(root: Path) -> Result:
    folder = _logs(root)
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = disk_space.free_bytes(folder)
    except OSError as error:
        return Result("disk", "fail", f"{folder} cannot be written to ({error.strerror})", _ELSEWHERE)
    return judge_disk(folder, free, _runs(folder))


def _logs(root: Path) -> Path:
    """Where runs are written."""
    place = workspace.find(root)
    return place.logs_dir if place is not None and place.logs_dir.is_dir() else root


def _runs(logs: Path) -> list[Saves]:
    """Checkpoints of live runs, or else of the newest."""
    runs = [run for run in registry.list_runs(logs) if run.kind == "train"]
    saves = [disk_space.saves_of(run) for run in [run for run in runs if run.is_live] or runs[:1]]
    return [one for one in saves if one.bytes]


def judge_disk(folder: Path, free: int, runs: Sequence[Saves]) -> Result:
    """Room for the next checkpoints of these runs, or without any for a run of the largest preset. `free` in bytes."""
    needed, least, what = _LARGEST_RUN, _NO_SPACE, "a run of the largest preset takes"
    if runs:
        needed = sum(one.next_bytes for one in runs)
        least = max(_NO_SPACE, *(one.bytes for one in runs))
        what = f"the next saves of {', '.join(one.name for one in runs)} take"
    seen = f"{size_text(free)} free in {folder}; {what} {size_text(needed)}"
    details = "\n".join(
        f"run {one.name}: {plural('{n:,} save', '{n:,} saves', one.count)} of {size_text(one.bytes)}"
        for one in runs
    )
    if free >= needed:
        return Result("disk", "ok", seen, "", details)
    return Result("disk", "fail" if free < least else "warning", seen, _FREE_SOME, details)


@check("locks", "Locks keep two processes from writing one run.", failure="warning")
def check_locks(root: Path) -> Result:
    folder = _logs(root)
    try:
        has_locks = lock.works(folder)
    except OSError as error:
        return Result("locks", "warning", f"no file in {folder} can be locked ({error.strerror})", _ELSEWHERE)
    if not has_locks:
        return Result("locks", "warning", f"files in {folder} cannot be locked", _ELSEWHERE)
    return Result("locks", "ok", f"files in {folder} can be locked")
