"""Toy runs and processes for the tests of faults; every one is ended with its test."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.nightly.faults.fault_support import ToyRun


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[ToyRun]:
    toy = ToyRun(tmp_path / "logs" / "anna")
    yield toy
    toy.end()


@pytest.fixture
def begin() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts processes, and kills them when the test ends, however it does."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(*argv: str, **options: Any) -> subprocess.Popen[bytes]:
        begun.append(subprocess.Popen(argv or ["sleep", "600"], stdout=subprocess.PIPE, **options))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
