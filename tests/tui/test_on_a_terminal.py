"""The dashboard on a real terminal, in short; `make test-nightly PART=terminals` does the rest."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine import workspace

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are for POSIX systems", allow_module_level=True)

from tests.nightly.terminals.terminal import Terminal


def test_it_opens_takes_keys_and_gives_the_terminal_back(tmp_path: Path) -> None:
    root = workspace.init(tmp_path / "voices").root
    with Terminal([sys.executable, "-m", "tui.cli"], cwd=root) as seen:
        seen.wait_for("1 Overview", "? help", seconds=30)
        seen.press("?")
        seen.wait_for("Overview: help")
        seen.press("escape", "ctrl+q")
        assert seen.wait_end() == 0
    assert b"\x1b[?1049l" in seen.raw, "the alternate screen is left"
