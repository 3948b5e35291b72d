"""The dashboard as a person meets it: on a terminal, with keys, a mouse, another size, another theme, and its end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.config.settings import read_settings
from engine.runs import registry
from tests.nightly.terminals.terminal import OpenApp, StartRun, Terminal
from tui.panes import number_key

TRAINING, SPEECH = number_key("training"), number_key("speech")
ON_TMUX = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_a_live_run_in_all_its_panes(open_app: OpenApp, start_run: StartRun, columns: int, rows: int) -> None:
    start_run("demo")
    app = open_app(columns, rows)
    app.wait_for("▶ running  demo", "generator total")  # a live run opens the dashboard on its curves
    app.press("1")
    app.wait_for("1 Overview", "Corpora", "anna", "2 clips", "Configs", "- transcripts", "? help", "^q quit")
    app.wait_for("▶ running  demo", "of 100,000", "20.0 steps/s", " left", "mel ", "KL ", "cpu 537 MB")
    app.press(TRAINING)
    app.wait_for("generator total", "feature matching", "duration", "gradient norm G", "learning rate")
    titles = [line for line in app.lines() if "generator total" in line]
    assert "discriminator total" in titles[0], "curves stand side by side"
    if rows == 40:
        app.wait_for("FOLLOW", "learning rate")
        assert app.find("learning rate")[1] < app.find("FOLLOW")[1], "the log stands below them"
    app.press("d").wait_for("G_100.pth", "samples/100/0.wav", "best")
    app.press(SPEECH).wait_for("phonemes", "rhythm", "demo, newest checkpoint")
    app.click("1 Overview")
    app.wait_for("Workspace")
    app.click(f"{TRAINING} Training")
    app.press("l").wait_for("FOLLOW", "step ")
    app.click(f"{SPEECH} Speech")
    app.wait_for("phonemes")
    app.press("escape", "1")  # inside a text field numbers are text; escape leaves it
    app.wait_for("Workspace")


def test_log_is_searched_and_runs_are_switched_between(open_app: OpenApp, start_run: StartRun) -> None:
    start_run("first", steps=300, rate=2000)
    start_run("second")
    app = open_app()
    app.wait_for("▶ running  second", "✔ finished")
    app.press(TRAINING).wait_for("▶ running  second", "run 1 of 2")
    app.press("]").wait_for("✔ finished  first", "run 2 of 2", "r resume")
    app.press("/").wait_for("enter: search")
    app.enter("step     17 ").wait_for("/step     17 : line ", "PAUSED", "r resume")
    app.press("f").wait_for("FOLLOW", "step    300")
    app.press("u").wait_for("Show which run")
    app.enter("second").wait_for("▶ running  second", "run 1 of 2")


def test_help_and_palette(open_app: OpenApp) -> None:
    app = open_app(120, 40)
    app.wait_for("Workspace")
    app.press("ctrl+p").wait_for("Search for commands")
    app.type("training pane")
    app.wait_for("Show the training pane")
    app.press("enter").wait_for("Nothing has been trained here yet")
    app.press("?").wait_for("Training: help", "Stop the run", "asks first")
    app.press("escape").wait_gone("Training: help")
    app.press(SPEECH).wait_for("phonemes")
    app.press("f1")  # `?` is text in a field
    app.wait_for("Speech: help", "seconds of sound by seconds of work")


def test_resize_lays_out_anew(open_app: OpenApp, start_run: StartRun) -> None:
    start_run("demo")
    app = open_app(80, 24)
    app.wait_for("▶ running  demo")
    app.press(TRAINING).wait_for("learning rate")
    assert "FOLLOW" not in app.text
    app.resize(120, 40)
    app.wait_for("learning rate", "FOLLOW")
    app.resize(80, 24)
    app.wait_gone("FOLLOW")
    app.wait_for("^g next", "learning rate")


def test_theme_key_changes_the_background_for_good(root: Path, open_app: OpenApp) -> None:
    app = open_app()
    app.wait_for("Workspace", "^q quit")
    dark = app.screen.buffer[12][40].bg
    app.press("f2")
    app.wait_until(lambda _: app.screen.buffer[12][40].bg != dark, what="another background")
    light = app.screen.buffer[12][40].bg
    assert int(light[:2], 16) > 0xC0, "the light theme is light"
    toml = root / "vitsdeck.toml"
    app.wait_until(lambda _: read_settings(toml).theme == "light", what="the theme in the settings")
    again = open_app()
    again.wait_for("Workspace", "^q quit")
    assert again.screen.buffer[12][40].bg == light, "the next start has it too"


def test_no_color_sends_no_colour_and_stays_legible(open_app: OpenApp, start_run: StartRun) -> None:
    start_run("demo")
    app = open_app(env={"NO_COLOR": "1"})
    app.wait_for("▶ running  demo", "1 Overview", "? help", "generator total")
    assert app.colours() == {("default", "default")}


def test_quitting_leaves_the_run_and_opening_finds_it_within_a_second(
    open_app: OpenApp, start_run: StartRun
) -> None:
    run = start_run("demo")
    app = open_app()
    app.wait_for("▶ running  demo")
    app.press(SPEECH, "ctrl+c")  # from a text field, too
    assert app.wait_end() == 0
    assert "run demo continues; `vitsdeck attach demo`" in app.raw.decode()
    assert registry.read_run(run.folder).is_live
    again = open_app()
    again.wait_for("Workspace", seconds=30)
    painted = time.monotonic()
    again.wait_for("▶ running  demo", seconds=5)
    assert time.monotonic() - painted < 1.0


@pytest.mark.parametrize("how", ["signal", "hang-up"])
def test_app_ends_when_the_terminal_goes(open_app: OpenApp, start_run: StartRun, how: str) -> None:
    run = start_run("demo")
    app = open_app()
    app.wait_for("▶ running  demo")
    if how == "signal":
        os.kill(app.pid, signal.SIGHUP)
    else:
        app.hang_up()
    app.wait_end(5)
    assert registry.read_run(run.folder).is_live, "the run belongs to nobody's terminal"


def test_sigterm_gives_the_terminal_back(open_app: OpenApp) -> None:
    app = open_app()
    app.wait_for("Workspace")
    os.kill(app.pid, signal.SIGTERM)
    app.wait_end(5)
    assert b"\x1b[?1049l" in app.raw, "the alternate screen is left"


def test_without_a_terminal_one_sentence(root: Path) -> None:
    argv = [sys.executable, "-m", "tui.cli"]
    ended = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    [sentence] = ended.stderr.strip().splitlines()
    assert "needs a terminal" in sentence and "\x1b" not in sentence


def test_dumb_terminal_one_sentence(open_app: OpenApp) -> None:
    app = open_app(env={"TERM": "dumb"})
    assert app.wait_end() == 2
    assert "cursor" in app.text and b"\x1b" not in app.raw


@ON_TMUX
def test_inside_tmux(start_run: StartRun, root: Path, tmp_path: Path) -> None:
    start_run("demo")
    tmux = ["tmux", "-S", str(tmp_path / "tmux.sock"), "-f", os.devnull]
    command = f"{sys.executable} -m tui.cli; sleep 60"
    with Terminal([*tmux, "new-session", "-s", "deck", command], cwd=root) as app:
        try:
            app.wait_for("▶ running  demo", seconds=30)
            app.press(TRAINING).wait_for("gradient norm D", seconds=30)
            app.press("ctrl+q").wait_for("run demo continues")
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)
