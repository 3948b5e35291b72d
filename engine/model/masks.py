"""Masks, segments and noise: small helpers on padded batches.

Axes: B batch, C channels, F frames, N text positions.
"""

from __future__ import annotations

import torch
from torch import Tensor


def length_mask(lengths_B: Tensor, size: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """1 where a position lies inside its item, else 0: (B, 1, size)."""
    positions = torch.arange(size, device=lengths_B.device)
    return (positions[None, None, :] < lengths_B[:, None, None]).to(dtype)


def draw_normal(shape: tuple[int, ...], like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Standard normal noise on `like`'s device, from `generator` (of any device) or else from torch's own."""
    device = like.device if generator is None else generator.device
    return torch.randn(shape, generator=generator, device=device, dtype=torch.float32).to(like.device)


def draw_starts(lengths_B: Tensor, segment: int, generator: torch.Generator | None = None) -> Tensor:
    """A uniformly drawn first position of a segment inside each item (B,); 0 where the item is shorter."""
    device = lengths_B.device if generator is None else generator.device
    uniform = torch.rand(lengths_B.shape, generator=generator, device=device).to(lengths_B.device)
    choices = (lengths_B - segment + 1).clamp_min(1)
    return torch.minimum((uniform * choices).long(), choices - 1)


def slice_segments(x_BCF: Tensor, starts_B: Tensor, size: int) -> Tensor:
    """`size` positions of the last axis from each item's own start: (B, C, size).

    Raises:
        ValueError: the batch is shorter than one segment.
    """
    if x_BCF.shape[-1] < size:
        raise ValueError(f"a segment of {size} does not fit into {x_BCF.shape[-1]} positions")
    positions = starts_B[:, None] + torch.arange(size, device=x_BCF.device)
    return x_BCF.gather(2, positions[:, None, :].expand(-1, x_BCF.shape[1], -1))
