"""Room for the next checkpoints, and locks, on the file system where runs are written."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from engine import presets, workspace
from engine.config import Config
from engine.doctor.check import Result, Verdict, check, plural, size
from engine.errors import InputError
from engine.files import lock
from engine.runs import disk_space, registry
from engine.runs.disk_space import Saves
from engine.workspace import Workspace

_NO_SPACE = 1 << 30  # bytes; below this nothing should be started
_BYTES_A_PARAMETER = 12  # the weight and Adam's two moments, four bytes each
_FREE_SOME = "vitsdeck runs   (delete runs that are no longer needed from the logs folder)"
_ELSEWHERE = "make a workspace on another disk: vitsdeck init DIR"


@check("disk", "Room for the next checkpoints: a run keeps its newest three and its best.", fix=_FREE_SOME)
def check_disk(root: Path) -> Result:
    place, folder = workspace.find(root), _logs(root)
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = disk_space.free_bytes(folder)
    except OSError as error:
        return Result("disk", "fail", f"{folder} cannot be written to ({error.strerror})", _ELSEWHERE)
    runs, configs = (_runs(place), _configs(place)) if place else ([], [])
    return judge_disk(folder, free, runs, configs)


def _logs(root: Path) -> Path:
    """Where runs are written."""
    place = workspace.find(root)
    return place.logs_dir if place is not None and place.logs_dir.is_dir() else root


def _runs(place: Workspace) -> list[Saves]:
    """Checkpoints of live runs, or else of the newest."""
    runs = [run for run in registry.list_runs(place.logs_dir) if run.kind == "train"]
    saves = [disk_space.saves_of(run) for run in [run for run in runs if run.is_live] or runs[:1]]
    return [one for one in saves if one.bytes]


def _configs(place: Workspace) -> list[Saves]:
    """The same for a new run of each config that can be read."""
    found = []
    for path in place.configs()[:20]:
        try:
            found.append(Saves(path.stem, save_bytes(presets.complete(place, path)), 0))
        except (InputError, ImportError, RuntimeError, ValueError):
            continue  # other commands say what is wrong with a config; this one asks for its size
    return found


def save_bytes(settings: Config) -> int:
    """Bytes of one save of a config's voice: its network is built without memory, and its parameters counted."""
    import torch

    from engine.model.discriminators import Discriminators
    from engine.model.voice import build_voice
    from engine.text.symbols import ENGLISH_178

    with torch.device("meta"):
        voice = build_voice(settings, len(settings.symbols or ENGLISH_178))
        judges = Discriminators(settings.model.use_spectral_norm, settings.model.discriminator_channels)
    return _BYTES_A_PARAMETER * sum(one.numel() for module in (voice, judges) for one in module.parameters())


def judge_disk(folder: Path, free: int, runs: Sequence[Saves], configs: Sequence[Saves]) -> Result:
    """Room for the next checkpoints of live runs (or the newest one), else of a new run. `free` in bytes."""
    verdict, why = _judge_runs(free, runs) if runs else _judge_configs(free, configs)
    details = [f"run {one.name}: {plural(one.count, 'save')} of {size(one.bytes)}" for one in runs]
    details += [
        f"config {one.name}: {size(one.bytes)} a save, {size(one.next_bytes)} a run ({disk_space.KEPT} kept, "
        "1 being written)"
        for one in configs
    ]
    fix = "" if verdict == "ok" else _FREE_SOME
    return Result("disk", verdict, f"{size(free)} free in {folder}{why}", fix, "\n".join(details))


def _judge_runs(free: int, runs: Sequence[Saves]) -> tuple[Verdict, str]:
    most = sum(one.next_bytes for one in runs)
    single = max(one.bytes for one in runs)
    names = ", ".join(one.name for one in runs)
    why = f"; the next saves of {names} take {size(most)} ({size(single)} each)"
    return "fail" if free < max(single, _NO_SPACE) else "warning" if free < most else "ok", why


def _judge_configs(free: int, configs: Sequence[Saves]) -> tuple[Verdict, str]:
    too_large = [one.name for one in configs if free < one.next_bytes]
    if free < _NO_SPACE:
        return "fail", ", too little for the saves of one run"
    if too_large:
        return "ok" if len(too_large) < len(
            configs
        ) else "warning", f", too little for {', '.join(too_large)}"
    largest = max(configs, key=lambda one: one.bytes, default=None)
    if largest is None:
        return "ok", ""
    return "ok", f"; a run of {largest.name}, the largest, takes {size(largest.next_bytes)}"


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
