"""The inverse transform against torch's own."""

from __future__ import annotations

import pytest
import torch

from engine.audio.istft import InverseStft

SIZES = [(16, 4), (16, 8), (16, 5), (15, 4), (64, 16)]


def spectrum(n_fft: int, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(n_fft * frames)
    shape = (3, n_fft // 2 + 1, frames)
    return torch.randn(shape, generator=generator).exp(), 3 * torch.randn(shape, generator=generator)


@pytest.mark.parametrize(("n_fft", "hop"), SIZES)
@pytest.mark.parametrize("frames", [6, 129])
def test_it_equals_torch_istft(n_fft: int, hop: int, frames: int) -> None:
    magnitude, phase = spectrum(n_fft, frames)
    window = torch.hann_window(n_fft)
    wanted = torch.istft(torch.polar(magnitude, phase), n_fft, hop, n_fft, window)
    made = InverseStft(n_fft, hop)(magnitude, phase)
    assert made.shape == (3, (frames - 1) * hop + n_fft % 2)
    torch.testing.assert_close(made, wanted, rtol=1e-4, atol=2e-5)


def test_a_wave_survives_the_transform_and_its_inverse() -> None:
    wave = torch.randn(2, 400, generator=torch.Generator().manual_seed(0))
    bins = torch.stft(wave, 16, 4, 16, torch.hann_window(16), return_complex=True)
    torch.testing.assert_close(InverseStft(16, 4)(bins.abs(), bins.angle()), wave, rtol=1e-4, atol=1e-5)


def test_gradients_equal_those_of_torch_istft() -> None:
    grads = []
    for ours in (True, False):
        magnitude, phase = (t.requires_grad_() for t in spectrum(16, 20))
        if ours:
            wave = InverseStft(16, 4)(magnitude, phase)
        else:
            wave = torch.istft(torch.polar(magnitude, phase), 16, 4, 16, torch.hann_window(16))
        wave.square().sum().backward()
        grads.append((magnitude.grad, phase.grad))
    torch.testing.assert_close(grads[0], grads[1], rtol=1e-3, atol=1e-3)


def test_it_keeps_float32_under_autocast_and_stores_nothing() -> None:
    inverse = InverseStft(16, 4)
    magnitude, phase = spectrum(16, 9)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(inverse(magnitude, phase), inverse(magnitude.clone(), phase.clone()))
        assert inverse(magnitude, phase).dtype == torch.float32
    assert inverse.state_dict() == {}
