"""The workspace: made once, never overwritten, found from below, and a settings file that explains itself."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from pathlib import Path

import pytest

from engine import config, workspace
from engine.config import settings
from engine.config.settings import FILE_NAME, Settings, read_settings, settings_file
from engine.errors import InputError


def test_init_makes_a_workspace_whose_configs_load(tmp_path: Path) -> None:
    made: list[Path] = []
    ws = workspace.init(tmp_path / "voices", made.append)
    assert ws.root == tmp_path / "voices"
    assert ws.root / FILE_NAME == made[-1]  # last, so that an interrupted one does not count
    assert {path.stem for path in ws.configs()} >= {"ljs_mb_istft_vits", "small_cpu"}
    for path in ws.configs():
        config.load(path)
    assert ws.audio_dir.is_dir()
    assert all(path.exists() for path in made)


def test_init_again_makes_what_is_missing_and_changes_nothing(tmp_path: Path) -> None:
    ws = workspace.init(tmp_path)
    mine, gone = ws.configs_dir / "small_cpu.json", ws.configs_dir / "ljs_istft_vits.json"
    mine.write_text("mine")
    gone.unlink()
    toml = tmp_path / FILE_NAME
    toml.write_text('[folders]\nlogs = "runs"\n')
    made: list[Path] = []
    again = workspace.init(tmp_path, made.append)
    assert made == [gone]
    assert mine.read_text() == "mine"
    assert again.logs_dir == tmp_path / "runs"
    assert "runs" in toml.read_text()


def test_every_setting_stands_below_its_sentence_and_reads_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = settings_file()
    lines = text.splitlines()
    for each in dataclasses.fields(Settings):
        head = lines.index(f"[{each.metadata['section']}]")
        key = each.metadata["key"] or each.name
        index = next(i for i, line in enumerate(lines) if i > head and line.startswith(f"{key} = "))
        assert lines[index - 1] == f"# {each.metadata['meaning']}"
        assert each.metadata["meaning"].endswith(".")
    path = tmp_path / FILE_NAME
    path.write_text(text)
    assert read_settings(path) == Settings()
    others = Settings(logs='läufe "x"', rate=16000, theme="light", seed=7)
    others = dataclasses.replace(others, sample_rate=8000, model="latest_short", data_logging=True)
    path.write_text(settings_file(others), encoding="utf-8")
    assert read_settings(path) == others
    tomllib.loads(settings_file(others))
    path.write_text('[transcribe]\nexchange_rate = 2\nendpoint = "localhost:8080"\n')
    assert read_settings(path) == Settings(endpoint="localhost:8080")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[folders]\nlogs = ""\n', 2, "it must be a text that is not empty"),
        ('[convert]\n\nrate = "22050"\n', 3, 'convert.rate: is "22050"; it must be a whole number'),
        ("convert = { rate = 'x' }", 1, 'convert.rate: is "x"'),
        ("convert = 3\n", 1, "convert: is 3; it must be a table with keys"),
        ("[convert]\nworkers = -1\n", 2, "it must be 0 or above"),
        ("[convert]\nrat = 3\n", 2, "convert.rat: unknown key; did you mean rate?"),
        ("[train]\nsteps = 3\n", 1, "train: unknown section; the sections are convert"),
        ("logs = 3\n", 1, "logs: unknown section"),
        ('[dashboard]\n\ntheme = "pink"\n', 3, "it must be one of dark, light"),
        ('[transcribe]\nendpoint = "127.0.0.1.example.com:443"\n', 2, "it must be on this machine"),
        ("[transcribe]\nsample_rate = 7999\n", 2, "from 8000 to 48000"),
    ],
)
def test_a_fault_in_the_settings_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_settings(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "../x", ".hidden", "_x", "-x", "a b", "a\x1b[31m", "x" * 101]
)
def test_a_run_name_that_is_no_plain_folder_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be a run's name"):
        workspace.Workspace(tmp_path).run_folder(name)


@pytest.mark.parametrize("name", ["voice", "my_voice-2", "ljs.v1", "Stimme_ä"])
def test_a_plain_run_name_is_a_folder_in_logs(tmp_path: Path, name: str) -> None:
    assert workspace.Workspace(tmp_path).run_folder(name) == tmp_path / "logs" / name


def test_a_config_is_found_by_name_and_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = workspace.init(tmp_path)
    monkeypatch.chdir(tmp_path)
    wanted = tmp_path / "configs" / "small_cpu.json"
    for name in ("small_cpu", "small_cpu.json", "configs/small_cpu.json", str(wanted)):
        assert ws.config_named(name) == wanted
    with pytest.raises(InputError, match="there are: ljs_istft_vits"):
        ws.config_named("smal")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_not_writable_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"):
        workspace.init(tmp_path / "x")


def test_one_setting_is_saved_and_all_else_stays(tmp_path: Path) -> None:
    path = workspace.init(tmp_path).root / FILE_NAME
    before = path.read_text()
    path.chmod(0o640)
    settings.save_setting(path, "theme", "light")
    assert path.read_text() == before.replace('theme = "dark"', 'theme = "light"') != before
    assert path.stat().st_mode & 0o777 == 0o640 or os.name == "nt"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# mine\n", '# mine\n\n[dashboard]\ntheme = "light"\n'),
        (
            "[dashboard]  # colours\n\n[split]\nseed = 7",
            '[dashboard]  # colours\ntheme = "light"\n\n[split]\nseed = 7\n',
        ),
        ("[dashboard]\ntheme='contrast'# for the sun\n", '[dashboard]\ntheme = "light"# for the sun\n'),
    ],
)
def test_a_setting_is_saved_where_a_person_would_write_it(tmp_path: Path, before: str, after: str) -> None:
    (tmp_path / FILE_NAME).write_text(before)
    settings.save_setting(tmp_path / FILE_NAME, "theme", "light")
    assert (tmp_path / FILE_NAME).read_text() == after
    assert read_settings(tmp_path / FILE_NAME).theme == "light"


@pytest.mark.parametrize(
    "odd", ['dashboard.theme = "dark"\n', 'dashboard = {theme = "dark"}\n', "[dashboard]\ntheme = 3\n"]
)
def test_a_settings_file_that_is_written_oddly_is_left_alone(tmp_path: Path, odd: str) -> None:
    (tmp_path / FILE_NAME).write_text(odd)
    with pytest.raises(InputError):
        settings.save_setting(tmp_path / FILE_NAME, "theme", "light")
    assert (tmp_path / FILE_NAME).read_text() == odd
