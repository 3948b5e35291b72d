"""Distances of spectrograms whose true distance is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.quality.distances import Mel, aligned, mel_cepstral_distortion, mel_distance

BANDS = 80


def noise(frames: int, seed: int = 0) -> Mel:
    return np.random.default_rng(seed).standard_normal((BANDS, frames)).astype(np.float32)


def ripple(order: int, height: float = 0.2) -> Mel:
    """One period of a cosine over the bands for each two orders, the same in 7 frames."""
    angles = np.pi * order / BANDS * (np.arange(BANDS) + 0.5)
    return np.repeat(height * np.cos(angles)[:, None], 7, axis=1).astype(np.float32)


def test_mel_distance_is_the_mean_difference() -> None:
    mel = noise(9)
    shifted = mel.copy()
    shifted[::2] -= 0.5
    assert mel_distance(mel, shifted) == pytest.approx(0.25)


@pytest.mark.parametrize("order", [1, 5, 13])
def test_distortion_is_the_difference_of_the_spectra_in_decibels(order: int) -> None:
    mel = noise(7)
    decibels = 20 / math.log(10) * ripple(order)
    rms = float(np.sqrt(np.square(decibels).mean(0)).mean())
    assert mel_cepstral_distortion(mel, mel + ripple(order)) == pytest.approx(rms, rel=1e-5)


def test_distortion_takes_neither_loudness_nor_fine_structure() -> None:
    mel = noise(7)
    assert mel_cepstral_distortion(mel, mel + 1.5) == pytest.approx(0, abs=1e-4)
    assert mel_cepstral_distortion(mel, mel + ripple(14)) == pytest.approx(0, abs=1e-4)


def test_a_reading_that_only_dwells_longer_has_no_distance() -> None:
    mel = noise(12)
    slower = np.repeat(mel, [1, 3, 1, 1, 2, 5, 1, 1, 1, 1, 4, 2], axis=1)
    recorded, spoken = aligned(mel, slower)
    assert recorded.shape == spoken.shape == slower.shape
    assert mel_distance(recorded, spoken) == 0.0
    recorded, spoken = aligned(slower, mel)
    assert mel_distance(recorded, spoken) == 0.0


@pytest.mark.parametrize(("frames", "others"), [(1, 1), (1, 6), (40, 25), (25, 40)])
def test_the_path_is_as_cheap_as_librosa_finds_it(frames: int, others: int) -> None:
    from librosa.sequence import dtw

    recorded, spoken = noise(frames, 1), noise(others, 2)
    costs, _path = dtw(X=recorded, Y=spoken, metric="cityblock")
    along = aligned(recorded, spoken)
    assert np.abs(along[0] - along[1]).sum() == pytest.approx(costs[-1, -1], rel=1e-6)
