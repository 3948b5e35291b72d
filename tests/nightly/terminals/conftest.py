"""A workspace, a live run of the real machinery, and the dashboard on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine import workspace
from engine.runs import launch, registry

if TYPE_CHECKING:
    from tests.nightly.terminals.terminal import OpenApp, StartRun, Terminal

TRAINER = Path(__file__).with_name("trainer.py")
collect_ignore_glob = (
    ["test_*.py"] if sys.platform == "win32" else []
)  # pseudo-terminals are for POSIX systems


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a corpus of two clips; its presets are the shipped ones."""
    found = workspace.init(tmp_path / "voices")
    corpus = found.audio_dir / "anna"
    corpus.mkdir(parents=True)
    for name in ("a.wav", "b.wav"):
        (corpus / name).write_bytes(b"RIFF")
    return found.root


@pytest.fixture
def open_app(root: Path) -> Iterator[OpenApp]:
    """Opens `vitsdeck` as a person does; every one that is still open is ended after the test."""
    from tests.nightly.terminals.terminal import Terminal

    with ExitStack() as stack:

        def opened(columns: int = 80, rows: int = 24, env: dict[str, str] | None = None) -> Terminal:
            argv = [sys.executable, "-m", "tui.cli"]
            return stack.enter_context(Terminal(argv, columns=columns, rows=rows, cwd=root, env=env))

        yield opened


@pytest.fixture
def start_run(root: Path) -> Iterator[StartRun]:
    """Starts runs with a supervisor; those that still live are stopped after the test."""
    folders: list[Path] = []

    def started(name: str = "demo", steps: int = 100_000, rate: float = 20.0) -> registry.RunSnapshot:
        folder = root / "logs" / name
        folders.append(folder)
        argv = [sys.executable, str(TRAINER), str(folder), str(steps), str(rate)]
        config = (root / "configs" / "small_cpu.json").read_text()
        return launch.start(folder, kind="train", argv=argv, config_json=config)

    yield started
    for folder in folders:
        launch.stop(folder, now=True, wait_s=10)
