"""One rank of an all-reduce: `python -m engine.doctor.checks.rank BACKEND WORLD RANK STORE SECONDS` prints JSON."""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist


def add_up(backend: str, world: int, rank: int, store: str, limit_s: float) -> dict[str, Any]:
    """A megabyte of whole numbers times rank + 1, whose sum is known."""
    device = torch.device("cpu")
    version = str(torch.__version__)
    if backend == "nccl":
        device = torch.device("cuda", rank)
        torch.cuda.set_device(device)
        version = ".".join(map(str, torch.cuda.nccl.version()))  # type: ignore[no-untyped-call,unused-ignore]
    started = time.perf_counter()
    dist.init_process_group(
        backend,
        store=dist.FileStore(store, world),  # type: ignore[attr-defined,unused-ignore]
        rank=rank,
        world_size=world,
        timeout=timedelta(seconds=limit_s),
    )
    numbers = torch.arange(1 << 18, dtype=torch.float32, device=device)
    right = numbers * (world * (world + 1) // 2)
    mine = numbers * (rank + 1)
    dist.all_reduce(mine)
    is_right = bool(torch.equal(mine, right))  # waits for the device
    facts = {"is_right": is_right, "ms": round((time.perf_counter() - started) * 1000), "version": version}
    dist.barrier()
    dist.destroy_process_group()
    return facts


if __name__ == "__main__":
    _backend, _world, _rank, _store, _limit_s = sys.argv[1:]
    print(json.dumps(add_up(_backend, int(_world), int(_rank), _store, float(_limit_s))))  # noqa: T201
