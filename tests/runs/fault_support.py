"""Shared by the tests of supervisors and commands: runs of a toy trainer, which end with the test."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.files.lock import RunLock
from engine.process_identity import ProcessIdentity
from engine.runs import launch, registry
from engine.runs.events import EventTail
from engine.runs.supervisor.restart import RestartPolicy
from engine.runs.supervisor.stall import StallWatch
from engine.runs.supervisor.supervisor import Supervisor
from tests.runs.run_support import TOY_TRAINER, wait_until

Count = Callable[[int, int], int]
StartProcess = Callable[..., "subprocess.Popen[bytes]"]


class ToyRun:
    """One run folder with toy trainers, and all that a test asks about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def argv(self, mode: str = "well", argument: int = 0) -> list[str]:
        return [sys.executable, str(TOY_TRAINER), str(self.folder), mode, str(argument)]

    def start(self, mode: str = "well", argument: int = 0, **options: Any) -> registry.RunSnapshot:
        options = {"restarts": True} | options
        return launch.start(self.folder, kind="train", argv=self.argv(mode, argument), **options)

    def now(self) -> registry.RunSnapshot:
        return registry.read_run(self.folder)

    def supervisor(self) -> ProcessIdentity:
        found = self.now().supervisor
        assert found is not None
        return found

    def worker(self) -> ProcessIdentity:
        found = self.now().process
        assert found is not None
        return found

    def steps_on(self, by: int = 3) -> registry.RunSnapshot:
        """The run once it has made `by` more steps."""
        before = self.now().step or 0
        wait_until(lambda: (self.now().step or 0) >= before + by, f"{by} steps more than {before}")
        return self.now()

    def becomes(self, state: str, timeout_s: float = 60.0) -> registry.RunSnapshot:
        """The run once it is in this state; for final ones, once its processes have ended as well."""

        def is_so() -> bool:
            run = self.now()
            leaving = any(
                one.is_alive() for one in (run.supervisor, run.process) if one and one.pid != os.getpid()
            )
            return run.state == state and not (run.is_final and leaving)

        wait_until(is_so, f"{state} in {self.folder}", timeout_s)
        return self.now()

    def checkpoint(self) -> int:
        return int(json.loads((self.folder / "checkpoint.json").read_text())["step"])

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in EventTail(self.folder / "events.jsonl").read_new() if one["kind"] == kind]

    def alerts(self) -> list[str]:
        return [one["text"] for one in self.events("alert")]

    def log(self) -> str:
        return (self.folder / "train.log").read_text(errors="replace")

    def starts(self) -> int:
        """How many trainers have ever started here."""
        path = self.folder / "starts"
        return len(path.read_text().split()) if path.exists() else 0

    def has_seen_two(self) -> bool:
        return (self.folder / "TWO").exists()

    def end(self) -> None:
        """Kill what is left until nothing lives or holds the folder (a starting supervisor has no name yet)."""
        until = time.monotonic() + 30
        while self.folder.exists() and time.monotonic() < until:
            living = False
            with contextlib.suppress(InputError):
                run = self.now()
                for one in (run.supervisor, run.process):
                    if one is not None and one.pid != os.getpid():
                        living = one.send_signal(signal.SIGKILL) or living
            held = RunLock.take(self.folder, wait_s=0.1)
            if held is not None:
                held.release()
                if not living:  # a killed process lets go of its lock before it has ended
                    return


class Kept:
    """A run that is kept by a thread of this process, so that a test may hand in its own policy and watch."""

    def __init__(
        self, toy: ToyRun, argv: list[str], *, pauses_s: tuple[float, ...] = (0.1,), quiet_s: float = 50.0
    ) -> None:
        self.toy = toy
        self.held = registry.claim(toy.folder)
        registry.prepare(toy.folder, kind="train", argv=argv, held=self.held, restarts=True)
        policy = RestartPolicy(pauses_s=pauses_s)
        watch = StallWatch(toy.folder, quiet_s)
        self.supervisor = Supervisor(toy.folder, argv, self.held, policy=policy, watch=watch)
        self.code: int | None = None
        self.supervisor.start_worker()
        self._thread = threading.Thread(target=self._keep)
        self._thread.start()

    def _keep(self) -> None:
        self.code = self.supervisor.supervise()
        self.held.release()

    def join(self, timeout_s: float = 60.0) -> int:
        self._thread.join(timeout_s)
        assert not self._thread.is_alive(), "the supervisor does not end"
        assert self.code is not None
        return self.code

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_: object) -> None:
        for _ in range(3):
            self.supervisor.request_stop()
        self.join()
