"""Flow between the posterior's latent and the prior's (VITS, section 2.1.2; Real NVP, arXiv 1605.08803).

Axes: B batch, C channels, F frames, G channels of the speaker's embedding.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.config import ModelConfig
from engine.model.wavenet import WaveNet


class MeanCoupling(nn.Module):
    """Shifts half of the channels by a function of the others; it keeps volume, so no log determinant."""

    def __init__(self, channels: int, hidden_channels: int, gin_channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.pre = nn.Conv1d(half, hidden_channels, 1)
        self.enc = WaveNet(hidden_channels, 5, 4, gin_channels)
        self.post = nn.Conv1d(hidden_channels, half, 1)
        # the identity at the start of training
        nn.init.zeros_(self.post.weight)
        if self.post.bias is not None:
            nn.init.zeros_(self.post.bias)

    def forward(
        self, x_BCF: Tensor, mask_B1F: Tensor, speaker_BG1: Tensor | None, *, inverse: bool = False
    ) -> Tensor:
        first, second = x_BCF.chunk(2, dim=1)
        hidden = self.enc(self.pre(first) * mask_B1F, mask_B1F, speaker_BG1)
        shift = self.post(hidden) * mask_B1F
        second = (second - shift) * mask_B1F if inverse else second * mask_B1F + shift
        return torch.cat([first, second], dim=1)


class Flip(nn.Module):
    """Reverses the channels, so that the next coupling moves the other half. Its own inverse."""

    def forward(
        self, x_BCF: Tensor, mask_B1F: Tensor, speaker_BG1: Tensor | None, *, inverse: bool = False
    ) -> Tensor:
        del mask_B1F, speaker_BG1, inverse
        return x_BCF.flip(1)


class Flow(nn.Module):
    """Four couplings (at even places of `flows`, as the family numbers them), each followed by a flip."""

    def __init__(self, model: ModelConfig, n_flows: int = 4) -> None:
        super().__init__()
        self.flows = nn.ModuleList()
        self.context_frames = 0  # frames before and behind one that decide on it, in either direction
        for _ in range(n_flows):
            coupling = MeanCoupling(model.inter_channels, model.hidden_channels, model.gin_channels)
            self.context_frames += coupling.enc.context_frames
            self.flows.append(coupling)
            self.flows.append(Flip())

    def forward(
        self, x_BCF: Tensor, mask_B1F: Tensor, speaker_BG1: Tensor | None = None, *, inverse: bool = False
    ) -> Tensor:
        """z to z_p, or back with `inverse`: (B, C, F)."""
        x = x_BCF
        for step in reversed(self.flows) if inverse else self.flows:
            x = step(x, mask_B1F, speaker_BG1, inverse=inverse)
        return x
