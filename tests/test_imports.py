"""What is loaded when: the command line and the dashboard must never pay for the libraries of training."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"torch", "torchaudio", "numpy", "pandas", "librosa", "matplotlib", "scipy", "numba", "soundfile"}
# typer reads the values of flags with pydantic (0.1 s): a command pays for it, the dashboard does not
NOT_IN_DASHBOARD = HEAVY | {"typer", "pydantic"}
# --help beside that of an app of two commands, in processor time; measured 1.2 to 1.5
HELP_RATIO = 1.8
TWO_COMMANDS = """
import typer
app = typer.Typer()

@app.command()
def one(name: str = typer.Option("x", help="a name")) -> None:
    "Say one."

@app.command()
def two() -> None:
    "Say two."

app()
"""

COMMAND = """
import json, sys
from tui.cli import main
sys.argv = ["vitsdeck", *sys.argv[1:]]
try:
    main()
except SystemExit as ended:
    code = ended.code
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"code": code, "loaded": loaded}), file=sys.stderr)
"""

DASHBOARD = """
import asyncio, json, sys
from pathlib import Path
from engine import workspace
from tui.app import VitsdeckApp

async def look():
    app = VitsdeckApp(workspace.init(Path(sys.argv[1])))
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("1", "2", "3"):  # each pane, built and painted
            await pilot.press(key)
            await pilot.pause(0.2)

asyncio.run(look())
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"code": 0, "loaded": loaded}), file=sys.stderr)
"""


def _loaded(script: str, *words: str, folder: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", script, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stderr.splitlines()[-1])
    assert not found["code"], done.stderr
    return set(found["loaded"])


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["--version"], ["init", "x"]])
def test_a_light_command_loads_no_heavy_library_and_no_screen(words: list[str], tmp_path: Path) -> None:
    assert not _loaded(COMMAND, *words, folder=tmp_path) & (HEAVY | {"textual"})


def test_listing_runs_loads_no_heavy_library(tmp_path: Path) -> None:
    _loaded(COMMAND, "init", ".", folder=tmp_path)
    assert not _loaded(COMMAND, "runs", "--json", folder=tmp_path) & (HEAVY | {"textual"})


def test_the_dashboard_loads_no_heavy_library(tmp_path: Path) -> None:
    loaded = _loaded(DASHBOARD, str(tmp_path), folder=tmp_path)
    assert "textual" in loaded
    assert not loaded & NOT_IN_DASHBOARD


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="processor time of a child is asked with wait4")
def test_help_takes_hardly_longer_than_that_of_two_commands() -> None:
    ours, least = [], []
    for _ in range(5):
        ours.append(_processor_seconds("-m", "tui.cli", "--help"))
        least.append(_processor_seconds("-c", TWO_COMMANDS, "--help"))
    assert min(ours) < HELP_RATIO * min(least), (ours, least)


def _processor_seconds(*arguments: str) -> float:
    child = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return usage.ru_utime + usage.ru_stime
