"""Commands on a terminal: the offer to make a workspace, the demo, and a run that is followed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from engine import demo
from engine.runs import launch, registry
from tests.cli_support import ROOT
from tests.nightly.terminals.terminal import StartRun, Terminal


def vitsdeck(folder: Path, *words: str) -> Terminal:
    argv = [sys.executable, "-m", "tui.cli", *words]
    return Terminal(argv, columns=160, rows=30, cwd=folder, env={"PYTHONPATH": str(ROOT)})


def test_outside_of_a_workspace_it_offers_to_make_one(tmp_path: Path) -> None:
    with vitsdeck(tmp_path) as seen:
        seen.wait_for("is not inside a vitsdeck workspace.", "Make one here? [y/N]")
        seen.press("enter")
        assert seen.wait_end() == 0
        assert "nothing was made" in seen.text
    assert not list(tmp_path.iterdir())
    with vitsdeck(tmp_path) as seen:
        seen.wait_for("[y/N]")
        seen.press("y", "enter").wait_for("1 Overview", "Configs")
        seen.press("ctrl+q")
        assert seen.wait_end() == 0
    assert (tmp_path / "vitsdeck.toml").is_file()


def test_ctrl_c_at_the_question_is_a_no(tmp_path: Path) -> None:
    with vitsdeck(tmp_path) as seen:
        seen.wait_for("[y/N]")
        seen.press("ctrl+c")
        assert seen.wait_end() == 130
        assert "Traceback" not in seen.text
    assert not list(tmp_path.iterdir())


def test_attach_keeps_a_progress_bar_below_the_log(root: Path, start_run: StartRun) -> None:
    run = start_run("demo")
    with vitsdeck(root, "attach", "demo") as seen:
        seen.wait_for("demo ━", "/100000")
        seen.press("ctrl+c")
        assert seen.wait_end() == 130
        assert "demo continues; `vitsdeck attach demo`" in " ".join(seen.text.split())
    assert registry.read_run(run.folder).is_live


def test_the_demo_opens_the_dashboard_on_curves_that_move(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    started = time.monotonic()
    with vitsdeck(tmp_path, "demo") as seen:
        try:
            seen.wait_for("making the demo workspace", seconds=30)
            seen.wait_for("1 Overview", seconds=90)
            seen.wait_until(lambda text: "steps/s" in text and "mel " in text, 120, "a step of the demo")
            print(f"first figures after {time.monotonic() - started:.0f} s")
            first = registry.read_run(folder / "logs" / demo.NAME)
            seen.press("ctrl+q")
            seen.wait_end()
            assert "run demo continues" in seen.text
            assert "the demo's dashboard opens again with: cd demo" in seen.text
            assert registry.read_run(first.folder).is_live
        finally:
            launch.stop(folder / "logs" / demo.NAME, now=True, wait_s=30)
