"""The command status: one line that a status bar can ask for every few seconds."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest

from engine import workspace
from engine.runs import registry
from engine.runs.events import EventWriter
from engine.runs.statefile import StateFile
from tests.cli_support import environment, vitsdeck
from tests.train.conftest import TINY
from tui.cli.runs import status_line

HEAVY = ("typer", "psutil", "textual", "dataclasses", "torch", "numpy")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    workspace.init(tmp_path)
    return tmp_path


def run(place: Path, name: str, **state: object) -> Path:
    folder = place / "logs" / name
    registry.prepare(folder, kind="train", argv=["train"], config_json=TINY.to_json())
    StateFile(folder).update(**state)
    return folder


def test_line_says_run_state_step_time_left_memory_and_alert(place: Path) -> None:
    live = {"step": 1200, "total_steps": 20000, "eta_s": 7800.0, "device_bytes": 3_400_000_000}
    folder = run(place, "anna", state="running", **live)
    run(place, "ben", state="finished", step=7)
    with EventWriter(folder / "events.jsonl") as events:
        events.alert("warning", "loss is\x1b[31m high " + "x" * 100)
        events.alert("info", "saved")
        events.metric(1, 1, {"loss/g/total": 1.0})
    found = vitsdeck(place, "status").stdout
    start = "▶ anna running · step 1,200 of 20,000 · 2 h 09 min left · 3.4 GB · ! loss is?[31m high xxx"
    assert found.replace("2 h 10 min", "2 h 09 min").startswith(start)
    assert found.endswith("…\n") and found.count("\n") == 1
    facts = vitsdeck(place, "status", "--json").json
    assert (facts["run"], facts["state"], facts["step"], facts["line"]) == (
        "anna",
        "running",
        1200,
        found[:-1],
    )


def test_silent_run_and_workspaces_without_runs_are_told(place: Path) -> None:
    assert vitsdeck(place, "status").stdout == "no run yet\n"
    folder = run(place, "anna", state="running", step=3)
    state = folder / "state.json"
    state.write_text(state.read_text().replace('"t": ', '"t": 1e9, "was": '))
    (place / "logs" / "broken").mkdir()
    (place / "logs" / "broken" / "state.json").write_text("[1")
    assert "▶ anna running · step 3 · silent for " in vitsdeck(place, "status").stdout
    (place / "vitsdeck.toml").write_text("[folders\n")
    assert "anna" in vitsdeck(place / "configs", "status").stdout
    outside = vitsdeck(place.parent, "status")
    assert outside.returncode == 2 and "not inside a vitsdeck workspace" in outside.stderr


def test_line_is_made_without_heavy_modules(place: Path) -> None:
    run(place, "anna", state="running", step=3)
    loaded = f"[name for name in {HEAVY} if name in sys.modules]"
    code = f"import sys; from tui.cli import main\ntry: main()\nfinally: print({loaded})"
    done = subprocess.run(
        [sys.executable, "-c", code, "status"],
        cwd=place,
        env=environment(None),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["▶ anna running · step 3", "[]"]


def test_plain_tells_changes(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = run(place, "anna", state="running", step=3)
    states = iter(["running", "stopping", "stopping", "stopped"])

    def next_state(_seconds: float) -> None:
        StateFile(folder).update(state=next(states))

    monkeypatch.setattr(time, "sleep", next_state)
    told = [line.split(" ", 1)[1] for line in islice(status_line.changes(str(place)), 3)]
    assert [line.split()[2] for line in told] == ["running", "stopping", "stopped"]
