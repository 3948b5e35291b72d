"""Gradients of the losses; their values are compared with the reference in test_reference."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.config import TrainConfig
from engine.model import losses

TRAIN = TrainConfig()


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_feature_loss_is_twice_the_mean_distance_and_moves_only_the_fake() -> None:
    real = [torch.zeros(2, 3).requires_grad_(), torch.zeros(4).requires_grad_()]
    fake = [torch.full((2, 3), 0.5).requires_grad_(), torch.full((4,), -0.25).requires_grad_()]
    loss = losses.feature_loss(real, fake)
    assert loss.item() == pytest.approx(2 * (0.5 + 0.25))
    loss.backward()
    assert real[0].grad is None
    assert fake[0].grad is not None


def test_subband_loss_of_silence_has_a_finite_gradient() -> None:
    fake = torch.zeros(1, 4, 2048, requires_grad=True)
    losses.subband_stft_loss(normal(1, 4, 2048), fake, TRAIN).backward()
    assert fake.grad is not None
    assert torch.isfinite(fake.grad).all()
