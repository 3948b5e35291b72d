"""Recordings in pieces: within the limits, nothing lost, cut where nobody speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.transcribe.chunking import cut, cut_samples, resampled
from tests.transcribe.support import record, write_wav

RATE = 8000


def speech(seconds: float, pauses: list[tuple[float, float]], seed: int = 0) -> np.ndarray:
    """Noise that is quiet within the pauses."""
    samples = np.random.default_rng(seed).normal(0, 4000, round(seconds * RATE))
    for begin, end in pauses:
        samples[round(begin * RATE) : round(end * RATE)] *= 0.005
    return samples.astype(np.int16)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 9000), min_size=1, max_size=12), st.integers(1000, 9000), st.integers(0, 99))
def test_pieces_are_within_the_limit_and_together_the_whole(
    blocks: list[int], longest: int, seed: int
) -> None:
    whole = speech(sum(blocks) / RATE, [], seed)
    parts = np.split(whole, np.cumsum(blocks)[:-1])
    pieces = list(cut_samples(parts, RATE, longest))
    assert all(0 < len(piece.pcm_L) <= longest for piece in pieces)
    assert np.array_equal(np.concatenate([piece.pcm_L for piece in pieces]), whole)
    assert [piece.start for piece in pieces] == list(np.cumsum([0, *(len(p.pcm_L) for p in pieces)])[:-1])


def test_the_blocks_that_a_file_comes_in_decide_nothing() -> None:
    whole = speech(30, [(7, 7.5), (13, 13.4)])
    one = [piece.digest for piece in cut_samples([whole], RATE, 10 * RATE)]
    many = [piece.digest for piece in cut_samples(np.array_split(whole, 77), RATE, 10 * RATE)]
    assert one == many


def test_the_cut_falls_into_the_last_pause_that_fits() -> None:
    whole = speech(20, [(3, 3.5), (6, 6.5), (8.6, 9.1)])
    first = next(cut_samples([whole], RATE, 10 * RATE))
    assert 8.6 < len(first.pcm_L) / RATE < 9.1


def test_stereo_becomes_the_mean_of_its_channels(tmp_path: Path) -> None:
    left, right = speech(1, [], 1), speech(1, [], 2)
    write_wav(tmp_path / "a.wav", np.stack([left, right], axis=1).ravel(), RATE, 2)
    (piece,) = cut(tmp_path / "a.wav", 60, 10**7, 16000)
    mean = (left.astype(np.float64) + right) / 2
    assert np.abs(piece.pcm_L - mean).max() <= 0.5


def test_the_limit_in_bytes_holds_at_the_rate_that_is_sent(tmp_path: Path) -> None:
    record(tmp_path / "a.wav", 10, 1, rate=8000)
    pieces = list(cut(tmp_path / "a.wav", 60, 64_000, 16000))
    assert len(pieces) >= 5
    assert all(2 * len(resampled(piece, 16000)) <= 64_000 for piece in pieces)


def test_lengths_are_rounded_up_and_silence_is_known(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.zeros(8001, np.int16), RATE)
    (piece,) = cut(tmp_path / "a.wav", 60, 10**7, 16000)
    assert piece.length_ms == 1001
    assert piece.is_silent
    (piece,) = cut(record(tmp_path / "b.wav", 1, 1), 60, 10**7, 16000)
    assert not piece.is_silent
