"""What `train` asks and refuses before it starts anything, with torch loaded only where a flag needs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tui.cli import here

if TYPE_CHECKING:
    from engine.config import Config

_PLENTY = (
    20 * 10**9
)  # bytes: the saves of four of the family's largest voices; with more, nothing is computed


def how_far(folder: Path, steps: int | None, epochs: int | None) -> int | None:
    """The limit that was typed; of a finished run without one a person is asked, with twice the last as default."""
    from engine.runs import resume

    limit = resume.finished_at(folder)
    if limit is None or steps is not None or epochs is not None or not here.is_terminal():
        return steps
    return int(
        typer.prompt(
            f"{folder.name} has finished at step {limit}; train to step", default=2 * limit, type=int
        )
    )


def check_devices(devices: int | None, backend: str | None) -> None:
    """Raises InputError: more devices than there are, or a backend that cannot be used here."""
    if devices in (None, 1) and backend is None:
        return
    import torch
    import torch.distributed as dist

    from engine.train.ranks import ranks

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    ranks.check_count(1 if devices is None else devices, gpus, ranks.cores())
    has_nccl = dist.is_available() and dist.is_nccl_available()
    ranks.backend_for(sys.platform, asked=backend, on_gpus=gpus > 0, has_nccl=has_nccl)


def shortage(folder: Path, config: Config | None) -> str:
    """A sentence when the next checkpoints of this run and of the live ones do not fit on the disk.

    Args:
        config: what a new run will train; None for the one that the run has.
    """
    from engine import config as configs
    from engine.runs import disk_space, registry

    logs = folder.parent
    place = logs if logs.is_dir() else logs.parent
    sizes = disk_space.save_sizes(folder)
    save = max(sizes, default=0)
    if not save and disk_space.free_bytes(place) < _PLENTY:
        from engine.doctor.checks.disk import save_bytes

        save = save_bytes(config or configs.load(folder / "config.json"))
    others = [disk_space.saves_of(run) for run in registry.list_runs(logs) if run.is_live]
    return disk_space.shortage(place, [disk_space.Saves(folder.name, save, len(sizes)), *others])


def check_weights(*paths: Path | None) -> None:
    """Raises InputError: a checkpoint to start from cannot be read, or holds NaN."""
    for path in paths:
        if path is not None:
            from engine.train.checkpoints import weights

            weights.check_finite(weights.model_of(weights.read_tree(path, mapped=True), path), path)
