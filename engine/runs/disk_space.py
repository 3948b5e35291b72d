"""Whether the next checkpoints of runs fit on their disk.

A run keeps its newest checkpoints and the weights of its best one, and writes a new one before it deletes the oldest.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs.statefile import StateFile

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

KEPT = 3  # checkpoints of a run, the newest


def free_bytes(folder: str | Path) -> int:
    """What may still be written into a folder. Raises OSError where it is gone."""
    return shutil.disk_usage(folder).free


def save_sizes(folder: Path) -> list[int]:
    """Bytes of every complete checkpoint of a run, as its manifests say."""
    sizes = []
    for path in folder.glob("[0-9]*.manifest.json"):
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))["files"].values()
            sizes.append(sum(int(entry["bytes"]) for entry in entries))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return sizes


@dataclass(frozen=True, slots=True)
class Saves:
    """The checkpoints of a run: bytes of one, 0 where unknown, and how many there are."""

    name: str
    bytes: int
    count: int

    @property
    def next_bytes(self) -> int:
        """What is still missing of the kept checkpoints, one more, written before the oldest is deleted, and the best.

        The best file has a weight where a checkpoint has a weight and AdamW's two moments: at most a third.
        """
        return self.bytes * (max(0, KEPT - self.count) + 1) + self.bytes // 3


def saves_of(run: RunSnapshot) -> Saves:
    """What is known of a run's checkpoints: by their manifests, or by its trainer before the first one."""
    sizes = save_sizes(run.folder)
    expected = StateFile(run.folder).read().get("save_bytes")  # as the trainer expects
    return Saves(run.name, max(sizes, default=expected if type(expected) is int else 0), len(sizes))


def shortage(folder: Path, runs: Iterable[Saves]) -> str:
    """One sentence when the next saves do not fit on the disk of `folder`; "" when they do, or it is unknown."""
    known = [run for run in runs if run.bytes]
    needed = sum(run.next_bytes for run in known)
    try:
        free = free_bytes(folder)
    except OSError:
        return ""
    if free >= needed:
        return ""
    return _(
        "the next checkpoints of {names} need {needed} and {free} are free: "
        "training will pause when the disk is full"
    ).format(names=", ".join(run.name for run in known), needed=size_text(needed), free=size_text(free))


def size_text(number: float) -> str:
    """Bytes in text: `97 MB`, `7.2 GB`."""
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"
