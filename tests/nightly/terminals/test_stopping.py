"""A run that was asked to stop, and one that dies and is started again: what the dashboard says meanwhile."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from engine.runs import launch, registry
from tests.nightly.terminals.terminal import OpenApp, StartRun, Terminal
from tui.panes import number_key

TRAINING = number_key("training")


def commands(folder: Path) -> list[str]:
    """What lies in the run's inbox."""
    return [json.loads(path.read_text())["command"] for path in sorted((folder / "inbox").glob("*.json"))]


def watched(open_app: OpenApp, name: str) -> Terminal:
    """A dashboard that shows a live run."""
    app = open_app()
    app.wait_for(f"▶ running  {name}", seconds=30)
    app.press(TRAINING).wait_for("s stop")
    return app


def answer(app: Terminal, key: str, *texts: str) -> None:
    """Ask for a stop, and answer the question."""
    app.press("s").wait_for(*texts)
    app.press(key).wait_gone(texts[0])


def test_stop_asks_and_then_stops_the_named_run(open_app: OpenApp, start_run: StartRun) -> None:
    run = start_run("demo")
    app = watched(open_app, "demo")
    answer(app, "n", "Stop the run demo?", "stop it", "let it run")
    assert registry.read_run(run.folder).state == "running" and not registry.stop_was_asked(run.folder)
    answer(app, "y", "Stop the run demo?")
    app.wait_for("■ stopped  demo", "asked to stop", "r resume")
    assert registry.read_run(run.folder).state == "stopped"


def test_a_second_stop_says_what_it_costs_and_ends_at_once(open_app: OpenApp, start_run: StartRun) -> None:
    run = start_run("slow", rate=0.02)  # reads its commands every 50 s
    app = watched(open_app, "slow")
    answer(app, "y", "Stop the run slow?", "A second stop", "without a checkpoint")
    app.wait_for("asked to stop: it finishes its step and writes a checkpoint", "s stop now")
    answer(app, "n", "End the run slow now, without a checkpoint?", "end it now", "let it finish")
    assert commands(run.folder) == ["stop"]
    answer(app, "y", "End the run slow now")
    app.wait_until(lambda _: commands(run.folder) == ["stop", "stop_now"], what="the second message")


def test_a_stop_from_a_shell_makes_the_key_the_second_one(open_app: OpenApp, start_run: StartRun) -> None:
    run = start_run("slow", rate=0.02)
    app = watched(open_app, "slow")
    launch.stop(run.folder)
    answer(app, "n", "End the run slow now, without a checkpoint?")


def test_a_pause_before_a_restart_says_why_and_how_often(root: Path, open_app: OpenApp) -> None:
    app = open_app()
    app.wait_for("- trained", seconds=30)
    killed = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    launch.start(root / "logs" / "mortal", kind="train", argv=killed, config_json="{}", restarts=True)
    app.wait_for("◌ starting  mortal", "SIGKILL", "of at most 3 in ten minutes", seconds=30)
    app.press(TRAINING)
    app.wait_for("mortal", "SIGKILL", "in vain", seconds=60)  # and the end of it
