"""A checkpoint speaks: rate, seeds, speakers, scales; and refuses what it cannot say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from engine.config import Config
from engine.errors import InputError
from engine.model.voice import build_voice
from engine.speak import Speaker, newest_checkpoint

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tiny_config: Config, tmp_path: Path) -> Path:
    """A run folder with one G_ file of fresh weights and the D_ beside it."""
    torch.manual_seed(0)
    model = build_voice(tiny_config, 178).state_dict()
    for name in ("G_3.pth", "D_3.pth"):
        torch.save({"model": model, "iteration": 1, "optimizer": {}, "learning_rate": 1e-4}, tmp_path / name)
    (tmp_path / "config.json").write_text(tiny_config.to_json())
    return tmp_path


def test_same_seed_speaks_the_same(run: Path, tiny_config: Config) -> None:
    speaker = Speaker.load(newest_checkpoint(run), tiny_config, "cpu")
    one, two, other = (speaker.say("Hello there, world.", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.wave, two.wave)
    assert not np.array_equal(one.wave, other.wave)
    assert one.wave.dtype == np.float32
    assert np.isfinite(one.wave).all()
    assert one.seconds > 0
    assert one.ratio == pytest.approx(one.seconds / one.took_s)


def test_slower_is_longer(run: Path, tiny_config: Config) -> None:
    speaker = Speaker.load(newest_checkpoint(run), tiny_config, "cpu")
    fast, slow = (speaker.say("Hello there.", length_scale=scale, seed=1).seconds for scale in (1.0, 2.0))
    assert slow > 1.4 * fast


def test_205_symbol_checkpoint_is_recognised(tiny_config: Config, tmp_path: Path) -> None:
    torch.save({"model": build_voice(tiny_config, 205).state_dict()}, tmp_path / "G_1.pth")
    speaker = Speaker.load(tmp_path / "G_1.pth", tiny_config, "cpu")
    assert len(speaker.say("Hi.", seed=1).wave) > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"text": "  "}, "nothing to say"),
        ({"text": "hi", "speaker": 3}, "no speaker 3"),
        ({"text": "hi", "length_scale": 0.0}, "length_scale"),
        ({"text": "hi", "noise_scale": float("nan")}, "noise_scale is nan"),
        ({"text": "hi", "noise_scale": 1e30}, "noise_scale is 1e.30; choose one from 0 to 10"),
        ({"text": "hi", "noise_scale_w": -1.0}, "noise_scale_w is -1"),
        ({"text": "hi", "seed": 1 << 70}, "seed is"),
    ],
)
def test_what_cannot_be_said_is_one_sentence(
    run: Path, tiny_config: Config, arguments: dict[str, object], sentence: str
) -> None:
    speaker = Speaker.load(newest_checkpoint(run), tiny_config, "cpu")
    with pytest.raises(InputError, match=sentence):
        speaker.say(**arguments)  # type: ignore[arg-type]


def test_a_voice_that_has_diverged_is_one_sentence(run: Path, tiny_config: Config) -> None:
    speaker = Speaker.load(newest_checkpoint(run), tiny_config, "cpu")
    for weight in (speaker.voice.dec.conv_pre.bias, speaker.voice.enc_p.emb.weight):
        with torch.no_grad():
            weight.fill_(float("nan"))
        with pytest.raises(InputError, match="not finite: the weights are damaged; speak with an older"):
            speaker.say("hi", seed=1)


def test_no_checkpoint_yet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no checkpoint yet"):
        newest_checkpoint(tmp_path)


def test_config_of_another_size_is_named(run: Path, tiny_config: Config) -> None:
    wider = replace(tiny_config, model=replace(tiny_config.model, hidden_channels=32))
    with pytest.raises(InputError, match="another shape"):
        Speaker.load(newest_checkpoint(run), wider, "cpu")


def test_server_answers_phonemes_speech_and_errors(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.wav"
    requests = [
        {"id": 1, "op": "phonemes", "text": "Hello", "run": str(run)},
        {"id": 2, "op": "speak", "text": "Hello", "run": str(run), "seed": 4, "out": str(out)},
        {"id": 3, "op": "speak", "text": "Hello", "run": str(run), "speaker": 9},
        {"id": 4, "op": "sing"},
    ]
    child = subprocess.run(
        [sys.executable, "-m", "engine.speak_server"],
        input="".join(json.dumps(request) + "\n" for request in requests) + "not json\n",
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    phonemes, speech, no_speaker, unknown, broken = map(json.loads, child.stdout.splitlines())
    assert "həl" in phonemes["phonemes"]
    assert phonemes["unknown"] == []
    wave, rate = soundfile.read(speech["path"])
    assert rate == 22050 == speech["rate"]
    assert len(wave) / rate == pytest.approx(speech["seconds"])
    assert 2 <= len(speech["waveform"]) <= 600
    assert all(0 <= value <= 1 for row in speech["spectrogram"] for value in row)
    assert "no speaker 9" in no_speaker["error"]
    assert "unknown request" in unknown["error"]
    assert broken["error"]
