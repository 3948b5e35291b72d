"""Room on the disk, and how much the next checkpoints of this workspace take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from engine import presets, workspace
from engine.config import Config
from engine.errors import InputError
from engine.runs import disk_space, registry
from engine.workspace import Workspace

_BYTES_A_PARAMETER = 12  # the weight and Adam's two moments, four bytes each


def look_at_disk(root: Path) -> dict[str, Any]:
    """Free bytes where runs are written, saves of runs that are live or newest, and what a run of each config takes."""
    place = workspace.find(root)
    folder = place.logs_dir if place is not None and place.logs_dir.is_dir() else root
    facts: dict[str, Any] = {
        "folder": str(folder),
        "free": disk_space.free_bytes(folder),
        "is_writable": os.access(folder, os.W_OK),
        "free_inodes": _free_inodes(folder),
        "runs": [],
        "configs": [],
    }
    if place is not None:
        facts["runs"] = _runs(place)
        facts["configs"] = _configs(place)
    return facts


def _free_inodes(folder: Path) -> int | None:
    """Files that can still be made; None where the file system does not count them."""
    if not hasattr(os, "statvfs"):
        return None
    about = os.statvfs(folder)
    return about.f_favail if about.f_files else None


def _runs(place: Workspace) -> list[dict[str, Any]]:
    """Live runs, or else the newest: bytes of its largest save, and how many saves there are."""
    runs = [run for run in registry.list_runs(place.logs_dir) if run.kind == "train"]
    chosen = [run for run in runs if run.is_live] or runs[:1]
    found = []
    for run in chosen:
        saves = disk_space.saves_of(run)
        if saves.bytes:
            found.append(
                {"name": run.name, "is_live": run.is_live, "bytes": saves.bytes, "saves": saves.count}
            )
    return found


def _configs(place: Workspace) -> list[dict[str, Any]]:
    """Each config that can be read, with the bytes of one save: its network is built without memory and counted."""
    found = []
    for path in place.configs()[:20]:
        try:
            size = save_bytes(presets.complete(place, path))
        except (InputError, ImportError, RuntimeError, ValueError):
            continue  # other commands say what is wrong with a config; this one asks for its size
        found.append({"name": path.stem, "bytes": size})
    return found


def save_bytes(settings: Config) -> int:
    """Bytes that one save of a config's voice takes: 12 for each parameter of voice and discriminators."""
    import torch

    from engine.model.discriminators import Discriminators
    from engine.model.voice import build_voice
    from engine.text.symbols import ENGLISH_178

    with torch.device("meta"):
        voice = build_voice(settings, len(settings.symbols or ENGLISH_178))
        judges = Discriminators(settings.model.use_spectral_norm, settings.model.discriminator_channels)
    return _BYTES_A_PARAMETER * sum(one.numel() for module in (voice, judges) for one in module.parameters())
