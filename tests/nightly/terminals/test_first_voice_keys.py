"""From an empty workspace to the first spoken sentence on a terminal, by keys alone: six keys and one text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine import workspace
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
        app.wait_for("newest checkpoint", "enter speak", seconds=SLOW)
        person.press("enter")
        app.wait_for("x real time", "^l listen", seconds=SLOW)
        assert len(list(place.spoken_dir.glob("*.wav"))) == 1
        assert (person.keys, person.texts) == (6, 1)
