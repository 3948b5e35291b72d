"""Starts a script of bench/ as a user does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli_support import ROOT, environment
from tests.train.conftest import TINY


def run_bench(folder: Path, script: str, *words: str) -> tuple[str, list[dict[str, str]]]:
    """What a script prints about the tiny config, and its rows."""
    config, rows = folder / "tiny.json", folder / "rows.jsonl"
    config.write_text(TINY.to_json(), encoding="utf-8")
    command = [sys.executable, str(ROOT / "bench" / script), str(config), *words, "--rows", str(rows)]
    done = subprocess.run(
        command, env=environment({"TMPDIR": str(folder)}), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, [json.loads(line) for line in rows.read_text().splitlines()]
