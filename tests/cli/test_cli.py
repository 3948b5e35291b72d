"""The command line: flags in both spellings, exit codes, one JSON document, and text of others that is only shown."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from tests.cli_support import environment, vitsdeck, voice_workspace
from tui.cli import _set_cache_folder, _without_debug
from tui.cli.progress import Progress
from tui.cli.table import COMMANDS, application

ROWS = {name: row for rows in COMMANDS.values() for name, row in rows.items()}


@pytest.mark.parametrize(("old", "new"), [("mend", "fix"), ("analyse", "measure")])
def test_old_name_of_a_command_is_understood_and_not_shown(old: str, new: str) -> None:
    root = application()
    outer = root.make_context("vitsdeck", [old])
    assert root.resolve_command(outer, [old])[1] is root.commands[new]
    assert old not in root.commands


@pytest.mark.parametrize(
    "line",
    [
        "convert --in_path a --out_path b",
        "split manifest --out_dir lists",
        "preprocess --filelists a b --text_index 1 --text_cleaners basic_cleaners",
        "train -m x --batch_size 3 --skip_invalid",
        "speak hello --noise_scale 3",
    ],
)
def test_a_flag_of_the_seed_family_may_be_written_with_hyphens(line: str) -> None:
    root = application()
    name, *words = line.split()
    outer = root.make_context("vitsdeck", [name])
    hyphens = [word.replace("_", "-") if word.startswith("--") else word for word in words]
    found = [root.commands[name].make_context(name, list(each), parent=outer) for each in (words, hyphens)]
    assert found[0].params == found[1].params


def test_old_spelling_of_a_flag_is_understood_and_not_shown(tmp_path: Path) -> None:
    root = application()
    outer = root.make_context("vitsdeck", ["train"])
    for spelling in ("--skip-invalid", "--allow-bad", "--allow_bad"):
        made = root.commands["train"].make_context("train", ["-m", "x", spelling], parent=outer)
        assert made.params["skip_invalid"]
    assert "allow-bad" not in vitsdeck(tmp_path, "train", "--help").stdout


def test_filelists_takes_all_the_words_that_follow(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text(f"{name}.wav|Hello.\n")
    words = "--text-cleaners transliteration_cleaners basic_cleaners --filelists a b --text_index 1 --json"
    done = vitsdeck(tmp_path, "preprocess", *words.split())
    assert done.returncode == 0, done.stderr
    assert [each["target"] for each in done.json["lists"]] == ["a.cleaned", "b.cleaned"]
    assert (tmp_path / "b.cleaned").read_text() == "b.wav|hello.\n"


def test_version_and_help(tmp_path: Path) -> None:
    assert vitsdeck(tmp_path, "--version").stdout.startswith("vitsdeck 0.")
    shown = vitsdeck(tmp_path, "--help")
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_row_of_the_table_has_the_help_of_its_command(name: str) -> None:
    command = application().commands[name]
    assert command.load().help.partition("\n\n")[0] == command.help == ROWS[name][1]


def test_shell_completes_commands_and_flags(tmp_path: Path) -> None:
    for typed, expected in (("vitsdeck tra", "transcribe"), ("vitsdeck train --fore", "--foreground")):
        env = {
            "_VITSDECK_COMPLETE": "complete_bash",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(typed.count(" ")),
        }
        assert expected in vitsdeck(tmp_path, env=env).stdout.split()


def test_debug_is_heard_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITSDECK_DEBUG", "")
    assert _without_debug(["speak", "x", "--debug", "-m", "y"]) == ["speak", "x", "-m", "y"]
    assert os.environ["VITSDECK_DEBUG"] == "1"
    assert _without_debug(["speak", "--", "--debug"]) == ["speak", "--", "--debug"]


def test_a_home_that_cannot_be_written_gets_a_cache_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = str(tmp_path / "gone")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "mine")
    _set_cache_folder()
    assert os.environ["NUMBA_CACHE_DIR"] == "mine"
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda _: gone)
    _set_cache_folder()
    assert "NUMBA_CACHE_DIR" not in os.environ  # the home will do
    monkeypatch.setenv("HOME", gone)
    monkeypatch.setenv("USERPROFILE", gone)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _set_cache_folder()
    assert Path(os.environ["NUMBA_CACHE_DIR"]).parent == tmp_path


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise on Windows")
def test_a_reader_that_has_seen_enough_is_no_defect(tmp_path: Path) -> None:
    vitsdeck(tmp_path, "init", ".")
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "tui.cli", "runs", "--json"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_demo_refuses_before_it_makes_anything(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "tui.cli", "demo"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment({"TERM": "xterm"}),
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,  # the dashboard draws on it
        check=False,
    )
    os.close(theirs)
    os.close(ours)
    [sentence] = done.stderr.decode().splitlines()
    assert (
        "needs a terminal, and this is a file or a pipe; without one: `vitsdeck demo --headless`" in sentence
    )
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["attach", "x"], "not inside a vitsdeck workspace; make one with `vitsdeck init`"),
        ([], "the dashboard needs a terminal"),
        (["demo"], "without one: `vitsdeck demo --headless`"),
        (["convert", "--in_path", "nowhere"], "nowhere"),
        (["convert", "--in_path", ".", "--out_path", "out"], "holds no recording"),
        (["split", "nothing.csv"], "nothing.csv"),
        (["split", "nothing.csv", "--ratios", "70,25"], "ratios 70,25 are not three numbers above 0"),
        (["preprocess", "--filelists", "x", "--text_cleaners", "latin"], 'unknown cleaner "latin"'),
        (["speak", "hello"], "name either a run or a checkpoint"),
        (["init", "file/x"], "is not a folder"),
    ],
)
def test_what_a_person_can_mend_ends_with_code_2(tmp_path: Path, words: list[str], sentence: str) -> None:
    (tmp_path / "file").write_text("")
    done = vitsdeck(tmp_path, *words)
    assert done.returncode == 2, done.stderr
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    assert done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["file"]  # nothing half-written


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["train", "-c", "no", "-m", "x"], "no such config; in configs/ there are: "),
        (["train", "-m", "x"], "filelists/train.txt.cleaned"),
        (["train", "-c", "tiny", "-m", "x", "--batch_size", "0"], "--batch_size is 0; it must be above 0"),
        (["train", "-c", "tiny", "-m", "x", "--steps", "9", "--epochs", "1"], "exclude each other"),
        (["train", "-c", "tiny", "-m", "../x"], "'../x' cannot be a run's name"),
        (["train", "-c", "tiny", "-m", "x", "--steps", "0"], "--steps is 0"),
        (["train", "-c", "tiny", "-m", "x", "--foreground", "--detach"], "exclude each other"),
        (["train", "-c", "tiny", "-m", "x", "--from", "G_9.pth"], "G_9.pth: no such checkpoint"),
        (["train", "-c", "tiny", "-m", "x", "--from_d", "D_9.pth"], "--from_d needs --from"),
        (["attach", "x"], "no such run; see what there is with `vitsdeck runs`"),
        (["stop", "x"], "no such run"),
        (["tail", "x"], "no such run"),
        (["speak", "hi", "-m", "x"], "no such run"),
    ],
)
def test_what_is_wrong_in_a_workspace_ends_with_code_2(voices: Path, words: list[str], sentence: str) -> None:
    done = vitsdeck(voices, *words)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert sentence in done.stderr
    assert not (voices / "logs").exists()


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return voice_workspace(tmp_path_factory.mktemp("voices"))


def test_init_says_what_it_made_and_is_found_from_below(tmp_path: Path) -> None:
    made = vitsdeck(tmp_path, "init", "voices", "--json").json
    assert (made["ok"], made["error"], made["root"]) == (True, None, str(tmp_path / "voices"))
    assert str(tmp_path / "voices" / "vitsdeck.toml") in made["made"]
    assert "has all that it needs" in vitsdeck(tmp_path, "init", "voices").stderr
    below = vitsdeck(tmp_path / "voices" / "configs", "runs", "--json")
    assert below.json == {"ok": True, "error": None, "runs": []}


def test_text_of_others_cannot_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("\x1b[31mred.wav|\x1b]0;title\x07Hi.|a|b\n")
    done = vitsdeck(tmp_path, "split", "list.txt")
    assert done.returncode == 2
    bad = vitsdeck(tmp_path, "split", "\x1b[2Jnone.csv")
    assert bad.returncode == 2 and "none.csv" in bad.stderr
    assert "\x1b" not in done.stderr + bad.stderr + done.stdout


def test_converting_reports_the_bad_file_and_does_the_rest(tmp_path: Path, corpora: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for path in sorted((corpora / "mixed_formats").glob("*.*"))[:2]:
        if path.suffix in (".wav", ".flac", ".mp3", ".ogg"):
            (raw / path.name).write_bytes(path.read_bytes())
    (raw / "broken.wav").write_bytes(b"RIFF\x10\x00\x00\x00WAVE")
    done = vitsdeck(tmp_path, "convert", "--in-path", "raw", "--out-path", "out", "--json")
    assert done.returncode == 1
    assert [Path(bad["path"]).name for bad in done.json["failed"]] == ["broken.wav"]
    assert done.json["converted"]
    assert "broken.wav" in done.stderr
    again = vitsdeck(tmp_path, "convert", "--in_path", "raw", "--out_path", "out", "--json")
    assert again.json["skipped"] == len(done.json["converted"])


def test_split_names_the_converted_clips_as_seen_from_the_workspace(tmp_path: Path, corpora: Path) -> None:
    assert vitsdeck(tmp_path, "init", "w", "--language", "de").returncode == 0
    folder = tmp_path / "w"
    german = corpora / "kerstin_de"
    missing = vitsdeck(folder, "split", str(german / "metadata.csv"), "--audio", "nowhere")
    assert missing.returncode == 2 and "no audio for" in missing.stderr
    assert vitsdeck(folder, "convert", "--in_path", str(german)).returncode == 0
    below = folder / "configs"
    done = vitsdeck(below, "split", str(german / "metadata.csv"), "--seed", "5", "--json")
    assert done.returncode == 0, done.stderr
    assert sum(done.json["clips"].values()) == 24
    first = (folder / "filelists" / "train.txt").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("wavs/")
    assert (folder / first.split("|")[0]).is_file()


def test_progress_without_a_terminal_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("converting", "files", every_s=0.0) as progress:
        for done in range(1, 4):
            progress.update(done, 3)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(", about")[0] for line in lines] == [
        "converting: 1 of 3 files, 33 %",
        "converting: 2 of 3 files, 66 %",
    ]
