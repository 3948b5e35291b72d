"""Exported voices in Piper itself, on the first sentences without digits of two corpora."""

from __future__ import annotations

import json
from pathlib import Path

import piper
import pytest

from tests.export.support import (
    SENTENCES,
    SPEAKERS,
    TorchVoice,
    compare_with_piper,
    config_for,
    export_run,
    run_of,
    sentences_of,
)

LEAST = 9  # of 20 sentences for which Piper's espeak writes our phonemes


@pytest.mark.parametrize(
    ("corpus", "cleaner", "speakers"),
    [
        ("ljspeech", "english_cleaners2", ()),
        ("kerstin_de", "espeak:de", ()),
        ("ljspeech", "english_cleaners2", SPEAKERS),
    ],
)
def test_piper_speaks_what_torch_speaks(
    corpora: Path, tmp_path: Path, corpus: str, cleaner: str, speakers: tuple[str, ...]
) -> None:
    texts = sentences_of(corpora, corpus)
    assert len(texts) == SENTENCES
    config = config_for(cleaner, texts, speakers=speakers)
    run = run_of(tmp_path / "run", config, texts)
    assert compare_with_piper(run, config, export_run(run, config), texts) >= LEAST


def test_piper_reads_every_key_of_the_settings(tmp_path: Path) -> None:
    config = config_for("espeak:de", speakers=SPEAKERS)
    run = run_of(tmp_path / "run", config, ["Ich möchte.", "Ich."])
    made = export_run(run, config)
    assert made.name == "de_DE-run-low"
    settings = json.loads((made.folder / f"{made.name}.onnx.json").read_text(encoding="utf-8"))
    voice = piper.PiperVoice.load(made.folder / f"{made.name}.onnx")
    assert voice.config.speaker_id_map == {name: place for place, name in enumerate(SPEAKERS)}
    assert (voice.config.sample_rate, voice.config.hop_length) == (22050, 256)
    assert settings["language"] == {"code": "de_DE", "family": "de", "region": "DE"}
    assert (settings["dataset"], settings["audio"]["quality"]) == ("run", "low")
    # the ich-sound is one symbol, which Piper takes apart and joins again
    phonemes = voice.phonemize("Ich.")[0]
    assert phonemes == ["ɪ", "c\u0327", "."]
    assert voice.phonemes_to_ids(phonemes) == TorchVoice(run, config).text.ids("ɪç.")


def test_symbols_that_training_never_saw_are_left_out(tmp_path: Path) -> None:
    config = config_for("english_cleaners2")
    run = run_of(tmp_path / "run", config, ["No."])
    made = export_run(run, config)
    settings = json.loads((made.folder / f"{made.name}.onnx.json").read_text(encoding="utf-8"))
    assert set(settings["phoneme_id_map"]) == {*"nˈoʊ.", "^", "$", "_"}
    assert settings["num_symbols"] == 178
    rows = (made.folder / "tokens.txt").read_text(encoding="utf-8").splitlines()
    assert {row.rpartition(" ")[0] for row in rows} == set(settings["phoneme_id_map"])
