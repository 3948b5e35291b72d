"""Discriminators of HiFi-GAN (arXiv 2010.05646, section 2.3): one on the wave, five on it folded by a period.

Axes: B batch, C channels, L samples, P period, S scores. In the convolutions along time also T time, N items (batch
times period), O channels and S steps of the output, K taps.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from engine.model.weight_norm import NormConv1d, NormConv2d

SLOPE = 0.1
FAMILY_CHANNELS = 1024  # of the widest layers
PERIODS = (2, 3, 5, 7, 11)


def _spectral_conv1d(
    inputs: int, outputs: int, size: int, *, stride: int = 1, padding: int = 0, groups: int = 1
) -> nn.Module:
    # the older of torch's two, for the family's names weight_orig, weight_u and weight_v
    conv = nn.Conv1d(inputs, outputs, size, stride=stride, padding=padding, groups=groups)
    return nn.utils.spectral_norm(conv)


def _spectral_conv2d(
    inputs: int,
    outputs: int,
    size: tuple[int, int],
    *,
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
) -> nn.Module:
    return nn.utils.spectral_norm(nn.Conv2d(inputs, outputs, size, stride=stride, padding=padding))


class _Layers(nn.Module):
    """Convolutions with leaky ReLUs, every output kept as a feature map, and a last one to scores."""

    convs: nn.ModuleList
    conv_post: nn.Module

    def judge(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        maps = []
        for conv in self.convs:
            x = F.leaky_relu(conv(x), SLOPE, inplace=True)
            maps.append(x)
        x = self.conv_post(x)
        maps.append(x)
        return x.flatten(1), maps


class ScaleDiscriminator(_Layers):
    """Grouped, strided convolutions on the wave itself."""

    def __init__(self, use_spectral_norm: bool = False, channels: int = FAMILY_CHANNELS) -> None:
        super().__init__()
        conv: Callable[..., nn.Module] = _spectral_conv1d if use_spectral_norm else NormConv1d
        self.convs = nn.ModuleList(
            [
                conv(1, channels // 64, 15, padding=7),
                conv(channels // 64, channels // 16, 41, stride=4, groups=4, padding=20),
                conv(channels // 16, channels // 4, 41, stride=4, groups=16, padding=20),
                conv(channels // 4, channels, 41, stride=4, groups=64, padding=20),
                conv(channels, channels, 41, stride=4, groups=256, padding=20),
                conv(channels, channels, 5, padding=2),
            ]
        )
        self.conv_post = conv(channels, 1, 3, padding=1)

    def forward(self, wave_B1L: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scores (B, S) and feature maps."""
        return self.judge(wave_B1L)


class PeriodDiscriminator(_Layers):
    """Convolutions along every `period`-th sample, the same for each phase of the period."""

    def __init__(self, period: int, use_spectral_norm: bool = False, channels: int = FAMILY_CHANNELS) -> None:
        super().__init__()
        self.period = period
        self.is_weight_normed = not use_spectral_norm
        conv: Callable[..., nn.Module] = _spectral_conv2d if use_spectral_norm else NormConv2d
        widths = (1, channels // 32, channels // 8, channels // 2, channels)
        self.convs = nn.ModuleList(
            conv(inputs, outputs, (5, 1), stride=(3, 1), padding=(2, 0))
            for inputs, outputs in pairwise(widths)
        )
        self.convs.append(conv(channels, channels, (5, 1), padding=(2, 0)))
        self.conv_post = conv(channels, 1, (3, 1), padding=(1, 0))

    def forward(self, wave_B1L: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scores (B, S) and feature maps."""
        missing = -wave_B1L.shape[-1] % self.period
        wave = wave_B1L
        if missing:  # mirrored by hand: the gradient of torch's reflection is not reproducible on a GPU
            wave = torch.cat([wave, wave[:, :, -missing - 1 : -1].flip(2)], dim=2)
        folded_B1TP = wave.view(*wave.shape[:2], -1, self.period)
        if wave.device.type == "cpu" and self.is_weight_normed and not torch.is_autocast_enabled("cpu"):
            return self._judge_by_products(folded_B1TP)
        return self.judge(folded_B1TP)

    def _judge_by_products(self, folded_B1TP: Tensor) -> tuple[Tensor, list[Tensor]]:
        """As `judge`; the maps are views of tensors with the batch and the period behind the time."""
        x = folded_B1TP.permute(1, 2, 0, 3).flatten(2)
        items, maps = (len(folded_B1TP), self.period), []
        for conv in (*self.convs, self.conv_post):
            slope = 1.0 if conv is self.conv_post else SLOPE
            x = _convolve(x, conv.kernel().squeeze(3), conv.bias, conv.stride[0], slope)
            maps.append(x.view(*x.shape[:2], *items).permute(2, 0, 1, 3))
        return maps[-1].flatten(1), maps


class Discriminators(nn.Module):
    """All six. The training step works on each by itself, and freezes them while the generator learns from them.

    `channels` is the width of the widest layers, a multiple of 256 (the groups of the widest one). At 256 instead of
    the family's 1024 there are 3 million parameters instead of 47, which lets two processor cores train.
    """

    def __init__(self, use_spectral_norm: bool = False, channels: int = FAMILY_CHANNELS) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            [
                ScaleDiscriminator(use_spectral_norm, channels),
                *(PeriodDiscriminator(period, use_spectral_norm, channels) for period in PERIODS),
            ]
        )


def _convolve(x_CTN: Tensor, kernel_OCK: Tensor, bias_O: Tensor, stride: int, slope: float) -> Tensor:
    """Convolve along time, padded by half a kernel with zeros, then a leaky ReLU: (O, S, N), contiguous.

    A matrix product for each tap of the kernel. On a CPU torch's convolutions are far below that where they are
    strided, have few channels or a short period; docs/performance.md has the figures. With time before the items of a
    batch in memory, what a tap reads is a few long rows.

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
