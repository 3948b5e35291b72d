"""Room on a disk: whether an error means that there is none, and whether the next checkpoints of runs fit.

A run keeps its newest checkpoints and its best one, and writes a new one before it deletes the oldest.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

KEPT = 4  # the newest three and the best: engine.train.checkpoint
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_full(error: BaseException) -> bool:
    """Whether an error means that the disk, or this user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def free_bytes(folder: str | Path) -> int:
    """What may still be written into a folder. Raises OSError where it is gone."""
    return shutil.disk_usage(folder).free


def save_sizes(folder: Path) -> list[int]:
    """Bytes of every complete checkpoint of a run, as its manifests say."""
    sizes = []
    for path in folder.glob("*.manifest.json"):
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))["files"].values()
            sizes.append(sum(int(entry["bytes"]) for entry in entries))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return sizes


def next_bytes(save: int, saves: int) -> int:
    """Bytes that a run still adds: what is missing of the kept saves, and one that is written before one is deleted.

    Args:
        save: bytes of one checkpoint.
        saves: checkpoints that there are already.
    """
    return save * (max(0, KEPT - saves) + 1)


def shortage(folder: Path, runs: Iterable[tuple[str, int, int]]) -> str:
    """One sentence when the next saves do not fit on the disk of `folder`; "" when they do, or nobody can tell.

    Args:
        runs: name, bytes of one checkpoint and checkpoints so far, of each run that goes on saving.
    """
    known = [(name, next_bytes(save, saves)) for name, save, saves in runs if save]
    needed = sum(size for _, size in known)
    try:
        free = free_bytes(folder)
    except OSError:
        return ""
    if free >= needed:
        return ""
    names = ", ".join(name for name, _ in known)
    return (
        f"the next checkpoints of {names} need {_size(needed)} and {_size(free)} are free: "
        "training will pause when the disk is full"
    )


def _size(number: int) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"
