"""Rules of health on recorded curves: a real run raises nothing, each illness exactly its own rule; events record both.

`curves/healthy.json` was recorded from a real training. Longer curves and illnesses are shaped from it by formulas.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.runs import registry
from engine.runs.events import EventTail, EventWriter
from engine.runs.health import RULES, Facts, Finding, Record, Watch, findings, from_event, of_run, worst
from engine.runs.health.record import LONG_POINTS, Curve
from engine.runs.registry import RunSnapshot

RECORDED = json.loads((Path(__file__).parent / "curves" / "healthy.json").read_text())
FACTS = Facts(clips=RECORDED["facts"]["clips"])
Event = dict[str, Any]
STEP_S = 2.5  # of the recorded run, within a tenth


def recorded_events() -> Iterator[Event]:
    """The real run, as its events.jsonl had it."""
    for index, (step, at) in enumerate(zip(RECORDED["step"], RECORDED["t"], strict=True)):
        values = {tag: series[index] for tag, series in RECORDED["values"].items()}
        yield {"kind": "metric", "t": at, "step": step, "epoch": 0, "values": values}


def long_events(steps: int = 10_000, every: int = 10) -> Iterator[Event]:
    """A training as it continues from there: curves fall as power laws do, with the noise of the recorded batches."""
    noise = random.Random(7)
    for step in range(every, steps + 1, every):
        fall = (step / 100) ** -0.15

        def about(value: float, spread: float = 0.08) -> float:
            return value * math.exp(noise.gauss(0, spread))

        values = {
            "loss/g/mel": about(40 * fall),
            "loss/g/total": about(50 * fall),
            "loss/d/total": about(2.4),
            "loss/g/gen": about(2.2),
            "loss/g/kl": about(0.1 + 0.4 * fall),
            "grad_norm_g": about(250, 0.4),
            "grad_norm_d": about(12, 0.5),
            "alignment/diagonality": min(1.0, about(0.91, 0.02)),
            "time/data_wait": about(0.009, 0.3),
        }
        yield {"kind": "metric", "t": step * STEP_S, "step": step, "epoch": step // 6, "values": values}


Values = dict[str, float | None]


def shaped(shape: Callable[[int], Values], events: Iterator[Event] | None = None) -> Iterator[Event]:
    """The long training with an illness: `shape` gives the values that differ at a step."""
    for event in long_events() if events is None else events:
        yield event | {"values": event["values"] | shape(event["step"])}


def replay(events: Iterator[Event], facts: Facts = FACTS) -> tuple[Record, set[str]]:
    """Feed events one by one, as a trainer meets them; all rules that ever raised."""
    record, raised = Record(facts), set()
    for number, event in enumerate(events):
        record.add(event)
        if number % 20 == 0:
            raised |= {finding.rule for finding in findings(record)}
    return record, raised | {finding.rule for finding in findings(record)}


def test_a_real_run_raises_nothing() -> None:
    record, raised = replay(recorded_events())
    assert raised == set()
    assert record.step == RECORDED["step"][-1] > 300


def test_a_long_healthy_run_raises_nothing() -> None:
    assert replay(long_events())[1] == set()


def winning(step: int) -> Values:
    return {"loss/d/total": 0.2, "loss/g/gen": 5.4} if step > 6000 else {}


def exploding(step: int) -> Values:
    return {"grad_norm_d": 900.0} if step > 9000 else {}


def scrambled(step: int) -> Values:
    return {"alignment/diagonality": 0.4 + 0.1 * math.sin(step)}


ILL: list[tuple[str, Callable[[int], Values]]] = [
    ("discriminator winning", winning),
    ("KL collapse", lambda step: {"loss/g/kl": 0.002} if step > 6000 else {}),
    (
        "exploding gradient",
        lambda step: {"grad_norm_g": 250.0 * 1.01 ** (step - 6000)} if step > 6000 else {},
    ),
    ("exploding gradient", exploding),
    # None is how events write NaN
    ("exploding gradient", lambda step: {"grad_norm_g": None} if step > 9000 and step % 20 == 0 else {}),
    ("mel loss flat", lambda step: {"loss/g/mel": 38 + math.sin(step)}),
    ("alignment not diagonal", scrambled),
    ("data loader too slow", lambda step: {"time/data_wait": 0.55 + 0.1 * math.sin(step)}),
]


@pytest.mark.parametrize(("rule", "shape"), ILL)
def test_each_illness_raises_exactly_its_rule(rule: str, shape: Callable[[int], Values]) -> None:
    record, raised = replay(shaped(shape))
    assert raised == {rule}
    finding = RULES[rule](record)
    assert finding is not None and finding.rule == rule
    assert any(character.isdigit() for character in finding.text), "the evidence is a figure"
    assert finding.remedy


def test_clips_that_are_left_out_are_reported_from_two_percent_on() -> None:
    record, _ = replay(recorded_events(), replace(FACTS, dropped=3))
    assert [finding.rule for finding in findings(record)] == ["clips dropped"]
    record.facts = replace(FACTS, clips=1000, dropped=3)
    assert findings(record) == [], "a few odd clips are normal"


def test_a_late_plateau_at_a_fair_loss_is_no_warning() -> None:
    record, raised = replay(shaped(lambda step: {"loss/g/mel": 18 + 0.1 * math.sin(step)}))
    assert raised == {"mel loss flat"}
    finding = RULES["mel loss flat"](record)
    assert finding is not None and finding.level == "info" and "listen" in finding.remedy


def test_steps_that_were_given_up_do_not_count() -> None:
    record, _ = replay(shaped(exploding))
    assert RULES["exploding gradient"](record) is not None
    record.add({"kind": "resumed", "t": 1e6, "step": 9000})
    assert RULES["exploding gradient"](record) is None and record.step == 9000


def test_curves_stay_small_and_keep_their_course() -> None:
    curve = Curve()
    for step in range(300_000):
        curve.add(step, 100 - step / 10_000)
    assert len(curve.long) <= LONG_POINTS and len(curve.recent) == 512
    assert abs(curve.long[0][1] - 100) < 0.1 and abs(curve.long[-1][1] - 70) < 0.1


def test_foreign_events_are_passed_over() -> None:
    record = Record()
    for event in (
        {},
        {"kind": "metric", "t": 1.0, "step": 1, "values": {"loss/g/mel": "low", "a": [], "b": True}},
        {"kind": "resumed", "t": 1.0},
    ):
        record.add(event)
    assert findings(record) == [] and record.curves == {}
    assert from_event({"kind": "health", "rule": 3, "active": True}) is None
    assert from_event({"kind": "health", "rule": "x", "active": "yes"}) is None


# events


class Steady:
    """A clock that is set by hand, and a disk with room."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def watch(folder: Path, clock: Steady) -> tuple[Watch, EventWriter]:
    writer = EventWriter(folder / "events.jsonl")
    return Watch(folder, writer, FACTS, clock=clock), writer


def train(watching: Watch, writer: EventWriter, clock: Steady, events: Iterator[Event]) -> None:
    for event in events:
        clock.now = max(clock.now, event["t"])
        watching.metric(event["step"], event["values"])
        writer.metric(event["step"], event["epoch"], event["values"])
        watching.look()


def written(folder: Path) -> list[tuple[str, bool]]:
    events = EventTail(folder / "events.jsonl").read_new()
    return [(known[0].rule, known[1]) for event in events if (known := from_event(event))]


def test_a_finding_is_written_once_where_it_begins_and_once_where_it_ends(tmp_path: Path) -> None:
    clock = Steady()
    watching, writer = watch(tmp_path, clock)
    with writer:
        train(watching, writer, clock, shaped(lambda step: winning(9999) if 4000 < step < 7000 else {}))
    assert written(tmp_path) == [("discriminator winning", True), ("discriminator winning", False)]


def test_a_resumed_trainer_knows_what_was_open_and_ends_it(tmp_path: Path) -> None:
    clock = Steady()
    watching, writer = watch(tmp_path, clock)
    with writer:
        train(watching, writer, clock, shaped(exploding))
    assert written(tmp_path) == [("exploding gradient", True)]
    with (tmp_path / "events.jsonl").open("a") as file:
        file.write('{"kind":"resumed","t":1,"step":9000}\n{"kind":"metr')
    clock = Steady()
    again, writer = watch(tmp_path, clock)
    later = (event for event in long_events() if event["step"] > 9000)
    with writer:
        train(again, writer, clock, later)
    assert written(tmp_path) == [("exploding gradient", True), ("exploding gradient", False)]


def test_a_disk_that_takes_no_event_does_not_end_a_training(tmp_path: Path) -> None:
    clock = Steady()
    watching, writer = watch(tmp_path, clock)
    writer.close()  # a closed handle refuses as a full disk does
    for event in shaped(scrambled, long_events(1000)):
        clock.now = event["t"]
        watching.metric(event["step"], event["values"])
        watching.look()
    assert [finding.rule for finding in watching.look(force=True)] == ["alignment not diagonal"]


# what a trainer cannot report


def snapshot(**fields: Any) -> RunSnapshot:
    usual = {"name": "anna", "folder": Path("anna"), "kind": "train", "state": "running", "updated": 1000.0}
    return RunSnapshot(**usual | fields)


def test_a_trainer_that_is_gone_or_silent_is_seen_from_outside() -> None:
    assert of_run(snapshot(), now=1005.0) == []
    assert [one.rule for one in of_run(snapshot(step=7), now=1500.0)] == ["trainer stalled"]
    (finding,) = of_run(snapshot(state="stalled", reason="no step for 60 s"), now=1001.0)
    assert finding.rule == "trainer stalled" and "no step for 60 s" in finding.text
    gone = of_run(snapshot(state="failed", reason=registry.GONE), now=1001.0)
    assert [one.rule for one in gone] == ["trainer gone"]
    assert of_run(snapshot(state="finished"), now=time.time()) == []


def test_the_worst_is_the_gravest_then_the_first() -> None:
    mild, bad, worse = (Finding(level, level, "", "") for level in ("info", "warning", "error"))
    assert worst([mild, bad, worse]) is worse and worst([bad, mild]) is bad and worst([]) is None
