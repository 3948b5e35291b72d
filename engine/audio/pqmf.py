"""Pseudo-quadrature mirror filters: a wave split into sub-bands at a lower rate and joined again.

Cosine-modulated filter bank (Nguyen 1994); taps, cutoff and window are the family's.
Axes: B batch, K sub-bands, L samples, T taps.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def _prototype(taps: int, cutoff: float, beta: float) -> Tensor:
    """Low-pass filter (taps + 1,): an ideal response cut by a Kaiser window. `cutoff` is a share of pi."""
    time = torch.arange(taps + 1, dtype=torch.float64) - taps / 2
    window = torch.kaiser_window(taps + 1, periodic=False, beta=beta, dtype=torch.float64)
    return cutoff * torch.sinc(cutoff * time) * window


class Pqmf(nn.Module):
    """Analysis and synthesis with fixed filters; buffers are not in the state dict.

    Both work in float32 whatever autocast says. Going down and up again costs one strided convolution each:
    the zeros of the textbook's up-sampling are never made.
    """

    analysis_filter: Tensor
    synthesis_filter: Tensor

    def __init__(self, subbands: int = 4, taps: int = 62, cutoff: float = 0.15, beta: float = 9.0) -> None:
        super().__init__()
        self.subbands = subbands
        self.taps = taps
        prototype = _prototype(taps, cutoff, beta)
        band = torch.arange(subbands, dtype=torch.float64)[:, None]
        # Half a sample off the prototype's middle, as in the family's bank, which its checkpoints were trained with.
        # It costs: analysis and synthesis together come out one sample late, with aliases at -16 dB.
        time = torch.arange(taps + 1, dtype=torch.float64) - (taps - 1) / 2
        angle = (2 * band + 1) * (math.pi / (2 * subbands)) * time
        shift = (1 - 2 * (band % 2)) * (
            math.pi / 4
        )  # neighbours a quarter period apart: their aliases cancel
        analysis = (2 * prototype * torch.cos(angle + shift)).float()
        synthesis = (2 * prototype * torch.cos(angle - shift)).float()
        self.register_buffer("analysis_filter", analysis[:, None], persistent=False)
        # a transposed convolution runs the kernel backwards; times K for the zeros that up-sampling put in
        self.register_buffer("synthesis_filter", synthesis.flip(1)[:, None] * subbands, persistent=False)

    def analysis(self, wave_B1L: Tensor) -> Tensor:
        """(B, 1, L) to (B, K, L / K)."""
        with torch.autocast(wave_B1L.device.type, enabled=False):
            return F.conv1d(
                wave_B1L.float(), self.analysis_filter, stride=self.subbands, padding=self.taps // 2
            )

    def synthesis(self, bands_BKL: Tensor) -> Tensor:
        """(B, K, L / K) to (B, 1, L)."""
        with torch.autocast(bands_BKL.device.type, enabled=False):
            return F.conv_transpose1d(
                bands_BKL.float(),
                self.synthesis_filter,
                stride=self.subbands,
                padding=self.taps // 2,
                output_padding=self.subbands - 1,
            )
