"""How many frames a symbol lasts: the deterministic predictor and the stochastic one (VITS, section 2.2.2).

Both are called alike: `forward` gives each item's loss for known durations, `sample` log durations for a text. Both
see the text encoder's output detached: durations do not train the encoder.
Axes: B batch, C channels, N text positions, G channels of the speaker's embedding.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.model.attention import ChannelNorm
from engine.model.spline import inverse_spline, spline

LOG_2PI = math.log(2 * math.pi)


class DurationPredictor(nn.Module):
    """Two convolutions to the logarithm of each symbol's frames."""

    def __init__(
        self,
        channels: int,
        filter_channels: int = 256,
        kernel_size: int = 3,
        p_dropout: float = 0.5,
        gin_channels: int = 0,
    ) -> None:
        super().__init__()
        self.drop = nn.Dropout(p_dropout)
        self.conv_1 = nn.Conv1d(channels, filter_channels, kernel_size, padding=kernel_size // 2)
        self.norm_1 = ChannelNorm(filter_channels)
        self.conv_2 = nn.Conv1d(filter_channels, filter_channels, kernel_size, padding=kernel_size // 2)
        self.norm_2 = ChannelNorm(filter_channels)
        self.proj = nn.Conv1d(filter_channels, 1, 1)
        self.cond = nn.Conv1d(gin_channels, channels, 1) if gin_channels else None

    def forward(
        self,
        x_BCN: Tensor,
        mask_B1N: Tensor,
        frames_B1N: Tensor,
        noise_B2N: Tensor,
        speaker_BG1: Tensor | None = None,
    ) -> Tensor:
        """Squared error of the log frames, summed over each item (B,). The noise is not used."""
        wanted = torch.log(frames_B1N + 1e-6) * mask_B1N
        return (self.sample(x_BCN, mask_B1N, noise_B2N, speaker_BG1) - wanted).square().sum((1, 2))

    def sample(
        self, x_BCN: Tensor, mask_B1N: Tensor, noise_B2N: Tensor, speaker_BG1: Tensor | None = None
    ) -> Tensor:
        """Log frames (B, 1, N), masked. The noise is not used."""
        del noise_B2N
        x = x_BCN.detach()
        if self.cond is not None and speaker_BG1 is not None:
            x = x + self.cond(speaker_BG1.detach())
        x = self.drop(self.norm_1(torch.relu(self.conv_1(x * mask_B1N))))
        x = self.drop(self.norm_2(torch.relu(self.conv_2(x * mask_B1N))))
        out: Tensor = self.proj(x * mask_B1N) * mask_B1N
        return out.float()


class SeparableConvs(nn.Module):
    """Depth-separable convolutions whose dilation grows with the layer (the family's DDSConv)."""

    def __init__(self, channels: int, kernel_size: int, n_layers: int = 3, p_dropout: float = 0.0) -> None:
        super().__init__()
        self.drop = nn.Dropout(p_dropout)
        self.convs_sep = nn.ModuleList()
        for layer in range(n_layers):
            dilation = kernel_size**layer
            padding = (kernel_size - 1) * dilation // 2
            self.convs_sep.append(
                nn.Conv1d(
                    channels, channels, kernel_size, groups=channels, dilation=dilation, padding=padding
                )
            )
        self.convs_1x1 = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in range(n_layers))
        self.norms_1 = nn.ModuleList(ChannelNorm(channels) for _ in range(n_layers))
        self.norms_2 = nn.ModuleList(ChannelNorm(channels) for _ in range(n_layers))

    def forward(self, x_BCN: Tensor, mask_B1N: Tensor, given_BCN: Tensor | None = None) -> Tensor:
        x = x_BCN if given_BCN is None else x_BCN + given_BCN
        for separate, norm_1, mix, norm_2 in zip(
            self.convs_sep, self.norms_1, self.convs_1x1, self.norms_2, strict=True
        ):
            y = F.gelu(norm_1(separate(x * mask_B1N)))
            x = x + self.drop(F.gelu(norm_2(mix(y))))
        return x * mask_B1N


class Affine(nn.Module):
    """Scales and shifts each of two channels by learned numbers."""

    def __init__(self, channels: int = 2) -> None:
        super().__init__()
        self.m = nn.Parameter(torch.zeros(channels, 1))
        self.logs = nn.Parameter(torch.zeros(channels, 1))

    def forward(self, x_B2N: Tensor, mask_B1N: Tensor, given_BCN: Tensor) -> tuple[Tensor, Tensor]:
        """The value and the log determinant (B,)."""
        del given_BCN
        return (self.m + self.logs.exp() * x_B2N) * mask_B1N, (self.logs * mask_B1N).sum((1, 2))

    def inverse(self, x_B2N: Tensor, mask_B1N: Tensor, given_BCN: Tensor) -> Tensor:
        del given_BCN
        return (x_B2N - self.m) * torch.exp(-self.logs) * mask_B1N


class SwapChannels(nn.Module):
    """Exchanges the two channels. Its own inverse."""

    def forward(self, x_B2N: Tensor, mask_B1N: Tensor, given_BCN: Tensor) -> tuple[Tensor, Tensor]:
        del mask_B1N, given_BCN
        return x_B2N.flip(1), x_B2N.new_zeros(x_B2N.shape[0])

    def inverse(self, x_B2N: Tensor, mask_B1N: Tensor, given_BCN: Tensor) -> Tensor:
        del mask_B1N, given_BCN
        return x_B2N.flip(1)


class SplineCoupling(nn.Module):
    """Moves the second channel by a spline whose shape is a function of the first and of the text."""

    N_BINS = 10
    BOUND = 5.0

    def __init__(self, filter_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.scale = filter_channels**-0.5
        self.pre = nn.Conv1d(1, filter_channels, 1)
        self.convs = SeparableConvs(filter_channels, kernel_size)
        self.proj = nn.Conv1d(filter_channels, 3 * self.N_BINS - 1, 1)
        # equal bins at the start of training
        nn.init.zeros_(self.proj.weight)
        if self.proj.bias is not None:
            nn.init.zeros_(self.proj.bias)

    def _shape(self, first_B1N: Tensor, mask_B1N: Tensor, given_BCN: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = self.convs(self.pre(first_B1N), mask_B1N, given_BCN)
        numbers_B1NK = (self.proj(hidden) * mask_B1N).float().transpose(1, 2).unsqueeze(1)
        widths, heights, slopes = numbers_B1NK.split([self.N_BINS, self.N_BINS, self.N_BINS - 1], dim=-1)
        return widths * self.scale, heights * self.scale, slopes

    def forward(self, x_B2N: Tensor, mask_B1N: Tensor, given_BCN: Tensor) -> tuple[Tensor, Tensor]:
        """The value and the log determinant (B,)."""
        first, second = x_B2N.chunk(2, dim=1)
        second, log_slope = spline(second, *self._shape(first, mask_B1N, given_BCN), self.BOUND)
        return torch.cat([first, second], dim=1) * mask_B1N, (log_slope * mask_B1N).sum((1, 2))

    def inverse(self, x_B2N: Tensor, mask_B1N: Tensor, given_BCN: Tensor) -> Tensor:
        first, second = x_B2N.chunk(2, dim=1)
        second = inverse_spline(second, *self._shape(first, mask_B1N, given_BCN), self.BOUND)
        return torch.cat([first, second], dim=1) * mask_B1N


def _spline_flows(channels: int, kernel_size: int, n_flows: int) -> nn.ModuleList:
    flows = nn.ModuleList([Affine()])
    for _ in range(n_flows):
        flows.append(SplineCoupling(channels, kernel_size))
        flows.append(SwapChannels())
    return flows


class StochasticDurationPredictor(nn.Module):
    """A flow from noise to log frames, trained by a variational bound on the likelihood of frame counts.

    Its width is the text encoder's: the family overwrites the width that it is given.
    """

    def __init__(
        self,
        channels: int,
        kernel_size: int = 3,
        p_dropout: float = 0.5,
        n_flows: int = 4,
        gin_channels: int = 0,
    ) -> None:
        super().__init__()
        self.flows = _spline_flows(channels, kernel_size, n_flows)
        self.post_pre = nn.Conv1d(1, channels, 1)
        self.post_proj = nn.Conv1d(channels, channels, 1)
        self.post_convs = SeparableConvs(channels, kernel_size, p_dropout=p_dropout)
        self.post_flows = _spline_flows(channels, kernel_size, n_flows)
        self.pre = nn.Conv1d(channels, channels, 1)
        self.proj = nn.Conv1d(channels, channels, 1)
        self.convs = SeparableConvs(channels, kernel_size, p_dropout=p_dropout)
        self.cond = nn.Conv1d(gin_channels, channels, 1) if gin_channels else None

    def _given(self, x_BCN: Tensor, mask_B1N: Tensor, speaker_BG1: Tensor | None) -> Tensor:
        x = self.pre(x_BCN.detach())
        if self.cond is not None and speaker_BG1 is not None:
            x = x + self.cond(speaker_BG1.detach())
        out: Tensor = self.proj(self.convs(x, mask_B1N)) * mask_B1N
        return out

    def forward(
        self,
        x_BCN: Tensor,
        mask_B1N: Tensor,
        frames_B1N: Tensor,
        noise_B2N: Tensor,
        speaker_BG1: Tensor | None = None,
    ) -> Tensor:
        """Upper bound on the negative log likelihood of each item's frame counts (B,) (VITS, equation 8)."""
        given = self._given(x_BCN, mask_B1N, speaker_BG1)
        noise = noise_B2N * mask_B1N
        z, posterior_logdet = self._posterior(given, frames_B1N, noise, mask_B1N)
        log_q = -0.5 * ((LOG_2PI + noise.square()) * mask_B1N).sum((1, 2)) - posterior_logdet
        prior_logdet = torch.zeros_like(log_q)
        # dequantised counts u in (0, 1) below the frames; their logarithm is what the flow models
        share, second = z.chunk(2, dim=1)
        below = (frames_B1N - share.sigmoid() * mask_B1N) * mask_B1N
        log_below = below.clamp_min(1e-5).log() * mask_B1N
        prior_logdet = prior_logdet - log_below.sum((1, 2))
        log_q = log_q - ((F.logsigmoid(share) + F.logsigmoid(-share)) * mask_B1N).sum((1, 2))
        x = torch.cat([log_below, second], dim=1)
        for flow in self.flows:
            x, logdet = flow(x, mask_B1N, given)
            prior_logdet = prior_logdet + logdet
        nll = 0.5 * ((LOG_2PI + x.square()) * mask_B1N).sum((1, 2)) - prior_logdet
        return nll + log_q

    def _posterior(
        self, given_BCN: Tensor, frames_B1N: Tensor, noise_B2N: Tensor, mask_B1N: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Noise to the two variables added to the counts, and the log determinant (B,)."""
        hidden = self.post_convs(self.post_pre(frames_B1N), mask_B1N)
        given_both = given_BCN + self.post_proj(hidden) * mask_B1N
        z, total = noise_B2N, noise_B2N.new_zeros(noise_B2N.shape[0])
        for flow in self.post_flows:
            z, logdet = flow(z, mask_B1N, given_both)
            total = total + logdet
        return z, total

    def sample(
        self, x_BCN: Tensor, mask_B1N: Tensor, noise_B2N: Tensor, speaker_BG1: Tensor | None = None
    ) -> Tensor:
        """Log frames (B, 1, N) drawn by running the flow backwards from (already scaled) noise.

        The first coupling is left out, as the family does ("a useless vflow"): it changes only the other
        channel, which is dropped here.
        """
        given = self._given(x_BCN, mask_B1N, speaker_BG1)
        first, _, *rest = self.flows
        z = noise_B2N
        for flow in [*reversed(rest), first]:
            assert isinstance(flow, Affine | SplineCoupling | SwapChannels)  # noqa: S101  as they were built
            z = flow.inverse(z, mask_B1N, given)
        return z[:, :1].float()
