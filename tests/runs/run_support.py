"""Shared by the tests of runs: waiting, and real runs of a toy trainer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.process_identity import ProcessIdentity
from engine.runs import launch, registry

TOY_TRAINER = Path(__file__).with_name("toy_trainer.py")


def wait_until(condition: Callable[[], object], what: str = "", timeout_s: float = 120.0) -> None:
    """Look every 10 ms until `condition` holds; fails the test, saying `what` was awaited, when it never does."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what or condition}"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether there is a process with this number that is no zombie."""
    try:
        return ProcessIdentity.of(pid).is_alive()
    except ProcessLookupError:
        return False


class Runs:
    """Starts runs below one folder and ends what is left of them afterwards."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.seen: list[ProcessIdentity] = []

    def start(self, name: str, argv: list[str], **options: object) -> registry.RunSnapshot:
        run = launch.start(self.logs / name, kind="train", argv=argv, **options)  # type: ignore[arg-type]
        return self.note(run)

    def start_toy(self, name: str = "toy", steps: int = 10**6) -> registry.RunSnapshot:
        return self.start(name, self.toy(name, steps))

    def start_python(self, name: str, code: str, **options: object) -> registry.RunSnapshot:
        return self.start(name, [sys.executable, "-c", code], **options)

    def toy(self, name: str = "toy", steps: int = 10**6) -> list[str]:
        return [sys.executable, str(TOY_TRAINER), str(self.logs / name), "steps", str(steps)]

    def note(self, run: registry.RunSnapshot) -> registry.RunSnapshot:
        self.seen += [one for one in (run.supervisor, run.process) if one]
        return run

    def ended(self, name: str) -> registry.RunSnapshot:
        """The run's last state, once worker and supervisor are gone."""
        folder = self.logs / name
        wait_until(lambda: registry.read_run(folder).has_ended, "the end of the run")
        return registry.read_run(folder)

    def running(self, name: str, step: int = 1) -> registry.RunSnapshot:
        """The run once it has made `step` steps."""
        wait_until(lambda: (registry.read_run(self.logs / name).step or 0) >= step)
        return registry.read_run(self.logs / name)
