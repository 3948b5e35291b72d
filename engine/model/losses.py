"""What training minimises: one function a loss; the training step weights them and adds them up.

All are taken in float32 whatever autocast says.
Axes: B batch, C channels, F frames, K sub-bands, L samples, M mels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.audio.dft import stft_magnitudes
from engine.config import TrainConfig


def generator_loss(fake_scores: Tensor) -> Tensor:
    """Least-squares adversarial loss of the generator against one discriminator (arXiv 1611.04076, eq. 9)."""
    return (1 - fake_scores.float()).square().mean()


def discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> tuple[Tensor, Tensor]:
    """Least-squares adversarial loss of one discriminator: its part for recorded and for generated waves."""
    return (1 - real_scores.float()).square().mean(), fake_scores.float().square().mean()


def feature_loss(real_maps: Iterable[Tensor], fake_maps: Iterable[Tensor]) -> Tensor:
    """L1 between one discriminator's feature maps, summed, times two as in the family (HiFi-GAN, equation 6)."""
    distances = [
        (real.detach().float() - fake.float()).abs().mean()
        for real, fake in zip(real_maps, fake_maps, strict=True)
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


def subband_stft_loss(
    real_BKL: Tensor,
    fake_BKL: Tensor,
    train: TrainConfig,
    *,
    share: float = 1.0,
    squares_R2: Tensor | None = None,
) -> Tensor:
    """Multi-resolution STFT loss between sub-bands, averaged over the config's resolutions.

    Spectral convergence plus L1 of log magnitudes (Multi-band MelGAN, arXiv 2005.05106, equations 5 to 9).

    Args:
        share, squares_R2: for a part of a batch: the part's share of the items, and the sums of `subband_squares` over
            all parts. Convergence |real - fake| / |real| is a ratio of norms over the whole batch, so a part cannot
            know it alone; without the sums it takes its own ratio. With N and R the norms of the whole, part p adds
            |real_p - fake_p|^2 / (N R); these add up to N / R, and half the gradient of each is the gradient of N / R
            towards that part.
    """
    with torch.autocast(fake_BKL.device.type, enabled=False):
        losses = []
        for index, (real_size, fake_size) in enumerate(_magnitudes(real_BKL, fake_BKL, train)):
            distance = F.l1_loss(real_size.log(), fake_size.log())
            if squares_R2 is None:
                norm = torch.linalg.vector_norm
                convergence = share * norm(real_size - fake_size) / norm(real_size)
            else:
                norms = squares_R2[index].to(fake_size.dtype).sqrt()
                whole = (real_size - fake_size).square().sum() / (norms[0] * norms[1]).clamp_min(1e-12)
                convergence = (whole + whole.detach()) / 2
            losses.append(convergence + share * distance)
        return torch.stack(losses).mean()


@torch.no_grad()
def subband_squares(real_BKL: Tensor, fake_BKL: Tensor, train: TrainConfig) -> Tensor:
    """What a part's sub-bands add to the norms of the whole batch: (resolutions, 2) in float64.

    A row holds |real - fake|^2 and |real|^2 of one resolution, summed over the part.
    """
    with torch.autocast(fake_BKL.device.type, enabled=False):
        rows = [
            torch.stack([(real_size - fake_size).square().sum(), real_size.square().sum()])
            for real_size, fake_size in _magnitudes(real_BKL, fake_BKL, train)
        ]
        return torch.stack(rows).double()


def _magnitudes(real_BKL: Tensor, fake_BKL: Tensor, train: TrainConfig) -> Iterator[tuple[Tensor, Tensor]]:
    """Magnitudes of the real and the generated bands, one resolution after the other."""
    real, fake = real_BKL.float().flatten(0, 1), fake_BKL.float().flatten(0, 1)
    for n_fft, hop, win in _resolutions(train):
        window = _window(train.window, win, fake.device)
        # the floor keeps the gradient of the root and of the logarithm finite
        yield stft_magnitudes(real, n_fft, hop, window, 1e-7), stft_magnitudes(fake, n_fft, hop, window, 1e-7)


def _resolutions(train: TrainConfig) -> Sequence[tuple[int, int, int]]:
    return list(zip(train.fft_sizes, train.hop_sizes, train.win_lengths, strict=True))


@lru_cache(maxsize=16)
def _window(name: str, size: int, device: torch.device) -> Tensor:
    make = getattr(torch, name)
    with torch.inference_mode(False):  # it may be made while evaluating and used in a training step later
        window: Tensor = make(size, device=device)
    return window
