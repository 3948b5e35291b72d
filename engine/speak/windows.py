"""A long signal through a network piece by piece, with the numbers that the whole would give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor


def in_windows(
    pieces: Iterable[Tensor],
    function: Callable[[Tensor], Tensor],
    context_frames: int,
    *,
    window_frames: int,
    samples_in: int = 1,
    samples_out: int = 1,
) -> Iterator[Tensor]:
    """Apply `function` along the last axis of a signal that comes in pieces of any length.

        | context | window | context |     what the function is given
                  | window |               what is taken of its answer

    Nothing is added at the ends: there the function sees the end of the signal, as it does in the whole.

    Args:
        context_frames: how far before and behind a frame the function looks.
        samples_in: numbers along the last axis of a frame that goes in; samples_out: of one that comes out.
    """
    held, before = None, 0  # `before`: frames at the front of what is held that have been answered
    for piece in pieces:
        held = piece if held is None else torch.cat([held, piece], dim=-1)
        while held.shape[-1] >= (before + window_frames + context_frames) * samples_in:
            done = before + window_frames
            answer = function(held[..., : (done + context_frames) * samples_in])
            yield answer[..., before * samples_out : done * samples_out]
            before = min(done, context_frames)
            held = held[..., (done - before) * samples_in :]
    if held is not None:
        yield function(held)[..., before * samples_out :]
