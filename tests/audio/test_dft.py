"""Magnitudes by a matrix product: those of torch.stft, and their gradient."""

from __future__ import annotations

import pytest
import torch

from engine.audio.dft import stft_magnitudes

LEAST = 1e-7


@pytest.mark.parametrize(
    ("n_fft", "hop", "size"), [(384, 30, 150), (683, 60, 300), (171, 10, 60), (64, 16, 64)]
)
def test_magnitudes_and_gradient_are_those_of_torch_stft(n_fft: int, hop: int, size: int) -> None:
    dice = torch.Generator().manual_seed(1)
    wave_BL = torch.randn(3, 1024, dtype=torch.float64, generator=dice)
    wave_BL[1, 300:] = 0.0  # silence: the floor and no gradient
    window = torch.hann_window(size, dtype=torch.float64)
    exact = wave_BL.clone().requires_grad_()
    bins = torch.stft(exact, n_fft, hop, size, window, return_complex=True)
    wanted = (bins.real.square() + bins.imag.square()).clamp_min(LEAST).sqrt().transpose(1, 2)
    ours = wave_BL.float().requires_grad_()
    found = stft_magnitudes(ours, n_fft, hop, window.float(), LEAST)
    torch.testing.assert_close(found.double(), wanted, rtol=1e-5, atol=3e-5)
    weights = torch.rand(wanted.shape, dtype=torch.float64, generator=dice)
    (wanted_gradient,) = torch.autograd.grad((wanted * weights).sum(), exact)
    (gradient,) = torch.autograd.grad((found * weights.float()).sum(), ours)
    torch.testing.assert_close(gradient.double(), wanted_gradient, rtol=1e-4, atol=2e-4)
    assert gradient[1, 300 + n_fft :].abs().max() == 0.0
