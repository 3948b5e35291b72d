"""A voice: the whole network, from text and recording to losses' inputs, and from text to a wave.

VITS (arXiv 2106.06103) with the decoders of MB-iSTFT-VITS (arXiv 2210.15975).

    recording -> enc_q -> z -> flow -> z_p  ~ aligned with ~  mean, deviation <- enc_p <- text
                          z -> dec -> wave                    durations       <- dp    <- enc_p
    speaking:  text -> enc_p, dp -> z_p -> flow backwards -> z -> dec -> wave

Axes: B batch, N text positions, F frames, C channels, K sub-bands, L samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.config import Config
from engine.model.alignment import maximum_path
from engine.model.decoders import build_decoder
from engine.model.duration import DurationPredictor, StochasticDurationPredictor
from engine.model.flow import Flow
from engine.model.masks import draw_normal, draw_starts, length_mask, slice_segments
from engine.model.posterior import PosteriorEncoder
from engine.model.text_encoder import TextEncoder
from engine.model.weight_norm import fold_all


@dataclass(frozen=True, slots=True)
class Noise:
    """Standard normal noise given from outside; whatever is None is drawn."""

    posterior_BCF: Tensor | None = None
    prior_BCF: Tensor | None = None
    duration_B2N: Tensor | None = None


@dataclass(frozen=True, slots=True)
class VoiceOutput:
    """What training needs of one pass. The segment's wave and bands; all else over the whole item.

    `m_p` and `logs_p` are the prior's statistics laid out along the path, (B, C, F) like `z` and `z_p`.
    `duration_loss_B` is divided by the batch's symbols: its sum is the loss. `starts_B` counts frames.
    """

    wave_B1L: Tensor
    bands_BKL: Tensor | None
    duration_loss_B: Tensor
    path_BFN: Tensor
    starts_B: Tensor
    x_mask: Tensor
    spec_mask: Tensor
    z: Tensor
    z_p: Tensor
    m_p: Tensor
    logs_p: Tensor
    m_q: Tensor
    logs_q: Tensor


@dataclass(frozen=True, slots=True)
class Inferred:
    """Spoken text: item b's wave ends at `frames_B[b]` times the hop; what follows is padding."""

    wave_B1L: Tensor
    frames_B: Tensor
    path_BFN: Tensor


class Voice(nn.Module):
    """The network of one config. Attributes have the family's names, so its checkpoints load as they are."""

    def __init__(self, config: Config, n_symbols: int) -> None:
        super().__init__()
        model, data = config.model, config.data
        self.segment_frames = config.train.segment_size // data.hop_length
        self.inter_channels = model.inter_channels
        gin = model.gin_channels
        self.enc_p = TextEncoder(n_symbols, model)
        self.dec = build_decoder(model)
        self.enc_q = PosteriorEncoder(data.n_spec_channels, model)
        self.flow = Flow(model)
        self.dp: DurationPredictor | StochasticDurationPredictor
        if model.use_sdp:
            self.dp = StochasticDurationPredictor(model.hidden_channels, gin_channels=gin)
        else:
            self.dp = DurationPredictor(model.hidden_channels, gin_channels=gin)
        self.emb_g = nn.Embedding(data.n_speakers, gin) if data.n_speakers > 1 else None

    def forward(
        self,
        x_BN: Tensor,
        x_lengths_B: Tensor,
        spec_BCF: Tensor,
        spec_lengths_B: Tensor,
        speaker_B: Tensor | None = None,
        *,
        noise: Noise | None = None,
        segment_starts_B: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> VoiceOutput:
        """One training pass over ids and linear spectrograms; decodes one segment an item.

        Noise and segment starts that are not given are drawn from `generator`, or else from torch's own.

        Raises:
            ValueError: a text is longer than its frames, a batch shorter than a segment, the speaker missing.
        """
        noise = noise or Noise()
        speaker = self._speaker(speaker_B)
        hidden, mean_BCN, logs_BCN, x_mask = self.enc_p(x_BN, x_lengths_B)
        spec_mask = length_mask(spec_lengths_B, spec_BCF.shape[2])
        epsilon = self._posterior_noise(noise, spec_BCF, generator)
        z, m_q, logs_q = self.enc_q(spec_BCF, spec_mask, epsilon, speaker)
        z_p = self.flow(z, spec_mask, speaker)
        path_BFN = maximum_path(alignment_score(z_p, mean_BCN, logs_BCN), x_mask, spec_mask)
        epsilon = self._duration_noise(noise, x_mask, generator)
        duration_loss = self.dp(hidden, x_mask, path_BFN.sum(1, keepdim=True), epsilon, speaker)
        if segment_starts_B is None:
            segment_starts_B = draw_starts(spec_lengths_B, self.segment_frames, generator)
        decoded = self.dec(slice_segments(z, segment_starts_B, self.segment_frames))
        return VoiceOutput(
            wave_B1L=decoded.wave_B1L,
            bands_BKL=decoded.bands_BKL,
            duration_loss_B=duration_loss / x_mask.sum(),
            path_BFN=path_BFN,
            starts_B=segment_starts_B,
            x_mask=x_mask,
            spec_mask=spec_mask,
            z=z,
            z_p=z_p,
            m_p=along_path(mean_BCN, path_BFN),
            logs_p=along_path(logs_BCN, path_BFN),
            m_q=m_q,
            logs_q=logs_q,
        )

    @torch.inference_mode()
    def infer(
        self,
        x_BN: Tensor,
        x_lengths_B: Tensor,
        speaker_B: Tensor | None = None,
        *,
        noise_scale: float = 0.667,
        length_scale: float = 1.0,
        noise_scale_w: float = 0.8,
        generator: torch.Generator | None = None,
        max_frames: int | None = None,
        noise: Noise | None = None,
        frames_BN: Tensor | None = None,
    ) -> Inferred:
        """Speak. `noise_scale` varies the sound, `noise_scale_w` the rhythm (stochastic durations only).

        `frames_BN`, whole frames of each symbol, takes the place of the predicted durations.

        `max_frames` cuts each item before anything of its length is made: memory stays bounded whatever the
        durations say. Call it in eval mode.

        Raises:
            ValueError: the voice has speakers and none is given, or the durations are not finite.
        """
        noise = noise or Noise()
        speaker = self._speaker(speaker_B)
        hidden, mean_BCN, logs_BCN, x_mask = self.enc_p(x_BN, x_lengths_B)
        if frames_BN is None:
            epsilon = self._duration_noise(noise, x_mask, generator) * noise_scale_w
            log_frames = self.dp.sample(hidden, x_mask, epsilon, speaker)
            frames_BN = torch.ceil(log_frames.exp() * x_mask * length_scale).squeeze(1)
        ends_BN = frames_BN.cumsum(1)
        counts_B = ends_BN[:, -1].clamp_min(1).clamp_max(max_frames or math.inf)
        longest = counts_B.max().item()
        if not math.isfinite(longest):
            raise ValueError("durations are not finite: the weights are damaged")
        frames_B = counts_B.long()
        spec_mask = length_mask(frames_B, int(longest))
        path_BFN = path_of_durations(frames_BN, ends_BN, spec_mask)
        mean, logs = along_path(mean_BCN, path_BFN), along_path(logs_BCN, path_BFN)
        prior_noise = noise.prior_BCF
        if prior_noise is None:
            prior_noise = draw_normal(tuple(mean.shape), mean, generator)
        z_p = mean + prior_noise * logs.exp() * noise_scale
        z = self.flow(z_p, spec_mask, speaker, inverse=True)
        return Inferred(self.dec(z * spec_mask).wave_B1L, frames_B, path_BFN)

    @torch.inference_mode()
    def posterior(self, spec_BCF: Tensor, speaker_B: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mean and log deviation (B, C, F) of the latent of recordings, from their linear spectrograms."""
        mask = spec_BCF.new_ones(spec_BCF.shape[0], 1, spec_BCF.shape[2])
        zeros = spec_BCF.new_zeros(spec_BCF.shape[0], self.inter_channels, spec_BCF.shape[2])
        _, mean, logs = self.enc_q(spec_BCF, mask, zeros, self._speaker(speaker_B))
        return mean, logs

    @torch.inference_mode()
    def convert(self, z_BCF: Tensor, source_B: Tensor, target_B: Tensor) -> Tensor:
        """The latent (B, C, F) of the same words by another speaker (VITS, section 4.4).

        The flow takes the source out of the latent and, run backwards, puts the target in.
        """
        mask = z_BCF.new_ones(z_BCF.shape[0], 1, z_BCF.shape[2])
        z_p = self.flow(z_BCF, mask, self._speaker(source_B))
        z: Tensor = self.flow(z_p, mask, self._speaker(target_B), inverse=True)
        return z

    def fold_weight_norm(self) -> None:
        """Turn every weight-normalised convolution into a plain one. For speaking only: the names change."""
        fold_all(self)

    def _speaker(self, speaker_B: Tensor | None) -> Tensor | None:
        if self.emb_g is None:
            return None
        if speaker_B is None:
            raise ValueError("this voice has several speakers: say which one")
        out: Tensor = self.emb_g(speaker_B).unsqueeze(2)
        return out

    def _posterior_noise(self, noise: Noise, spec: Tensor, generator: torch.Generator | None) -> Tensor:
        if noise.posterior_BCF is not None:
            return noise.posterior_BCF
        return draw_normal((spec.shape[0], self.inter_channels, spec.shape[2]), spec, generator)

    def _duration_noise(self, noise: Noise, x_mask: Tensor, generator: torch.Generator | None) -> Tensor:
        if noise.duration_B2N is not None:
            return noise.duration_B2N
        return draw_normal((x_mask.shape[0], 2, x_mask.shape[2]), x_mask, generator)


def build_voice(config: Config, n_symbols: int) -> Voice:
    """An untrained voice of `config` for a table of `n_symbols`."""
    return Voice(config, n_symbols)


@torch.no_grad()
def alignment_score(z_p_BCF: Tensor, mean_BCN: Tensor, logs_BCN: Tensor) -> Tensor:
    """Log likelihood of every frame's z_p under every symbol's normal distribution: (B, F, N), in float32.

    The square is multiplied out into four terms, two of them matrix products, so that nothing of size F x N x C
    is made.
    """
    with torch.autocast(z_p_BCF.device.type, enabled=False):
        z_BFC, mean, logs = z_p_BCF.float().transpose(1, 2), mean_BCN.float(), logs_BCN.float()
        precision = torch.exp(-2 * logs)
        constant = (-0.5 * math.log(2 * math.pi) - logs).sum(1, keepdim=True)
        square = (-0.5 * z_BFC.square()) @ precision
        product = z_BFC @ (mean * precision)
        offset = (-0.5 * mean.square() * precision).sum(1, keepdim=True)
        return constant + square + product + offset


def path_of_durations(frames_BN: Tensor, ends_BN: Tensor, spec_mask: Tensor) -> Tensor:
    """Ones where a frame falls between a symbol's start and end: float32 (B, F, N)."""
    frames_F1 = torch.arange(spec_mask.shape[2], device=frames_BN.device)[:, None]
    ends_B1N = ends_BN.unsqueeze(1)
    inside = (frames_F1 < ends_B1N) & (frames_F1 >= ends_B1N - frames_BN.unsqueeze(1))
    return inside * spec_mask.transpose(1, 2)


def along_path(stats_BCN: Tensor, path_BFN: Tensor) -> Tensor:
    """A symbol's statistics for each of its frames: (B, C, F).

    A product with ones and zeros rather than a gather: its gradient is summed in a fixed order on a GPU too.
    """
    with torch.autocast(stats_BCN.device.type, enabled=False):
        return stats_BCN.float() @ path_BFN.transpose(1, 2)
