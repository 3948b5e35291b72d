"""Discriminators: one pass or two give the same, every parameter learns."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.model.discriminators import Discriminators, PeriodDiscriminator
from engine.model.losses import discriminator_loss


def waves(samples: int = 1024) -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(0)
    return 0.3 * torch.randn(2, 1, samples, generator=g), 0.3 * torch.randn(2, 1, samples, generator=g)


@pytest.fixture(scope="module")
def judges() -> Discriminators:
    torch.manual_seed(0)
    return Discriminators()


def test_recorded_and_generated_waves_may_share_a_pass(judges: Discriminators) -> None:
    real, fake = waves()
    for index, judge in enumerate(judges.discriminators):
        scores, maps = judge(torch.cat([real, fake]))
        for half, wave in zip(scores.chunk(2), (real, fake), strict=True):
            torch.testing.assert_close(half, judge(wave)[0], rtol=1e-3, atol=1e-5)
        assert len(maps) == (6 if index else 7)
    assert len(judges.discriminators) == 6


def test_discriminator_losses_reach_every_parameter(judges: Discriminators) -> None:
    judges.zero_grad()
    real, fake = waves()
    for judge in judges.discriminators:
        torch.stack(discriminator_loss(judge(real)[0], judge(fake)[0])).sum().backward()
    for name, parameter in judges.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


@pytest.mark.parametrize("period", [2, 3, 5, 7, 11])
def test_a_wave_that_does_not_fill_the_last_period_is_mirrored(period: int) -> None:
    judge = PeriodDiscriminator(period)
    wave = torch.randn(1, 1, 6 * period + 1, generator=torch.Generator().manual_seed(1))
    missing = -wave.shape[2] % period
    mirrored = torch.cat([wave, wave[:, :, -missing - 1 : -1].flip(2)], dim=2)
    torch.testing.assert_close(judge(wave)[0], judge(mirrored)[0])


@pytest.mark.parametrize("samples", [1024, 37])
@pytest.mark.parametrize("period", [2, 7])
def test_matrix_products_equal_torchs_convolutions(period: int, samples: int) -> None:
    torch.manual_seed(0)
    judge = PeriodDiscriminator(period, channels=256).double()
    wave = torch.randn(3, 1, samples, dtype=torch.float64)
    found = []
    for by_products in (True, False):
        judge.is_weight_normed = by_products
        judge.zero_grad()
        leaf = wave.clone().requires_grad_()
        scores, maps = judge(leaf)
        torch.stack([scores.square().mean(), *(each.abs().mean() for each in maps)]).sum().backward()
        found.append([scores, *maps, leaf.grad, *(each.grad for each in judge.parameters())])
    for ours, torchs in zip(*found, strict=True):
        torch.testing.assert_close(ours, torchs, rtol=1e-10, atol=1e-12)


def test_spectral_norm_has_the_family_names_and_bounds_the_kernels() -> None:
    judges = Discriminators(use_spectral_norm=True)
    leaves = {name.rsplit(".", maxsplit=1)[-1] for name in judges.state_dict()}
    assert leaves == {"bias", "weight_orig", "weight_u", "weight_v"}
    judge = judges.discriminators[1].train()
    with torch.no_grad():
        for _ in range(15):
            judge(waves(64)[0])
    kernel = judge.convs[2].weight.flatten(1)
    assert torch.linalg.matrix_norm(kernel, 2).item() == pytest.approx(1.0, rel=0.1)
