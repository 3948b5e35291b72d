"""Speaking as the family's forward pass does it, with our modules: what every ratio of speech is against.

fp32; one-dimensional convolutions without weight norm; `torch.istft` for each sub-band; zeros between the samples of
the sub-bands, and then a convolution with the filters of the synthesis; noise from torch.
`tests/bench/test_plain_speak.py` proves its samples against `Voice.infer`'s.

Axes: B batch, N text positions, F frames, C channels, Q bins, K sub-bands, L samples, T taps.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.config import ModelConfig
from engine.model.decoders import IstftDecoder, MultibandDecoder
from engine.model.masks import length_mask
from engine.model.voice import Noise, Voice


class PlainSpeech:
    """A voice of one speaker, with the multiband or the istft decoder."""

    def __init__(self, voice: Voice, model: ModelConfig) -> None:
        """`voice`: with folded weights, as `read_voice` gives it."""
        assert isinstance(voice.dec, IstftDecoder | MultibandDecoder)
        self.voice, self.decoder = voice.eval(), voice.dec
        self.n_fft, self.hop = model.gen_istft_n_fft, model.gen_istft_hop_size
        self.window = torch.hann_window(self.n_fft)
        k = voice.dec.subbands
        self.insert_zeros_KKK = torch.zeros(k, k, k)
        self.insert_zeros_KKK[range(k), range(k), 0] = k  # the power that the zeros take away
        if isinstance(
            voice.dec, MultibandDecoder
        ):  # it keeps the filters times K, for a transposed convolution
            self.synthesis_1KT = voice.dec.pqmf.synthesis_filter.transpose(0, 1).flip(2) / k

    @torch.inference_mode()
    def speak(
        self,
        ids_BN: Tensor,
        *,
        noise_scale: float = 0.667,
        length_scale: float = 1.0,
        noise_scale_w: float = 0.8,
        noise: Noise | None = None,
    ) -> Tensor:
        """Samples (B, 1, L). Noise that is not given is drawn; of more frames than are spoken, the first are taken."""
        voice, noise = self.voice, noise or Noise()
        lengths_B = torch.full((len(ids_BN),), ids_BN.shape[1])
        hidden, mean_BCN, logs_BCN, text_mask = voice.enc_p(ids_BN, lengths_B)
        rhythm_B2N = noise.duration_B2N
        if rhythm_B2N is None:
            rhythm_B2N = torch.randn(len(ids_BN), 2, ids_BN.shape[1])
        log_frames = voice.dp.sample(hidden, text_mask, rhythm_B2N * noise_scale_w)
        frames_B1N = torch.ceil(log_frames.exp() * text_mask * length_scale)
        counts_B = frames_B1N.sum((1, 2)).clamp_min(1).long()
        mask_B1F = length_mask(counts_B, int(counts_B.max()))
        path_BFN = path_of(frames_B1N.squeeze(1), mask_B1F)
        mean, logs = ((path_BFN @ each.transpose(1, 2)).transpose(1, 2) for each in (mean_BCN, logs_BCN))
        drawn = torch.randn_like(mean) if noise.prior_BCF is None else noise.prior_BCF[..., : mean.shape[2]]
        z_p = mean + drawn * logs.exp() * noise_scale
        z = voice.flow(z_p, mask_B1F, inverse=True)
        return self.decode(z * mask_B1F)

    def decode(self, z_BCF: Tensor) -> Tensor:
        """The latent to samples (B, 1, L)."""
        decoder = self.decoder
        head = decoder.subband_conv_post if isinstance(decoder, MultibandDecoder) else decoder.conv_post
        stats_BCF = head(decoder.body(z_BCF))
        batch, _, frames = stats_BCF.shape
        log_magnitude, phase = stats_BCF.reshape(batch * decoder.subbands, -1, frames).chunk(2, dim=1)
        bins_BQF = log_magnitude.exp() * torch.exp(1j * math.pi * phase.sin())
        bands_BL = torch.istft(bins_BQF, self.n_fft, self.hop, self.n_fft, self.window)
        bands_BKL = bands_BL.view(batch, decoder.subbands, -1)
        if isinstance(decoder, IstftDecoder):
            return bands_BKL
        sparse_BKL = F.conv_transpose1d(bands_BKL, self.insert_zeros_KKK, stride=decoder.subbands)
        return F.conv1d(sparse_BKL, self.synthesis_1KT, padding=self.synthesis_1KT.shape[2] // 2)


def path_of(frames_BN: Tensor, mask_B1F: Tensor) -> Tensor:
    """Ones where a frame belongs to a symbol (B, F, N): how far symbols reach, each less the one before it."""
    longest = mask_B1F.shape[2]
    reached_BNF = length_mask(frames_BN.cumsum(1).flatten().long(), longest).view(*frames_BN.shape, longest)
    return (reached_BNF - F.pad(reached_BNF, (0, 0, 1, 0))[:, :-1]).transpose(1, 2) * mask_B1F.transpose(1, 2)
