"""The ranks of one run, seen from inside one of them: what is summed, agreed on and waited for together.

One process alone never initialises a process group: it uses `ALONE`, whose every method hands back what it was given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor, nn


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

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by the sum over all ranks."""


ALONE = Peers()
