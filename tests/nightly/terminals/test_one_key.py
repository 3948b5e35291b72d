"""`c` and `K` as a person presses them, with real trainers and a real process that an earlier run left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]
import pytest

from engine.runs import commands, free_memory, launch, registry
from engine.runs.processes import orphans
from engine.runs.supervisor.worker import FOLDER_VARIABLE, RUN_ID_VARIABLE
from tests.cli_support import vitsdeck, voice_workspace
from tests.nightly.terminals.terminal import OpenApp, StartRun, Terminal

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def sleepers() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that are ended after the test, whatever came of it."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def leave_behind(folder: Path, sleepers: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """A process with the mark of a run, as a loader that outlived its trainer."""
    run_id = registry.read_run(folder).id
    marked = os.environ | {RUN_ID_VARIABLE: run_id, FOLDER_VARIABLE: str(folder)}
    sleepers.append(subprocess.Popen(SLEEPER, env=marked, start_new_session=True))
    return sleepers[-1]


def ended_run(root: Path, name: str) -> Path:
    folder = root / "logs" / name
    registry.prepare(folder, kind="train", argv=["train"], config_json="{}")
    registry.StateFile(folder).update(state="stopped", reason="asked to stop", step=3)
    registry.record(folder, starter=None)
    return folder


def test_c_shows_what_a_real_trainer_gave_back_and_the_shell_says_the_same(tmp_path: Path) -> None:
    root = voice_workspace(tmp_path)
    started = vitsdeck(root, "train", "-c", "tiny", "-m", "live", "--steps", "100000", "--detach")
    assert started.returncode == 0, started.stderr
    folder = root / "logs" / "live"
    try:
        deadline = time.monotonic() + 90
        while not registry.read_run(folder).step:
            assert time.monotonic() < deadline and registry.read_run(folder).is_live
            time.sleep(0.1)
        with Terminal([sys.executable, "-m", "tui.cli"], cwd=root) as app:
            app.wait_for("▶ running  live", seconds=30)
            app.press("c")
            app.wait_for("Memory", "live", "resident", "given back", "esc closes", seconds=60)
            process = registry.read_run(folder).process
            assert process is not None and str(process.pid) in app.text
            app.press("escape").wait_gone("given back")
            assert registry.read_run(folder).is_live
        said = vitsdeck(root, "free-memory", "--json")
        assert said.returncode == 0, said.stderr
        [run] = said.json["runs"]
        [freed] = run["processes"]
        assert (run["run"], freed["pid"], freed["what"]) == ("live", process.pid, "resident")
        # a process that holds torch and a model; both figures are its resident set
        assert 100 << 20 < freed["after_bytes"] <= freed["before_bytes"] + (64 << 20)
        assert "live: process" in vitsdeck(root, "free-memory").stdout
    finally:
        launch.stop(folder, now=True, wait_s=30)


def test_without_a_run_c_and_the_command_say_so(root: Path, open_app: OpenApp) -> None:
    app = open_app()
    app.wait_for("Workspace")
    app.press("c").wait_for("no training is running in this workspace")
    app.press("escape").wait_gone("no training is running")
    app.press("K").wait_for("earlier runs have left")
    said = vitsdeck(root, "free_memory")
    assert said.returncode == 0 and "no training is running" in said.stderr


def test_a_run_that_is_busy_is_named_and_does_it_later(start_run: StartRun) -> None:
    run = start_run("slow", rate=0.05)  # a step every 20 seconds
    asked = commands.send(run.folder, "ping")
    assert commands.wait_reply(run.folder, asked, 20) is not None, "from now on it is in its long second step"
    registry.StateFile(run.folder).update(rate=10.0)
    [answer] = free_memory.free_memory([registry.read_run(run.folder)])
    assert answer.processes == () and "at the next step" in answer.note
    assert answer.run == "slow"


def test_k_names_what_earlier_runs_left_behind_and_ends_nothing_else(
    root: Path, open_app: OpenApp, sleepers: list[subprocess.Popen[bytes]]
) -> None:
    mine = leave_behind(ended_run(root, "gone"), sleepers)
    strangers = subprocess.Popen(SLEEPER, start_new_session=True)
    sleepers.append(strangers)
    assert [one.pid for one in orphans.find(root / "logs")] == [mine.pid]
    app = open_app(120, 40)
    app.wait_for("Workspace")
    app.press("c")
    app.wait_for("1 process of earlier runs; K ends it", str(mine.pid), "gone", seconds=30)
    app.press("K").wait_for("End 1 process of earlier runs?", str(mine.pid))
    app.press("escape").wait_gone("End 1 process")
    assert mine.poll() is None, "escape ends nothing"
    app.press("K").wait_for("End 1 process of earlier runs?")
    app.press("y").wait_for("1 process ended", "freed", seconds=30)
    assert mine.wait(10) != 0
    assert strangers.poll() is None and psutil.pid_exists(strangers.pid)


def test_the_shell_lists_leftovers_and_ends_them_when_asked(
    root: Path, sleepers: list[subprocess.Popen[bytes]]
) -> None:
    mine = leave_behind(ended_run(root, "gone"), sleepers)
    listed = vitsdeck(root, "free-memory")
    assert f"gone: left behind, process {mine.pid}" in listed.stdout
    assert "--end-leftovers" in listed.stderr and mine.poll() is None
    said = vitsdeck(root, "free-memory", "--end-leftovers", "--json")
    [one] = said.json["leftovers"]
    assert (one["pid"], one["run"], one["end"]) == (mine.pid, "gone", "ended")
    assert mine.wait(10) != 0
