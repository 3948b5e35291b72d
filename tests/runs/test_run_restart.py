"""How often a worker is started again, and how a worker looks after its keeper."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.files.lock import RunLock
from engine.runs import registry
from engine.runs.processes.identity import ProcessIdentity
from engine.runs.supervisor.exit_status import Outcome
from engine.runs.supervisor.restart import RestartPolicy, is_worth_another_start
from engine.runs.supervisor.watchdog import Guardian
from engine.runs.supervisor.worker import LOCK_VARIABLE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.mark.parametrize(
    ("code", "again"),
    [(0, False), (2, False), (3, False), (1, True), (-9, True), (-11, True), (-15, False), (-2, False), (None, True)],
)  # fmt: skip
def test_only_an_end_that_may_go_better_is_worth_another_start(code: int | None, again: bool) -> None:
    assert is_worth_another_start(code) is again


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


def test_next_keeper_goes_on_counting_and_believes_no_nonsense() -> None:
    now = [100.0]
    first = RestartPolicy(lambda: now[0])
    assert [first.after("a"), first.after("b")] == [1.0, 4.0]
    second = RestartPolicy(lambda: now[0])
    second.recall(first.to_json())
    assert (second.after("c"), second.after("d")) == (9.0, None)
    for nonsense in (
        None,
        7,
        [7],
        [{}],
        [{"at": "x"}],
        [one | {"boot_id": "of yesterday"} for one in first.to_json()],
    ):
        third = RestartPolicy(lambda: now[0])
        third.recall(nonsense)
        assert third.after("a") == 1.0


def test_unknown_end_is_said_to_be_unknown(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text("step 7\n")
    assert "exit code is lost" in Outcome(None, 0, tmp_path).why()
    assert "step 7" not in Outcome(None, 0, tmp_path).why(), "a line among others is no reason"
    (tmp_path / "train.log").write_text("Traceback (most recent call last):\n  File x\nOSError: full\n")
    assert Outcome(None, 0, tmp_path).why().endswith("): OSError: full")
    assert Outcome(1, 0, tmp_path).unstarted("cannot start x").why() == "cannot start x"


def test_failure_that_the_keeper_has_not_judged_yet_is_not_final(tmp_path: Path) -> None:
    folder = tmp_path / "anna"
    registry.prepare(folder, kind="train", argv=["x"], restarts=True)
    registry.record(folder, keeper=ProcessIdentity.current().to_json())
    state = registry.StateFile(folder)
    state.update(state="failed", reason="RuntimeError: x")
    assert (registry.read_run(folder).state, registry.read_run(folder).reason) == (
        "starting",
        "RuntimeError: x",
    )
    state.update(settled=True)
    assert registry.read_run(folder).state == "failed"
    state.update(settled=None)
    gone = ProcessIdentity.current().to_json() | {"start_ticks": 1}
    registry.record(folder, keeper=gone)
    assert registry.read_run(folder).state == "failed", "nobody is left to judge"


class _Watched(Guardian):
    """A Guardian that counts instead of starting keepers."""

    def __init__(self, folder: Path, now: list[float]) -> None:
        super().__init__(folder, argv=["x"], clock=lambda: now[0])
        self.started = 0

    def _start_keeper(self) -> None:
        self.started += 1


def test_worker_looks_once_a_second_and_waits_for_the_keeper_that_it_started(tmp_path: Path) -> None:
    folder, now = tmp_path / "anna", [0.0]
    registry.prepare(folder, kind="train", argv=["x"])
    with subprocess.Popen(["sleep", "600"]) as keeper:
        registry.record(folder, keeper=ProcessIdentity.of(keeper.pid).to_json())
        guardian = _Watched(folder, now)
        for _ in range(100):
            guardian.look()
            now[0] += 1
        assert guardian.started == 0
        keeper.kill()
    times = []
    for second in range(300):
        before = guardian.started
        guardian.look()
        if guardian.started > before:
            times.append(second)
        now[0] += 1
    assert times == [0, 10, 40, 100], "each one gets longer to report than the one before"
    registry.record(folder, keeper=ProcessIdentity.current().to_json())
    for _ in range(1000):
        guardian.look()
        now[0] += 1
    assert guardian.started == 4, "there is a new keeper"


def test_worker_without_a_record_or_a_keeper_is_left_alone(tmp_path: Path) -> None:
    now = [0.0]
    guardian = _Watched(tmp_path / "nowhere", now)
    guardian.look()
    registry.prepare(tmp_path / "anna", kind="train", argv=["x"])
    guardian = _Watched(tmp_path / "anna", now)
    now[0] += 5
    guardian.look()
    assert guardian.started == 0


def test_lock_handle_is_believed_only_when_it_is_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "anna"
    registry.prepare(folder, kind="train", argv=["x"])
    held = RunLock.take(folder)
    assert held is not None
    os.set_inheritable(held.handle, True)
    for value, wanted in (
        ("", None), ("x", None), ("99999", None), ("1", None), (str(held.handle), held.handle)
    ):  # fmt: skip
        monkeypatch.setenv(LOCK_VARIABLE, value)
        assert Guardian(folder)._lock == wanted
    assert not os.get_inheritable(held.handle), "children of the trainer must not hold it by chance"
    held.release()


def test_look_costs_next_to_nothing(tmp_path: Path) -> None:
    registry.prepare(tmp_path, kind="train", argv=["x"])
    registry.record(tmp_path, keeper=ProcessIdentity.current().to_json())
    guardian = Guardian(tmp_path)
    begun = time.process_time()
    for _ in range(10000):
        guardian.look()
    assert (time.process_time() - begun) / 10000 < 20e-6
