"""NCCL and Gloo: an all-reduce between processes of this machine, over loopback and nothing else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from engine.doctor.check import Result, check
from engine.doctor.fixes import HOSTS_FILE, REINSTALL, Facts
from engine.runs.processes import descendants

RANK_SECONDS = 45.0  # for each rank: start, load torch, connect, add up
_USE_GLOO = "vitsdeck train --backend gloo   (what --devices then uses)"


@check(
    "nccl", "A sum over the GPUs, one process for each: what several GPUs do at every step.", fix=_USE_GLOO
)
def check_nccl(_root: Path) -> Result:
    import torch

    count = torch.cuda.device_count()
    if not count:
        return Result("nccl", "not applicable", "no GPU here; several processes use gloo")
    return judge_sum("nccl", add_up("nccl", min(2, count)))  # NCCL refuses two ranks on one GPU


@check("gloo", "A sum over two processes: what they do at every step where there is no NCCL.", fix=HOSTS_FILE)
def check_gloo(_root: Path) -> Result:
    return judge_sum("gloo", add_up("gloo", 2))


def judge_sum(name: str, facts: Facts) -> Result:
    """The sum must be right; its time is shown."""
    who = "2 processes"
    if name == "nccl":
        alone = "1 GPU alone (NCCL wants a GPU for each process)"
        who = f"{facts['version']}: {'2 GPUs' if facts['world'] == 2 else alone}"
    if not facts["is_right"]:
        return Result(name, "fail", f"{who} added up wrong numbers", REINSTALL)
    return Result(name, "ok", f"{who} connected and added up in {facts['ms']} ms")


def add_up(backend: str, world: int) -> Facts:
    """Start `world` ranks and let them add up. Raises RuntimeError with what the first of them said."""
    with tempfile.TemporaryDirectory(prefix="vitsdeck-ranks-") as folder:
        ranks = [_start(backend, world, rank, Path(folder) / "store") for rank in range(world)]
        try:
            found = [_facts_of(rank) for rank in ranks]
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{world} ranks have not connected within {RANK_SECONDS:.0f} s") from None
        finally:
            for rank in ranks:
                descendants.end(rank)
                rank.stdout.close()  # type: ignore[union-attr]
                rank.stderr.close()  # type: ignore[union-attr]
    return found[0] | {"world": world, "is_right": all(one["is_right"] for one in found)}


def _start(backend: str, world: int, rank: int, store: Path) -> subprocess.Popen[str]:
    environment = dict(os.environ) | {"OMP_NUM_THREADS": "1", "TORCH_NCCL_ASYNC_ERROR_HANDLING": "1"}
    if interface := _loopback():
        environment |= {"GLOO_SOCKET_IFNAME": interface, "NCCL_SOCKET_IFNAME": interface}
    argv = [backend, str(world), str(rank), str(store), str(RANK_SECONDS / 2)]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.doctor.checks.rank", *argv],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )


def _loopback() -> str:
    """The name of the loopback interface; "" where it has no usual one."""
    names = [name for _, name in socket.if_nameindex()] if hasattr(socket, "if_nameindex") else []
    return next((name for name in ("lo", "lo0") if name in names), "")


def _facts_of(rank: subprocess.Popen[str]) -> Facts:
    out, err = rank.communicate(timeout=RANK_SECONDS)
    try:
        found: dict[str, Any] = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError):
        lines = [line.strip() for line in err.splitlines() if line.strip()] or [""]
        wrong = next((line for line in reversed(lines) if "Error" in line), lines[-1])
        first = wrong or f"a rank ended with code {rank.returncode}"
        raise RuntimeError(f"{first}\n{err[-4000:]}") from None
    return found
