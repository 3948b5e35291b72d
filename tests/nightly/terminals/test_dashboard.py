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
from tests.nightly.terminals.terminal import OpenDeck, StartRun, Terminal
from tui.panes import number_key

TRAINING, SPEECH = number_key("training"), number_key("speech")
ON_TMUX = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_a_live_run_in_all_its_panes(
    open_deck: OpenDeck, start_run: StartRun, columns: int, rows: int
) -> None:
    start_run("demo")
    deck = open_deck(columns, rows)
    deck.wait_for("1 Overview", "Corpora", "anna", "2 clips", "Configs", "- transcripts", "? help", "^q quit")
    deck.wait_for("▶ running  demo", "of 100,000", "20.0 steps/s", " left", "mel ", "KL ", "cpu 537 MB")
    deck.press(TRAINING)
    deck.wait_for("generator total", "feature matching", "duration", "gradient norm G", "learning rate")
    titles = [line for line in deck.lines() if "generator total" in line]
    assert "discriminator total" in titles[0], "curves stand side by side"
    if rows == 40:
        deck.wait_for("FOLLOW", "learning rate")
        assert deck.find("learning rate")[1] < deck.find("FOLLOW")[1], "the log stands below them"
    deck.press("d")
    deck.wait_for("G_100.pth", "samples/100/0.wav", "best")
    deck.press(SPEECH)
    deck.wait_for("phonemes", "rhythm", "demo, newest checkpoint")
    deck.click("1 Overview")
    deck.wait_for("Workspace")
    deck.click(f"{TRAINING} Training")
    deck.press("l")
    deck.wait_for("FOLLOW", "step ")
    deck.click(f"{SPEECH} Speech")
    deck.wait_for("phonemes")
    deck.press("escape", "1")  # inside a text field numbers are text; escape leaves it
    deck.wait_for("Workspace")


def test_log_is_searched_and_runs_are_switched_between(open_deck: OpenDeck, start_run: StartRun) -> None:
    start_run("first", steps=300, rate=2000)
    start_run("second")
    deck = open_deck()
    deck.wait_for("▶ running  second", "✔ finished")
    deck.press(TRAINING)
    deck.wait_for("▶ running  second", "run 1 of 2")
    deck.press("]")
    deck.wait_for("✔ finished  first", "run 2 of 2", "r resume")
    deck.press("/")
    deck.wait_for("enter: search")
    deck.type("step     17 ")
    deck.press("enter")
    deck.wait_for("/step     17 : line ", "PAUSED", "u runs")
    deck.press("f")
    deck.wait_for("FOLLOW", "step    300")
    deck.press("u")
    deck.wait_for("Show which run")
    deck.type("second")
    deck.press("enter")
    deck.wait_for("▶ running  second", "run 1 of 2")


def test_help_and_palette(open_deck: OpenDeck) -> None:
    deck = open_deck(120, 40)
    deck.wait_for("Workspace")
    deck.press("ctrl+p")
    deck.wait_for("Search for commands")
    deck.type("training pane")
    deck.wait_for("Show the training pane")
    deck.press("enter")
    deck.wait_for("Nothing has been trained here yet")
    deck.press("?")
    deck.wait_for("Training: help", "Stop the run", "asks first")
    deck.press("escape")
    deck.wait_gone("Training: help")
    deck.press(SPEECH)
    deck.wait_for("phonemes")
    deck.press("f1")  # `?` is text in a field
    deck.wait_for("Speech: help", "seconds of sound by seconds of work")


def test_resize_lays_out_anew(open_deck: OpenDeck, start_run: StartRun) -> None:
    start_run("demo")
    deck = open_deck(80, 24)
    deck.wait_for("▶ running  demo")
    deck.press(TRAINING)
    deck.wait_for("learning rate")
    assert "FOLLOW" not in deck.text
    deck.resize(120, 40)
    deck.wait_for("learning rate", "FOLLOW")
    deck.resize(80, 24)
    deck.wait_gone("FOLLOW")
    deck.wait_for("^g next", "learning rate")


def test_theme_key_changes_the_background_for_good(deck_root: Path, open_deck: OpenDeck) -> None:
    deck = open_deck()
    deck.wait_for("Workspace", "^q quit")
    dark = deck.screen.buffer[12][40].bg
    deck.press("f2")
    deck.wait_until(lambda _: deck.screen.buffer[12][40].bg != dark, what="another background")
    light = deck.screen.buffer[12][40].bg
    assert int(light[:2], 16) > 0xC0, "the light theme is light"
    toml = deck_root / "vitsdeck.toml"
    deck.wait_until(lambda _: read_settings(toml).theme == "light", what="the theme in the settings")
    again = open_deck()
    again.wait_for("Workspace", "^q quit")
    assert again.screen.buffer[12][40].bg == light, "the next start has it too"


def test_no_color_sends_no_colour_and_stays_legible(open_deck: OpenDeck, start_run: StartRun) -> None:
    start_run("demo")
    deck = open_deck(env={"NO_COLOR": "1"})
    deck.wait_for("▶ running  demo", "1 Overview", "? help", "Configs")
    deck.press(TRAINING)
    deck.wait_for("generator total", "▶ running  demo")
    assert deck.colours() == {("default", "default")}


def test_quitting_leaves_the_run_and_opening_finds_it_within_a_second(
    open_deck: OpenDeck, start_run: StartRun
) -> None:
    run = start_run("demo")
    deck = open_deck()
    deck.wait_for("▶ running  demo")
    deck.press(SPEECH, "ctrl+c")  # from a text field, too
    assert deck.wait_end() == 0
    assert "run demo continues; `vitsdeck attach demo`" in deck.raw.decode()
    assert registry.read_run(run.folder).is_live
    again = open_deck()
    again.wait_for("Workspace", seconds=30)
    painted = time.monotonic()
    again.wait_for("▶ running  demo", seconds=5)
    assert time.monotonic() - painted < 1.0


@pytest.mark.parametrize("how", ["signal", "hang-up"])
def test_app_ends_when_the_terminal_goes(open_deck: OpenDeck, start_run: StartRun, how: str) -> None:
    run = start_run("demo")
    deck = open_deck()
    deck.wait_for("▶ running  demo")
    if how == "signal":
        os.kill(deck.pid, signal.SIGHUP)
    else:
        deck.hang_up()
    deck.wait_end(5)
    assert registry.read_run(run.folder).is_live, "the run belongs to nobody's terminal"


def test_sigterm_gives_the_terminal_back(open_deck: OpenDeck) -> None:
    deck = open_deck()
    deck.wait_for("Workspace")
    os.kill(deck.pid, signal.SIGTERM)
    deck.wait_end(5)
    assert b"\x1b[?1049l" in deck.raw, "the alternate screen is left"


def test_without_a_terminal_one_sentence(deck_root: Path) -> None:
    argv = [sys.executable, "-m", "tui.cli"]
    ended = subprocess.run(argv, cwd=deck_root, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    [sentence] = ended.stderr.strip().splitlines()
    assert "needs a terminal" in sentence and "\x1b" not in sentence


def test_dumb_terminal_one_sentence(open_deck: OpenDeck) -> None:
    deck = open_deck(env={"TERM": "dumb"})
    assert deck.wait_end() == 2
    assert "cursor" in deck.text and b"\x1b" not in deck.raw


@ON_TMUX
def test_inside_tmux(start_run: StartRun, deck_root: Path, tmp_path: Path) -> None:
    start_run("demo")
    tmux = ["tmux", "-S", str(tmp_path / "tmux.sock"), "-f", os.devnull]
    command = f"{sys.executable} -m tui.cli; sleep 60"
    with Terminal([*tmux, "new-session", "-s", "deck", command], cwd=deck_root) as deck:
        try:
            deck.wait_for("▶ running  demo", seconds=30)
            deck.press(TRAINING)
            deck.wait_for("gradient norm D", seconds=30)
            deck.press("ctrl+q")
            deck.wait_for("run demo continues")
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)
