"""What is loaded when: the command line and the dashboard must never pay for the libraries of training."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"torch", "torchaudio", "numpy", "pandas", "librosa", "matplotlib", "scipy", "numba", "soundfile"}
# typer reads the values of flags with pydantic (0.1 s): a command pays for it, the dashboard does not
NOT_IN_DASHBOARD = HEAVY | {"typer", "pydantic"}
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
from tui.app.app import VitsdeckApp

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
