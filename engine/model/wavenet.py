"""WaveNet: gated convolutions with residual and skip paths, given a speaker (van den Oord et al. 2016).

Axes: B batch, C channels, F frames, G channels of the speaker's embedding.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from engine.model.weight_norm import NormConv1d


def _gated(gates_BCF: Tensor) -> Tensor:
    """tanh(a) sigmoid(b), with a and b the halves of the channels."""
    if gates_BCF.requires_grad and gates_BCF.dtype.itemsize >= 4:
        kept: Tensor = _Gate.apply(gates_BCF)
        return kept
    signal, gate = gates_BCF.chunk(2, dim=1)
    return torch.tanh(signal) * torch.sigmoid(gate)


class _Gate(torch.autograd.Function):
    """The same with less kept for the gradient: the sigmoid, and the product, which the next layer keeps in any case.

    In half precision the tanh could not be found again from them.
    """

    @staticmethod
    def forward(ctx: Any, gates_BCF: Tensor) -> Tensor:
        signal, gate = gates_BCF.chunk(2, dim=1)
        open_BCF = torch.sigmoid(gate)
        out_BCF = torch.tanh(signal).mul_(open_BCF)
        ctx.save_for_backward(open_BCF, out_BCF)
        return out_BCF

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient_BCF: Tensor) -> Tensor:
        open_BCF, out_BCF = ctx.saved_tensors
        # sigmoid (1 - tanh^2), where a sigmoid of 0 has a product of 0
        of_signal = open_BCF - out_BCF.square().div_(open_BCF.clamp_min(torch.finfo(open_BCF.dtype).tiny))
        of_gate = (1 - open_BCF).mul_(out_BCF)
        return torch.cat([of_signal.mul_(gradient_BCF), of_gate.mul_(gradient_BCF)], dim=1)


class WaveNet(nn.Module):
    """`n_layers` gated layers of undilated convolutions; the sum of the skip paths is the output."""

    def __init__(self, channels: int, kernel_size: int, n_layers: int, gin_channels: int = 0) -> None:
        super().__init__()
        self.channels = channels
        self.context_frames = n_layers * (kernel_size // 2)  # frames before and behind one that decide on it
        self.in_layers = nn.ModuleList(
            NormConv1d(channels, 2 * channels, kernel_size, padding=kernel_size // 2) for _ in range(n_layers)
        )
        # the last layer has no residual path, hence half the channels
        widths = [2 * channels] * (n_layers - 1) + [channels]
        self.res_skip_layers = nn.ModuleList(NormConv1d(channels, width, 1) for width in widths)
        self.cond_layer = NormConv1d(gin_channels, 2 * channels * n_layers, 1) if gin_channels else None

    def forward(self, x_BCF: Tensor, mask_B1F: Tensor, speaker_BG1: Tensor | None = None) -> Tensor:
        """Returns (B, C, F), masked."""
        conditions = self._conditions(speaker_BG1)
        x, skipped = x_BCF, None
        for layer, res_skip, condition in zip(self.in_layers, self.res_skip_layers, conditions, strict=True):
            gates = layer(x)
            if condition is not None:
                gates = gates + condition
            out = res_skip(_gated(gates))
            if out.shape[1] > self.channels:
                residual, out = out.chunk(2, dim=1)
                x = (x + residual) * mask_B1F
            skipped = out if skipped is None else skipped + out
        assert skipped is not None  # noqa: S101  a network has at least one layer
        out_BCF: Tensor = skipped * mask_B1F
        return out_BCF

    def _conditions(self, speaker_BG1: Tensor | None) -> list[Tensor] | list[None]:
        if self.cond_layer is None or speaker_BG1 is None:
            return [None] * len(self.in_layers)
        return list(self.cond_layer(speaker_BG1).split(2 * self.channels, dim=1))
