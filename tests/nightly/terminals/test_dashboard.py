"""The dashboard as a person meets it: on a terminal, with keys and a mouse."""

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

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are for POSIX systems", allow_module_level=True)

TRAINING, SPEECH = number_key("training"), number_key("speech")
SIZES = [(80, 24), (120, 40)]


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_overview_shows_what_is_here(open_deck: OpenDeck, columns: int, rows: int) -> None:
    deck = open_deck(columns, rows)
    deck.wait_for(
        "1 Overview",
        f"{TRAINING} Training",
        f"{SPEECH} Speech",
        "Corpora",
        "anna",
        "2 clips",
        "Configs",
    )
    deck.wait_for("- transcripts", "^g next: transcribe", "? help", "^q quit")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_live_run_at_a_glance(open_deck: OpenDeck, start_run: StartRun, columns: int, rows: int) -> None:
    start_run("demo")
    deck = open_deck(columns, rows)
    deck.wait_for("▶ running  demo", "20.0 steps/s", " left", "mel ", "KL ", "cpu 537 MB")
    assert "of 100,000" in deck.text


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_panes_open_by_number_and_by_click(
    open_deck: OpenDeck, start_run: StartRun, columns: int, rows: int
) -> None:
    start_run("demo")
    deck = open_deck(columns, rows)
    deck.wait_for("▶ running  demo")
    deck.press(TRAINING)
    deck.wait_for("generator total", "KL", "feature matching", "duration", "gradient norm G", "learning rate")
    deck.press(SPEECH)
    deck.wait_for("phonemes", "rhythm", "demo, newest checkpoint")
    deck.click("1 Overview")
    deck.wait_for("Workspace")
    deck.click(f"{TRAINING} Training")
    deck.wait_for("gradient norm D")
    deck.press("l")
    deck.wait_for("FOLLOW", "step ")
    deck.click(f"{SPEECH} Speech")
    deck.wait_for("phonemes")
    # inside a text field numbers are text; escape leaves it
    deck.press("escape", "1")
    deck.wait_for("Workspace")


def test_large_screen_has_curves_above_the_log(open_deck: OpenDeck, start_run: StartRun) -> None:
    start_run("demo")
    deck = open_deck(120, 40)
    deck.wait_for("▶ running  demo")
    deck.press(TRAINING)
    deck.wait_for("learning rate", "FOLLOW")
    assert deck.find("learning rate")[1] < deck.find("FOLLOW")[1]
    titles = [line for line in deck.lines() if "generator total" in line]
    assert titles and "discriminator total" in titles[0], "curves stand side by side"


def test_files_show_checkpoints_and_samples(open_deck: OpenDeck, start_run: StartRun) -> None:
    start_run("demo", rate=200)
    deck = open_deck()
    deck.press(TRAINING)
    deck.wait_for("gradient norm D")
    deck.press("d")
    deck.wait_for("G_100.pth", "samples/100/0.wav", "best")


def test_log_is_searched_and_followed(open_deck: OpenDeck, start_run: StartRun) -> None:
    start_run("demo", steps=300, rate=2000)
    deck = open_deck()
    deck.wait_for("✔ finished")
    deck.press(TRAINING, "/")
    deck.wait_for("enter: search")
    deck.type("step     17 ")
    deck.press("enter")
    deck.wait_for("/step     17 : line ", "PAUSED", "u runs")
    deck.press("f")
    deck.wait_for("FOLLOW", "step    300")


def test_help_names_every_key_of_the_pane(open_deck: OpenDeck) -> None:
    deck = open_deck(120, 40)
    deck.wait_for("Workspace")
    deck.press(TRAINING, "?")
    deck.wait_for("Training: help", "Stop the run", "asks first")
    deck.press("escape")
    deck.wait_gone("Training: help")
    deck.press(SPEECH)
    deck.wait_for("phonemes")
    deck.press("f1")  # `?` is text in a field
    deck.wait_for("Speech: help", "seconds of sound by seconds of work")


def test_palette_finds_an_action(open_deck: OpenDeck) -> None:
    deck = open_deck()
    deck.wait_for("Workspace")
    deck.press("ctrl+p")
    deck.wait_for("Search for commands")
    deck.type("training pane")
    deck.wait_for("Show the training pane")
    deck.press("enter")
    deck.wait_for("Nothing has been trained here yet")


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
    deadline = time.monotonic() + 15
    while read_settings(deck_root / "vitsdeck.toml").theme != "light" and time.monotonic() < deadline:
        deck.read()
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
    deck.press("ctrl+q")
    assert deck.wait_end() == 0
    assert "run demo continues; `vitsdeck attach demo`" in deck.raw.decode()
    assert registry.read_run(run.folder).is_live
    again = open_deck()
    again.wait_for("Workspace", seconds=30)
    painted = time.monotonic()
    again.wait_for("▶ running  demo", seconds=5)
    assert time.monotonic() - painted < 1.0


def test_ctrl_c_quits_from_a_text_field(open_deck: OpenDeck) -> None:
    deck = open_deck()
    deck.wait_for("Workspace")
    deck.press(SPEECH)
    deck.wait_for("phonemes")
    deck.press("ctrl+c")
    assert deck.wait_end() == 0


def test_stop_asks_and_then_stops_the_named_run(open_deck: OpenDeck, start_run: StartRun) -> None:
    run = start_run("demo")
    deck = open_deck()
    deck.wait_for("▶ running  demo")
    deck.press(TRAINING)
    deck.wait_for("s stop")
    deck.press("s")
    deck.wait_for("Stop the run demo?", "stop it", "let it run")
    deck.press("n")
    deck.wait_gone("Stop the run demo?")
    time.sleep(0.3)
    assert registry.read_run(run.folder).state == "running"
    deck.press("s")
    deck.wait_for("Stop the run demo?")
    deck.press("y")
    deck.wait_for("■ stopped  demo", "asked to stop", "r resume")
    assert registry.read_run(run.folder).state == "stopped"


def test_two_runs_are_switched_between(open_deck: OpenDeck, start_run: StartRun) -> None:
    start_run("first", steps=40, rate=2000)
    start_run("second")
    deck = open_deck()
    deck.wait_for("second", "first")
    deck.press(TRAINING)
    deck.wait_for("▶ running  second", "run 1 of 2")
    deck.press("]")
    deck.wait_for("✔ finished  first", "run 2 of 2", "r resume")
    deck.press("u")
    deck.wait_for("Show which run")
    deck.type("second")
    deck.press("enter")
    deck.wait_for("▶ running  second", "run 1 of 2")


def test_refused_start_is_one_sentence_and_the_dialog_stays(open_deck: OpenDeck) -> None:
    deck = open_deck()
    deck.wait_for("Workspace")
    deck.press("V")
    deck.wait_for("Start a training", "small_cpu", "run name")
    deck.press("enter")
    # the shipped configs name filelists that this workspace does not have
    deck.wait_for("✘", "filelists/train.txt", seconds=60)
    assert "Start a training" in deck.text
    assert "Traceback" not in deck.text


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
    ended = subprocess.run(
        [sys.executable, "-m", "tui.cli"],
        cwd=deck_root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "needs a terminal" in ended.stderr
    assert "\x1b" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_dumb_terminal_one_sentence(open_deck: OpenDeck) -> None:
    deck = open_deck(env={"TERM": "dumb"})
    assert deck.wait_end() == 2
    assert "cursor" in deck.text
    assert b"\x1b" not in deck.raw


@pytest.mark.skipif(
    shutil.which("tmux") is None, reason="tmux is not installed, so the dashboard in tmux is not tried"
)
def test_inside_tmux(deck_root: Path, start_run: StartRun, tmp_path: Path) -> None:
    start_run("demo")
    tmux = ["tmux", "-S", str(tmp_path / "tmux.sock"), "-f", os.devnull]
    command = f"{sys.executable} -m tui.cli; sleep 60"
    subprocess.run(
        [*tmux, "new-session", "-d", "-x", "80", "-y", "24", "-s", "deck", command], cwd=deck_root, check=True
    )
    try:
        assert "▶ running  demo" in _pane(tmux, "▶ running  demo")
        subprocess.run([*tmux, "send-keys", "-t", "deck", TRAINING], check=True)
        assert "gradient norm D" in _pane(tmux, "gradient norm D")
        subprocess.run([*tmux, "send-keys", "-t", "deck", "C-q"], check=True)
        assert "run demo continues" in _pane(tmux, "run demo continues")
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)


def _pane(tmux: list[str], text: str, seconds: float = 20.0) -> str:
    """The tmux pane once it shows a text, or as it is when time is up."""
    end = time.monotonic() + seconds
    while True:
        shown = subprocess.run(
            [*tmux, "capture-pane", "-p", "-t", "deck"], capture_output=True, text=True, check=True
        )
        if text in shown.stdout or time.monotonic() > end:
            return shown.stdout
        time.sleep(0.1)


def test_terminal_harness_reads_plain_programs() -> None:
    with Terminal([sys.executable, "-c", "print('a' * 3)"]) as terminal:
        assert terminal.wait_end() == 0
        assert "aaa" in terminal.text
