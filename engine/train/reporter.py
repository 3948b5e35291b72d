"""Reports a training: events, TensorBoard files, state.json, rate and time left.

Reporting never ends a training. On a full disk lines are lost and counted; alerts and states are written into the room
of the placeholder. Any other failure is reported once.
"""

from __future__ import annotations

import contextlib
import statistics
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped,unused-ignore]
import torch

from engine.errors import InputError
from engine.runs.events import EventWriter
from engine.runs.health import Watch
from engine.runs.registry import StateFile
from engine.train.state import TrainingState
from engine.train.summary_writer import SafeSummaryWriter

REPORT_EVERY_S = 1.0
_MUST_BE_KNOWN = ("alert", "state")
_RESERVE_BYTES = 256 << 10


class Placeholder:
    """A file of 256 KB, deleted when the disk is full so that the error can be written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".reserve"

    def create(self) -> None:
        try:
            if not self.path.exists():
                self.path.write_bytes(bytes(_RESERVE_BYTES))
        except OSError:
            self.delete()

    def delete(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def write(self, work: Callable[[], None], *, urgent: bool) -> bool:
        """Whether `work` could write; what is urgent is tried again in the placeholder's room."""
        with contextlib.suppress(OSError):
            work()
            return True
        if urgent:
            self.delete()
            with contextlib.suppress(OSError):
                work()
                return True
        return False


class LossyEvents(EventWriter):
    """An EventWriter that loses lines instead of raising when the disk is full; alerts and states come first.

    `health` still raises: its rules report again what could not be written.
    """

    def __init__(self, path: Path, placeholder: Placeholder) -> None:
        super().__init__(path)
        self.placeholder = placeholder
        self.lost = 0

    def _write(self, kind: str, **fields: Any) -> None:
        write = partial(super()._write, kind, **fields)
        if kind == "health":
            write()
        elif not self.placeholder.write(write, urgent=kind in _MUST_BE_KNOWN):
            self.lost += 1


class Reporter:
    """What the training loop reports to. Calls are cheap; files are written at most once a second."""

    def __init__(self, folder: Path, total_steps: int, device: torch.device) -> None:
        self.total_steps = total_steps
        self.device = device
        self.placeholder = Placeholder(folder)
        self.placeholder.create()
        self.events = LossyEvents(folder / "events.jsonl", self.placeholder)
        self.health = Watch(folder, self.events, on_defect=self.defect)
        self.state_file = StateFile(folder)
        self.train_writer = SafeSummaryWriter(folder)
        self.eval_writer = SafeSummaryWriter(folder / "eval")
        self._last_report = 0.0
        self._state = "starting"
        self._defects: set[str] = set()
        self._recent: deque[tuple[int, float]] = deque(maxlen=64)

    def say(self, text: str) -> None:
        """One line for train.log."""
        with contextlib.suppress(OSError):
            print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)  # noqa: T201 - stdout is the run's log

    def alert(self, level: str, text: str) -> None:
        """A sentence that the dashboard must show, also in the log."""
        self.events.alert(level, text)
        self.say(f"{level}: {text}")

    def defect(self, what: str, error: Exception) -> None:
        """Work beside training failed: alert once a process, with the traceback in the log."""
        if what in self._defects:
            return
        self._defects.add(what)
        words = (str(error).splitlines() or [""])[0]
        if not isinstance(
            error, InputError | OSError
        ):  # no sentence of ours: where it happened will be asked
            words = f"{type(error).__name__}: {words}"
            with contextlib.suppress(OSError):
                traceback.print_exception(error)
        self.alert("warning", f"{what} failed and is left out: {words}; training continues")

    @contextlib.contextmanager
    def suppress(self, what: str) -> Iterator[None]:
        """Report what fails inside as a `defect` and go on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - logged with its traceback; a chart must not end a training
            self.defect(what, error)

    def set_state(self, state: str, reason: str = "") -> None:
        """The run's state changed."""
        self._state = state
        self._update(urgent=True, state=state, reason=reason)
        self.events.state(state, reason)

    def expect(self, save_bytes: int) -> None:
        """Record the size of the next checkpoint, for the check of free disk space."""
        self._update(save_bytes=save_bytes)

    def move(self, folder: Path) -> None:
        """The run folder was renamed; open files have moved with it."""
        self.state_file = StateFile(folder)

    def set_reason(self, reason: str, step: int) -> None:
        """Why training waits; "" when it continues. Repeated, it shows that the process is alive."""
        fields: dict[str, Any] = {"reason": reason, "step": step, "rate": None, "eta_s": None}
        if self._state != "stopping":  # one that ends waits for room too, and stays what it is
            self._state = "paused" if reason else "running"
            fields["state"] = self._state
        self._update(urgent=True, **fields)
        if not reason:
            self._recent.clear()  # the wait is no part of the rate
            self.placeholder.create()
            if lost := self.events.lost:
                self.events.lost = 0
                self.alert("warning", f"{lost} lines of the record were lost while the disk was full")

    def metric(self, state: TrainingState, values: dict[str, float]) -> None:
        """One logged step, to events and TensorBoard; numbered parts to TensorBoard alone."""
        position = state.position
        with self.suppress("writing figures for TensorBoard"):
            for tag, value in values.items():
                self.train_writer.add_scalar(tag, value, position.step)
        values = {tag: value for tag, value in values.items() if not tag[-1].isdigit()}
        with self.suppress("judging the run's health"):
            self.health.metric(position.step, values)
        with self.suppress("recording figures"):
            self.events.metric(position.step, position.epoch, values)
        with self.suppress("judging the run's health"):
            self.health.look()
        self.say(
            f"step {position.step}  epoch {position.epoch}  "
            + "  ".join(f"{tag.removeprefix('loss/')} {value:.4g}" for tag, value in values.items())
        )

    def stepped(self, state: TrainingState, force: bool = False) -> None:
        """Called after each step: keeps the rate, and once a second writes progress and state.json."""
        now = time.monotonic()
        step = state.position.step
        self._recent.append((step, now))
        if not force and now - self._last_report < REPORT_EVERY_S:
            return
        self._last_report = now
        rate, eta = self.rate(), self._eta_s(step)
        with self.suppress("recording progress"):
            self.events.progress(step, self.total_steps, "steps", rate, eta)
        self._update(
            step=step,
            epoch=state.position.epoch,
            total_steps=self.total_steps,
            rate=rate,
            eta_s=eta,
            step_seconds=self.step_seconds(),
            device=str(self.device),
            device_bytes=device_bytes(self.device),
        )

    def heartbeat(self, step: int, note: str) -> None:
        """Long work between two steps continues: written once a second, it shows that the process is alive."""
        now = time.monotonic()
        if now - self._last_report < REPORT_EVERY_S:
            return
        self._last_report = now
        with self.suppress("recording progress"):
            self.events.progress(step, self.total_steps, "steps", self.rate(), self._eta_s(step), note)
        self._update()

    def step_seconds(self) -> float | None:
        """The median of the last few dozen steps; what lies between two steps counts with the later one."""
        durations = [later - earlier for (_, earlier), (_, later) in pairwise(self._recent)]
        return statistics.median(durations) if durations else None

    def rate(self) -> float | None:
        """Steps a second over the last few dozen steps; None before two of them."""
        if len(self._recent) < 2:
            return None
        (first, since), (last, now) = self._recent[0], self._recent[-1]
        return (last - first) / (now - since) if now > since else None

    def flush_writers(self) -> None:
        """Bring TensorBoard files up to date with a checkpoint."""
        for board in (self.train_writer, self.eval_writer):
            with self.suppress("writing figures for TensorBoard"):
                board.flush()

    def close(self) -> None:
        """Close every file."""
        for board in (self.train_writer, self.eval_writer):
            with self.suppress("closing TensorBoard's files"):
                board.close()
        with contextlib.suppress(OSError):
            self.events.close()
        self.placeholder.delete()

    def _eta_s(self, step: int) -> float | None:
        rate = self.rate()
        return max(0, self.total_steps - step) / rate if rate else None

    def _update(self, *, urgent: bool = False, **fields: Any) -> None:
        """Change state.json, if the disk lets us; it is written anew every second anyway."""
        self.placeholder.write(partial(self.state_file.update, **fields), urgent=urgent)


class RankReporter(Reporter):
    """The reporter of ranks other than 0, which only speak: alerts go to stdout, and from there into the log."""

    def __init__(self) -> None:
        pass  # it has no files

    def say(self, text: str) -> None:
        pass  # rank 0 says the same

    def alert(self, level: str, text: str) -> None:
        print(f"{level}: {text}", flush=True)  # noqa: T201

    def close(self) -> None:
        pass


def device_bytes(device: torch.device) -> int:
    """Memory that this process holds on its GPU; the resident set on a CPU."""
    if device.type == "cuda":
        return int(torch.cuda.memory_reserved(device))
    return int(psutil.Process().memory_info().rss)
