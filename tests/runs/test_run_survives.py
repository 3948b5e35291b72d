"""Hang-ups, kills and races: a run continues, is on record, and never has two workers."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.runs import launch, registry

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of POSIX")

_TOY = Path(__file__).with_name("toy_worker.py")
_START = """
import sys, time
from engine.runs import launch
run = launch.start(sys.argv[1], kind="train", argv=[sys.executable, *sys.argv[2:]])
print("started", flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "logs" / "anna"
    yield folder
    if folder.exists():
        run = registry.read_run(folder)
        for one in (run.supervisor, run.process):
            if one is not None:
                one.send_signal(signal.SIGKILL)


def _wait_for_step(folder: Path, step: int) -> registry.RunSnapshot:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        run = registry.read_run(folder)
        if (run.step or 0) >= step:
            return run
        time.sleep(0.01)
    raise AssertionError(f"never reached step {step}: {registry.read_run(folder)}")


def _wait_for_end(folder: Path) -> registry.RunSnapshot:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        run = registry.read_run(folder)
        if run.is_final and not (run.supervisor and run.supervisor.is_alive()):
            return run
        time.sleep(0.01)
    raise AssertionError(f"never ended: {registry.read_run(folder)}")


def test_hang_up_of_the_terminal_leaves_the_run_alive(folder: Path) -> None:
    pid, master = pty.fork()
    if pid == 0:  # the shell's place: a session leader with this terminal
        os.execv(sys.executable, [sys.executable, "-c", _START, str(folder), str(_TOY), str(folder), "60"])
    said = b""
    while b"started" not in said:
        said += os.read(master, 1000)
    run = registry.read_run(folder)
    assert run.process is not None
    assert os.getsid(run.process.pid) != os.getsid(pid)
    os.close(master)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGHUP, "the launcher itself dies of the hang-up"
    _wait_for_step(folder, (registry.read_run(folder).step or 0) + 5)
    end = _wait_for_end(folder)
    assert (end.state, end.step, end.exit_code) == ("finished", 60, 0)


def test_hang_up_signal_itself_does_not_end_supervisor_or_worker(folder: Path) -> None:
    run = launch.start(folder, kind="train", argv=[sys.executable, str(_TOY), str(folder)])
    assert run.supervisor is not None
    assert run.process is not None
    before = _wait_for_step(folder, 2).step or 0
    assert run.supervisor.send_signal(signal.SIGHUP)
    assert run.process.send_signal(signal.SIGHUP)
    _wait_for_step(folder, before + 5)
    assert run.supervisor.is_alive()
    assert launch.stop(folder, wait_s=10)


def test_kill_of_the_launcher_leaves_the_run_alive(folder: Path) -> None:
    command = [sys.executable, "-c", _START, str(folder), str(_TOY), str(folder), "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout is not None
        launcher.stdout.readline()
        launcher.kill()
    assert _wait_for_end(folder).state == "finished"


@pytest.mark.parametrize("run_json", ["lost", "garbled"])
def test_kill_of_the_supervisor_leaves_the_worker_alone_in_its_folder(folder: Path, run_json: str) -> None:
    argv = [sys.executable, str(_TOY), str(folder)]
    run = launch.start(folder, kind="train", argv=argv)
    step = _wait_for_step(folder, 2).step or 0
    assert run.supervisor is not None
    assert run.process is not None
    run.supervisor.send_signal(signal.SIGKILL)
    whole = (folder / "run.json").read_bytes()
    _wait_for_step(folder, step + 3)
    assert registry.read_run(folder).is_live
    if run_json == "lost":
        (folder / "run.json").unlink()
    if run_json == "garbled":
        (folder / "run.json").write_bytes(b"{")
    with pytest.raises(InputError, match=r"live run|still holds"):
        launch.start(folder, kind="train", argv=argv)
    assert run.process.is_alive()
    (folder / "run.json").write_bytes(whole)
    assert launch.stop(folder, wait_s=10)
    assert registry.read_run(folder).state == "stopped"
    launch.start(folder, kind="train", argv=[*argv, "1"])
    assert _wait_for_end(folder).state == "finished"


_RACER = """
import sys
from engine.errors import InputError
from engine.runs import launch
sys.stdin.read(1)
try:
    launch.start(sys.argv[1], kind="train", argv=[sys.executable, *sys.argv[2:]])
except InputError as error:
    sys.exit(f"refused: {error}")
"""


def test_of_many_starts_at_once_exactly_one_wins(folder: Path) -> None:
    command = [sys.executable, "-c", _RACER, str(folder), str(_TOY), str(folder)]
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(5)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("!")
        racer.stdin.flush()
    said = [racer.communicate()[1] for racer in racers]
    assert sorted(racer.returncode for racer in racers) == [0, 1, 1, 1, 1], said
    assert sum("refused: " in text for text in said) == 4
    run = _wait_for_step(folder, 3)
    log = (folder / "train.log").read_text().splitlines()
    assert sum(line.startswith("---") for line in log) == 1
    assert run.process is not None
    assert json.loads((folder / "run.json").read_text())["process"] == run.process.to_json()
    assert launch.stop(folder, wait_s=10)


def test_readers_never_see_a_run_in_a_state_that_it_did_not_have(folder: Path) -> None:
    """Between its last word and its end a worker must not show as gone."""
    argv = [sys.executable, str(_TOY), str(folder), "1"]
    for start in range(5):
        launch.start(folder, kind="train", argv=[*argv[:-1], str(start + 1)])
        while True:
            run = registry.read_run(folder)
            assert run.state in ("starting", "running", "finished"), run
            if run.is_final:
                break
        _wait_for_end(folder)
