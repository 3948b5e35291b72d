"""A run that was asked to stop, and one that dies and is started again: what the dashboard says meanwhile."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from engine.runs import launch
from tests.nightly.terminals.terminal import OpenDeck, StartRun
from tui.panes import number_key

TRAINING = number_key("training")


def commands(folder: Path) -> list[str]:
    """What lies in the run's inbox."""
    return [json.loads(path.read_text())["command"] for path in sorted((folder / "inbox").glob("*.json"))]


def test_a_second_stop_says_what_it_costs_and_ends_at_once(open_deck: OpenDeck, start_run: StartRun) -> None:
    run = start_run("slow", rate=0.02)  # reads its mail every 50 s
    deck = open_deck()
    deck.wait_for("▶ running  slow", seconds=30)
    deck.press(TRAINING)
    deck.wait_for("s stop")
    deck.press("s")
    deck.wait_for("Stop the run slow?", "A second stop", "without a checkpoint")
    deck.press("y")
    deck.wait_for("asked to stop: it finishes its step and writes a checkpoint", "s stop now")
    assert commands(run.folder) == ["stop"]
    deck.press("s")
    deck.wait_for("End the run slow now, without a checkpoint?", "end it now", "let it finish")
    deck.press("n")
    deck.wait_gone("End the run slow now")
    assert commands(run.folder) == ["stop"]
    deck.press("s")
    deck.wait_for("End the run slow now")
    deck.press("y")
    deck.wait_gone("End the run slow now")
    deadline = time.monotonic() + 15
    while len(commands(run.folder)) < 2 and time.monotonic() < deadline:
        deck.read()
    assert commands(run.folder) == ["stop", "stop_now"]


def test_a_stop_from_a_shell_makes_the_key_the_second_one(open_deck: OpenDeck, start_run: StartRun) -> None:
    run = start_run("slow", rate=0.02)
    deck = open_deck()
    deck.wait_for("▶ running  slow", seconds=30)
    launch.stop(run.folder)
    deck.press(TRAINING)
    deck.wait_for("s stop")
    deck.press("s")
    deck.wait_for("End the run slow now, without a checkpoint?")


def test_a_pause_before_a_restart_says_why_and_how_often(deck_root: Path, open_deck: OpenDeck) -> None:
    deck = open_deck()
    deck.wait_for("- trained", seconds=30)
    killed = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    launch.start(deck_root / "logs" / "mortal", kind="train", argv=killed, config_json="{}", restarts=True)
    deck.wait_for("◌ starting  mortal", "SIGKILL", "of at most 3 in ten minutes", seconds=30)
    deck.press(TRAINING)
    deck.wait_for("mortal", "SIGKILL", "in vain", seconds=60)  # and the end of it
