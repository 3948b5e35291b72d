"""The plain forward pass has the samples of `Voice.infer`."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bench.plain_speak import PlainSpeech
from engine.config import Config
from engine.model.voice import Noise, build_voice
from tests.model.golden import fill
from tests.train.conftest import TINY


def config_with(decoder: str) -> Config:
    if decoder == "multiband":
        return TINY
    return replace(TINY, model=replace(TINY.model, decoder=decoder, subbands=1, upsample_rates=(8, 8)))


@pytest.mark.parametrize("decoder", ["multiband", "istft"])
def test_plain_speech_has_the_samples_of_the_voice(decoder: str) -> None:
    config = config_with(decoder)
    voice = build_voice(config, 178).eval()
    fill(voice)
    voice.fold_weight_norm()
    dice = torch.Generator().manual_seed(1)
    ids_BN = torch.randint(1, 170, (1, 40), generator=dice)
    rhythm_B2N = torch.randn(1, 2, 40, generator=dice)
    plain = PlainSpeech(voice, config.model)
    frames = plain.speak(ids_BN, noise=Noise(duration_B2N=rhythm_B2N)).shape[2] // config.data.hop_length
    prior_BCF = torch.randn(1, voice.inter_channels, frames, generator=dice)
    noise = Noise(prior_BCF=prior_BCF, duration_B2N=rhythm_B2N)
    expected = voice.infer(ids_BN, torch.tensor([40]), noise=noise).wave_B1L
    assert expected.abs().max() > 1e-3
    torch.testing.assert_close(plain.speak(ids_BN, noise=noise), expected, rtol=0, atol=1e-4)
