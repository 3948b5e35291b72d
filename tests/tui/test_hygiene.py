"""The dashboard stays light: no part of it loads torch or its like, whatever a person opens."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from engine import workspace

HEAVY = {"torch", "numpy", "pandas", "pydantic", "librosa", "matplotlib", "scipy", "numba", "soundfile"}
HEAVY |= {"phonemizer"}

# every pane and dialog is opened, then the process tells what it has loaded
SCRIPT = """
import asyncio, json, sys
from engine import workspace
from tui.app.app import VitsdeckApp
from tui.panes import PANES, number_key

async def main():
    app = VitsdeckApp(workspace.find(sys.argv[1]))
    async with app.run_test(size=(100, 30)) as pilot:
        opened = []
        panes = [[number_key(entry.id)] for entry in PANES]
        dialogs = [[key] for shown in ("question_mark", "V", "ctrl+g", "ctrl+p") for key in (shown, "escape")]
        for keys in (*panes, ["escape", "1"], *dialogs, panes[-1]):
            await pilot.press(*keys)
            await pilot.pause(0.2)
            opened.append(type(app.screen).__name__)
        opened.append(app.pane.PANE_ID)
    return opened

print(json.dumps({"opened": asyncio.run(main()), "loaded": sorted(sys.modules)}))
"""


def test_no_heavy_library_is_loaded(tmp_path: Path) -> None:
    root = workspace.init(tmp_path / "voices").root
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert {"HelpScreen", "NewRunScreen", "PrepareScreen", "CommandPalette", "speech"} <= set(seen["opened"])
    assert HEAVY & set(seen["loaded"]) == set()


def test_first_frame_waits_for_no_pane_but_the_first() -> None:
    code = "import sys, tui.app.app, tui.panes.overview.pane; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    late = {"typer", "psutil", "pynvml"}
    late |= {
        "tui.app.readers.sources",
        "tui.panes.training.pane",
        "tui.panes.speech.pane",
        "tui.dialogs.help",
    }
    assert late & set(loaded) == set()
