"""A step's batch in parts: pieces of a batch that does not fit into memory, and the batches of several ranks.

Every term of the loss is a mean over something: items, text positions, frames. A part's
mean times the part's share of that something adds up to the mean over the whole, and so do the gradients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import torch

from engine.dataset.loader.batch import Batch
from engine.train.ranks.collectives import Peers


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a batch, and which share of the whole step's items, text positions and frames they are.

    Shares are None where the part is the whole step: then nothing is weighted.
    """

    batch: Batch
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
        return [Part(batch)]
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
    return [Part(cut, *share) for cut, share in zip(cuts, shares, strict=True)]


def rows(batch: Batch, first: int, last: int) -> Batch:
    """Some rows of a batch, padded as before."""
    cut: dict[str, Any] = {name: tensor[first:last] for name, tensor in batch.tensors().items()}
    return replace(batch, names=batch.names[first:last], **cut)
