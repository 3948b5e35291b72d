"""Discriminators: one pass or two give the same, frozen ones keep nothing for the recorded wave."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.model.discriminators import Discriminators, PeriodDiscriminator
from engine.model.losses import discriminator_loss, feature_loss, generator_loss


def waves(samples: int = 1024) -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(0)
    return 0.3 * torch.randn(2, 1, samples, generator=g), 0.3 * torch.randn(2, 1, samples, generator=g)


@pytest.fixture(scope="module")
def judges() -> Discriminators:
    torch.manual_seed(0)
    return Discriminators()


def test_one_pass_and_two_give_the_same(judges: Discriminators) -> None:
    real, fake = waves()
    together = judges(real, fake)
    apart = judges(real, fake.clone().requires_grad_())
    torch.testing.assert_close(list(together), [*map(_detached, apart)], rtol=1e-3, atol=1e-5)
    assert len(together.real_scores) == 6
    assert [len(maps) for maps in together.real_maps] == [7, 6, 6, 6, 6, 6]


def _detached(value: list[Tensor] | list[list[Tensor]]) -> list[object]:
    return [v.detach() if isinstance(v, Tensor) else _detached(v) for v in value]


def test_discriminator_step_reaches_every_parameter(judges: Discriminators) -> None:
    judges.zero_grad()
    judged = judges(*waves())
    discriminator_loss(judged.real_scores, judged.fake_scores)[0].backward()
    for name, parameter in judges.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_generator_step_with_frozen_parameters_keeps_no_graph_for_the_recorded_wave(
    judges: Discriminators,
) -> None:
    real, fake = waves()
    fake.requires_grad_()
    judges.zero_grad()
    judges.requires_grad_(False)
    try:
        judged = judges(real, fake)
    finally:
        judges.requires_grad_(True)
    assert not any(scores.requires_grad for scores in judged.real_scores)
    assert not any(map_.requires_grad for maps in judged.real_maps for map_ in maps)
    loss = generator_loss(judged.fake_scores) + feature_loss(judged.real_maps, judged.fake_maps)
    loss.backward()
    assert fake.grad is not None
    assert fake.grad.abs().max() > 0
    assert all(parameter.grad is None for parameter in judges.parameters())


@pytest.mark.parametrize("period", [2, 3, 5, 7, 11])
def test_a_wave_that_does_not_fill_the_last_period_is_mirrored(period: int) -> None:
    judge = PeriodDiscriminator(period)
    wave = torch.randn(1, 1, 6 * period + 1, generator=torch.Generator().manual_seed(1))
    missing = -wave.shape[2] % period
    mirrored = torch.cat([wave, wave[:, :, -missing - 1 : -1].flip(2)], dim=2)
    torch.testing.assert_close(judge(wave)[0], judge(mirrored)[0])


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
