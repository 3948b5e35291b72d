"""Give a trainer's memory back to the system (the trainer's side of `vitsdeck free-memory`)."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import sys
from collections.abc import Sequence

import torch

from engine.train.reporter import device_bytes

Freed = dict[str, int | str]
_M_ARENA_MAX = -8  # malloc.h of glibc


def release_memory(device: torch.device, rank: int) -> Freed:
    """Collect garbage and return caches: torch's on a GPU, the C library's on a CPU.

    Returns:
        `pid`, `rank`, `before_bytes` and `after_bytes` of `what`: memory "reserved" by torch on a GPU, the "resident"
        set of the process on a CPU. On a GPU also `allocated_before_bytes` and `allocated_after_bytes`, those of
        tensors that are alive, and `device_before_bytes` and `device_after_bytes`: what the driver says is in use
        there by all processes.
    """
    on_gpu, before = device.type == "cuda", _held(device)
    gc.collect()
    if on_gpu:
        torch.cuda.synchronize(device)
        torch.cuda.empty_cache()
    elif sys.platform.startswith("linux"):
        with contextlib.suppress(AttributeError):  # a C library other than glibc
            ctypes.CDLL(None).malloc_trim(0)
    found: Freed = {"pid": os.getpid(), "rank": rank, "what": "reserved" if on_gpu else "resident"}
    for kind, after in _held(device).items():
        found |= {f"{kind}before_bytes": before[kind], f"{kind}after_bytes": after}
    return found


def summed(processes: Sequence[Freed]) -> dict[str, object]:
    """The reply to `free_memory`: each process, and the sums over all of them."""
    sums = {key: sum(int(one[key]) for one in processes) for key in ("before_bytes", "after_bytes")}
    return {"processes": list(processes), **sums}


def _held(device: torch.device) -> dict[str, int]:
    held = {"": device_bytes(device)}
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        held |= {"allocated_": int(torch.cuda.memory_allocated(device)), "device_": int(total - free)}
    return held


def share_one_heap() -> None:
    """Let threads that start later allocate from the heap of the first, where the C library can (glibc: mallopt(3)).

    With a heap each, what one thread has freed is of no use to the others: a step on two cores takes a quarter more.
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(AttributeError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
