"""Self-attention that knows how far apart two symbols stand, and the transformer built of it.

Relative positions within a small window (Shaw et al. 2018, arXiv 1803.02155, as VITS uses them).
Axes: B batch, C channels, H heads, N text positions, D channels of a head, R relative positions.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of (B, C, N), with the family's names `gamma` and `beta`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x_BCN: Tensor) -> Tensor:
        x_BNC = x_BCN.transpose(1, 2)
        return F.layer_norm(x_BNC, self.gamma.shape, self.gamma, self.beta, 1e-5).transpose(1, 2)


def band_to_square(band: Tensor) -> Tensor:
    """Lay each row's R values around the diagonal of an N x N matrix: (..., N, R) -> (..., N, N).

    Row i starts i places further right, which is what reading rows of N + R values as rows of N + R - 1 does:

        a b c . .        a b c .           window 1, N = 2: column 1 is the diagonal's first
        d e f . .   ->   . d e f
    """
    n, r = band.shape[-2:]
    flat = F.pad(band, (0, n)).flatten(-2)
    skewed = flat[..., : n * (n + r - 1)].view(*band.shape[:-2], n, n + r - 1)
    return skewed[..., r // 2 : r // 2 + n]


def square_to_band(square: Tensor, r: int) -> Tensor:
    """The inverse reading: the R values around the diagonal of each row, (..., N, N) -> (..., N, R)."""
    n = square.shape[-1]
    flat = F.pad(square, (r // 2, r // 2)).flatten(-2)
    return F.pad(flat, (0, n)).view(*square.shape[:-2], n, n + r)[..., :r]


class RelativeSelfAttention(nn.Module):
    """Multi-head self-attention with learned keys and values for the 2 `window` + 1 nearest positions."""

    def __init__(self, channels: int, n_heads: int, p_dropout: float, window: int = 4) -> None:
        super().__init__()
        self.n_heads = n_heads
        head = channels // n_heads
        self.scale = head**-0.5
        self.n_relative = 2 * window + 1
        self.conv_q = nn.Conv1d(channels, channels, 1)
        self.conv_k = nn.Conv1d(channels, channels, 1)
        self.conv_v = nn.Conv1d(channels, channels, 1)
        self.conv_o = nn.Conv1d(channels, channels, 1)
        self.emb_rel_k = nn.Parameter(torch.randn(1, self.n_relative, head) * head**-0.5)
        self.emb_rel_v = nn.Parameter(torch.randn(1, self.n_relative, head) * head**-0.5)
        self.drop = nn.Dropout(p_dropout)
        for conv in (self.conv_q, self.conv_k, self.conv_v):
            nn.init.xavier_uniform_(conv.weight)

    def forward(self, x_BCN: Tensor, hidden_B1NN: Tensor) -> Tensor:
        """`hidden_B1NN` is true where a pair of positions must not attend; returns (B, C, N)."""
        query, key, value = (self._heads(conv(x_BCN)) for conv in (self.conv_q, self.conv_k, self.conv_v))
        query = query * self.scale
        near_BHNR = query @ self.emb_rel_k.transpose(1, 2)
        scores = query @ key.transpose(2, 3) + band_to_square(near_BHNR)
        weights = self.drop(scores.masked_fill(hidden_B1NN, -1e4).softmax(-1))
        near_BHNR = square_to_band(weights, self.n_relative)
        mixed_BHND = weights @ value + near_BHNR @ self.emb_rel_v
        out: Tensor = self.conv_o(mixed_BHND.transpose(2, 3).flatten(1, 2))
        return out

    def _heads(self, x_BCN: Tensor) -> Tensor:
        return x_BCN.view(x_BCN.shape[0], self.n_heads, -1, x_BCN.shape[2]).transpose(2, 3)


class FeedForward(nn.Module):
    """Two convolutions with a ReLU between, on masked input; length is kept."""

    def __init__(self, channels: int, filter_channels: int, kernel_size: int, p_dropout: float) -> None:
        super().__init__()
        self.pad = ((kernel_size - 1) // 2, kernel_size // 2)
        self.conv_1 = nn.Conv1d(channels, filter_channels, kernel_size)
        self.conv_2 = nn.Conv1d(filter_channels, channels, kernel_size)
        self.drop = nn.Dropout(p_dropout)

    def forward(self, x_BCN: Tensor, mask_B1N: Tensor) -> Tensor:
        x = self.drop(torch.relu(self.conv_1(F.pad(x_BCN * mask_B1N, self.pad))))
        out: Tensor = self.conv_2(F.pad(x * mask_B1N, self.pad))
        return out * mask_B1N


class Transformer(nn.Module):
    """Attention and feed-forward layers, each added to its input and normalised afterwards."""

    def __init__(
        self,
        channels: int,
        filter_channels: int,
        *,
        n_heads: int,
        n_layers: int,
        kernel_size: int,
        p_dropout: float,
    ) -> None:
        super().__init__()
        self.drop = nn.Dropout(p_dropout)
        layers = range(n_layers)
        self.attn_layers = nn.ModuleList(RelativeSelfAttention(channels, n_heads, p_dropout) for _ in layers)
        self.norm_layers_1 = nn.ModuleList(ChannelNorm(channels) for _ in layers)
        self.ffn_layers = nn.ModuleList(
            FeedForward(channels, filter_channels, kernel_size, p_dropout) for _ in layers
        )
        self.norm_layers_2 = nn.ModuleList(ChannelNorm(channels) for _ in layers)

    def forward(self, x_BCN: Tensor, mask_B1N: Tensor) -> Tensor:
        hidden_B1NN = (mask_B1N.unsqueeze(2) * mask_B1N.unsqueeze(3)) == 0
        x = x_BCN * mask_B1N
        for attend, norm_1, feed, norm_2 in zip(
            self.attn_layers, self.norm_layers_1, self.ffn_layers, self.norm_layers_2, strict=True
        ):
            x = norm_1(x + self.drop(attend(x, hidden_B1NN)))
            x = norm_2(x + self.drop(feed(x, mask_B1N)))
        return x * mask_B1N
