"""From an empty workspace to the first spoken sentence on a terminal, by keys alone: six keys and one text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine import demo, workspace
from engine.runs import launch
from tests.cli_support import ROOT
from tests.nightly.terminals.terminal import Terminal

SLOW = 90.0  # seconds for what starts processes on a busy machine


class Person:
    """Counts what is pressed and typed; what only cuts the training short is not counted."""

    def __init__(self, app: Terminal) -> None:
        self.app = app
        self.keys = self.texts = 0

    def press(self, key: str) -> None:
        self.app.press(key)
        self.keys += 1

    def type(self, text: str) -> None:
        self.app.type(text)
        self.app.wait_for(text)
        self.texts += 1


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_the_next_step_key_leads_from_an_empty_workspace_to_a_spoken_sentence(
    tmp_path: Path, columns: int, rows: int
) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    subprocess.run([sys.executable, "-m", "engine.demo.recorder", str(recordings)], check=True)
    place = workspace.init(tmp_path / "voices")
    argv = [sys.executable, "-m", "tui.cli"]
    with Terminal(argv, columns=columns, rows=rows, cwd=place.root) as app:
        person = Person(app)
        app.wait_for("^g next: prepare", "- recordings", seconds=SLOW)
        person.press("ctrl+g")
        app.wait_for("Prepare recordings")
        person.type("../recordings")
        person.press("enter")
        app.wait_for("^g next: train", "✔ cleaned 24", seconds=SLOW)
        person.press("ctrl+g")
        app.wait_for("Start a training", "small_cpu", "17 clips", seconds=SLOW)
        app.press(*["down"] * 6)  # to the field "steps"
        app.type("2")
        app.wait_for("steps           2")
        person.press("enter")
        app.wait_for("✔ finished", "step 2 of 2", seconds=SLOW)
        app.wait_for("^g next: speak", seconds=SLOW)
        person.press("ctrl+g")
        app.wait_for("best checkpoint", "enter speak", seconds=SLOW)
        person.press("enter")
        app.wait_for("x real time", "^l listen", seconds=SLOW)
        assert len(list(place.spoken_dir.glob("*.wav"))) == 1
        assert (person.keys, person.texts) == (6, 1)


def test_a_new_user_opens_the_demo_and_finds_where_its_first_sample_lies(tmp_path: Path) -> None:
    """What `make run` opens, over SSH, where nothing is played: from the first screen to the file to listen to."""
    argv = [sys.executable, "-m", "tui.cli", "demo"]
    env = {"PYTHONPATH": str(ROOT), "SSH_CONNECTION": "198.51.100.7 50000 198.51.100.8 22"}
    with Terminal(argv, cwd=tmp_path, env=env) as app:
        try:
            app.wait_for("5 Training", "steps/s", "^q quit", seconds=3 * SLOW)
            app.press("5", "?").wait_for("Training: help")
            app.press("escape", "1").wait_for("Workspace", "Runs")
            app.press("2").wait_for("torch", seconds=SLOW)
            app.press("5", "d").wait_for("no sample yet")
            app.wait_gone("no sample yet", seconds=10 * SLOW)
            app.press("tab", "enter")
            app.wait_for("its path is copied", "samples/200")
            app.press("ctrl+q")
            app.wait_end()
            assert "run demo continues" in app.text
        finally:
            launch.stop(tmp_path / "demo" / "logs" / demo.NAME, now=True, wait_s=30)
