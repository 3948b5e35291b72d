"""Discriminators of HiFi-GAN (arXiv 2010.05646, section 2.3): one on the wave, five on it folded by a period.

Axes: B batch, C channels, L samples, P period, S scores.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.model.time_convolution import convolve
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
            x = convolve(x, conv.kernel().squeeze(3), conv.bias, conv.stride[0], slope)
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
