"""Which clips share a batch: those of about the same length, in an order that is a function of seed and epoch alone.

Buckets are those of train.buckets (`limits`: the most frames of each), without it the family's: up to 300 frames, 400
and so on, as long as there are clips. What differs from the family is what happens to the rest of a bucket that fills
no batch: the family repeats its clips until it does (one clip of 11 s becomes a batch of
64 of itself, and a set smaller than its buckets divides by zero). Here the rests of all buckets are put together,
shortest first, so that every clip comes once an epoch; only the last of these batches is filled up, with clips of its
neighbourhood. A set smaller than one batch is one batch.

Nothing has to be stored to resume: batch k of epoch e is `epoch_batches(..., e)[k]`, on any machine.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
# frames: the first bucket ends at 300, each that follows 100 later, as long as there are clips
FIRST, WIDTH = 300, 100


def bucket_of(frames: int, limits: Sequence[int] = ()) -> int:
    """The bucket of a clip, the shortest is 0; clips above the last limit share one more."""
    if limits:
        return bisect_left(limits, frames)
    return max(0, -(-(frames - FIRST) // WIDTH))


def bounds_of(bucket: int, limits: Sequence[int] = ()) -> tuple[int, int | None]:
    """The fewest and the most frames of a bucket's clips; None for the one above the last limit."""
    if limits:
        most_frames = [*limits, None]
        return 1 + (limits[bucket - 1] if bucket else 0), most_frames[bucket]
    most = FIRST + WIDTH * bucket
    return (most - WIDTH + 1 if bucket else 1), most


def steps_per_epoch(lengths: Sequence[int], batch_size: int, *, world: int = 1) -> int:
    """Batches of an epoch for each of `world` ranks: the same number in every epoch and with every seed."""
    return len(epoch_batches(lengths, batch_size, 0, 1, world=world))


def epoch_batches(
    lengths: Sequence[int],
    batch_size: int,
    seed: int,
    epoch: int,
    *,
    rank: int = 0,
    world: int = 1,
    limits: Sequence[int] = (),
) -> list[list[int]]:
    """The batches of one epoch, as indices into `lengths`.

    Args:
        lengths: frames of each clip.
        batch_size: clips in a batch of one process.
        rank, world: which of how many processes asks; all get as many batches, of the same sizes and buckets.
        limits: of the buckets.

    Raises:
        ValueError: a batch size, world or rank that cannot be.
    """
    if batch_size < 1 or world < 1 or not 0 <= rank < world:
        raise ValueError(f"batch_size {batch_size}, rank {rank} of {world}")
    if not lengths:
        return []
    dice = random.Random(f"{seed}/{epoch}")  # noqa: S311 - a text seed is hashed, so near epochs are not alike
    buckets: list[list[int]] = [[] for _ in range(1 + bucket_of(max(lengths), limits))]
    for index, frames in enumerate(lengths):
        buckets[bucket_of(frames, limits)].append(index)
    together = batch_size * world
    groups: list[list[int]] = []
    rests: list[int] = []
    for bucket in buckets:
        shuffled = _shuffled(bucket, dice)
        full = len(shuffled) // together * together
        groups += [shuffled[i : i + together] for i in range(0, full, together)]
        rests += shuffled[full:]
    groups += [rests[i : i + together] for i in range(0, len(rests), together)]
    if groups and len(groups[-1]) < together:
        all_clips = -(-len(lengths) // world) * world  # rounded up: every rank gets as many
        groups[-1] = _filled(groups[-1], lengths, min(together, all_clips), dice, limits)
    return [group[rank::world] for group in _shuffled(groups, dice)]


def _filled(
    group: list[int], lengths: Sequence[int], size: int, dice: random.Random, limits: Sequence[int]
) -> list[int]:
    """The group with other clips of about its length added, each once; its own again only when there are no others."""
    typical = sorted(lengths[i] for i in group)[len(group) // 2]
    inside = set(group)
    others = [i for i in range(len(lengths)) if i not in inside]
    near = sorted(others, key=lambda i: abs(bucket_of(lengths[i], limits) - bucket_of(typical, limits)))
    # twice as many candidates as places, so that it is not the same ones in every epoch
    places = size - len(group)
    filled = group + _shuffled(near[: 2 * places], dice)[:places]
    return filled + [group[i % len(group)] for i in range(size - len(filled))]


def _shuffled(items: Sequence[T], dice: random.Random) -> list[T]:
    """By drawn keys: `random.random` is promised to stay the same in later Pythons, `shuffle` is not."""
    keys = [dice.random() for _ in items]
    return [items[i] for i in sorted(range(len(items)), key=keys.__getitem__)]
