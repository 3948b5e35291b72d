"""Text encoder: symbols to the prior's mean and log deviation (VITS, section 2.1.2).

Axes: B batch, N text positions, C channels.
"""

from __future__ import annotations

import math

from torch import Tensor, nn

from engine.config import ModelConfig
from engine.model.attention import Transformer
from engine.model.masks import length_mask


class TextEncoder(nn.Module):
    """Embedding, transformer and a projection to the prior's statistics."""

    def __init__(self, n_symbols: int, model: ModelConfig) -> None:
        super().__init__()
        channels = model.hidden_channels
        self.scale = math.sqrt(channels)
        self.emb = nn.Embedding(n_symbols, channels)
        nn.init.normal_(self.emb.weight, 0.0, channels**-0.5)
        self.encoder = Transformer(
            channels,
            model.filter_channels,
            n_heads=model.n_heads,
            n_layers=model.n_layers,
            kernel_size=model.kernel_size,
            p_dropout=model.p_dropout,
        )
        self.proj = nn.Conv1d(channels, 2 * model.inter_channels, 1)

    def forward(self, x_BN: Tensor, lengths_B: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Ids and their counts to hidden, mean and log deviation (B, C, N each) and the mask (B, 1, N)."""
        embedded_BCN = (self.emb(x_BN) * self.scale).transpose(1, 2)
        mask_B1N = length_mask(lengths_B, x_BN.shape[1])
        hidden_BCN = self.encoder(embedded_BCN, mask_B1N)
        stats = (self.proj(hidden_BCN) * mask_B1N).float()
        mean_BCN, logs_BCN = stats.chunk(2, dim=1)
        return hidden_BCN, mean_BCN, logs_BCN, mask_B1N
