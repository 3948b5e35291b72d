"""The command line as the tests of it use it: as a process, as a person would type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.train.conftest import TINY, write_lists

ROOT = Path(__file__).resolve().parent.parent
# small enough that a step is a blink
SMALL = replace(TINY, model=replace(TINY.model, discriminator_channels=256))
SMALL = replace(SMALL, train=replace(SMALL.train, segment_size=4096))


class Ended(subprocess.CompletedProcess[str]):
    """How a command ended."""

    @property
    def json(self) -> Any:
        """stdout, which must be one JSON document and nothing else."""
        return json.loads(self.stdout)


def vitsdeck(folder: Path, *words: str, env: dict[str, str] | None = None, timeout: float = 120) -> Ended:
    """Run `vitsdeck WORDS` in `folder`."""
    command = [sys.executable, "-m", "tui.cli", *words]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
    )
    return Ended(done.args, done.returncode, done.stdout, done.stderr)


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """Ours, without what a caller's terminal would change."""
    kept = {key: value for key, value in os.environ.items() if key not in ("VITSDECK_DEBUG", "COLUMNS")}
    return kept | {"PYTHONPATH": str(ROOT)} | (more or {})


def voice_workspace(folder: Path) -> Path:
    """A workspace with six clips, cleaned lists and `configs/tiny.json`."""
    assert vitsdeck(folder, "init", ".").returncode == 0
    write_lists(folder, SMALL)
    (folder / "run" / "config.json").replace(folder / "configs" / "tiny.json")
    (folder / "run").rmdir()
    return folder
