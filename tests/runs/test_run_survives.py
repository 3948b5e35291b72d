"""Hang-ups, kills and races: a run continues, is on record, and never has two workers."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from engine.errors import InputError
from engine.runs import launch, registry
from tests.runs.run_support import Runs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of POSIX")

_START = """
import sys, time
from engine.runs import launch
run = launch.start(sys.argv[1], kind="train", argv=sys.argv[2:])
print("started", flush=True)
time.sleep(600)
"""


def _starting(runs: Runs, steps: int) -> list[str]:
    """The command line of a process that starts the run `toy` and then sleeps."""
    return [sys.executable, "-c", _START, str(runs.logs / "toy"), *runs.toy(steps=steps)]


def test_hang_up_of_the_terminal_leaves_the_run_alive(runs: Runs) -> None:
    command = _starting(runs, 60)
    pid, master = pty.fork()
    if pid == 0:  # the shell's place: a session leader with this terminal
        os.execv(command[0], command)
    output = b""
    while b"started" not in output:
        output += os.read(master, 1000)
    run = registry.read_run(runs.logs / "toy")
    assert run.process is not None
    assert os.getsid(run.process.pid) != os.getsid(pid)
    os.close(master)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGHUP, "the launcher itself dies of the hang-up"
    end = runs.ended("toy")
    assert (end.state, end.step, end.exit_code) == ("finished", 60, 0)


def test_hang_up_signal_itself_does_not_end_supervisor_or_worker(runs: Runs) -> None:
    run = runs.start_toy()
    before = runs.running("toy", 2).step or 0
    assert run.supervisor is not None and run.supervisor.send_signal(signal.SIGHUP)
    assert run.process is not None and run.process.send_signal(signal.SIGHUP)
    runs.running("toy", before + 5)
    assert run.supervisor.is_alive()
    assert launch.stop(run.folder, wait_s=10)


@pytest.mark.parametrize("run_json", ["lost", "garbled"])
def test_kill_of_the_supervisor_leaves_the_worker_alone_in_its_folder(
    runs: Runs, run_json: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_ENDING_SECONDS", 0.1)
    run = runs.start_toy()
    step = runs.running("toy", 2).step or 0
    assert run.supervisor is not None
    assert run.process is not None
    run.supervisor.send_signal(signal.SIGKILL)
    whole = (run.folder / "run.json").read_bytes()
    assert runs.running("toy", step + 3).is_live
    (run.folder / "run.json").unlink()
    if run_json == "garbled":
        (run.folder / "run.json").write_bytes(b"{")
    with pytest.raises(InputError, match=r"live run|still holds"):
        runs.start_toy()
    assert run.process.is_alive()
    (run.folder / "run.json").write_bytes(whole)
    assert launch.stop(run.folder, wait_s=10)
    assert registry.read_run(run.folder).state == "stopped"
    runs.start_toy(steps=1)
    assert runs.ended("toy").state == "finished"


_RACER = """
import sys
from engine.errors import InputError
from engine.runs import launch
sys.stdin.read(1)
try:
    launch.start(sys.argv[1], kind="train", argv=sys.argv[2:])
except InputError as error:
    sys.exit(f"refused: {error}")
"""


def test_of_many_starts_at_once_exactly_one_wins(runs: Runs) -> None:
    command, pipe = [sys.executable, "-c", _RACER, str(runs.logs / "toy"), *runs.toy()], subprocess.PIPE
    racers = [subprocess.Popen(command, stdin=pipe, stderr=pipe, text=True) for _ in range(5)]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("!")
        racer.stdin.flush()
    errors = [racer.communicate()[1] for racer in racers]
    assert sorted(racer.returncode for racer in racers) == [0, 1, 1, 1, 1], errors
    assert sum("refused: " in text for text in errors) == 4
    run = runs.running("toy", 3)
    log = (run.folder / "train.log").read_text().splitlines()
    assert sum(line.startswith("---") for line in log) == 1
    assert run.process is not None
    assert json.loads((run.folder / "run.json").read_text())["process"] == run.process.to_json()
    assert launch.stop(run.folder, wait_s=10)


def test_readers_never_see_a_run_in_a_state_that_it_did_not_have(runs: Runs) -> None:
    """Between its last word and its end a worker must not show as gone."""
    for steps in range(1, 6):
        runs.start_toy(steps=steps)
        while not (run := registry.read_run(runs.logs / "toy")).is_final:
            assert run.state in ("starting", "running"), run
        assert run.state == "finished"
        runs.ended("toy")
