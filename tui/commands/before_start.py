"""What `train` asks and refuses before it starts anything, with torch loaded only where a flag needs it."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from tui.commands import here


def how_far(folder: Path, steps: int | None, epochs: int | None) -> int | None:
    """The limit that was typed; of a finished run without one a person is asked, with twice the last as default."""
    from engine.run import resume

    limit = resume.finished_at(folder)
    if limit is None or steps is not None or epochs is not None or not here.is_terminal():
        return steps
    return int(
        typer.prompt(
            f"{folder.name} has finished at step {limit}; go on to step", default=2 * limit, type=int
        )
    )


def check_devices(devices: int | None, backend: str | None) -> None:
    """Raises InputError: more devices than there are, or a backend that cannot be used here."""
    if devices in (None, 1) and backend is None:
        return
    import torch
    import torch.distributed as dist

    from engine.train import ranks

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    ranks.check_count(1 if devices is None else devices, gpus, ranks.cores())
    has_nccl = dist.is_available() and dist.is_nccl_available()
    ranks.backend_for(sys.platform, asked=backend, on_gpus=gpus > 0, has_nccl=has_nccl)


def check_weights(*paths: Path | None) -> None:
    """Raises InputError: a checkpoint to start from cannot be read, or holds NaN."""
    for path in paths:
        if path is not None:
            from engine.train import weights

            weights.check_finite(weights.model_of(weights.read_tree(path, mapped=True), path), path)
