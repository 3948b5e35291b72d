"""Loudness is BS.1770's, within 0.01 LU of torchaudio's, however the sound is cut into pieces."""

import numpy as np
import pytest
import soundfile
import torch
from torchaudio.functional import loudness as reference

from engine.audio.levels import Levels, sounding
from engine.audio.loudness import PEAK_CEILING, Loudness, gain_to, loudness
from engine.errors import InputError


def _clips(corpora):
    found = [*(corpora / "ljspeech" / "wavs").glob("*.wav"), *(corpora / "kerstin_de").glob("*.flac")]
    return sorted(found)[::6] + sorted((corpora / "mixed_formats").glob("*.wav"))


def _mono(path):
    wav_LC, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return wav_LC.mean(axis=1), rate


def test_real_recordings_measure_as_in_torchaudio(corpora):
    for path in _clips(corpora):
        wav_L, rate = _mono(path)
        expected = float(reference(torch.from_numpy(wav_L)[None], rate))
        meter = Loudness(rate)
        for start in range(0, len(wav_L), 7001):
            meter.add(wav_L[start : start + 7001])
        assert meter.lufs == pytest.approx(expected, abs=0.011), path.name


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000, 96000])
def test_a_sine_at_full_scale_is_3_lufs_below(rate):
    """BS.1770-4: a 997 Hz sine of 0 dBFS in one channel reads -3.01 LKFS."""
    wav_L = np.sin(2 * np.pi * 997 * np.arange(3 * rate) / rate).astype(np.float32)
    assert loudness(wav_L, rate) == pytest.approx(-3.01, abs=0.15)


def test_silence_has_no_loudness_and_pauses_do_not_count():
    """Both gates: speech with as much silence is as loud as the speech."""
    rate = 16000
    silence = np.zeros(4 * rate, np.float32)
    assert loudness(silence, rate) is None
    assert -10 < loudness(np.sin(np.arange(2000) / 5).astype(np.float32), rate) < 3
    noise = np.random.default_rng(1).normal(0, 0.1, 4 * rate).astype(np.float32)
    with_pause = loudness(np.concatenate([noise, silence, noise]), rate)
    assert with_pause == pytest.approx(loudness(noise, rate), abs=0.2)


def test_gain_reaches_the_target_but_never_clips(corpora):
    wav_L, rate = _mono(_clips(corpora)[0])
    gain = gain_to(wav_L, rate, -30.0)
    assert loudness(wav_L * np.float32(gain), rate) == pytest.approx(-30.0, abs=0.05)
    gain = gain_to(wav_L, rate, 0.0)
    assert np.abs(wav_L * gain).max() == pytest.approx(PEAK_CEILING, rel=1e-4)
    with pytest.raises(InputError, match="too quiet"):
        gain_to(np.zeros(rate, np.float32), rate, -23.0)


def test_sounding_parts_are_those_of_librosa(corpora):
    librosa = pytest.importorskip("librosa")
    for path in _clips(corpora):
        wav_L, _ = _mono(path)
        levels = Levels()
        for start in range(0, len(wav_L), 5003):
            levels.add(wav_L[start : start + 5003])
        levels_F = levels.decibels()
        for top_db in (30, 40):
            expected = librosa.effects.split(wav_L, top_db=top_db)
            assert sounding(levels_F, levels_F.max() - top_db, len(wav_L)) == [
                tuple(pair) for pair in expected
            ]
