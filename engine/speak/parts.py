"""The three parts of a voice that speaks, as modules: for torch's runtime, and for the graphs of onnxruntime.

Axes: B batch, N text positions, C channels, F frames, L samples.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.model.voice import Voice


class TextPart(nn.Module):
    """Ids and noise to frames of each id, and mean and log deviation of the latent."""

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self.enc_p, self.dp, self.emb_g = voice.enc_p, voice.dp, voice.emb_g

    def forward(
        self,
        ids_BN: Tensor,
        noise_B2N: Tensor,
        speaker_B: Tensor | None = None,
        used_ids: int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """`used_ids`: what follows is padding; None where there is none."""
        lengths_B = torch.full_like(ids_BN[:, 0], used_ids or ids_BN.shape[1])
        hidden, mean_BCN, logs_BCN, mask_B1N = self.enc_p(ids_BN, lengths_B)
        speaker = None if self.emb_g is None else self.emb_g(speaker_B).unsqueeze(2)
        durations_B1N = self.dp.sample(hidden, mask_B1N, noise_B2N, speaker).exp()
        return durations_B1N.squeeze(1), mean_BCN, logs_BCN


class FlowPart(nn.Module):
    """The prior's latent to the decoder's. Its convolutions are those of `to_images`."""

    def __init__(self, voice: Voice, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.flow, self.emb_g, self.dtype = voice.flow, voice.emb_g, dtype

    def forward(
        self, z_p_BCF: Tensor, speaker_B: Tensor | None = None, used_frames: int | None = None
    ) -> Tensor:
        """`used_frames`: what follows is padding; None where there is none."""
        image = z_p_BCF.unsqueeze(2).to(self.dtype)
        mask = torch.ones_like(image[:, :1])
        if used_frames is not None:
            mask[..., used_frames:] = 0
        speaker = None if self.emb_g is None else self.emb_g(speaker_B)[..., None, None].to(self.dtype)
        z_BCF: Tensor = self.flow(image, mask, speaker, inverse=True).squeeze(2).float()
        return z_BCF


class DecoderPart(nn.Module):
    """The latent to samples (B, L). Its convolutions are those of `to_images`, or one-dimensional."""

    def __init__(self, voice: Voice, dtype: torch.dtype | None = torch.float32) -> None:
        """`dtype`: of images; None for one-dimensional convolutions."""
        super().__init__()
        self.dec, self.dtype = voice.dec, dtype

    def forward(self, z_BCF: Tensor) -> Tensor:
        x = z_BCF if self.dtype is None else z_BCF.unsqueeze(2).to(self.dtype)
        wave_BL: Tensor = self.dec(x).wave_B1L.squeeze(1)
        return wave_BL
