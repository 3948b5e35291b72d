"""The command curves."""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path

from engine.runs.events import EventTail
from tui.app.readers.run_history import TIMES, RunHistory
from tui.cli.options import Json, Name
from tui.cli.output import echo_json, safe
from tui.cli.runs import training

_BLOCK_BYTES = 1 << 20


def curves(name: Name, json: Json = False) -> int:
    """Print the curves of a run as CSV: a row for each point, with its step and its time."""
    points = _points(training.find(name).folder)
    times = points.pop(TIMES, {})
    if json:
        finite = {
            tag: [[step, value if math.isfinite(value) else None] for step, value in curve.items()]
            for tag, curve in points.items()
        }
        echo_json({"name": name, "curves": finite, "times": list(times.items())})
        return 0
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["curve", "step", "time", "value"])
    for tag, curve in points.items():
        writer.writerows([safe(tag), step, times.get(step, ""), value] for step, value in curve.items())
    return 0


def _points(folder: Path) -> dict[str, dict[int, float]]:
    """Tag -> step -> value of a run's whole history; steps that a resume went back over are there once."""
    history, tail = RunHistory(folder), EventTail(folder / "events.jsonl")
    points: dict[str, dict[int, float]] = {}
    while events := tail.read_new(_BLOCK_BYTES):
        new = history.add(events)
        if (last := new.back_to) is not None:
            points = {tag: {at: v for at, v in curve.items() if at <= last} for tag, curve in points.items()}
        for tag, added in new.by_tag.items():
            points.setdefault(tag, {}).update(added)
    return points
