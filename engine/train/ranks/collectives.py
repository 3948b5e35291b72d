"""Collectives used by the trainer; no-ops for one process, which never initialises a process group.

All ranks must call each method at the same place and in the same order. Numbers and JSON are sent, never pickles. The
order of a sum depends on the ranks alone, so that all of them get the same bits, also after a crash.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
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

    def copy_from(self, source: int, tensors: Iterable[Tensor]) -> None:
        """Overwrite each tensor with that of rank `source`; shapes and types are the same everywhere."""

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

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        _in_buckets(gradients, dist.all_reduce)

    def all_gather_object(self, value: Any) -> list[Any]:
        data = torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8)
        sizes = self._of_all(torch.tensor([len(data)], dtype=torch.int64))
        room = torch.zeros(max(int(size) for size in sizes), dtype=torch.uint8)
        room[: len(data)] = data
        found = self._of_all(room)
        return [json.loads(bytes(text[: int(size)].numpy())) for text, size in zip(found, sizes, strict=True)]

    def copy_from(self, source: int, tensors: Iterable[Tensor]) -> None:
        _in_buckets(tensors, lambda flat: dist.broadcast(flat.view(torch.uint8), source))

    def _of_all(self, mine: Tensor) -> list[Tensor]:
        found = [torch.empty_like(mine) for _ in range(self.world)]
        dist.all_gather(found, mine)
        return found


@torch.no_grad()
def _in_buckets(tensors: Iterable[Tensor], exchange: Callable[[Tensor], Any]) -> None:
    """Copy tensors into a few flat ones, let `exchange` change those in place, and copy back."""
    for bucket in _buckets(tensors):
        flat = torch.cat([tensor.reshape(-1) for tensor in bucket])
        exchange(flat)
        parts = torch.split(flat, [tensor.numel() for tensor in bucket])
        for tensor, part in zip(bucket, parts, strict=True):
            tensor.copy_(part.view(tensor.shape))


def _buckets(tensors: Iterable[Tensor]) -> Iterator[list[Tensor]]:
    """Neighbours of one type on one device, up to BUCKET_BYTES; cut the same way on every rank."""
    bucket: list[Tensor] = []
    size = 0
    for tensor in tensors:
        fits = bucket and (tensor.dtype, tensor.device) == (bucket[0].dtype, bucket[0].device)
        if bucket and not (fits and size + tensor.nbytes <= BUCKET_BYTES):
            yield bucket
            bucket, size = [], 0
        bucket.append(tensor)
        size += tensor.nbytes
    if bucket:
        yield bucket
