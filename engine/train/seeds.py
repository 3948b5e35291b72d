"""Randomness as a function of (seed, step): a resumed run needs no random state on disk.

Every step seeds torch with `step_seed`; noise, dropout and segment starts of step k are the same however often the run
was interrupted. Ranks draw different noise for their different clips.
"""

from __future__ import annotations

import hashlib

import torch


def step_seed(seed: int, step: int, purpose: str = "train") -> int:
    """A 63-bit seed for one step and purpose; neighbouring steps share no structure."""
    digest = hashlib.blake2b(f"{seed}/{purpose}/{step}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def seed_step(seed: int, step: int, purpose: str = "train", rank: int = 0) -> None:
    """Seed torch's generators, those of the CPU and of every GPU, for this step of one rank."""
    torch.manual_seed(step_seed(seed, step, f"{purpose}/{rank}" if rank else purpose))
