"""Two processes that add up numbers: what the ranks of a training do at every step, over loopback and nothing else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from engine.runs import gpus
from engine.runs.processes import descendants

RANK_SECONDS = 45.0  # for both: start, load torch, meet, add up
_ROUNDS = 5


def look_at_gloo(root: Path) -> dict[str, Any]:  # noqa: ARG001 - every probe is given the folder
    return add_up("gloo", 2)


def look_at_nccl(root: Path) -> dict[str, Any]:  # noqa: ARG001
    """One process a GPU, two at most: NCCL refuses two on the same one."""
    count = min(len(gpus.poll()), _visible())
    return {"gpus": count} if not count else {"gpus": count, **add_up("nccl", min(2, count))}


def _visible() -> int:
    """How many GPUs CUDA_VISIBLE_DEVICES leaves; -1 ends its list."""
    words = os.environ.get("CUDA_VISIBLE_DEVICES")
    if words is None:
        return sys.maxsize
    names = [word.strip() for word in words.split(",")]
    return next((place for place, name in enumerate(names) if name in ("", "-1")), len(names))


def add_up(backend: str, world: int) -> dict[str, Any]:
    """Start `world` ranks and let them add up; their facts, or {"error"} with what the first of them said."""
    with tempfile.TemporaryDirectory(prefix="vitsdeck-ranks-") as folder:
        ranks = [_start(backend, world, rank, Path(folder) / "store") for rank in range(world)]
        said = []
        try:
            for process in ranks:
                out, err = process.communicate(timeout=RANK_SECONDS)
                said.append((process.returncode, out, err))
        except subprocess.TimeoutExpired:
            return {
                "error": f"{world} ranks have not met within {RANK_SECONDS:.0f} s",
                "interface": loopback(),
            }
        finally:
            for process in ranks:
                descendants.end(process)
    return _merged(said, world)


def _start(backend: str, world: int, rank: int, store: Path) -> subprocess.Popen[str]:
    environment = dict(os.environ) | {"OMP_NUM_THREADS": "1", "TORCH_NCCL_ASYNC_ERROR_HANDLING": "1"}
    if interface := loopback():
        environment |= {"GLOO_SOCKET_IFNAME": interface, "NCCL_SOCKET_IFNAME": interface}
    words = [backend, str(world), str(rank), str(store)]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.probe.ranks", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )


def loopback() -> str:
    """The name of the loopback interface; "" where it has no usual one."""
    names = [name for _, name in socket.if_nameindex()] if hasattr(socket, "if_nameindex") else []
    return next((name for name in ("lo", "lo0") if name in names), "")


def _merged(said: list[tuple[int, str, str]], world: int) -> dict[str, Any]:
    found = []
    for code, out, err in said:
        try:
            found.append(json.loads(out.splitlines()[-1]))
        except (ValueError, IndexError):
            lines = [line.strip() for line in err.splitlines() if line.strip()]
            wrong = next((line for line in reversed(lines) if "Error" in line), lines[-1] if lines else "")
            return {"error": wrong or f"a rank ended with code {code}", "story": err[-4000:]}
    return {
        "world": world,
        "is_right": all(one["is_right"] for one in found),
        "meet_ms": max(one["meet_ms"] for one in found),
        "megabyte_ms": max(one["megabyte_ms"] for one in found),
        "version": found[0]["version"],
        "listens": sorted({address for one in found for address in one["listens"]}),
    }


def _rank(backend: str, world: int, rank: int, store: str) -> dict[str, Any]:
    """One rank: a megabyte of whole numbers times rank + 1, whose sum is known."""
    import time
    from datetime import timedelta

    import torch
    import torch.distributed as dist

    device = torch.device("cuda", rank) if backend == "nccl" else torch.device("cpu")
    if backend == "nccl":
        torch.cuda.set_device(device)
    started = time.perf_counter()
    dist.init_process_group(
        backend,
        store=dist.FileStore(store, world),  # type: ignore[attr-defined,unused-ignore]
        rank=rank,
        world_size=world,
        timeout=timedelta(seconds=RANK_SECONDS / 2),
    )
    numbers = torch.arange(1 << 18, dtype=torch.float32, device=device)
    right = numbers * (world * (world + 1) // 2)
    is_right, best = True, float("inf")
    met = 0.0
    for _ in range(_ROUNDS):
        mine = numbers * (rank + 1)
        begun = time.perf_counter()
        dist.all_reduce(mine)
        is_right &= bool(torch.equal(mine, right))  # waits for the device
        best = min(best, time.perf_counter() - begun)
        met = met or time.perf_counter() - started
    version = str(torch.__version__)
    if backend == "nccl":
        version = ".".join(map(str, torch.cuda.nccl.version()))  # type: ignore[no-untyped-call,unused-ignore]
    facts = {
        "is_right": is_right,
        "meet_ms": round(met * 1000, 1),
        "megabyte_ms": round(best * 1000, 2),
        "version": version,
        "listens": _listens(),
    }
    dist.barrier()
    dist.destroy_process_group()
    return facts


def _listens() -> list[str]:
    """Addresses at which this process can be reached."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    try:
        connections = psutil.Process().net_connections(kind="inet")
    except psutil.Error:
        return []
    return [one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN]


if __name__ == "__main__":
    print(json.dumps(_rank(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))  # noqa: T201
