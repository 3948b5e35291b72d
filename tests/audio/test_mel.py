"""Spectrograms as the family takes them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from engine.audio.mel import (
    librosa_filters,
    linear_spectrogram,
    mel_filters,
    mel_from_linear,
    mel_spectrogram,
    torchaudio_filters,
)
from engine.config import DataConfig

FAMILY = DataConfig()
OTHERS = [
    FAMILY,
    dataclasses.replace(FAMILY, sampling_rate=44100, filter_length=2048, n_mel_channels=128),
    dataclasses.replace(FAMILY, sampling_rate=16000, mel_fmin=60.0, mel_fmax=7600.0),
]


@pytest.mark.parametrize("data", OTHERS, ids=["family", "44 kHz", "limits"])
def test_librosa_and_torchaudio_make_the_same_filters(data: DataConfig) -> None:
    try:
        ours = torchaudio_filters(data)
    except (ImportError, OSError) as error:
        pytest.skip(f"torchaudio does not load here: {error}")
    torch.testing.assert_close(ours, librosa_filters(data), rtol=0, atol=1e-6)


def test_without_torchaudio_librosa_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    data = dataclasses.replace(FAMILY, n_mel_channels=72)  # not in the cache yet
    monkeypatch.setitem(__import__("sys").modules, "torchaudio.functional", None)
    assert torch.equal(mel_filters(data, torch.device("cpu")), librosa_filters(data))


def test_linear_spectrogram_equals_numpy_frame_by_frame() -> None:
    wave = torch.randn(1, 5120, generator=torch.Generator().manual_seed(0))
    spec = linear_spectrogram(wave, 1024, 256, 1024)
    assert spec.shape == (1, 513, 20)
    padded = np.pad(wave[0].double().numpy(), 384, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1024) / 1024)
    for frame in (0, 7, 19):
        bins = np.fft.rfft(padded[256 * frame : 256 * frame + 1024] * window)
        wanted = np.sqrt(np.abs(bins) ** 2 + 1e-6)
        np.testing.assert_allclose(spec[0, :, frame].numpy(), wanted, rtol=1e-3, atol=1e-3)


def test_silence_is_finite_and_so_is_its_gradient() -> None:
    wave = torch.zeros(1, 4096, requires_grad=True)
    mels = mel_spectrogram(wave, FAMILY)
    assert mels.shape == (1, 80, 16)
    mels.sum().backward()
    assert torch.isfinite(mels).all()
    assert wave.grad is not None
    assert torch.isfinite(wave.grad).all()


def test_a_wave_too_short_to_mirror_is_named() -> None:
    with pytest.raises(ValueError, match="a wave of 300 samples is too short"):
        linear_spectrogram(torch.zeros(1, 300), 1024, 256, 1024)


def test_what_evaluation_cached_serves_training() -> None:
    data = dataclasses.replace(FAMILY, filter_length=512, win_length=400, n_mel_channels=40)
    with torch.inference_mode():
        mel_spectrogram(torch.zeros(1, 4096), data)
    wave = torch.randn(1, 4096, generator=torch.Generator().manual_seed(1)).requires_grad_()
    mel_spectrogram(wave, data).sum().backward()
    assert wave.grad is not None


def test_autocast_does_not_cost_precision() -> None:
    wave = torch.randn(1, 4096, generator=torch.Generator().manual_seed(2))
    plain = mel_spectrogram(wave, FAMILY)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(mel_spectrogram(wave, FAMILY), plain)
        spec = linear_spectrogram(wave, 1024, 256, 1024)
        assert torch.equal(mel_from_linear(spec, FAMILY), plain)
