"""Processes that take turns, so that a ratio of their times holds on a machine that is not quiet all the time.

How torch's threads wait is fixed when torch is loaded, so what is compared has a process of its own: a `Worker` works
when it is asked to; a `Training`, started by `vitsdeck train`, runs freely and is frozen between its turns.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from step_worker import ROOT, lists_of

Key = TypeVar("Key")
TRIALS = 13  # steps until a training has chosen its number of threads, of three at most, and one more
_START_SECONDS = 300.0  # until a training's next step


class Asked(Protocol):
    """What a process is started for: a dataclass that its script reads from the first argument."""

    script: ClassVar[str]  # of bench/

    @property
    def threads(self) -> int: ...


class Worker:
    """A process that answers each line of its stdin with a line of JSON, which holds `seconds`."""

    def __init__(self, asked: Asked) -> None:
        given = json.dumps(asdict(asked))  # type: ignore[call-overload]
        command = [sys.executable, str(ROOT / "bench" / asked.script), given]
        self._process = subprocess.Popen(
            command, env=environment(asked.threads), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.found: list[dict[str, Any]] = []

    def turn(self, line: str = "") -> float:
        """Have it do its work once; returns the seconds, and keeps the answer in `found`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"the process that was measured ended with code {self._process.wait()}")
        self.found.append(json.loads(answer))
        return float(self.found[-1]["seconds"])

    @property
    def seconds(self) -> list[float]:
        """Of all turns but the first, which allocates."""
        return [each["seconds"] for each in self.found[1:]]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@contextlib.contextmanager
def workers(asked: Mapping[Key, Asked]) -> Iterator[dict[Key, Worker]]:
    """A process for each of `asked`; all have ended after the block."""
    found: dict[Key, Worker] = {}
    try:
        for key, each in asked.items():
            found[key] = Worker(each)
        yield found
    finally:
        for worker in found.values():
            worker.close()


def take_turns(asked: Mapping[Key, Asked], rounds: int) -> dict[Key, list[dict[str, Any]]]:
    """The answers of a process for each of `asked`: one of each in turn, `rounds` and one for warming up."""
    with workers(asked) as found:
        for _ in range(rounds + 1):
            for worker in found.values():
                worker.turn()
        return {key: worker.found for key, worker in found.items()}


def environment(threads: int = 0) -> dict[str, str]:
    """Ours, with torch's own waiting, and its own number of threads where that is 0."""
    found = {key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "GOMP_"))}
    return found | ({"OMP_NUM_THREADS": str(threads)} if threads else {})


def recorded_workspace(folder: Path) -> Path:
    """A workspace in `folder` with the demo's sentences, spoken by espeak-ng and prepared as a user's recordings."""
    from engine import workspace as workspaces
    from engine.prepare import prepare

    print("recording and preparing the demo's sentences", flush=True)
    recordings = folder / "recordings"
    recordings.mkdir()
    code = "import sys, pathlib, engine.demo.recorder as r; r.record(pathlib.Path(sys.argv[1]), r.SENTENCES)"
    command = [sys.executable, "-P", "-c", code, str(recordings)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    prepare(workspaces.init(folder), [recordings])
    return folder


def write_config(root: Path, config: Path, name: str, **train: object) -> Path:
    """A config in the workspace `root` with its lists, a logged line for each step and no validation."""
    from engine import config as configs

    found = configs.load(config)
    changes: dict[str, Any] = {"log_interval": 1, "eval_interval": 10**6, "adversarial_start": 0} | train
    found = replace(found, train=replace(found.train, **changes), data=replace(found.data, **lists_of(root)))
    path = root / "configs" / f"{name}.json"
    path.write_text(found.to_json(), encoding="utf-8")
    return path


def vitsdeck(root: Path, *words: str) -> None:
    """A command in the workspace; its output is shown only when it fails."""
    command = [sys.executable, "-P", "-m", "tui.cli", *words]
    done = subprocess.run(
        command,
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise SystemExit(f"vitsdeck {' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


class Training:
    """A run of `vitsdeck train`, as a user starts it."""

    def __init__(self, root: Path, name: str, config: Path, *flags: str) -> None:
        from engine.runs.events import EventTail

        self.root, self.name = root, name
        signal.signal(
            signal.SIGTERM, lambda *_: sys.exit(143)
        )  # so that a bench that is killed stops its training
        self.folder = root / "logs" / name
        vitsdeck(root, "train", "-m", name, "-c", str(config), "--new", "--detach", *flags)
        self._tail = EventTail(self.folder / "events.jsonl")
        self._done_at: dict[int, float] = {}
        self._is_frozen = False

    def run_until(self, is_enough: Callable[[dict[int, float]], bool]) -> dict[int, float]:
        """Let it train until enough steps are done, and freeze it.

        Returns:
            the seconds of each step that began and ended in this turn.
        """
        first_new = max(self._done_at, default=0) + 1
        self._signal(frozen=False)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            new = {step: at for step, at in self._done_at.items() if step >= first_new}
            whole = {step: at - new[step - 1] for step, at in new.items() if step - 1 in new}
            if is_enough(whole):
                self._signal(frozen=True)
                return whole
            time.sleep(0.005)
            for event in self._tail.read_new():
                if event["kind"] == "metric":
                    self._done_at[event["step"]] = event["t"]
                    deadline = time.monotonic() + _START_SECONDS
            if time.monotonic() > deadline:
                raise SystemExit(f"no step for {_START_SECONDS:.0f} s; see {self.folder / 'train.log'}")

    def threads(self) -> int | None:
        """How many it chose; None as long as it has not."""
        from engine.runs import registry

        found = registry.recorded(self.folder, "threads")
        return found if isinstance(found, int) else None

    def _signal(self, *, frozen: bool) -> None:
        import psutil

        from engine.runs import registry

        if frozen == self._is_frozen:
            return
        self._is_frozen = frozen
        process = registry.read_run(self.folder).process
        assert process is not None
        trainer = psutil.Process(process.pid)
        for each in [trainer, *trainer.children(recursive=True)]:
            each.suspend() if frozen else each.resume()

    def __enter__(self) -> Training:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):  # it has died: the command below says how
            self._signal(frozen=False)
        vitsdeck(self.root, "stop", self.name, "--now")
