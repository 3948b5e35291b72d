"""Magnitudes of short frames by a matrix product, for transforms whose size has large prime factors.

The sub-band loss takes transforms of 683 or 171 samples. A fast Fourier transform of such a size is slow, and most of
its input are the zeros around a window of 300 or 60 samples. A product with the window's rows of the transform takes a
third of the time. Its gradient is one more product; that of `torch.stft` transforms the mirrored half of each spectrum,
too.

Axes: B batch, L samples, W samples of the window, C bins (n_fft // 2 + 1), F frames.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


def stft_magnitudes(wave_BL: Tensor, n_fft: int, hop: int, window_W: Tensor, least: float) -> Tensor:
    """sqrt(max(re^2 + im^2, least)) of the frames that `torch.stft` takes (centred, mirrored at the ends): (B, F, C).

    Args:
        least: above 0, so that the gradient is finite at silence; there is none below.
    """
    size = window_W.shape[0]
    padded = F.pad(wave_BL, (n_fft // 2, n_fft // 2), mode="reflect")
    count = (padded.shape[1] - n_fft) // hop + 1
    first = (n_fft - size) // 2  # of the frame, where the window begins
    wave = padded[:, first : first + (count - 1) * hop + size]
    matrix = _transform(n_fft, size, wave_BL.device) * window_W[:, None]
    sizes: Tensor = _Magnitudes.apply(wave, matrix, hop, least)
    return sizes


@lru_cache(maxsize=16)
def _transform(n_fft: int, size: int, device: torch.device) -> Tensor:
    """Cosines and sines (W, 2 C); where the frame begins is left out, it turns phases alone."""
    with torch.inference_mode(False):
        steps = torch.arange(size)[:, None] * torch.arange(n_fft // 2 + 1) % n_fft
        angles = steps.double() * (2 * math.pi / n_fft)
        return torch.cat([angles.cos(), angles.sin()], dim=1).float().to(device)


class _Magnitudes(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, wave_BL: Tensor, matrix_WC: Tensor, hop: int, least: float) -> Tensor:
        parts = wave_BL.unfold(1, matrix_WC.shape[0], hop) @ matrix_WC  # (B, F, 2 C)
        re, im = parts.chunk(2, dim=2)
        size_BFC = (re * re).addcmul_(im, im).clamp_min_(least).sqrt_()
        ctx.save_for_backward(parts, size_BFC, matrix_WC)
        ctx.hop, ctx.least, ctx.samples = hop, least, wave_BL.shape[1]
        return size_BFC

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient_BFC: Tensor) -> tuple[Tensor | None, ...]:
        parts, size_BFC, matrix_WC = ctx.saved_tensors
        ratio = (gradient_BFC / size_BFC).masked_fill_(size_BFC <= math.sqrt(ctx.least), 0.0)
        frames = (parts.unflatten(2, (2, -1)) * ratio.unsqueeze(2)).flatten(2) @ matrix_WC.T
        columns = frames.transpose(1, 2)
        wave = F.fold(columns, (1, ctx.samples), (1, matrix_WC.shape[0]), stride=(1, ctx.hop))
        return wave[:, 0, 0], None, None, None
