"""Losses: their zero points, their values on small numbers, their gradients."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from engine.config import TrainConfig
from engine.model import losses

TRAIN = TrainConfig()


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_adversarial_losses_are_zero_where_each_side_has_won() -> None:
    ones, zeros = [torch.ones(2, 5), torch.ones(2, 3)], [torch.zeros(2, 5), torch.zeros(2, 3)]
    assert losses.generator_loss(ones) == 0
    assert losses.generator_loss(zeros) == 2
    total, real, fake = losses.discriminator_loss(ones, zeros)
    assert total == 0
    assert [*real, *fake] == [0, 0, 0, 0]
    assert losses.discriminator_loss(zeros, ones)[0] == 4


def test_discriminator_parts_add_up() -> None:
    total, real, fake = losses.discriminator_loss([normal(2, 5)], [normal(2, 5, seed=1)])
    assert total == pytest.approx(sum(part.item() for part in [*real, *fake]))


def test_feature_loss_is_twice_the_mean_distance_and_moves_only_the_fake() -> None:
    real = [[torch.zeros(2, 3).requires_grad_()], [torch.zeros(4).requires_grad_()]]
    fake = [[torch.full((2, 3), 0.5).requires_grad_()], [torch.full((4,), -0.25).requires_grad_()]]
    loss = losses.feature_loss(real, fake)
    assert loss.item() == pytest.approx(2 * (0.5 + 0.25))
    loss.backward()
    assert real[0][0].grad is None
    assert fake[0][0].grad is not None


def test_kl_is_the_divergence_of_two_normals_on_average() -> None:
    m_q, logs_q, m_p, logs_p = 0.3, -0.2, -0.5, 0.4
    shape = (1, 64, 4000)
    z = m_q + math.exp(logs_q) * normal(*shape)
    mask = torch.ones(1, 1, 4000)
    loss = losses.kl_loss(
        z, torch.full(shape, logs_q), torch.full(shape, m_p), torch.full(shape, logs_p), mask
    )
    variance_ratio = math.exp(2 * (logs_q - logs_p))
    wanted = logs_p - logs_q - 0.5 + 0.5 * (variance_ratio + (m_q - m_p) ** 2 / math.exp(2 * logs_p))
    assert loss.item() / 64 == pytest.approx(wanted, rel=0.02)


def test_kl_ignores_what_lies_behind_the_mask() -> None:
    parts = [normal(2, 4, 10, seed=i) for i in range(4)]
    mask = (torch.arange(10) < torch.tensor([[[10]], [[6]]])).float()
    before = losses.kl_loss(*parts, mask)
    for part in parts:
        part[1, :, 6:] = 5.0
    assert losses.kl_loss(*parts, mask) == before


def test_subband_loss_is_zero_for_equals_and_grows_with_the_distance() -> None:
    real = normal(2, 4, 2048)
    assert losses.subband_stft_loss(real, real.clone(), TRAIN) == 0
    noise = normal(2, 4, 2048, seed=1)
    near, far = (losses.subband_stft_loss(real, real + scale * noise, TRAIN) for scale in (0.01, 0.5))
    assert 0 < near < far


def test_subband_loss_of_silence_has_a_finite_gradient() -> None:
    fake = torch.zeros(1, 4, 2048, requires_grad=True)
    losses.subband_stft_loss(normal(1, 4, 2048), fake, TRAIN).backward()
    assert fake.grad is not None
    assert torch.isfinite(fake.grad).all()
