"""What training minimises: one function a loss; the training step weights them and adds them up.

All are taken in float32 whatever autocast says.
Axes: B batch, C channels, F frames, K sub-bands, L samples, M mels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.config import TrainConfig


def generator_loss(fake_scores: Iterable[Tensor]) -> Tensor:
    """Least-squares adversarial loss of the generator (arXiv 1611.04076, eq. 9), summed over discriminators."""
    return torch.stack([(1 - scores.float()).square().mean() for scores in fake_scores]).sum()


def discriminator_loss(
    real_scores: Iterable[Tensor], fake_scores: Iterable[Tensor]
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Least-squares adversarial loss of the discriminators: the sum, and its real and fake part of each."""
    real = [(1 - scores.float()).square().mean() for scores in real_scores]
    fake = [scores.float().square().mean() for scores in fake_scores]
    return torch.stack(real + fake).sum(), real, fake


def feature_loss(real_maps: Iterable[Iterable[Tensor]], fake_maps: Iterable[Iterable[Tensor]]) -> Tensor:
    """L1 between feature maps, summed over maps, times two as in the family (HiFi-GAN, equation 6)."""
    distances = [
        (real.detach().float() - fake.float()).abs().mean()
        for reals, fakes in zip(real_maps, fake_maps, strict=True)
        for real, fake in zip(reals, fakes, strict=True)
    ]
    return 2 * torch.stack(distances).sum()


def kl_loss(
    z_p_BCF: Tensor, logs_q_BCF: Tensor, m_p_BCF: Tensor, logs_p_BCF: Tensor, mask_B1F: Tensor
) -> Tensor:
    """Divergence of the posterior's sample from the prior, a frame (VITS, equation 4). Sum over channels."""
    z_p, logs_q, m_p, logs_p = (t.float() for t in (z_p_BCF, logs_q_BCF, m_p_BCF, logs_p_BCF))
    divergence = logs_p - logs_q - 0.5 + 0.5 * (z_p - m_p).square() * torch.exp(-2 * logs_p)
    return (divergence * mask_B1F).sum() / mask_B1F.sum()


def mel_loss(real_BMF: Tensor, fake_BMF: Tensor) -> Tensor:
    """L1 between log mels, unweighted (VITS, equation 2)."""
    return F.l1_loss(fake_BMF.float(), real_BMF.float())


def subband_stft_loss(real_BKL: Tensor, fake_BKL: Tensor, train: TrainConfig) -> Tensor:
    """Multi-resolution STFT loss between sub-bands, averaged over the config's resolutions.

    Spectral convergence plus L1 of log magnitudes (Multi-band MelGAN, arXiv 2005.05106, equations 5 to 9).
    """
    with torch.autocast(fake_BKL.device.type, enabled=False):
        real, fake = real_BKL.float().flatten(0, 1), fake_BKL.float().flatten(0, 1)
        losses = []
        for n_fft, hop, win in _resolutions(train):
            window = _window(train.window, win, fake.device)
            real_size = _magnitude(real, n_fft, hop, window)
            fake_size = _magnitude(fake, n_fft, hop, window)
            convergence = torch.linalg.vector_norm(real_size - fake_size) / torch.linalg.vector_norm(
                real_size
            )
            losses.append(convergence + F.l1_loss(real_size.log(), fake_size.log()))
        return torch.stack(losses).mean()


def _resolutions(train: TrainConfig) -> Sequence[tuple[int, int, int]]:
    return list(zip(train.fft_sizes, train.hop_sizes, train.win_lengths, strict=True))


@lru_cache(maxsize=16)
def _window(name: str, size: int, device: torch.device) -> Tensor:
    make = getattr(torch, name)
    with torch.inference_mode(False):  # it may be made while evaluating and used in a training step later
        window: Tensor = make(size, device=device)
    return window


def _magnitude(wave_BL: Tensor, n_fft: int, hop: int, window: Tensor) -> Tensor:
    bins = torch.stft(wave_BL, n_fft, hop, window.shape[0], window, return_complex=True)
    # the floor keeps the gradient of the root and of the logarithm finite
    return (bins.real.square() + bins.imag.square()).clamp_min(1e-7).sqrt()
