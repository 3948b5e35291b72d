"""When a silent worker counts as stalled, by a clock that the test sets."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.process_identity import ProcessIdentity
from engine.runs import registry
from engine.runs.events import EventTail
from engine.runs.supervisor import stall
from engine.runs.supervisor.stall import StallWatch
from tests.runs.run_support import wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


class Watched:
    """A run that moves only when the test makes it, with a sleeping process."""

    def __init__(self, folder: Path, worker: ProcessIdentity) -> None:
        registry.prepare(folder, kind="train", argv=["x"])
        self.folder, self.worker, self.now = folder, worker, 1000.0
        self.state = registry.StateFile(folder)
        self.watch = StallWatch(folder, clock=lambda: self.now)

    def live(self, seconds: float, step_s: float) -> None:
        """Make steps of this length for so long."""
        steps = round(seconds / step_s)
        for step in range(steps):
            self.state.update(state="running", step=step, rate=1 / step_s)
            self.silence(step_s)

    def silence(self, seconds: float) -> float:
        """Look every two seconds for so long; seconds until the run was stalled, -1 if never."""
        start = self.now
        while self.now < start + seconds:
            self.now += min(2.0, start + seconds - self.now)
            self.watch.look(self.worker)
            if self.state.read()["state"] == "stalled":
                return self.now - start
        return -1


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Watched]:
    child = subprocess.Popen(["sleep", "600"], process_group=0)
    yield Watched(tmp_path, ProcessIdentity.of(child.pid))
    child.kill()
    child.wait()


@pytest.mark.parametrize(("step_s", "latest"), [(0.1, 60), (5.0, 60), (12.0, 125)])
def test_run_is_stalled_within_a_minute_or_ten_of_its_slow_steps(
    run: Watched, step_s: float, latest: float
) -> None:
    run.live(10 * step_s, step_s)
    assert latest - 20 <= run.silence(300) <= latest
    assert "no sign of life for" in registry.read_run(run.folder).reason


def test_stopped_process_is_reported_with_the_command_that_continues_it(run: Watched) -> None:
    run.live(20, 1.0)
    run.worker.send_signal(signal.SIGSTOP)
    wait_until(lambda: stall.status_of(run.worker) == "stopped")
    assert run.silence(300) > 0
    assert f"`kill -CONT {run.worker.pid}` continues it" in registry.read_run(run.folder).reason


def test_first_step_may_take_five_minutes(run: Watched) -> None:
    run.state.update(state="running", rate=None)
    assert 300 <= run.silence(600) <= 310


def test_one_slow_evaluation_does_not_make_the_threshold_of_a_fast_run_longer(run: Watched) -> None:
    run.live(20, 1.0)
    run.state.update(step=21, rate=1 / 30)
    run.silence(30)
    run.live(10, 1.0)
    assert run.silence(300) <= 60


def test_only_a_running_run_can_stall(run: Watched) -> None:
    assert run.silence(300) == -1, "it is starting: reading the data may take long"
    run.live(20, 1.0)
    run.state.update(state="stopping")
    assert run.silence(300) == -1, "it writes its last checkpoint"


def test_time_in_which_the_machine_slept_does_not_count(run: Watched) -> None:
    run.live(20, 1.0)
    for _ in range(5):
        run.now += 3600  # the whole machine was frozen: the supervisor did not look either
        run.watch.look(run.worker)
    assert run.state.read()["state"] == "running"


def test_next_supervisor_takes_over_the_verdict_and_lifts_it_when_the_run_moves(run: Watched) -> None:
    run.live(20, 1.0)
    assert run.silence(300) > 0
    watch = StallWatch(run.folder, clock=lambda: run.now)
    for _ in range(50):
        run.now += 2
        watch.look(run.worker)
    assert run.state.read()["state"] == "stalled", "it has not moved since"
    run.state.update(step=99)
    watch.look(run.worker)
    assert run.state.read()["state"] == "running"
    states = [one for one in EventTail(run.folder / "events.jsonl").read_new() if one["kind"] == "state"]
    assert [one["state"] for one in states] == ["stalled", "running"]


def test_last_word_of_the_worker_is_not_taken_back(run: Watched) -> None:
    run.live(20, 1.0)
    assert run.silence(300) > 0
    run.state.update(state="finished", reason="at last")
    run.watch.look(run.worker)
    assert (run.state.read()["state"], run.state.read()["reason"]) == ("finished", "at last")
    assert not run.state.change("running", state="stalled")


def test_only_who_handles_the_signal_is_asked_for_stacks() -> None:
    code = "import faulthandler, signal, time; faulthandler.register(signal.SIGUSR1); print('.', flush=True)"
    command = [sys.executable, "-c", f"{code}; time.sleep(600)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        assert stall._handles_dumps(child.pid)
        assert stall.ask_for_stacks(ProcessIdentity.of(child.pid))
        assert b"most recent call first" in child.stderr.readline()
        child.kill()
    with subprocess.Popen(["sleep", "600"], process_group=0) as child:
        assert not stall.ask_for_stacks(ProcessIdentity.of(child.pid))
        time.sleep(0.1)
        assert child.poll() is None
        child.kill()
