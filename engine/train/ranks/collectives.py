"""The ranks of one run, seen from inside one of them: what is summed, agreed on and waited for together.

One process alone never initialises a process group: it uses `ALONE`, whose every method hands back what it was given.
Every method is one that all ranks must call at the same place and in the same order.

What travels is numbers and JSON, never pickles. Sums are taken in an order that the ranks alone decide, so all of
them get the same bits, and get them again when the same step is trained after a crash.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

BUCKET_BYTES = 32 << 20  # what is copied together: few calls, and never a second copy of all gradients


@dataclass(frozen=True)
class Peers:
    """Rank `rank` of `world`; this class itself is a world of one."""

    rank: int = 0
    world: int = 1

    @property
    def leads(self) -> bool:
        """Whether this rank writes the run folder."""
        return self.rank == 0

    def total(self, values: Tensor) -> Tensor:
        """The sum over all ranks, the same bits on each; any shape."""
        return values

    def any(self, flag: bool) -> bool:
        """Whether any rank says so. Every rank must ask at the same place."""
        return flag

    def union(self, bits: int) -> int:
        """The bits that any rank has set; at most 62 of them."""
        return bits

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by the sum over all ranks."""

    def gather(self, value: Any) -> list[Any]:
        """What each rank gave, by rank; anything that JSON can say."""
        return [value]

    def shared(self, value: Any, source: int = 0) -> Any:  # noqa: ARG002 - alone there is only oneself
        """What rank `source` gave; anything that JSON can say. The others' own value is not looked at."""
        return value

    def copy_from(self, source: int, tensors: Iterable[Tensor]) -> None:
        """Overwrite each tensor with that of rank `source`; shapes and types are the same everywhere."""

    def wait(self) -> None:
        """Wait until every rank has come here."""


ALONE = Peers()


@dataclass(frozen=True)
class Group(Peers):
    """Ranks of an initialised process group. Flags and JSON go over the processor: no device has to be waited for."""

    def total(self, values: Tensor) -> Tensor:
        summed = values.detach().clone()
        dist.all_reduce(summed)
        return summed

    def any(self, flag: bool) -> bool:
        return self.union(int(flag)) != 0

    def union(self, bits: int) -> int:
        held = torch.tensor([bits], dtype=torch.int64)
        dist.all_reduce(held, op=dist.ReduceOp.BOR)
        return int(held)

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        _together(gradients, dist.all_reduce)

    def gather(self, value: Any) -> list[Any]:
        data = _as_bytes(value)
        sizes = self._of_all(torch.tensor([len(data)], dtype=torch.int64))
        room = torch.zeros(max(int(size) for size in sizes), dtype=torch.uint8)
        room[: len(data)] = data
        found = self._of_all(room)
        return [_from_bytes(text[: int(size)]) for text, size in zip(found, sizes, strict=True)]

    def shared(self, value: Any, source: int = 0) -> Any:
        data = _as_bytes(value) if self.rank == source else torch.empty(0, dtype=torch.uint8)
        size = torch.tensor([len(data)], dtype=torch.int64)
        dist.broadcast(size, source)
        if self.rank != source:
            data = torch.empty(int(size), dtype=torch.uint8)
        dist.broadcast(data, source)
        return _from_bytes(data)

    def copy_from(self, source: int, tensors: Iterable[Tensor]) -> None:
        _together(tensors, lambda flat: dist.broadcast(flat.view(torch.uint8), source))

    def wait(self) -> None:
        self.union(0)

    def _of_all(self, mine: Tensor) -> list[Tensor]:
        found = [torch.empty_like(mine) for _ in range(self.world)]
        dist.all_gather(found, mine)
        return found


@torch.no_grad()
def _together(tensors: Iterable[Tensor], exchange: Callable[[Tensor], Any]) -> None:
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


def _as_bytes(value: Any) -> Tensor:
    return torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8)


def _from_bytes(data: Tensor) -> Any:
    return json.loads(bytes(data.numpy()))
