"""A run that was asked to stop, and one that dies and is started again: what the dashboard says meanwhile."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from engine.runs import launch, registry
from tests.nightly.terminals.terminal import OpenDeck, StartRun, Terminal
from tui.panes import number_key

TRAINING = number_key("training")


def commands(folder: Path) -> list[str]:
    """What lies in the run's inbox."""
    return [json.loads(path.read_text())["command"] for path in sorted((folder / "inbox").glob("*.json"))]


def watched(open_deck: OpenDeck, name: str) -> Terminal:
    """A dashboard that shows a live run."""
    deck = open_deck()
    deck.wait_for(f"▶ running  {name}", seconds=30)
    deck.press(TRAINING)
    deck.wait_for("s stop")
    return deck


def answer(deck: Terminal, key: str, *texts: str) -> None:
    """Ask for a stop, and answer the question."""
    deck.press("s")
    deck.wait_for(*texts)
    deck.press(key)
    deck.wait_gone(texts[0])


def test_stop_asks_and_then_stops_the_named_run(open_deck: OpenDeck, start_run: StartRun) -> None:
    run = start_run("demo")
    deck = watched(open_deck, "demo")
    answer(deck, "n", "Stop the run demo?", "stop it", "let it run")
    assert registry.read_run(run.folder).state == "running" and not registry.stop_was_asked(run.folder)
    answer(deck, "y", "Stop the run demo?")
    deck.wait_for("■ stopped  demo", "asked to stop", "r resume")
    assert registry.read_run(run.folder).state == "stopped"


def test_a_second_stop_says_what_it_costs_and_ends_at_once(open_deck: OpenDeck, start_run: StartRun) -> None:
    run = start_run("slow", rate=0.02)  # reads its mail every 50 s
    deck = watched(open_deck, "slow")
    answer(deck, "y", "Stop the run slow?", "A second stop", "without a checkpoint")
    deck.wait_for("asked to stop: it finishes its step and writes a checkpoint", "s stop now")
    answer(deck, "n", "End the run slow now, without a checkpoint?", "end it now", "let it finish")
    assert commands(run.folder) == ["stop"]
    answer(deck, "y", "End the run slow now")
    deck.wait_until(lambda _: commands(run.folder) == ["stop", "stop_now"], what="the second message")


def test_a_stop_from_a_shell_makes_the_key_the_second_one(open_deck: OpenDeck, start_run: StartRun) -> None:
    run = start_run("slow", rate=0.02)
    deck = watched(open_deck, "slow")
    launch.stop(run.folder)
    answer(deck, "n", "End the run slow now, without a checkpoint?")


def test_a_pause_before_a_restart_says_why_and_how_often(deck_root: Path, open_deck: OpenDeck) -> None:
    deck = open_deck()
    deck.wait_for("- trained", seconds=30)
    killed = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    launch.start(deck_root / "logs" / "mortal", kind="train", argv=killed, config_json="{}", restarts=True)
    deck.wait_for("◌ starting  mortal", "SIGKILL", "of at most 3 in ten minutes", seconds=30)
    deck.press(TRAINING)
    deck.wait_for("mortal", "SIGKILL", "in vain", seconds=60)  # and the end of it
