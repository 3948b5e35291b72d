"""`vitsdeck curves`: every point of a run, for spreadsheets and scripts."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from engine import workspace
from engine.workspace import Workspace
from tests.cli_support import vitsdeck
from tests.tui.run_support import add_event, make_run


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """A workspace whose run `anna` went back to step 2 after step 4, and met a NaN there."""
    place = workspace.init(tmp_path / "voices")
    run = make_run(place, "anna", steps=4)
    add_event(run, "resumed", step=2)
    add_event(run, "metric", step=3, epoch=0, values={"loss/g/mel": None})
    return place


def test_the_curves_of_a_run_are_printed_as_csv_without_steps_that_were_undone(place: Workspace) -> None:
    done = vitsdeck(place.root, "curves", "anna")
    assert done.returncode == 0, done.stderr
    rows = [row for row in csv.DictReader(done.stdout.splitlines()) if row["curve"] == "loss/g/mel"]
    assert [(row["step"], row["value"]) for row in rows] == [("1", "49.0"), ("2", "48.0"), ("3", "nan")]
    assert all(float(row["time"]) > 1e9 for row in rows)


def test_the_curves_of_a_run_are_json_with_null_for_nan(place: Workspace) -> None:
    found = vitsdeck(place.root, "curves", "anna", "--json").json
    assert found["curves"]["loss/g/mel"] == [[1, 49.0], [2, 48.0], [3, None]]
    assert [step for step, _time in found["times"]] == [1, 2, 3]


def test_curves_of_a_run_that_is_not_there_are_refused_with_its_name(place: Workspace) -> None:
    done = vitsdeck(place.root, "curves", "bert")
    assert done.returncode == 2 and "bert" in done.stderr
