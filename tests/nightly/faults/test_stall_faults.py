"""A step that hangs, a process that is stopped: reported within a minute, with evidence and a stack."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.runs.fault_support import Kept, ToyRun, wait_until

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]


@pytest.mark.promise("R18", "a hung step shows as stalled within 60 s, with a stack dump")
def test_step_that_hangs_is_told_with_its_stack_and_runs_again(
    toy: ToyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = tmp_path / "release"
    monkeypatch.setenv("TOY_RELEASE", str(release))
    with Kept(toy, toy.argv("hang", 30), quiet_s=1.5):
        wait_until(lambda: toy.now().step == 29, "the step before")
        run = toy.becomes("stalled")
        assert run.is_live
        assert "its stack is in the log" in run.reason
        wait_until(lambda: " in hang\n" in toy.log(), "the stack")
        wait_until(lambda: any("no sign of life" in text for text in toy.alerts()), "the alert")
        assert [one["state"] for one in toy.events("state")][-1] == "stalled"
        time.sleep(1)
        assert toy.now().state == "stalled", "the dump itself is no sign of life"
        release.touch()
        toy.becomes("running")
        toy.steps_on()
        assert toy.now().reason == ""
        wait_until(lambda: "moves again" in toy.alerts()[-1], "the alert")


@pytest.mark.promise("R18", "a hung step shows as stalled within 60 s, with a stack dump")
def test_stopped_process_is_told_as_such_and_dumps_its_stack_when_it_goes_on(toy: ToyRun) -> None:
    with Kept(toy, toy.argv(), quiet_s=1.5):
        toy.becomes("running")
        toy.steps_on()
        assert toy.worker().send_signal(signal.SIGSTOP)
        run = toy.becomes("stalled")
        assert "was stopped by a signal" in run.reason
        assert f"kill -CONT {toy.worker().pid}" in run.reason
        assert "Current thread" not in toy.log()
        assert toy.worker().send_signal(signal.SIGCONT)
        toy.becomes("running")
        wait_until(lambda: "toy_trainer.py" in toy.log().partition("Current thread")[2], "the stack")
