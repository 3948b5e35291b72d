"""The words of a clip whose training list holds phonemes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.config import Config, DataConfig
from engine.errors import InputError
from engine.quality.transcripts import transcripts
from engine.quality.whisper_folder import whisper_folder
from engine.text.preprocess import preprocess

LISTS = Config(data=DataConfig(training_files="train.txt.cleaned", validation_files="val.txt.cleaned"))


def test_words_come_from_the_list_that_was_cleaned(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("a.wav|Hello there.\nb.wav|Two words.\n")
    (tmp_path / "other.txt").write_text("c.wav|anna|Held out.\n")
    preprocess([tmp_path / "train.txt", tmp_path / "other.txt"])
    (tmp_path / "other.txt.cleaned").rename(tmp_path / "val.txt.cleaned")
    (tmp_path / "other.txt.cleaned.json").rename(tmp_path / "val.txt.cleaned.json")
    words = {"a.wav": "Hello there.", "b.wav": "Two words.", "c.wav": "Held out."}
    assert transcripts(LISTS, tmp_path) == words


def test_a_list_of_the_family_has_its_words_beside_it(tmp_path: Path) -> None:
    (tmp_path / "train.txt.cleaned").write_text("a.wav|həlˈoʊ\n")
    (tmp_path / "val.txt.cleaned").write_text("b.wav|tˈuː\n")
    (tmp_path / "train.txt").write_text("a.wav|Hello.\n")
    assert transcripts(LISTS, tmp_path) == {"a.wav": "Hello."}


def test_phonemes_are_never_taken_for_words(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a.wav|həlˈoʊ\n")
    data = replace(LISTS.data, training_files="list.txt", validation_files="list.txt")
    assert transcripts(replace(LISTS, data=data), tmp_path) == {}
    raw = replace(data, cleaned_text=False)
    assert transcripts(replace(LISTS, data=raw), tmp_path) == {"a.wav": "həlˈoʊ"}


def with_model(folder: str) -> Config:
    return replace(LISTS, train=replace(LISTS.train, whisper_model=folder))


def test_a_folder_without_a_whole_model_is_refused(tmp_path: Path) -> None:
    assert whisper_folder(LISTS, tmp_path) is None
    with pytest.raises(
        InputError, match=r"tiny: train.whisper_model .* model.bin is missing; name the folder"
    ):
        whisper_folder(with_model("tiny"), tmp_path)
    (tmp_path / "tiny").mkdir()
    for name in ("model.bin", "config.json"):
        (tmp_path / "tiny" / name).write_text(json.dumps({}))
    with pytest.raises(InputError, match=r"tokenizer.json is missing"):
        whisper_folder(with_model("tiny"), tmp_path)
    (tmp_path / "tiny" / "tokenizer.json").touch()
    assert whisper_folder(with_model("tiny"), tmp_path) == tmp_path / "tiny"
    assert whisper_folder(with_model(str(tmp_path / "tiny")), "/") == tmp_path / "tiny"
