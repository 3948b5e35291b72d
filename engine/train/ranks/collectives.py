"""Collectives used by the trainer; no-ops for one process, which never initialises a process group.

All ranks must call each method at the same place and in the same order. Numbers, JSON and bytes are sent, never pickled
objects. The order of a sum depends on the ranks alone, so that all of them get the same bits, also after a crash.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

BUCKET_BYTES = 32 << 20  # of tensors sent in one call: few calls, and never a second copy of all gradients


@dataclass(frozen=True)
class Peers:
    """Rank `rank` of `world`; this class itself is one process alone."""

    rank: int = 0
    world: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this rank writes the run folder."""
        return self.rank == 0

    def total(self, values: Tensor) -> Tensor:
        """The sum over all ranks, the same bits on each; any shape."""
        return values

    def any(self, flag: bool) -> bool:
        """Whether the flag is set on any rank."""
        return self.all_reduce_or(int(flag)) != 0

    def all_reduce_or(self, bits: int) -> int:
        """Bitwise OR over all ranks; at most 62 bits."""
        return bits

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by the sum over all ranks."""

    def all_gather_object(self, value: Any) -> list[Any]:
        """The values of all ranks, by rank; anything that JSON can hold."""
        return [value]

    def broadcast(self, data: bytes, source: int) -> bytes:  # noqa: ARG002
        """The bytes of rank `source`; those of the others are not looked at."""
        return data

    def wait(self) -> None:
        """Barrier: wait until every rank has called it."""
        self.all_reduce_or(0)


ALONE = Peers()


@dataclass(frozen=True)
class Group(Peers):
    """Ranks of an initialised process group. Flags and JSON are CPU tensors: no device has to be waited for."""

    def total(self, values: Tensor) -> Tensor:
        summed = values.detach().clone()
        dist.all_reduce(summed)
        return summed

    def all_reduce_or(self, bits: int) -> int:
        held = torch.tensor([bits], dtype=torch.int64)
        dist.all_reduce(held, op=dist.ReduceOp.BOR)
        return int(held)

    @torch.no_grad()
    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        for bucket in _buckets(each.grad for each in parameters if each.grad is not None):
            flat = torch.cat([gradient.reshape(-1) for gradient in bucket])
            dist.all_reduce(flat)
            parts = torch.split(flat, [gradient.numel() for gradient in bucket])
            for gradient, part in zip(bucket, parts, strict=True):
                gradient.copy_(part.view(gradient.shape))

    def all_gather_object(self, value: Any) -> list[Any]:
        mine = json.dumps(value).encode()
        return [json.loads(self.broadcast(mine, rank)) for rank in range(self.world)]

    def broadcast(self, data: bytes, source: int) -> bytes:
        size = torch.tensor([len(data)])
        dist.broadcast(size, source)
        held = bytearray(data if self.rank == source else int(size))
        dist.broadcast(torch.frombuffer(held, dtype=torch.uint8), source)
        return bytes(held)


def _buckets(gradients: Iterable[Tensor]) -> Iterator[list[Tensor]]:
    """Neighbours of BUCKET_BYTES at most, or one that is larger; cut the same way on every rank."""
    bucket: list[Tensor] = []
    size = 0
    for gradient in gradients:
        if bucket and size + gradient.nbytes > BUCKET_BYTES:
            yield bucket
            bucket, size = [], 0
        bucket.append(gradient)
        size += gradient.nbytes
    if bucket:
        yield bucket
