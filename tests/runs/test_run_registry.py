"""What is shown of runs is true, or says that nobody is there; foreign files never break the list."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.files.lock import RunLock
from engine.process_identity import ProcessIdentity
from engine.runs import registry
from engine.runs.logs.masking import masked


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _make(folder: Path, **facts: object) -> Path:
    registry.prepare(folder, kind="train", argv=["train"])
    registry.record(folder, **facts)
    return folder


def _dead() -> dict[str, object]:
    return dataclasses.replace(ProcessIdentity.current(), start_ticks=1).to_json()


def test_prepared_folder_is_private_and_says_what_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "logs" / "anna"
    registry.prepare(
        folder, kind="train", argv=["python", "-m", "engine.train"], config_json='{"train": {}}\n'
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.is_file()} == {0o600}
    assert (folder / "config.json").read_text() == '{"train": {}}\n'
    run = registry.read_run(folder)
    assert (run.name, run.kind, run.state, run.step) == ("anna", "train", "starting", None)
    assert run.is_live, "whoever prepares a run is about to start it"
    assert abs(run.created - time.time()) < 60


def test_preparing_again_resumes(tmp_path: Path) -> None:
    folder = tmp_path / "anna"
    registry.prepare(folder, kind="train", argv=["a"], config_json="{}")
    registry.StateFile(folder).update(state="stopped", step=40, rate=2.0, exit_code=0, reason="asked to")
    (folder / "inbox" / "1.json").write_text("a stop for the last worker")
    registry.record(folder, threads=2, words_step=2000)
    before = registry.read_run(folder)
    registry.prepare(folder, kind="train", argv=["b"])
    after = registry.read_run(folder)
    assert registry.recorded(folder, "threads") == 2 and after.words_step == 2000
    assert (after.id, after.created, after.step) == (before.id, before.created, 40)
    assert (after.state, after.reason, after.rate, after.exit_code) == ("starting", "", None, None)
    assert (folder / "config.json").read_text() == "{}"
    assert _names(folder / "inbox") == []
    assert json.loads((folder / "run.json").read_text())["argv"] == ["b"]


def test_state_is_merged_and_figures_that_are_none_become_null(tmp_path: Path) -> None:
    folder = _make(tmp_path / "anna", process=ProcessIdentity.current().to_json())
    state = registry.StateFile(folder)
    state.update(state="running", step=3, total_steps=10, device="cuda:0", device_bytes=5)
    state.update(step=4, rate=math.inf, eta_s=math.nan)
    run = registry.read_run(folder)
    assert (run.state, run.step, run.total_steps, run.device) == ("running", 4, 10, "cuda:0")
    assert (run.device_bytes, run.rate, run.eta_s) == (5, None, None)
    keys = "v t state reason step epoch total_steps rate eta_s device device_bytes exit_code settled"
    assert " ".join(json.loads((folder / "state.json").read_text())) == keys
    with pytest.raises(ValueError, match="no such state"):
        state.update(state="sleeping")


@pytest.mark.parametrize(
    "state", ["starting", "running", "stopping", "stalled", "stopped", "finished", "failed"]
)
@pytest.mark.parametrize("living", ["process", "keeper", None])
def test_state_is_believed_while_a_process_lives_or_when_it_is_final(
    tmp_path: Path, state: str, living: str | None
) -> None:
    roles: dict[str, object] = {"process": _dead(), "keeper": _dead()}
    if living:
        roles[living] = ProcessIdentity.current().to_json()
    folder, is_final = _make(tmp_path / "anna", **roles), state in registry.FINAL_STATES
    registry.StateFile(folder).update(state=state, step=7, reason="so be it")
    run = registry.read_run(folder)
    expected = (state, "so be it") if living or is_final else ("failed", "the process is gone")
    assert (run.state, run.reason, run.step) == (*expected, 7)
    assert run.is_live is bool(living and not is_final)


def test_run_whose_starter_was_killed_before_it_started_anything_is_failed(tmp_path: Path) -> None:
    code = (
        "import sys; from engine.runs import registry; registry.prepare(sys.argv[1], kind='train', argv=[])"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "anna")], check=True)
    assert registry.read_run(tmp_path / "anna").reason == "the process is gone"
    registry.prepare(tmp_path / "anna", kind="train", argv=[])


def test_newest_run_comes_first_and_other_things_are_passed_over(tmp_path: Path) -> None:
    for number, name in enumerate(("first", "second", "third")):
        _make(tmp_path / name, created=1000.0 + number)
    (tmp_path / "seed_family").mkdir()
    (tmp_path / "seed_family" / "config.json").write_text("{}")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "note.txt").write_text("text")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert [run.name for run in registry.list_runs(tmp_path)] == ["third", "second", "first"]
    assert registry.list_runs(tmp_path / "nowhere") == []
    for bad in ("seed_family", "note.txt", "nowhere"):
        with pytest.raises(InputError):
            registry.read_run(tmp_path / bad)


_FOREIGN: list[bytes] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b"9" * 10_000,
    b'{"state": 5, "step": "x", "rate": [], "t": {}, "reason": 3, "exit_code": 1.5, "device": 2}',
    b'{"state": "running", "rate": 1e999, "step": true, "t": NaN, "eta_s": ' + b"9" * 400 + b"}",
    b'{"process": {"pid": 1e99}, "keeper": {"pid": -1, "start_ticks": 0, "boot_id": ""}, "created": "now"}',
]


@pytest.mark.parametrize("name", ["run.json", "state.json"])
@pytest.mark.parametrize("data", _FOREIGN)
def test_foreign_json_never_breaks_the_list(tmp_path: Path, name: str, data: bytes) -> None:
    _make(tmp_path / "good")
    (_make(tmp_path / "bad") / name).write_bytes(data)
    assert "good" in [run.name for run in registry.list_runs(tmp_path)]
    registry.prepare(tmp_path / "bad", kind="train", argv=[])
    assert registry.read_run(tmp_path / "bad").state == "starting"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_things_that_are_no_files_do_not_hang_the_list(tmp_path: Path) -> None:
    folder = _make(tmp_path / "anna")
    for name in ("run.json", "state.json"):
        (folder / name).unlink()
        os.mkfifo(folder / name)
    assert registry.list_runs(tmp_path) == []
    (folder / "run.json").unlink()
    (folder / "run.json").mkdir()
    assert registry.list_runs(tmp_path) == []


def test_live_run_keeps_its_folder(tmp_path: Path) -> None:
    folder = _make(tmp_path / "anna", process=ProcessIdentity.current().to_json())
    before = (folder / "run.json").read_bytes()
    with pytest.raises(InputError, match=f'a live run has the name "anna" \\(process {os.getpid()}\\)'):
        registry.prepare(folder, kind="train", argv=[], config_json="{}")
    assert (folder / "run.json").read_bytes() == before
    assert not (folder / "config.json").exists()


def test_lock_keeps_the_folder_even_when_run_json_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_ENDING_SECONDS", 0.1)
    folder = _make(tmp_path / "anna")
    held = RunLock.take(folder)
    assert held is not None
    (folder / "run.json").unlink()
    with pytest.raises(InputError, match="still holds this folder"):
        registry.prepare(folder, kind="train", argv=[])
    held.release()
    registry.prepare(folder, kind="train", argv=[])


@pytest.mark.parametrize("name", ["..", ".hidden", "bell\a", "two\nlines"])
def test_name_that_would_be_hidden_or_garbled_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be a run's name"):
        registry.prepare(tmp_path / name, kind="train", argv=[])


def test_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    for folder in (tmp_path / "file", tmp_path / "file" / "anna"):
        with pytest.raises(InputError):
            registry.prepare(folder, kind="train", argv=[])
    if sys.platform.startswith("linux"):
        with pytest.raises(InputError, match=r"cannot be written|cannot be"):
            registry.prepare(Path("/proc/anna"), kind="train", argv=[])


def test_several_writers_of_run_json_lose_nothing(tmp_path: Path) -> None:
    folder = _make(tmp_path / "anna")
    code = (
        "import sys; from engine.runs import registry\n"
        "for n in range(20): registry.record(sys.argv[1], **{f'field_{sys.argv[2]}_{n}': n})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(folder), str(n)]) for n in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    facts = json.loads((folder / "run.json").read_text())
    assert sum(key.startswith("field_") for key in facts) == 60


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["train", "-c", "config.json", "--steps", "3"], ["train", "-c", "config.json", "--steps", "3"]),
        (["x", "--api_key", "abc", "y"], ["x", "--api_key", "***", "y"]),
        (["x", "--api-key=abc=d"], ["x", "--api-key=***"]),
        (["x", "--token", "--verbose", "y"], ["x", "--token", "--verbose", "y"]),
        (["env", "HF_TOKEN=abc", "cmd"], ["env", "HF_TOKEN=***", "cmd"]),
        (["--credentials", "key.json"], ["--credentials", "***"]),
        (["-password", "abc"], ["-password", "***"]),
        (["https://anna:abc@host/x"], ["https://***@host/x"]),
        (["https://host/x@y"], ["https://host/x@y"]),
        (["--max_tokens", "5", "--monkey", "6"], ["--max_tokens", "5", "--monkey", "6"]),
    ],
)
def test_secrets_of_a_command_line_are_masked(argv: list[str], shown: list[str]) -> None:
    assert masked(argv) == shown


def test_run_of_the_version_before_is_listed_and_continued(tmp_path: Path) -> None:
    """tests/data/run_before was written before processes were looked up by psutil."""
    folder = tmp_path / "anna"
    shutil.copytree(Path(__file__).parents[1] / "data" / "run_before", folder)
    (run,) = registry.list_runs(tmp_path)
    assert (run.name, run.state, run.step, run.exit_code) == ("anna", "finished", 3, 0)
    assert run.process is not None and run.supervisor is not None and run.has_ended
    registry.prepare(folder, kind="train", argv=["x"])
    assert (registry.read_run(folder).id, registry.read_run(folder).step) == ("453ba25e272dba1f", 3)
