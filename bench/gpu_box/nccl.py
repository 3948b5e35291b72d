"""Part `nccl`: one rank in a process group, as the trainer makes one on several GPUs."""

from __future__ import annotations

import os
import sys
from typing import Any

from bench.gpu_box.box import Box, symbols_of
from bench.gpu_box.machine import seconds_of


def nccl(box: Box) -> None:
    """Join, exchange JSON, sum a discriminator's gradients, and make a step that must equal one without a group."""
    import torch
    import torch.distributed as dist

    from engine.train.ranks.collectives import ALONE, Group
    from engine.train.ranks.ranks import backend_for, rank_environment
    from engine.train.state import new_state
    from engine.train.step import TrainingStep

    has_nccl = dist.is_available() and dist.is_nccl_available()
    backend = backend_for(sys.platform, asked=None, on_gpus=box.on_gpu, has_nccl=has_nccl)
    threads = torch.get_num_threads()
    os.environ.update(rank_environment(sys.platform, 0, 1, threads=threads))
    store = dist.FileStore(str(box.work / "store"), 1)
    name = "cpu:gloo,cuda:nccl" if backend == "nccl" else backend
    dist.init_process_group(name, store=store, rank=0, world_size=1)
    peers = Group(0, 1)
    try:
        box.row("backend", backend, "nccl on a GPU", box.met(backend == "nccl"))
        asked = {"text": "ä", "numbers": [1, 2.5]}
        answers = peers.all_gather_object(asked)
        box.row("JSON to all ranks and back", "equal", "equal", answers == [asked])
        preset, batch_size = box.cells()
        config = box.config(preset, batch_size, adversarial_start=0)
        batch = box.batch(config).to(box.torch_device())
        losses: list[dict[str, float]] = []
        for one in (ALONE, peers):
            state = new_state(config, symbols_of(config), box.torch_device())
            values: dict[str, Any] = TrainingStep(state, one)(batch)
            losses.append({tag: float(value) for tag, value in values.items()})
        apart = max(abs(losses[1][tag] - value) / max(abs(value), 1e-12) for tag, value in losses[0].items())
        box.row("losses apart from those without a group", f"{apart:.1e}", "1e-6", apart <= 1e-6)
        parameters = list(state.discriminators.parameters())
        for each in parameters:
            each.grad = torch.ones_like(each)
        size = sum(each.nbytes for each in parameters)
        seconds = seconds_of(box, lambda: peers.sum_gradients(parameters), 2 if box.quick else 10)
        right = all(bool((each.grad == 1).all()) for each in parameters)
        box.row(
            "sum of the discriminators' gradients",
            f"{1000 * seconds:.1f} ms for {size / 1e6:.0f} MB",
            "right",
            right,
        )
    finally:
        dist.destroy_process_group()
        (box.work / "store").unlink(missing_ok=True)
