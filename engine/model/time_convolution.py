"""Convolution along time with a leaky ReLU, as a matrix product for each tap of the kernel: for a CPU.

torch's convolutions of the period discriminators are far below a matrix product where they are strided, have few
channels or a short period. With time before the items of a batch in memory, what a tap reads is a few long rows.
docs/performance.md has the figures.

Axes: C channels, T time, N items (batch times period), O channels of the output, S steps of the output, K taps.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


def convolve(x_CTN: Tensor, kernel_OCK: Tensor, bias_O: Tensor, stride: int, slope: float) -> Tensor:
    """Convolve along time, padded by half a kernel with zeros, then a leaky ReLU: (O, S, N), contiguous.

    Args:
        slope: of the leaky ReLU for negative values, above 0; 1.0 leaves them as they are.
    """
    out: Tensor = _Convolve.apply(x_CTN, kernel_OCK, bias_O, stride, slope)
    return out


class _Convolve(torch.autograd.Function):
    """Keeps its input and its output, as a convolution and an in-place ReLU do."""

    @staticmethod
    def forward(  # noqa: PLR0917  as autograd passes them
        ctx: Any, x_CTN: Tensor, kernel_OCK: Tensor, bias_O: Tensor, stride: int, slope: float
    ) -> Tensor:
        steps = (x_CTN.shape[1] - 1) // stride + 1
        out_OSN = bias_O[:, None, None].repeat(1, steps, x_CTN.shape[2])
        kernel_KOC = kernel_OCK.permute(2, 0, 1).contiguous()
        for tap_OC, inside, read in zip(
            kernel_KOC, *_reads(x_CTN, len(kernel_KOC), stride, steps), strict=True
        ):
            out_OSN[:, inside].flatten(1).addmm_(tap_OC, x_CTN[:, read].flatten(1))
        if slope != 1.0:
            F.leaky_relu(out_OSN, slope, inplace=True)
        ctx.save_for_backward(x_CTN, kernel_KOC, out_OSN)
        ctx.stride, ctx.slope = stride, slope
        return out_OSN

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient_OSN: Tensor) -> tuple[Tensor | None, ...]:
        x_CTN, kernel_KOC, out_OSN = ctx.saved_tensors
        gradient = gradient_OSN.contiguous()
        if ctx.slope != 1.0:  # the sign of the output is that of the input
            gradient = torch.ops.aten.leaky_relu_backward(gradient, out_OSN, ctx.slope, True)
        reads = list(zip(*_reads(x_CTN, len(kernel_KOC), ctx.stride, gradient.shape[1]), strict=True))
        of_x = of_kernel = of_bias = None
        if ctx.needs_input_grad[1]:
            of_kernel = torch.stack(
                [gradient[:, inside].flatten(1) @ x_CTN[:, read].flatten(1).t() for inside, read in reads],
                dim=2,
            )
            of_bias = gradient.sum((1, 2))
        if ctx.needs_input_grad[0]:
            of_x = torch.zeros_like(x_CTN)
            for tap_OC, (inside, read) in zip(kernel_KOC, reads, strict=True):
                of_x[:, read] += (tap_OC.t() @ gradient[:, inside].flatten(1)).unflatten(
                    1, (-1, x_CTN.shape[2])
                )
        return of_x, of_kernel, of_bias, None, None


def _reads(x_CTN: Tensor, taps: int, stride: int, steps: int) -> tuple[list[slice], list[slice]]:
    """For each tap the steps at which it reads the input, not the padding, and the times that it reads there."""
    insides, reads = [], []
    for tap in range(taps):
        shift = tap - taps // 2  # it reads time `step * stride + shift`
        first = max(0, -(shift // stride))
        count = max(0, min(steps - 1, (x_CTN.shape[1] - 1 - shift) // stride) + 1 - first)
        start = first * stride + shift
        insides.append(slice(first, first + count))
        reads.append(slice(start, start + count * stride, stride))
    return insides, reads
