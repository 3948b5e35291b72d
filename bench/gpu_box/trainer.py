"""The real trainer (engine.train) in a run folder of its own, without a supervisor, as another process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from bench.gpu_box.box import DATA, Box
from bench.gpu_box.parts import CHILD

LOOK_S = 0.05


def process(argv: list[str]) -> int:
    """The trainer's process; it records no version of espeak, which is not on this machine."""
    from engine.text.cleaners import registry

    registry.versions = lambda _names=None: {}
    from engine.train.__main__ import main

    return main(argv)


class Trainer:
    """A run in `box.work / name`; a context that ends it and removes its folder.

    Args:
        train, val: what it trains and validates on; None: the packed lists.
    """

    def __init__(
        self,
        box: Box,
        name: str,
        config: Any,
        *,
        train: Sequence[Any] | None = None,
        val: Sequence[Any] | None = None,
    ) -> None:
        from engine.dataset.prepared import PreparedData, digest
        from engine.runs import registry

        self.box, self.folder = box, box.work / name
        self._process: subprocess.Popen[bytes] | None = None
        shutil.rmtree(self.folder, ignore_errors=True)
        data = PreparedData(
            digest(config, DATA, skip_invalid=False),
            list(train or box.clips("train")),
            list(val or box.clips("val")),
        )
        files = {"prepared.jsonl": data.to_jsonl()}
        registry.prepare(self.folder, kind="train", argv=["train"], config_json=config.to_json(), files=files)

    def start(self, steps: int, workers: int = 0) -> None:
        """Start the trainer, or start it again."""
        command = [*CHILD, "bench.gpu_box.trainer:process", "--run", str(self.folder), "--steps", str(steps)]
        with (self.folder / "train.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--workers", str(workers)], cwd=DATA, stdout=log, stderr=subprocess.STDOUT
            )

    def events(self, kind: str) -> list[dict[str, Any]]:
        """What it has reported, in the order of writing; a line that is still being written is left out."""
        path = self.folder / "events.jsonl"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        found = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
        return [event for event in found if event["kind"] == kind]

    def step(self) -> int:
        """The last step that it has logged."""
        metrics = self.events("metric")
        return int(metrics[-1]["step"]) if metrics else 0

    def wait_for_step(self, step: int) -> None:
        """Wait until a step is logged.

        Raises:
            RuntimeError: it ended before; the message is its last line.
            TimeoutError: the part's time is over.
        """
        while self.step() < step:
            self.check()
            time.sleep(LOOK_S)

    def wait(self) -> None:
        """Wait until it has ended by itself; raises as `wait_for_step`."""
        assert self._process is not None
        while self._process.poll() is None:
            self.check()
            time.sleep(LOOK_S)
        if self._process.returncode != 0:
            raise RuntimeError(self._last_line())

    def ask(self, command: str, timeout_s: float = 20.0) -> dict[str, Any]:
        """Send a command and wait for the answer; raises TimeoutError without one."""
        from engine.runs import commands

        reply = commands.wait_reply(self.folder, commands.send(self.folder, command), timeout_s)
        if reply is None:
            raise TimeoutError(f"no answer to {command} within {timeout_s:.0f} s; {self._last_line()}")
        return reply

    def kill(self) -> None:
        """kill -9, without time for a last checkpoint."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def __enter__(self) -> Trainer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        if kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)  # a checkpoint has hundreds of megabytes

    def check(self) -> None:
        """Raise as `wait_for_step` when it has ended or the time is over."""
        assert self._process is not None
        if self._process.poll() not in (None, 0):
            raise RuntimeError(self._last_line())
        if self.box.left_s() <= 0:
            raise TimeoutError(f"at step {self.step()}; {self._last_line()}")

    def _last_line(self) -> str:
        lines = (self.folder / "train.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it has said nothing"
