"""The measurement of learning: its clock counts the trainer's own time, over all starts."""

from __future__ import annotations

import json
from pathlib import Path

from bench.learn import MARKS, TrainingClock, _spread
from engine.dataset.lists.filelist import Entry


def _clock(path: Path, *events: dict[str, object]) -> TrainingClock:
    path.write_text("".join(json.dumps({"v": 1, **event}) + "\n" for event in events), encoding="utf-8")
    return TrainingClock(path)


def _state(time_s: float, state: str) -> dict[str, object]:
    return {"t": time_s, "kind": "state", "state": state}


def _step(time_s: float, step: int, kind: str = "metric") -> dict[str, object]:
    return {"t": time_s, "kind": kind, "step": step}


def test_time_between_two_starts_does_not_count(tmp_path: Path) -> None:
    first = [_state(100, "running"), _step(102, 1), _step(104, 2), _step(109, 2, "checkpoint")]
    then = [_state(110, "stopped"), _state(500, "running"), {"t": 501, "kind": "resumed", "step": 2}]
    clock = _clock(tmp_path / "events.jsonl", *first, *then, _step(503, 3))
    assert clock.read() == 11  # 9 s with the checkpoint's, then 2 s
    assert clock.at == {0: 0, 1: 2, 2: 9, 3: 11}


def test_steps_that_were_given_up_do_not_count(tmp_path: Path) -> None:
    first = [_state(100, "running"), _step(105, 1), _step(110, 2), _step(115, 3)]
    then = [_state(200, "running"), {"t": 201, "kind": "resumed", "step": 1}]
    clock = _clock(tmp_path / "events.jsonl", *first, *then)
    assert clock.read() == 5
    with clock.path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(_step(204, 2)) + "\n")
    assert clock.read() == 8 and clock.at[2] == 8


def test_a_clock_without_events_stands_at_0(tmp_path: Path) -> None:
    assert TrainingClock(tmp_path / "none.jsonl").read() == 0


def test_the_sentences_are_spread_over_the_list() -> None:
    entries = [Entry(f"{number}.wav", None, "", number) for number in range(37)]
    assert [entry.line for entry in _spread(entries)] == list(range(0, 36, 3))
    assert _spread(entries[:3]) == entries[:3]
    assert list(MARKS) == sorted(MARKS)
