"""A step's batch in parts: pieces of a batch that does not fit into memory, and the batches of several ranks.

Every term of the loss is a mean over something: items, text positions, frames. A part's
mean times the part's share of that something adds up to the mean over the whole, and so do the gradients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from engine.dataset.loader.batch import Batch
from engine.train.ranks.collectives import Peers


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a batch, and which share of the whole step's items, text positions and frames they are.

    `first` is the first row in this process's batch. Shares are None where the part is the whole step: then nothing
    is weighted, and the step is bit-equal to one without parts.
    """

    batch: Batch
    first: int
    items: float | None = None
    text: float | None = None
    frames: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether no other part, of this or another rank, adds to the step."""
        return self.items is None


def split(batch: Batch, pieces: int, peers: Peers) -> list[Part]:
    """The batch in `pieces` parts of about as many rows (in one, if it is 1), weighted among all ranks."""
    pieces = min(pieces, len(batch))
    if pieces == 1 and peers.world == 1:
        return [Part(batch, 0)]
    edges = [len(batch) * number // pieces for number in range(pieces + 1)]
    cuts = [rows(batch, first, last) for first, last in pairwise(edges)]
    sums = [
        torch.stack(
            [torch.full_like(cut.x_lengths_B[0], len(cut)), cut.x_lengths_B.sum(), cut.spec_lengths_B.sum()]
        )
        for cut in cuts
    ]
    counts_P3 = torch.stack(sums).double()
    totals_3 = peers.total(counts_P3.sum(0))
    shares: list[list[float]] = (counts_P3 / totals_3).tolist()
    return [Part(cut, first, *share) for cut, first, share in zip(cuts, edges, shares, strict=False)]


def rows(batch: Batch, first: int, last: int) -> Batch:
    """Some rows of a batch, padded as before: what is drawn for them then has the shapes of the whole."""
    cut: dict[str, Any] = {}
    for field in fields(batch):
        value = getattr(batch, field.name)
        cut[field.name] = None if value is None else value[first:last]
    return Batch(**cut)


class DrawnForAll(TorchFunctionMode):
    """Draw dropout and noise for all rows of the batch and give each part its own rows.

    With the same seed, a step in pieces draws the same numbers as the whole step.
    """

    def __init__(self, size: int, part: Part) -> None:
        super().__init__()
        self.size = size
        self.first = part.first
        self.last = part.first + len(part.batch)

    def __torch_function__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func is F.dropout:
            return self._dropout(*args, **kwargs)
        if func in (torch.randn, torch.rand):
            (shape,) = args
            return func((self.size, *shape[1:]), **kwargs)[self.first : self.last]
        return func(*args, **kwargs)

    def _dropout(
        self, values: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
    ) -> Tensor:
        if p == 0 or not training:
            return F.dropout(values, p, training, inplace)
        # laid out in memory as the values are: the order in which a mask is drawn depends on it
        strides = values.stride()
        order = sorted(range(values.dim()), key=lambda axis: -strides[axis])
        sizes = [self.size if axis == 0 else values.shape[axis] for axis in order]
        ones = values.new_ones(sizes).permute([order.index(axis) for axis in range(values.dim())])
        return values * F.dropout(ones, p, training)[self.first : self.last]
