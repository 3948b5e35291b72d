"""The clock on the wall is set a day forward or back: nothing starts and nothing stalls."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from engine.process_identity import ProcessIdentity
from engine.runs import registry
from engine.runs.events import EventTail
from engine.runs.supervisor import stall
from engine.runs.supervisor.restart import MOST_RESTARTS, WINDOW_SECONDS, RestartPolicy
from engine.runs.supervisor.stall import StallWatch
from engine.train.reporter import Reporter

DAY = 86400.0
promise = pytest.mark.promise(
    "R14", "clock set a day forward or back: no restart storm, no negative time left"
)


class Clock:
    """A monotonic clock that a test turns, while the one on the wall jumps as it likes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.wall = 5000.0, time.time()
        monkeypatch.setattr(time, "time", lambda: self.wall)
        monkeypatch.setattr(time, "time_ns", lambda: int(self.wall * 1e9))

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@promise
@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_jump_neither_forgives_deaths_nor_adds_any(clock: Clock, jump: float) -> None:
    policy = RestartPolicy(clock)
    pauses = []
    for _ in range(MOST_RESTARTS):
        pauses.append(policy.after("out of memory"))
        clock.now += 30
        clock.wall += jump
    assert pauses == [1.0, 4.0, 9.0]
    assert policy.after("something else") is None, "a day forward is no ten minutes"
    assert policy.verdict.startswith("out of memory")
    clock.now += WINDOW_SECONDS
    assert policy.after("much later") == 1.0, "a day back does not hold the window open"


@promise
@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_jump_makes_no_stall_and_hides_none(clock: Clock, tmp_path: Path, jump: float) -> None:
    registry.prepare(tmp_path, kind="train", argv=["x"])
    state, watch = registry.StateFile(tmp_path), StallWatch(tmp_path, clock=clock)
    me = ProcessIdentity.current()
    state.update(state="running", step=1, rate=2.0)
    for second in range(1, 200):
        clock.now += 1
        clock.wall += 1
        if second == 20:
            clock.wall += jump
            when = (tmp_path / "state.json").stat().st_mtime + jump
            os.utime(tmp_path / "state.json", (when, when))
        if second % 10 == 0 and second < 100:
            state.update(step=second)
        if second % 2 == 0:
            watch.look(me)
        assert (state.read()["state"] == "stalled") == (second >= 90 + stall.QUIET_SECONDS), second


@promise
@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_time_left_is_never_negative_nor_a_day_off(clock: Clock, tmp_path: Path, jump: float) -> None:
    registry.prepare(tmp_path, kind="train", argv=["x"])
    reporter = Reporter(tmp_path, 100, torch.device("cpu"))
    for step in range(1, 6):
        time.sleep(0.01)
        clock.wall += jump
        state = SimpleNamespace(position=SimpleNamespace(step=step, epoch=1, batch=step))
        reporter.stepped(state, force=True)  # type: ignore[arg-type]
        left = registry.read_run(tmp_path).eta_s
        assert left is None or 0 <= left < 3600
    reporter.close()
    events = EventTail(tmp_path / "events.jsonl").read_new()
    written = [event["eta_s"] for event in events if event["kind"] == "progress"]
    assert all(left is None or 0 <= left < 3600 for left in written)
