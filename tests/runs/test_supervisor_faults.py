"""Supervisors are killed, trainers die, hang and are stopped: a run continues, reports it, and is never two."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.files.lock import RunLock
from engine.process_identity import ProcessIdentity
from engine.runs import launch, registry
from engine.runs.processes import orphans
from engine.runs.supervisor.worker import Worker
from tests.runs.fault_support import Count, Kept, StartProcess, ToyRun, wait_until

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]


# R12: the supervisor is killed

SUPERVISOR_KILLED = pytest.mark.promise(
    "R12",
    "kill -9 of the supervisor: trainer continues, the next command gives it another; never two in one folder",
)


def attach_another(toy: ToyRun) -> ProcessIdentity:
    """What `vitsdeck runs` and the dashboard do; the new supervisor."""
    before = toy.supervisor()
    launch._attach_after.clear()
    wait_until(lambda: not before.is_alive(), "the end of the supervisor")
    launch.attach_supervisors(registry.list_runs(toy.folder.parent))
    assert toy.supervisor() != before and toy.supervisor().is_alive()
    return toy.supervisor()


@SUPERVISOR_KILLED
def test_killed_supervisor_is_replaced_and_the_next_one_restarts_as_the_first_would(
    toy: ToyRun, count: Count
) -> None:
    toy.start()
    for _ in range(count(1, 10)):
        toy.steps_on()
        before, worker = toy.supervisor(), toy.worker()
        assert before.send_signal(signal.SIGKILL)
        toy.steps_on()
        attach_another(toy)
        toy.steps_on()
        assert toy.worker() == worker, "the trainer itself continued"
        assert toy.now().state == "running"
    assert "has a new one" in toy.alerts()[-1]
    saved = toy.checkpoint()
    assert worker.send_signal(signal.SIGKILL)
    wait_until(lambda: toy.worker() != worker, "a restart by the new supervisor")
    toy.becomes("running")
    assert "exit code is lost" in toy.alerts()[-1]
    assert toy.steps_on().step >= saved
    assert launch.stop(toy.folder, wait_s=30)
    assert toy.becomes("stopped").exit_code == 0, "this one was the supervisor's own child"
    assert not toy.has_seen_two()


@SUPERVISOR_KILLED
def test_trainer_with_a_new_supervisor_stops_as_any_other(toy: ToyRun) -> None:
    toy.start()
    toy.steps_on()
    toy.supervisor().send_signal(signal.SIGKILL)
    assert attach_another(toy).send_signal(signal.SIGTERM), "as at a shutdown"
    end = toy.becomes("stopped")
    assert end.reason == f"step {toy.checkpoint()}"
    held = RunLock.take(toy.folder, wait_s=10)
    assert held is not None, "nobody holds the folder any more"
    held.release()


@SUPERVISOR_KILLED
def test_supervisor_and_trainer_killed_together_leave_a_folder_that_resumes(
    toy: ToyRun, count: Count
) -> None:
    for _ in range(count(1, 8)):
        toy.start()
        toy.becomes("running")
        toy.steps_on(6)
        for one in (toy.supervisor(), toy.worker()):
            one.send_signal(signal.SIGKILL)
        end = toy.becomes("failed")
        assert end.reason == registry.GONE
        saved = toy.checkpoint()
        toy.start()
        assert (toy.becomes("running").step or 0) >= saved
        toy.worker().send_signal(signal.SIGSTOP)  # a stopped process cannot look for its supervisor
        for one in (toy.supervisor(), toy.worker()):
            one.send_signal(signal.SIGKILL)
        toy.becomes("failed")
    assert not toy.has_seen_two()


_RACER = """
import os, random, sys, time
from engine.errors import InputError
from engine.runs import launch, registry
noise = random.Random(int(sys.argv[2]))
while not os.path.exists(sys.argv[3]):
    try:
        launch.start(sys.argv[1], kind="train", argv=[sys.executable, *sys.argv[4:]], restarts=True)
    except InputError:
        launch._attach_after.clear()
        launch.attach_supervisors(registry.list_runs(sys.argv[1] + "/.."))
    time.sleep(noise.random() / 4)
"""


@SUPERVISOR_KILLED
def test_starts_and_resumes_in_parallel_while_everything_is_killed_make_never_two(
    toy: ToyRun, count: Count, tmp_path: Path
) -> None:
    noise, enough = random.Random(12), tmp_path / "enough"
    command = [sys.executable, "-c", _RACER, str(toy.folder)]
    racers = [subprocess.Popen([*command, str(number), str(enough), *toy.argv()[1:]]) for number in range(3)]
    until = time.monotonic() + 1.5 * count(2, 10)
    while time.monotonic() < until or toy.starts() < 2:  # kills and starts must have met
        time.sleep(noise.random() * 0.6)
        try:
            run = toy.now()
        except InputError:
            continue
        chosen = noise.choice([(run.supervisor,), (run.process,), (run.supervisor, run.process)])
        for one in chosen:
            if one is not None:
                one.send_signal(signal.SIGKILL)
    enough.touch()
    assert [racer.wait(timeout=120) for racer in racers] == [0, 0, 0]
    assert not toy.has_seen_two()
    toy.end()
    toy.start()
    toy.steps_on()


# R13: strangers


@pytest.fixture
def stranger(start_process: StartProcess) -> Iterator[subprocess.Popen[bytes]]:
    child = start_process()
    yield child
    assert child.poll() is None, "a stranger was signalled"


@pytest.mark.promise("R13", "pid reuse, reboot: never signals a stranger")
@pytest.mark.parametrize("change", [{"start_ticks": 7}, {"boot_id": "0badb007-of-yesterday"}])
def test_number_that_is_a_strangers_by_now_is_never_signalled(
    toy: ToyRun, stranger: subprocess.Popen[bytes], change: dict[str, object]
) -> None:
    registry.prepare(toy.folder, kind="train", argv=["x"], restarts=True)
    forged = dataclasses.replace(ProcessIdentity.of(stranger.pid), **change)  # type: ignore[arg-type]
    registry.record(toy.folder, keeper=forged.to_json(), process=forged.to_json())
    registry.StateFile(toy.folder).update(state="running")
    assert toy.now().reason == registry.GONE
    assert not launch.stop(toy.folder, now=True, wait_s=0.5)
    left = orphans.Leftover(stranger.pid, "sleep", "anna", "worker", 0, None, forged, 0.0)
    assert orphans.end(left, grace_s=0.1) == "gone"
    assert forged.wait(0.1), "who is gone needs no waiting for"
    attaching = [sys.executable, "-m", "engine.runs.supervisor", str(toy.folder), "--attach"]
    assert subprocess.run(attaching, check=True, capture_output=True).stdout == b"", "there is no worker"
    toy.start()
    toy.steps_on()


@pytest.mark.promise("R13", "pid reuse, reboot: never signals a stranger")
def test_members_of_a_strangers_group_outlive_the_end_of_a_trainer(start_process: StartProcess) -> None:
    """The number of an attached worker may lead a stranger's group by the time that its end is noticed."""
    leader = start_process(process_group=0)
    forged = dataclasses.replace(ProcessIdentity.of(leader.pid), start_ticks=7)
    Worker(forged, run_id="0123456789abcdef").wait()
    assert leader.poll() is None


# R17: crash loops


@pytest.mark.promise("R17", "crash loop: at most 3 restarts in 10 minutes, then failed with the first error")
@pytest.mark.parametrize("way", ["crash", "exit"])
def test_crash_loop_ends_after_three_restarts_with_the_first_error(toy: ToyRun, way: str) -> None:
    argv = toy.argv(way, 7)
    with Kept(toy, argv) as kept:
        assert kept.join() != 0
    end = toy.becomes("failed")
    assert toy.starts() == 4
    first = "the step after 6 failed" if way == "crash" else "exit code 7"
    assert end.reason.startswith(first), "not the error of the last one"
    assert "3 times within 10 minutes" in end.reason
    assert len([text for text in toy.alerts() if "started again" in text]) == 3
    assert toy.log().count(" started: ") == 4
    assert toy.log().count("; it is started again in ") == 3, "the log has them as well"
    if way == "crash":  # steps 7, 12, 17 and 22: each resumed from the checkpoint before it
        assert [one["step"] for one in toy.events("resumed")] == [0, 5, 10, 15]


@pytest.mark.promise("R17", "crash loop: at most 3 restarts in 10 minutes, then failed with the first error")
@pytest.mark.parametrize("code", [0, 2, 3])
def test_end_that_no_restart_could_better_is_the_end(toy: ToyRun, code: int) -> None:
    with Kept(toy, toy.argv("exit", code)) as kept:
        assert kept.join() == code
    assert toy.starts() == 1
    assert toy.becomes("finished" if code == 0 else "failed").exit_code == code


def test_killed_trainer_resumes_from_its_checkpoint_with_the_folder_locked(toy: ToyRun) -> None:
    toy.start()
    for _ in range(2):
        toy.steps_on(7)
        worker, saved, supervisor = toy.worker(), toy.checkpoint(), toy.supervisor()
        assert worker.send_signal(signal.SIGKILL)
        wait_until(lambda old=worker: toy.worker() != old, "the next trainer")
        assert toy.supervisor() == supervisor
        toy.steps_on()
        assert toy.events("resumed")[-1]["step"] >= saved
    assert toy.now().started > toy.now().created
    assert "killed by SIGKILL" in toy.alerts()[-1]
    assert launch.stop(toy.folder, wait_s=30)


def test_stop_is_read_while_no_trainer_lives(toy: ToyRun) -> None:
    with Kept(toy, toy.argv("exit", 7), pauses_s=(600.0,)) as kept:
        wait_until(lambda: "started again in" in toy.now().reason, "the pause")
        assert toy.now().state == "starting"
        assert launch.stop(toy.folder)
        kept.join(20)
    end = toy.becomes("stopped")
    assert "exit code 7" in end.reason
    assert toy.starts() == 1


def test_trainer_that_was_asked_to_stop_is_not_started_again(toy: ToyRun) -> None:
    with Kept(toy, toy.argv("slow_save", 60)) as kept:
        toy.steps_on()
        launch.stop(toy.folder)
        wait_until((toy.folder / "saving").exists, "the last checkpoint")
        toy.worker().send_signal(signal.SIGKILL)
        kept.join(20)
    assert toy.starts() == 1
    assert toy.now().state == "stopped"


# R8: stopping


@pytest.mark.promise("R8", "SIGTERM or stop: checkpoint at the next step, then exit; a second one stops now")
@pytest.mark.parametrize("way", ["command", "supervisor", "trainer"])
def test_first_stop_saves_and_the_second_does_not_wait_for_it(toy: ToyRun, way: str) -> None:
    def ask() -> None:
        if way == "command":
            assert launch.stop(toy.folder)
        else:
            assert (toy.supervisor() if way == "supervisor" else toy.worker()).send_signal(signal.SIGTERM)

    toy.start()
    toy.steps_on(7)
    ask()
    end = toy.becomes("stopped")
    assert (end.exit_code, end.step) == (0, toy.checkpoint()), "the last step is saved"
    (toy.folder / "checkpoint.json").unlink()
    toy.start("slow_save", 300)
    toy.steps_on(2)
    ask()
    wait_until((toy.folder / "saving").exists, "the last checkpoint")
    saved = (toy.folder / "checkpoint.json").exists() and toy.checkpoint()
    ask()
    end = toy.becomes("stopped", timeout_s=60)
    assert end.reason == "stopped at once, without a checkpoint"
    assert saved == ((toy.folder / "checkpoint.json").exists() and toy.checkpoint())


@pytest.mark.promise("R8", "SIGTERM or stop: checkpoint at the next step, then exit; a second one stops now")
def test_two_stops_that_come_within_one_step_stop_now(toy: ToyRun, tmp_path: Path) -> None:
    release = tmp_path / "release"
    toy.start("hang", 3, env={**os.environ, "TOY_RELEASE": str(release)})
    wait_until((toy.folder / "hanging").exists, "the step that takes long")
    toy.supervisor().send_signal(signal.SIGTERM)
    wait_until(
        lambda: list((toy.folder / "inbox").glob("*.json")) != [], "the first stop, passed on as a command"
    )
    toy.supervisor().send_signal(signal.SIGTERM)
    end = toy.becomes("stopped")
    assert end.reason == "stopped at once, without a checkpoint"
    assert not release.exists()
