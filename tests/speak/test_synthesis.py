"""A checkpoint speaks: rate, seeds, speakers, scales; and refuses what it cannot say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil  # type: ignore[import-untyped,unused-ignore]
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from engine.config import Config
from engine.errors import InputError
from engine.model.voice import build_voice
from engine.speak.choice import choose
from engine.speak.manner import Manner
from engine.speak.synthesis import Speaker
from engine.speak.torch_network import TorchNetwork, load
from engine.text.sentences import SENTENCE_S

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def voice(run: Path, tiny_config: Config) -> Speaker:
    return load(choose(run)[0], tiny_config, device="cpu")


def say(voice: Speaker, text: str, **how: Any) -> NDArray[np.float32]:
    """All samples of a text."""
    return np.concatenate([part.wave for part in voice.stream(text, Manner(**how))])


def test_same_seed_speaks_the_same_and_slower_is_longer(voice: Speaker) -> None:
    one, two, other = (say(voice, "Hello there, world.", seed=seed) for seed in (1, 1, 2))
    assert len(say(voice, "Hello there, world.", seed=1, length_scale=2.0)) > 1.4 * len(one)
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
    assert one.dtype == np.float32 and np.isfinite(one).all() and len(one) > 0


def test_205_symbol_checkpoint_is_recognised(tiny_config: Config, tmp_path: Path) -> None:
    torch.save({"model": build_voice(tiny_config, 205).state_dict()}, tmp_path / "G_1.pth")
    assert len(say(load(tmp_path / "G_1.pth", tiny_config, device="cpu"), "Hi.", seed=1)) > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"text": "  "}, "nothing to say"),
        ({"text": "Well. [de: Auf Wiedersehen. Yes."}, "has no ] behind its text"),
        ({"text": "hi", "speaker": 3}, "no speaker 3"),
        ({"text": "hi", "length_scale": 0.0}, "length_scale"),
        ({"text": "hi", "noise_scale": 1e30}, "noise_scale is 1e.30; choose one from 0 to 10"),
        ({"text": "hi", "noise_scale_w": -1.0}, "noise_scale_w is -1"),
        ({"text": "hi", "seed": 1 << 70}, "seed is"),
    ],
)
def test_what_cannot_be_said_is_one_sentence(
    voice: Speaker, arguments: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        say(voice, **arguments)


def test_diverged_voice_is_one_sentence(voice: Speaker) -> None:
    network = voice.network
    assert isinstance(network, TorchNetwork)
    for weight in (network.decoder.dec.conv_pre.bias, network.text.enc_p.emb.weight):
        with torch.no_grad():
            weight.fill_(float("nan"))
        with pytest.raises(InputError, match="not finite: the weights are damaged; speak with an older"):
            say(voice, "hi", seed=1)


def test_server_answers_phonemes_speech_and_errors(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.wav"
    requests = [
        {"id": 1, "op": "phonemes", "text": "Hello", "run": str(run)},
        {"id": 2, "op": "speak", "text": "Hello", "run": str(run), "seed": 4, "out": str(out)},
        {"id": 3, "op": "speak", "text": "Hello", "run": str(run), "speaker": 9, "out": str(out)},
        {"id": 4, "op": "sing"},
        {"id": 5, "op": "speak", "text": "Hello", "run": str(run), "checkpoint": "best", "out": str(out)},
    ]
    child = subprocess.run(
        [sys.executable, "-m", "engine.speak.server"],
        input="".join(json.dumps(request) + "\n" for request in requests) + "not json\n",
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    phonemes, speech, no_speaker, unknown, no_best, broken = map(json.loads, child.stdout.splitlines())
    assert "həl" in phonemes["phonemes"]
    assert phonemes["unknown"] == []
    wave, rate = soundfile.read(speech["path"])
    assert rate == 22050 == speech["rate"]
    assert len(wave) / rate == pytest.approx(speech["seconds"])
    assert 2 <= len(speech["waveform"]) <= 600
    assert all(0 <= value <= 1 for row in speech["spectrogram"] for value in row)
    assert "no speaker 9" in no_speaker["error"]
    assert "unknown request" in unknown["error"]
    assert "no best checkpoint yet" in no_best["error"]
    assert broken["error"]


def test_long_text_is_spoken_sentence_by_sentence_with_pauses(voice: Speaker) -> None:
    told: list[tuple[int, int]] = []
    text = "One here.\nTwo there. Three."
    spoken = list(voice.stream(text, Manner(seed=1), on_progress=lambda *at: told.append(at)))
    assert [part.phonemes[-1] for part in spoken] == ["."] * 3
    assert told == [(1, 3), (2, 3), (3, 3)]
    short, long = (len(say(voice, "One. Two.", seed=1, pauses=pauses)) for pauses in (0.0, 2.0))
    assert long - short == round(2 * SENTENCE_S * 22050)


def test_long_text_needs_no_more_memory_than_a_short_one(voice: Speaker, tmp_path: Path) -> None:
    resident: dict[int, int] = {}

    def watch(done: int, _total: int) -> None:
        resident[done] = psutil.Process().memory_info().rss

    text = "The quick brown fox jumps over the lazy dog, and nobody minds at all. " * 60
    speech = voice.say_to_file(text, tmp_path / "long.wav", Manner(seed=1), on_progress=watch)
    assert speech.sentences == 60
    assert soundfile.info(tmp_path / "long.wav").frames == round(speech.seconds * 22050)
    assert max(resident[done] for done in range(15, 61)) - resident[15] < 30 * 2**20


@pytest.mark.parametrize(
    ("ending", "kind"), [("wav", "PCM_16"), ("flac", "PCM_16"), ("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III")]
)
def test_ending_of_the_file_decides_its_format(
    voice: Speaker, tmp_path: Path, ending: str, kind: str
) -> None:
    speech = voice.say_to_file("Hello there.", tmp_path / f"a.{ending}", Manner(seed=1))
    info = soundfile.info(tmp_path / f"a.{ending}")
    assert (info.subtype, info.samplerate, info.channels) == (kind, 22050, 1)
    assert info.duration == pytest.approx(speech.seconds, abs=0.1)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.aac", "Hello.", r'cannot write ".aac" files; choose a name that ends in .wav, .flac'),
        ("a.flac", "Hello there. A measure.", "does not know these symbols"),
    ],
)
def test_what_fails_leaves_no_file(voice: Speaker, tmp_path: Path, name: str, text: str, why: str) -> None:
    del voice.text.table["ʒ"]
    with pytest.raises(InputError, match=why):
        voice.say_to_file(text, tmp_path / name)
    assert not list(tmp_path.glob("*a.*"))
