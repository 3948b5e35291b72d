"""Restore RNG and discriminators after a failed step.

The discriminators are updated before the generator's half of the step; if that half fails, the copy undoes this.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class RandomState:
    """Torch's generators, of the CPU and of one GPU, at one moment."""

    cpu: Tensor
    gpu: Tensor | None
    device: torch.device

    @classmethod
    def now(cls, device: torch.device) -> RandomState:
        """The present state, for `restore`."""
        gpu = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
        return cls(torch.get_rng_state(), gpu, device)

    def restore(self) -> None:
        """Set the generators back: the same numbers are drawn again."""
        torch.set_rng_state(self.cpu)
        if self.gpu is not None:
            torch.cuda.set_rng_state(self.gpu, self.device)


class DiscriminatorSnapshot:
    """Weights, buffers and optimiser of one module as they were, to the bit.

    Buffers change with every pass (spectral normalisation keeps its estimate there), the rest in the optimiser's step.
    On a GPU the copy of the rest lives from `take` to `drop` only, where the memory of the discriminators' pass
    is free; on a CPU its pages are kept, since asking the system for them anew costs more than copying.
    """

    def __init__(self, module: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.module = module
        self.optimizer = optimizer
        self._buffers: list[Tensor] = []
        self._kept: list[Tensor] = []
        self._count = 0  # how many of the live tensors are copied; 0: none
        self._had_state = False

    def begin(self) -> None:
        """Copy the buffers, at the start of a step."""
        self._buffers = [buffer.clone() for buffer in self.module.buffers()]

    @torch.no_grad()
    def take(self) -> None:
        """Copy weights and moments, before the optimiser changes them."""
        self._had_state = bool(self.optimizer.state)
        live = self._weights() + self._moments()
        self._kept += [torch.empty_like(tensor) for tensor in live[len(self._kept) :]]
        self._count = len(live)
        _copy(self._kept[: self._count], live)

    @torch.no_grad()
    def restore(self) -> None:
        """Write back what was copied since `begin`."""
        for buffer, before in zip(self.module.buffers(), self._buffers, strict=True):
            buffer.copy_(before)
        if not self._count:
            return
        live = self._weights()
        if self._had_state:
            live += self._moments()
        else:  # it was the optimiser's first step, which makes its moments
            self.optimizer.state.clear()
        _copy(live, self._kept[: self._count])
        self.drop()

    def drop(self) -> None:
        """Drop the copy, after the step."""
        self._count = 0
        if self._kept and self._kept[0].is_cuda:
            self._kept.clear()

    def _weights(self) -> list[Tensor]:
        return [parameter.data for parameter in self.module.parameters()]

    def _moments(self) -> list[Tensor]:
        """The optimiser's tensors, step counts among them, in the order of the parameters."""
        state = self.optimizer.state
        return [
            value
            for group in self.optimizer.param_groups
            for parameter in group["params"]
            for value in state.get(parameter, {}).values()
            if isinstance(value, Tensor)
        ]


def _copy(targets: list[Tensor], sources: list[Tensor]) -> None:
    """Each source into its target. Step counts lie on the CPU: among them a GPU would copy tensor by tensor."""
    for is_count in (False, True):
        pairs = [pair for pair in zip(targets, sources, strict=True) if (pair[1].dim() == 0) == is_count]
        if pairs:
            torch._foreach_copy_([target for target, _ in pairs], [source for _, source in pairs])
