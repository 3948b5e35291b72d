"""What killed runs leave behind is found by its mark, named and ended; what is foreign is not even listed."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from engine.process_identity import ProcessIdentity
from engine.runs import launch, registry
from engine.runs.processes import orphans
from engine.runs.supervisor.worker import FOLDER_VARIABLE, RUN_ID_VARIABLE
from tests.runs.fault_support import StartProcess, ToyRun

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

_LEAVES = """
import os, subprocess, sys, time
from engine.runs.registry import StateFile
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
print("child", child.pid, flush=True)
StateFile(sys.argv[1]).update(state="running", step=1)
time.sleep(600)
"""


def test_what_killed_runs_leave_behind_is_found_named_and_ended(
    toy: ToyRun, start_process: StartProcess, tmp_path: Path
) -> None:
    logs, foreign = toy.folder.parent, start_process()
    launch.start(toy.folder, kind="train", argv=[sys.executable, "-c", _LEAVES, str(toy.folder)])
    toy.becomes("running")
    assert orphans.find(logs) == [], "a live run's processes are its own"
    for one in (toy.supervisor(), toy.worker()):
        one.send_signal(signal.SIGKILL)
    toy.becomes("failed")
    (left,) = orphans.find(logs)
    assert (left.run, left.name, left.kind) == ("anna", "sleep", "worker")
    assert left.pid == int(toy.log().rpartition("\nchild ")[2].split()[0])
    assert left.rss_bytes > 0
    assert 0 <= time.time() - left.since < 600
    assert orphans.find(tmp_path / "elsewhere") == [], "another workspace's are not ours to list"
    assert orphans.end(left) == "ended"
    assert orphans.end(left) == "gone"
    assert orphans.find(logs) == []
    assert foreign.poll() is None


def test_leftover_of_a_run_whose_folder_is_gone_is_ours_by_its_place(
    start_process: StartProcess, tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    env = {**os.environ, RUN_ID_VARIABLE: "0123456789abcdef", FOLDER_VARIABLE: str(logs / "bert")}
    stubborn = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('.', flush=True); time.sleep(600)"
    )
    child = start_process(sys.executable, "-c", stubborn, env=env, process_group=0)
    assert child.stdout is not None
    child.stdout.readline()
    (left,) = orphans.find(logs)
    assert (left.run, left.pid, left.kind) == ("bert", child.pid, "worker")
    assert orphans.find(tmp_path) == []
    assert orphans.end(left, grace_s=0.2) == "killed"
    assert child.wait(timeout=30) == -signal.SIGKILL


def test_loader_of_the_worker_before_is_left_over_and_of_the_present_one_is_not(
    toy: ToyRun, start_process: StartProcess
) -> None:
    registry.prepare(toy.folder, kind="train", argv=["x"])
    env = {**os.environ, RUN_ID_VARIABLE: toy.now().id, FOLDER_VARIABLE: str(toy.folder)}
    made = []
    for _ in range(3):
        made.append(start_process(env=env))
        time.sleep(0.05)  # processes of one clock tick are equal
    old, worker, _ = made
    registry.record(toy.folder, process=ProcessIdentity.of(worker.pid).to_json(), keeper=None)
    registry.StateFile(toy.folder).update(state="running")
    assert [left.pid for left in orphans.find(toy.folder.parent)] == [old.pid]
