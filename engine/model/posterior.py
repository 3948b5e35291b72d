"""Posterior encoder: the linear spectrogram to a sample of the latent (VITS, section 2.1.3).

Axes: B batch, C channels, F frames, G channels of the speaker's embedding.
"""

from __future__ import annotations

from torch import Tensor, nn

from engine.config import ModelConfig
from engine.model.wavenet import WaveNet


class PosteriorEncoder(nn.Module):
    """A WaveNet of 16 layers between two projections; kernel and depth are the family's, not the config's."""

    def __init__(self, n_spec_channels: int, model: ModelConfig) -> None:
        super().__init__()
        self.pre = nn.Conv1d(n_spec_channels, model.hidden_channels, 1)
        self.enc = WaveNet(model.hidden_channels, 5, 16, model.gin_channels)
        self.context_frames = self.enc.context_frames
        self.proj = nn.Conv1d(model.hidden_channels, 2 * model.inter_channels, 1)

    def forward(
        self, spec_BCF: Tensor, mask_B1F: Tensor, noise_BCF: Tensor, speaker_BG1: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Returns the sample z, its mean and its log deviation, (B, C, F) each, masked, in float32."""
        hidden = self.enc(self.pre(spec_BCF) * mask_B1F, mask_B1F, speaker_BG1)
        mean, logs = (self.proj(hidden) * mask_B1F).float().chunk(2, dim=1)
        return (mean + noise_BCF * logs.exp()) * mask_B1F, mean, logs
