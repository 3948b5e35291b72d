"""A long signal through a network piece by piece, with the numbers that the whole would give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
LARGEST = 256  # frames of a growing window


def growing(first: int) -> Iterator[int]:
    """Sizes of windows that double up to 256: the first answer comes early, and what windows cost stays low."""
    size = first
    while True:
        yield size
        size = min(2 * size, LARGEST)


def in_windows(
    pieces: Iterable[Array],
    function: Callable[[Array], Array],
    context_frames: int,
    sizes: Iterator[int] | int,
    *,
    samples_in: int = 1,
    samples_out: int = 1,
) -> Iterator[Array]:
    """Apply `function` along the last axis of a signal that comes in pieces of any length.

        | context | window | context |     what the function is given
                  | window |               what is taken of its answer

    Nothing is added at the ends: there the function sees the end of the signal, as it does in the whole.

    Args:
        context_frames: how far before and behind a frame the function looks.
        sizes: frames of each window, or of all.
        samples_in: numbers along the last axis of a frame that goes in; samples_out: of one that comes out.
    """
    sizes = repeat(sizes) if isinstance(sizes, int) else sizes
    held, before = None, 0  # `before`: frames at the front of what is held that have been answered
    size = next(sizes)
    for piece in pieces:
        held = piece if held is None else np.concatenate([held, piece], axis=-1)
        while held.shape[-1] >= (before + size + context_frames) * samples_in:
            done = before + size
            answer = function(held[..., : (done + context_frames) * samples_in])
            yield answer[..., before * samples_out : done * samples_out]
            before, size = min(done, context_frames), next(sizes)
            held = held[..., (done - before) * samples_in :]
    if held is not None and held.shape[-1] > before * samples_in:
        yield function(held)[..., before * samples_out :]
