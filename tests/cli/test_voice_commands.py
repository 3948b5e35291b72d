"""The commands of a workspace whose language is said once: init, preprocess, symbols, speakers, check, train, speak."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from engine import presets, workspace
from engine.audio.wav import write_pcm16
from engine.config import voice_file
from tests.cli_support import vitsdeck
from tui.cli import here

LISTS = {"training": "train", "validation": "val"}
GERMAN = ["Guten Morgen, liebe Leute.", "Der Zug fährt um sieben Uhr ab.", "Ein Café am Fluß, sagt er."]


def _lists(root: Path, texts: list[str] = GERMAN, speakers: tuple[str, ...] = ()) -> None:
    """Two seconds of sound for each text, and raw lists of them."""
    sound = 0.1 * np.sin(np.arange(44100) / 20).astype(np.float32)
    rows = []
    for number, text in enumerate(texts):
        write_pcm16(root / "wavs" / f"{number}.wav", sound, 22050)
        name = f"{speakers[number % len(speakers)]}|" if speakers else ""
        rows.append(f"wavs/{number}.wav|{name}{text}\n")
    (root / "filelists" / "train.txt").write_text("".join(rows), encoding="utf-8")
    (root / "filelists" / "val.txt").write_text(rows[0], encoding="utf-8")


def _own_config(root: Path, name: str, cleaned: str, **data: object) -> Path:
    """A complete config of the person's own."""
    tree = json.loads((root / "configs" / "small_cpu.json").read_text())
    lists = {f"{kind}_files": f"filelists/{part}.txt{cleaned}" for kind, part in LISTS.items()}
    tree["data"] |= lists | data
    path = root / "configs" / f"{name}.json"
    path.write_text(json.dumps(tree))
    return path


@pytest.fixture
def german(tmp_path: Path) -> Path:
    """A German workspace with lists that are not cleaned yet."""
    workspace.init(tmp_path, language="de")
    _lists(tmp_path)
    return tmp_path


def test_init_takes_the_language_and_english_without_one(tmp_path: Path) -> None:
    assert vitsdeck(tmp_path, "init", "a", "--language", "Deutsch").returncode == 0
    assert vitsdeck(tmp_path, "init", "b").returncode == 0
    found = [workspace.find(tmp_path / name) for name in "ab"]
    assert [place and place.language.code for place in found] == ["de", "en"]
    refused = vitsdeck(tmp_path, "init", "c", "--language", "germn")
    assert (refused.returncode, (tmp_path / "c").exists()) == (2, False)
    assert "did you mean de" in refused.stderr


@pytest.mark.parametrize(
    ("typed", "code"),
    [(["German"], "de"), ([""], "en"), ([EOFError], "en")],
)
def test_init_on_a_terminal_asks_for_the_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: list[str | type[Exception]], code: str
) -> None:
    asked = mock.Mock(side_effect=typed)
    monkeypatch.setattr(here, "is_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", asked)
    for _ in range(2):
        assert vitsdeck(tmp_path, "init", "a").returncode == 0
    asked.assert_called_with("What do the recordings speak, as en, de or korean (Enter: en)? ")
    assert asked.call_count == len(typed)
    found = workspace.find(tmp_path / "a")
    assert found is not None and found.language.code == code


def test_init_with_another_language_says_what_changed(german: Path) -> None:
    assert vitsdeck(german, "preprocess").returncode == 0
    changed = vitsdeck(german, "init", "--language", "en")
    assert "vitsdeck.toml: language changed from German to English; clean the lists again" in changed.stderr
    assert "changed" not in vitsdeck(german, "init", "--language", "en").stderr
    refused = vitsdeck(german, "check")
    assert refused.returncode == 2 and "clean it again with `vitsdeck preprocess`" in refused.stderr
    assert "if it is German, say so with `vitsdeck init --language de`" in refused.stderr
    assert vitsdeck(german, "check", "--language", "de").returncode == 0


def test_preprocess_without_arguments_takes_the_workspaces_lists(german: Path) -> None:
    done = vitsdeck(german, "preprocess")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "filelists/train.txt.cleaned: 3 lines",
        "filelists/val.txt.cleaned: 1 line",
    ]
    sidecar = json.loads((german / "filelists" / "train.txt.cleaned.json").read_text())
    assert (sidecar["cleaners"], sidecar["language"]) == (["normalise:de-1", "espeak:de"], "de")


def test_preprocess_after_symbols_store_knows_the_workspaces_table(german: Path) -> None:
    (german / "vitsdeck.toml").write_text('[preprocess]\ntext_cleaners = "basic_cleaners"\n')
    before = vitsdeck(german, "preprocess")
    assert "the voice's 178 symbols of the English table lack" in before.stderr
    assert "'ä' U+00E4" in before.stderr and "vitsdeck symbols --store" in before.stderr
    asked = vitsdeck(german, "symbols")
    assert asked.returncode == 1 and "voice.json: lacks 'ä' U+00E4" in asked.stdout
    assert not (german / "voice.json").exists()
    assert vitsdeck(german, "symbols", "--store").returncode == 0
    after = vitsdeck(german, "preprocess")
    assert "lack" not in after.stderr
    assert vitsdeck(german, "symbols").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["preprocess"],
            "filelists: there are no lists; make them with `vitsdeck split MANIFEST`, or name others",
        ),
        (["convert"], "no recordings are named; type `vitsdeck convert --in_path FOLDER`"),
        (["train", "-m", "a"], "no such filelist; `vitsdeck prepare RECORDINGS` makes it"),
    ],
)
def test_command_in_an_empty_workspace_says_what_to_type(tmp_path: Path, words: list[str], said: str) -> None:
    workspace.init(tmp_path)
    refused = vitsdeck(tmp_path, *words)
    assert refused.returncode == 2
    assert f"{said}\n" in refused.stderr


def test_speakers_write_keeps_ids_in_voice_json(german: Path) -> None:
    _lists(german, speakers=("zoe", "ben"))
    done = vitsdeck(german, "speakers", "filelists/train.txt", "--write")
    assert done.returncode == 0, done.stderr
    _lists(german, speakers=("anna", "ben"))
    assert vitsdeck(german, "speakers", "filelists/train.txt", "-c", "small_cpu", "--write").returncode == 0
    assert voice_file.read(german).speakers == ("ben", "zoe", "anna")
    place = workspace.Workspace(german)
    config = presets.complete(place, place.config_named("small_cpu"))
    assert (config.data.n_speakers, config.model.gin_channels) == (3, 256)


def test_symbols_and_speakers_of_a_complete_config_are_kept_in_it(german: Path) -> None:
    mine = _own_config(german, "mine", "", text_cleaners=["basic_cleaners"], cleaned_text=False)
    _lists(german, speakers=("zoe", "ben"))
    assert vitsdeck(german, "symbols", "-c", "mine", "--store").returncode == 0
    assert vitsdeck(german, "speakers", "filelists/train.txt", "-c", "mine", "--write").returncode == 0
    tree = json.loads(mine.read_text())
    assert tree["speakers"] == ["ben", "zoe"] and "ä" in tree["symbols"]
    assert not (german / "voice.json").exists()


@pytest.fixture
def mismatched(german: Path) -> Path:
    """Lists cleaned as German, and a config of the person's own that says English."""
    assert vitsdeck(german, "preprocess").returncode == 0
    _own_config(german, "english", ".cleaned", text_cleaners=["english_cleaners2"], min_text_len=2)
    return german


@pytest.mark.parametrize(
    "words",
    [
        ["fix", "filelists/train.txt.cleaned", "-c", "english"],
        ["train", "-c", "english", "-m", "a", "--skip-invalid"],
    ],
    ids=lambda words: f"{words[0]}{' --skip-invalid' * ('--skip-invalid' in words)}",
)
def test_lists_cleaned_for_another_language_are_refused(mismatched: Path, words: list[str]) -> None:
    done = vitsdeck(mismatched, *words)
    assert done.returncode == 2, done.stderr
    assert "was cleaned by espeak:de (German), but the voice uses english_cleaners2 (English)" in done.stderr
    assert "`vitsdeck preprocess --filelists " in done.stderr
    assert not (mismatched / "logs" / "a").exists()
    assert vitsdeck(mismatched, "check", "filelists/train.txt.cleaned", "-c", "small_cpu").returncode == 0


def test_speak_refuses_another_config_for_a_run(mismatched: Path) -> None:
    run = mismatched / "logs" / "anna"
    run.mkdir(parents=True)
    place = workspace.Workspace(mismatched)
    (run / "config.json").write_text(presets.complete(place, place.config_named("english")).to_json())
    (run / "run.json").write_text("{}")
    done = vitsdeck(mismatched, "speak", "Guten Tag.", "-m", "anna", "-c", "small_cpu")
    assert done.returncode == 2
    assert "small_cpu: a run speaks with its own config; leave -c out" in done.stderr


DUTCH = [
    "De man en de vrouw gaan met het kind naar de stad, want het is een mooie dag.",
    "Hij heeft niet veel tijd, maar hij wil ook nog naar zijn moeder in het dorp.",
    "Wij zijn er al om te zien wat er met de boot is die hier op het water ligt.",
]


def test_preprocess_names_texts_in_another_language_before_it_writes(german: Path) -> None:
    _lists(german, DUTCH)
    refused = vitsdeck(german, "preprocess")
    assert refused.returncode == 2
    assert "the texts are not German; is this Dutch? --language nl" in refused.stderr
    assert not list((german / "filelists").glob("*.cleaned*"))
    assert vitsdeck(german, "preprocess", "--language", "nl").returncode == 0
    sidecar = json.loads((german / "filelists" / "train.txt.cleaned.json").read_text())
    assert (sidecar["cleaners"], sidecar["language"]) == (["normalise:nl-1", "espeak:nl"], "nl")


def test_check_mend_and_speakers_without_arguments_take_the_workspaces_lists(german: Path) -> None:
    none = vitsdeck(german.parent, "check")
    assert (none.returncode, "there are no lists" in none.stderr) == (2, True)
    assert vitsdeck(german, "check").stderr.startswith("4 clips")
    assert vitsdeck(german, "preprocess").returncode == 0
    assert "filelists/train.txt.cleaned" in str(vitsdeck(german, "check", "--json").json["clips"])
    assert "4 clips" in vitsdeck(german, "speakers").stdout
    assert vitsdeck(german, "fix", "--dry-run").returncode == 0
