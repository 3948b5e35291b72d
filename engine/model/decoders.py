"""The decoder: one body that up-samples the latent, three heads that make samples of it.

MB-iSTFT-VITS (arXiv 2210.15975, section 2): the last up-sampling steps of HiFi-GAN (arXiv 2010.05646) give way
to an inverse Fourier transform, and that one may work on sub-bands.

    latent -> body -> head: magnitudes, phases -> iSTFT                             -> wave      istft
                                               -> iSTFT per band -> fixed PQMF      -> wave      multiband
                                               -> iSTFT per band -> learned filter  -> wave      multistream

The published family gives the decoder no speaker: it is in the latent already.
Axes: B batch, C channels, F frames, K sub-bands, L samples, Q bins.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.audio.istft import InverseStft
from engine.audio.pqmf import Pqmf
from engine.config import ModelConfig
from engine.model.weight_norm import NormConv1d, NormConvTranspose1d, to_images, used_part

SLOPE = 0.1  # of the leaky ReLUs; the one before the head has torch's default of 0.01


class Decoded(NamedTuple):
    """What a decoder makes: the wave and, with more than one band, the bands it was joined from.

    Multistream bands are already at the wave's rate, with zeros between their samples.
    """

    wave_B1L: Tensor
    bands_BKL: Tensor | None


class PairedResidual(nn.Module):
    """HiFi-GAN's first residual block: each dilated convolution is followed by an undilated one."""

    def __init__(self, channels: int, kernel_size: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(_same_conv(channels, kernel_size, dilation) for dilation in dilations)
        self.convs2 = nn.ModuleList(_same_conv(channels, kernel_size, 1) for _ in dilations)

    def forward(self, x_BCF: Tensor) -> Tensor:
        x = x_BCF
        for dilated, plain in zip(self.convs1, self.convs2, strict=True):
            # in place: nobody needs the convolution's own output afterwards
            y = F.leaky_relu(dilated(F.leaky_relu(x, SLOPE)), SLOPE, inplace=True)
            x = plain(y) + x
        return x


class SingleResidual(nn.Module):
    """HiFi-GAN's second, lighter residual block."""

    def __init__(self, channels: int, kernel_size: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(_same_conv(channels, kernel_size, dilation) for dilation in dilations)

    def forward(self, x_BCF: Tensor) -> Tensor:
        x = x_BCF
        for conv in self.convs:
            x = conv(F.leaky_relu(x, SLOPE)) + x
        return x


def _same_conv(channels: int, kernel_size: int, dilation: int) -> NormConv1d:
    padding = (kernel_size - 1) * dilation // 2
    return NormConv1d(channels, channels, kernel_size, dilation=dilation, padding=padding)


class Decoder(nn.Module):
    """The body, and what the heads share: `subbands` complex spectrograms and their inverse transform."""

    def __init__(self, model: ModelConfig, subbands: int, join_samples: int = 0) -> None:
        """`join_samples`: how far from a sample of the wave a sample of the bands decides on it."""
        super().__init__()
        width = model.upsample_initial_channel
        self.conv_pre = NormConv1d(model.inter_channels, width, 7, padding=3)
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        block = PairedResidual if model.resblock == "1" else SingleResidual
        for rate, kernel in zip(model.upsample_rates, model.upsample_kernel_sizes, strict=True):
            self.ups.append(
                NormConvTranspose1d(width, width // 2, kernel, stride=rate, padding=(kernel - rate) // 2)
            )
            width //= 2
            for size, dilations in zip(
                model.resblock_kernel_sizes, model.resblock_dilation_sizes, strict=True
            ):
                self.resblocks.append(block(width, size, dilations))
        self.n_kernels = len(model.resblock_kernel_sizes)
        self.n_bins = model.gen_istft_n_fft // 2 + 1
        self.subbands = subbands
        self.inverse_stft = InverseStft(model.gen_istft_n_fft, model.gen_istft_hop_size)
        self.head_width = width
        self.context_frames = self._context_frames(model, join_samples)

    def head(self) -> NormConv1d:
        """The convolution to every band's log magnitudes and phases; each variant has its own name for it."""
        return NormConv1d(self.head_width, self.subbands * 2 * self.n_bins, 7, padding=3)

    def _context_frames(self, model: ModelConfig, join_samples: int) -> int:
        """Frames before and behind one of the latent that decide on its samples, from the wave back to the latent."""
        undilated = 1 if model.resblock == "1" else 0  # the convolution behind each dilated one
        widest = max(
            sum(kernel // 2 * (dilation + undilated) for dilation in dilations)
            for kernel, dilations in zip(
                model.resblock_kernel_sizes, model.resblock_dilation_sizes, strict=True
            )
        )
        reach = join_samples // self.subbands
        # the inverse transform, the mirrored frame at the front and the head
        reach = (reach + model.gen_istft_n_fft // 2) // model.gen_istft_hop_size + 1 + 3
        for rate, kernel in reversed(
            list(zip(model.upsample_rates, model.upsample_kernel_sizes, strict=True))
        ):
            reach = (reach + widest + (kernel + rate) // 2 - 1) // rate
        return reach + 3

    def to_images(self, dtype: torch.dtype = torch.float32) -> None:
        """Have the convolutions up to the head work on images, as `weight_norm.to_images`; z is then (B, C, 1, F)."""
        to_images(self, dtype)

    def body(self, z_BCF: Tensor) -> Tensor:
        x = self.conv_pre(z_BCF)
        for i, up in enumerate(self.ups):
            x = up(F.leaky_relu(x, SLOPE))
            first, *others = self.resblocks[i * self.n_kernels : (i + 1) * self.n_kernels]
            total = first(x)
            for block in others:
                total = total + block(x)
            x = total / self.n_kernels
        x = F.leaky_relu(x)
        # one mirrored frame at the front: F frames of the transform span F - 1 hops
        return torch.cat([x[..., 1:2], x], dim=-1)

    def bands(self, stats_BCF: Tensor) -> Tensor:
        """Log magnitudes and phases of all bands to their samples (B, K, L / K)."""
        with torch.autocast(stats_BCF.device.type, enabled=False):
            stats_BCF = used_part(stats_BCF)
            stats = stats_BCF.float().reshape(-1, 2 * self.n_bins, stats_BCF.shape[-1])
            magnitude, phase = stats.chunk(2, dim=1)
            samples: Tensor = self.inverse_stft(magnitude.exp(), math.pi * phase.sin())
            return samples.view(stats_BCF.shape[0], self.subbands, -1)


class IstftDecoder(Decoder):
    """One band: the inverse transform's output is the wave."""

    def __init__(self, model: ModelConfig) -> None:
        super().__init__(model, subbands=1)
        self.conv_post = self.head()

    def forward(self, z_BCF: Tensor) -> Decoded:
        return Decoded(self.bands(self.conv_post(self.body(z_BCF))), None)


class MultibandDecoder(Decoder):
    """Bands joined by fixed filters; training compares the bands as well."""

    def __init__(self, model: ModelConfig) -> None:
        pqmf = Pqmf(model.subbands)
        super().__init__(model, model.subbands, pqmf.taps // 2)
        self.subband_conv_post = self.head()
        self.pqmf = pqmf

    def forward(self, z_BCF: Tensor) -> Decoded:
        bands = self.bands(self.subband_conv_post(self.body(z_BCF)))
        return Decoded(self.pqmf.synthesis(bands), bands)


class MultistreamDecoder(Decoder):
    """Bands joined by a filter that is learned with the rest."""

    updown_filter: Tensor

    def __init__(self, model: ModelConfig) -> None:
        k = model.subbands
        super().__init__(model, k, 31 + k - 1)
        self.subband_conv_post = self.head()
        # in the family's checkpoints, hence a buffer that is stored: sample l of a band goes to sample K l
        insert_zeros = torch.zeros(k, k, k)
        insert_zeros[range(k), range(k), 0] = 1.0
        self.register_buffer("updown_filter", insert_zeros)
        self.multistream_conv_post = NormConv1d(k, 1, 63, padding=31, bias=False)

    def to_images(self, dtype: torch.dtype = torch.float32) -> None:
        joined = self.multistream_conv_post  # reads samples
        super().to_images(dtype)
        self.multistream_conv_post = joined

    def forward(self, z_BCF: Tensor) -> Decoded:
        bands = self.bands(self.subband_conv_post(self.body(z_BCF)))
        with torch.autocast(bands.device.type, enabled=False):
            streams = F.conv_transpose1d(bands, self.updown_filter * self.subbands, stride=self.subbands)
            return Decoded(self.multistream_conv_post(streams), streams)


def build_decoder(model: ModelConfig) -> IstftDecoder | MultibandDecoder | MultistreamDecoder:
    """The decoder that the config chose."""
    if model.decoder == "istft":
        return IstftDecoder(model)
    if model.decoder == "multiband":
        return MultibandDecoder(model)
    return MultistreamDecoder(model)
