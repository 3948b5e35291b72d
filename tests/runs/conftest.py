"""Real processes for the tests of runs; every one that a test starts is ended with the test."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.runs import registry
from tests.runs.fault_support import ToyRun
from tests.runs.run_support import Runs


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


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[ToyRun]:
    toy = ToyRun(tmp_path / "logs" / "anna")
    yield toy
    toy.end()


@pytest.fixture
def start_process() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts processes, and kills them when the test ends, however it does."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*argv: str, **options: Any) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(argv or ["sleep", "600"], stdout=subprocess.PIPE, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
