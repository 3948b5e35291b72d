"""The filter bank: what goes in comes out, and each band holds its own frequencies."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from engine.audio.pqmf import Pqmf


def tone(share: float, samples: int = 4096) -> torch.Tensor:
    """A sine at `share` of half the rate."""
    return torch.sin(math.pi * share * torch.arange(samples, dtype=torch.float64)).float().view(1, 1, -1)


def test_synthesis_undoes_analysis_one_sample_late() -> None:
    """The family's modulation is half a sample off at each end, which costs a sample and leaves aliases at -16 dB."""
    wave = torch.randn(2, 1, 4096, generator=torch.Generator().manual_seed(0))
    bank = Pqmf()
    again = bank.synthesis(bank.analysis(wave))
    assert again.shape == wave.shape
    late, on_time = again[..., 65:-63], again[..., 64:-64]
    power = wave[..., 64:-64].square().mean()
    assert (late - wave[..., 64:-64]).square().mean() / power < 0.03
    assert (on_time - wave[..., 64:-64]).square().mean() / power > 1


@pytest.mark.parametrize("band", [0, 1, 2, 3])
def test_a_tone_in_the_middle_of_a_band_lands_in_that_band(band: int) -> None:
    bands = Pqmf(4).analysis(tone((band + 0.5) / 4))
    assert bands.shape == (1, 4, 1024)
    power = bands[0, :, 32:-32].square().mean(1)
    assert power[band] > 0.99 * power.sum()


def test_strided_convolutions_equal_filtering_with_inserted_zeros() -> None:
    bank = Pqmf(4)
    bands = torch.randn(2, 4, 100, generator=torch.Generator().manual_seed(1))
    spread = torch.zeros(2, 4, 400)
    spread[:, :, ::4] = bands
    kernel = bank.synthesis_filter.squeeze(1).flip(1).unsqueeze(0)
    torch.testing.assert_close(
        bank.synthesis(bands), F.conv1d(spread, kernel, padding=31), rtol=1e-4, atol=1e-5
    )


def test_it_keeps_float32_under_autocast_and_stores_nothing() -> None:
    bank, wave = Pqmf(), tone(0.3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = bank.analysis(wave), bank.synthesis(bank.analysis(wave))
    torch.testing.assert_close(
        inside, (bank.analysis(wave), bank.synthesis(bank.analysis(wave))), rtol=0, atol=0
    )
    assert bank.state_dict() == {}
