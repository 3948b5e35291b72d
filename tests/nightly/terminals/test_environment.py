"""The environment pane on a terminal: real checks of this machine, beside a driver that hangs."""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path

from tests.cli_support import ROOT, vitsdeck
from tests.nightly.terminals.terminal import OpenApp
from tui.panes import number_key

ENVIRONMENT = number_key("environment")


def hanging_driver(folder: Path) -> dict[str, str]:
    """An environment in which the driver's library, and nvidia-smi, never answer."""
    (folder / "pynvml").mkdir(parents=True)
    (folder / "pynvml" / "__init__.py").write_text("import time\ndef nvmlInit(): time.sleep(600)\n")
    fake = folder / "nvidia-smi"
    fake.write_text("#!/bin/sh\nsleep 600\n")
    fake.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": f"{folder}:{ROOT}"}


def test_rows_fill_in_beside_a_driver_that_hangs(open_app: OpenApp, tmp_path: Path) -> None:
    app = open_app(80, 24, hanging_driver(tmp_path / "bin"))
    app.wait_for("1 Overview", "Workspace")
    app.press(ENVIRONMENT)
    opened = app.wait_for("check", "verdict", "python", "torchaudio", "… looking", seconds=10)
    assert opened.count("… looking") >= 8, "the pane is there before its answers are"
    app.wait_for("✔ ok", seconds=60)
    app.press("?")  # keys work while a check hangs
    app.wait_for("Environment: help", "the command that fixes")
    app.press("escape").wait_for("✘ fail", "no answer within", "fix", "dmesg", seconds=240)
    app.press("end").wait_for("logout", "report", seconds=10)
    app.wait_for("ago, for", seconds=240)
    assert "… looking" not in app.text
    app.press("enter")
    app.wait_for("no answer within 60 s", "esc closes")  # torch's report asks nvidia-smi, which hangs
    app.press("escape", "b").wait_for("bug report was copied")
    copied = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", bytes(app.raw))
    assert b"torchaudio" in base64.b64decode(copied[-1])
    app.press("ctrl+q")
    assert app.wait_end() == 0


def test_a_large_screen_shows_every_row_at_once(open_app: OpenApp) -> None:
    app = open_app(120, 40)
    app.wait_for("Workspace")
    app.press(ENVIRONMENT)
    app.wait_for("python", "gloo", "espeak", "disk", "logout", "report", "… looking", seconds=10)
    app.wait_for("✔ ok", "left no processes behind", seconds=60)
    app.press("ctrl+q")  # looks that are under way end with the dashboard
    assert app.wait_end() == 0


def test_doctor_prints_a_check_a_line_and_json(tmp_path: Path) -> None:
    done = vitsdeck(tmp_path, "doctor", "--json")
    assert done.returncode == 0, done.stdout
    assert done.json["verdict"] in ("ok", "warning")
    checks = {check["name"]: check for check in done.json["checks"]}
    assert {"python", "torch", "torchaudio", "gpu", "alignment", "espeak", "disk"} <= set(checks)
    assert checks["torch"]["verdict"] == "ok"
    assert checks["alignment"]["seen"].split()[0] in ("cython", "numba")
    assert "espeak 1." in checks["espeak"]["seen"]
