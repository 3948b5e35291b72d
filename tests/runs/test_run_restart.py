"""How often a worker is started again, and the reason given for its end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.process_identity import ProcessIdentity
from engine.runs import registry
from engine.runs.supervisor.exit_status import ExitStatus
from engine.runs.supervisor.restart import RestartPolicy, may_succeed_again

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.mark.parametrize(
    ("code", "again"),
    [(0, False), (2, False), (3, False), (1, True), (-9, True), (-11, True), (-15, False), (-2, False), (None, True)],
)  # fmt: skip
def test_only_an_end_that_may_go_better_may_succeed_again(code: int | None, again: bool) -> None:
    assert may_succeed_again(code) is again


def test_window_slides() -> None:
    now = [0.0]
    policy = RestartPolicy(lambda: now[0])
    found = []
    for _ in range(12):
        found.append(policy.after(f"at {now[0]:.0f}"))
        now[0] += 200
    assert found == [1.0, 4.0, 9.0, *[9.0] * 9], "one death every 200 s is three in ten minutes, never four"
    now[0] -= 199
    assert policy.after("at once again") is None
    assert policy.verdict.startswith("at 1800")


def test_unknown_end_is_said_to_be_unknown(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text("step 7\n")
    assert "exit code is lost" in ExitStatus(None, 0, tmp_path).reason()
    assert "step 7" not in ExitStatus(None, 0, tmp_path).reason(), "a line among others is no reason"
    (tmp_path / "train.log").write_text("Traceback (most recent call last):\n  File x\nOSError: full\n")
    assert ExitStatus(None, 0, tmp_path).reason().endswith("): OSError: full")


def test_failure_that_the_supervisor_has_not_judged_yet_is_not_final(tmp_path: Path) -> None:
    folder = tmp_path / "anna"
    registry.prepare(folder, kind="train", argv=["x"], restarts=True)
    registry.record(folder, keeper=ProcessIdentity.current().to_json())
    state = registry.StateFile(folder)
    state.update(state="failed", reason="RuntimeError: x")
    run = registry.read_run(folder)
    assert (run.state, run.reason) == ("starting", "RuntimeError: x")
    state.update(settled=True)
    assert registry.read_run(folder).state == "failed"
    state.update(settled=None)
    gone = ProcessIdentity.current().to_json() | {"start_ticks": 1}
    registry.record(folder, keeper=gone)
    assert registry.read_run(folder).state == "failed", "nobody is left to judge"
