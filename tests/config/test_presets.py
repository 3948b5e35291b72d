"""Presets and voice.json: what a config does not say, the workspace does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from docs.config_rows import config_rows
from engine import config as configs
from engine import presets, workspace
from engine.config import voice_file
from engine.errors import InputError
from engine.text.symbols import ENGLISH_178, MULTILINGUAL_205
from engine.workspace import Workspace

LJ_LISTS = [f"filelists/ljs_audio_text_{name}_filelist.txt.cleaned" for name in ("train", "val")]


def _workspace(root: Path, language: str = "en") -> Workspace:
    return workspace.init(root, language=language)


def _config(place: Workspace, name: str = "mine", **data: Any) -> Path:
    tree = json.loads((place.configs_dir / "small_cpu.json").read_text())
    tree["data"] |= data
    path = place.configs_dir / f"{name}.json"
    path.write_text(json.dumps(tree, indent=2))
    return path


def _earlier(
    train: str = "filelists/train.txt.cleaned", val: str = "filelists/val.txt.cleaned"
) -> dict[str, Any]:
    """What the data section said beside its audio parameters as long as `init` wrote lists into configs."""
    lists = {"training_files": train, "validation_files": val}
    return lists | {"text_cleaners": ["english_cleaners2"], "n_speakers": 0, "cleaned_text": True}


@pytest.mark.parametrize("path", sorted(workspace.shipped_configs().iterdir()), ids=lambda path: path.stem)
def test_shipped_presets_say_sizes_and_audio_parameters_only(path: Path) -> None:
    tree = json.loads(path.read_text())
    assert set(tree) == {"train", "data", "model"}
    assert not tree["data"].keys() & _earlier().keys()
    assert "gin_channels" not in tree["model"]


def test_a_preset_takes_lists_cleaner_symbols_and_speakers_of_the_workspace(tmp_path: Path) -> None:
    place = _workspace(tmp_path, "de")
    voice_file.add_symbols(tmp_path, [*ENGLISH_178, "-", "õ"])
    voice_file.add_speakers(tmp_path, ["anna", "ben"])
    found = presets.complete(place, place.config_named("small_cpu"))
    data = found.data
    lists = ("filelists/train.txt.cleaned", "filelists/val.txt.cleaned")
    assert (data.training_files, data.validation_files) == lists
    assert data.text_cleaners == ("espeak:de",)
    assert found.symbols == (*ENGLISH_178, "-", "õ")
    assert found.speakers == ("anna", "ben")
    assert (data.n_speakers, found.model.gin_channels) == (2, 256)
    assert configs.parse(found.to_json()) == found


def test_the_config_of_a_run_has_every_key_that_the_family_reads(tmp_path: Path) -> None:
    place = _workspace(tmp_path, "de")
    data = json.loads(presets.complete(place, place.config_named("small_cpu")).to_json())["data"]
    keys = {
        row.key.removeprefix("data.") for row in config_rows() if row.key.startswith("data.") and row.family
    }
    assert set(data) == {*keys, "normaliser"}  # the family takes a key that it does not read


def test_one_speaker_or_none_needs_no_speaker_channels(tmp_path: Path) -> None:
    place = _workspace(tmp_path)
    assert presets.complete(place, place.config_named("small_cpu")).data.n_speakers == 0
    voice_file.add_speakers(tmp_path, ["anna"])
    found = presets.complete(place, place.config_named("small_cpu"))
    assert (found.data.n_speakers, found.model.gin_channels) == (1, 0)


def test_without_a_voice_file_the_symbols_are_those_of_the_language(tmp_path: Path) -> None:
    english = _workspace(tmp_path / "en")
    assert presets.complete(english, english.config_named("small_cpu")).symbols is None
    korean = _workspace(tmp_path / "ko", "ko")
    table = presets.complete(korean, korean.config_named("small_cpu")).symbols
    assert table is not None and table[:205] == MULTILINGUAL_205
    german = _workspace(tmp_path / "de", "de")
    assert presets.complete(german, german.config_named("small_cpu")).symbols == (*ENGLISH_178, "-")


def test_a_config_that_names_lists_is_taken_as_it_is(tmp_path: Path) -> None:
    place = _workspace(tmp_path, "de")
    voice_file.add_speakers(tmp_path, ["anna", "ben"])
    mine = _config(place, training_files="lists/a.txt", validation_files="lists/b.txt")
    assert presets.complete(place, mine) == configs.load(mine)
    assert not presets.is_preset(place, mine)
    other = _config(place, **_earlier() | {"text_cleaners": ["basic_cleaners"]})
    assert presets.complete(place, other) == configs.load(other)


@pytest.mark.parametrize("lists", [(), LJ_LISTS], ids=["usual", "LJ"])
def test_a_config_as_an_earlier_init_wrote_it_counts_as_a_preset(tmp_path: Path, lists: list[str]) -> None:
    place = _workspace(tmp_path, "de")
    found = presets.complete(place, _config(place, **_earlier(*lists)))
    assert found == presets.complete(place, place.config_named("small_cpu"))
    assert found.data.text_cleaners == ("espeak:de",)


def test_who_has_the_lists_of_lj_speech_trains_on_them(tmp_path: Path) -> None:
    place = _workspace(tmp_path)
    (tmp_path / LJ_LISTS[0]).write_text("wavs/a.wav|həlˈoʊ\n")
    assert presets.complete(place, _config(place, **_earlier(*LJ_LISTS))).data.training_files == LJ_LISTS[0]


def test_a_preset_keeps_what_it_says_itself(tmp_path: Path) -> None:
    place = _workspace(tmp_path, "ko")
    mine = _config(place, text_cleaners=["korean_pronounced_cleaners"])
    assert presets.complete(place, mine).data.text_cleaners == ("korean_pronounced_cleaners",)


def test_entries_of_voice_json_never_move(tmp_path: Path) -> None:
    assert voice_file.read(tmp_path) == voice_file.VoiceFile()
    voice_file.add_symbols(tmp_path, ENGLISH_178)
    voice_file.add_speakers(tmp_path, ["zoe", "anna"])
    voice_file.add_symbols(tmp_path, ["õ", "-", *ENGLISH_178, "õ"])
    found = voice_file.add_speakers(tmp_path, ["ben", "anna"])
    assert found == voice_file.read(tmp_path)
    assert found.symbols == (*ENGLISH_178, "õ", "-")
    assert found.speakers == ("zoe", "anna", "ben")
    tree = json.loads((tmp_path / "voice.json").read_text(encoding="utf-8"))
    assert tree["speakers"] == {"zoe": 0, "anna": 1, "ben": 2}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ('{"symbols": ["ab"]}', r"symbols\[0\]: is .* a single character"),
        ('{"speakers": {"a": 0, "b": 2}}', "an id of its own from 0 up"),
        ('{"speakers": {"a": 0, "b": 0}}', "an id of its own from 0 up"),
        ('{"speakers": ["a"]}', "speakers: is .* it must be a table"),
    ],
)
def test_a_damaged_voice_json_is_refused_and_not_overwritten(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "voice.json").write_text(text)
    with pytest.raises(InputError, match=says):
        voice_file.add_speakers(tmp_path, ["anna"])
    assert (tmp_path / "voice.json").read_text() == text
