"""Which batch size fits a device: a dry run of each size, the smallest first.

`python -m engine.train.memory.batch_probe` reads JSON on stdin and answers on stdout. It is a child process, so
that the caller loads no torch and the GPU is free again afterwards. See `engine.batch_size`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace

import psutil  # type: ignore[import-untyped,unused-ignore]
import torch

from engine import config as configs
from engine.config import Config
from engine.dataset.loader.batch import Batch, collate
from engine.dataset.loader.dataset import Clip
from engine.text.symbols import ENGLISH_178
from engine.train.memory.free_memory import release_memory
from engine.train.reporter import device_bytes
from engine.train.state import new_state
from engine.train.step import TrainingStep

SHARE = 0.8  # of the free memory: the rest is for validation, other lengths and the driver


def largest_fit(
    config: Config, sizes: Sequence[int], device: torch.device, free_bytes: int, *, frames: int, ids: int
) -> int:
    """The largest of `sizes` (ascending) whose step takes no more than SHARE of the free memory; else the first.

    Args:
        frames, ids: of the longest clip; every clip of the batch is taken to be as long.
    """
    # compiling takes minutes and changes little
    config = replace(config, train=replace(config.train, compile=False))
    before = 0 if device.type == "cuda" else device_bytes(device)
    step = TrainingStep(new_state(config, len(config.symbols or ENGLISH_178), device))
    fitting = sizes[0]
    for size in sizes:
        if not step.fits(_batch(config, frames, ids, size).to(device)):
            break
        if _peak_bytes(device) - before > SHARE * free_bytes:
            break
        fitting = size
        release_memory(device, 0)
    return fitting


def _batch(config: Config, frames: int, ids: int, size: int) -> Batch:
    """Clips of noise: memory depends on lengths alone."""
    data = config.data
    speaker = 0 if data.n_speakers > 1 else None
    clip = Clip(
        torch.zeros(ids, dtype=torch.int64),
        0.1 * torch.randn(frames * data.hop_length),
        torch.rand(data.n_spec_channels, frames),
        speaker,
        "",
    )
    return collate([clip] * size)


def _peak_bytes(device: torch.device) -> int:
    """The most that torch held on a GPU; on a CPU, where only tests measure, what the process holds now."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_reserved(device))
    return device_bytes(device)


def _free_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def main() -> int:
    """Answer the question on stdin."""
    question = json.load(sys.stdin)
    device = torch.device(question["device"])
    config, free_bytes = configs.parse(question["config"]), _free_bytes(device)
    longest = {"frames": question["frames"], "ids": question["ids"]}
    size = largest_fit(config, question["sizes"], device, free_bytes, **longest)
    print(json.dumps({"batch_size": size}))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
