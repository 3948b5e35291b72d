"""The batch size of a new run: the preset's, lowered until it fits the clips and the GPU."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.config import Config
from engine.i18n import _
from engine.runs import gpus

if TYPE_CHECKING:
    from engine.dataset.prepared import PreparedClip

_PROBE_SECONDS = 300.0  # torch on a cold disk, and seven steps
Measure = Callable[[Config, Sequence["PreparedClip"], Sequence[int]], int | None]


def choose(
    config: Config, clips: Sequence[PreparedClip], devices: int = 1, measure: Measure | None = None
) -> tuple[int, str]:
    """The config's batch size, or the largest power of two below it that fits; never more than the config's.

    It is at most a quarter of the training clips (over all devices) and, on a GPU, fits 80% of its free memory.

    Args:
        measure: which of some sizes, the smallest first, fits the device; None measures on a GPU, if there is one.

    Returns:
        the size, and a sentence that says where it comes from.
    """
    wanted = config.train.batch_size
    size = within_clips(wanted, len(clips), devices)
    note = _("batch size {size}, as the preset says")
    if size != wanted and devices > 1:
        note = _(
            "batch size {size} instead of {wanted}: it must fit a quarter of {clips} clips on {devices} devices"
        )
    elif size != wanted:
        note = _("batch size {size} instead of {wanted}: it must fit a quarter of {clips} clips")
    measure = measure or (measured if gpus.are_usable() else None)
    if measure is not None:
        powers = [1 << n for n in range(size.bit_length()) if 1 << n < size]
        fitting = measure(config, clips, [*powers, size])
        if fitting is None:
            note = _("batch size {size}: what fits the GPU could not be measured")
        elif fitting < size:
            size = fitting
            note = _("batch size {size} instead of {wanted}: it must fit 80% of the GPU's free memory")
    return size, note.format(size=size, wanted=wanted, clips=len(clips), devices=devices)


def within_clips(wanted: int, clips: int, devices: int = 1) -> int:
    """`wanted` where it is within a quarter of the clips, else the largest power of two that is, 1 at least."""
    most = clips // (4 * max(1, devices))
    return wanted if wanted <= most else 1 << max(1, most).bit_length() - 1


def measured(
    config: Config, clips: Sequence[PreparedClip], sizes: Sequence[int], device: str = "cuda"
) -> int | None:
    """The largest of some sizes that fits, by one step of each in a child process; None when unknown."""
    question = {
        "config": config.to_json(),
        "device": device,
        "frames": max(clip.frames for clip in clips),
        "ids": max(len(clip.ids) for clip in clips),
        "sizes": list(sizes),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "engine.train.memory.batch_probe"],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=True,
        )
        return int(json.loads(done.stdout)["batch_size"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return None  # the training splits a batch that does not fit
