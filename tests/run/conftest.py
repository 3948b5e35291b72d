"""Real processes for the tests of runs; every one that a test starts is ended with the test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from run_support import Runs

from engine.run import registry


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    logs = tmp_path / "logs"
    logs.mkdir()
    found = Runs(logs)
    yield found
    for run in registry.list_runs(logs):
        found.note(run)
    for one in found.seen:
        if one.pid != os.getpid():  # a test may keep a run itself
            one.send_signal(signal.SIGKILL)
