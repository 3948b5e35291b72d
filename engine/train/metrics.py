"""What a run tells while it trains: events TensorBoard files, state.json, rate and time left."""

from __future__ import annotations

import os
import time
import warnings
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from engine.run.events import EventWriter
from engine.run.health import Watch
from engine.run.registry import StateFile
from engine.train.state import TrainingState

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

REPORT_EVERY_S = 1.0


class Reporter:
    """The one place that a training loop talks to. Cheap calls; files are touched at most once a second."""

    def __init__(self, folder: Path, total_steps: int, device: torch.device) -> None:
        self.events = EventWriter(folder / "events.jsonl")
        self.health = Watch(folder, self.events)
        self.state_file = StateFile(folder)
        self.total_steps = total_steps
        self.device = device
        self.train_board = _board(folder)
        self.eval_board = _board(folder / "eval")
        self._recent: deque[tuple[int, float]] = deque(maxlen=64)
        self._last_report = 0.0

    def say(self, text: str) -> None:
        """One line for train.log."""
        print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)  # noqa: T201 - stdout is the run's log

    def alert(self, level: str, text: str) -> None:
        """A sentence that the dashboard must show, also in the log."""
        self.events.alert(level, text)
        self.say(f"{level}: {text}")

    def become(self, state: str, reason: str = "") -> None:
        """The run's state changed."""
        self.state_file.update(state=state, reason=reason)
        self.events.state(state, reason)

    def metric(self, state: TrainingState, values: dict[str, float]) -> None:
        """One logged step, to events and TensorBoard; numbered parts to TensorBoard alone."""
        position = state.position
        for tag, value in values.items():
            self.train_board.add_scalar(tag, value, position.step)
        values = {tag: value for tag, value in values.items() if not tag[-1].isdigit()}
        self.health.metric(position.step, values)
        self.events.metric(position.step, position.epoch, values)
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
        rate, eta = self.rate(), None
        if rate:
            eta = max(0, self.total_steps - step) / rate
        self.events.progress(step, self.total_steps, "steps", rate, eta)
        self.state_file.update(
            step=step,
            epoch=state.position.epoch,
            total_steps=self.total_steps,
            rate=rate,
            eta_s=eta,
            device=str(self.device),
            device_bytes=device_bytes(self.device),
        )

    def rate(self) -> float | None:
        """Steps a second over the last few dozen steps; None before two of them."""
        if len(self._recent) < 2:
            return None
        (first, since), (last, now) = self._recent[0], self._recent[-1]
        return (last - first) / (now - since) if now > since else None

    def flush_boards(self) -> None:
        """Bring TensorBoard files up to date with a checkpoint."""
        self.train_board.flush()
        self.eval_board.flush()

    def close(self) -> None:
        """Close every file."""
        self.train_board.close()
        self.eval_board.close()
        self.events.close()


def device_bytes(device: torch.device) -> int | None:
    """Memory that this process holds on its GPU; the resident set on a CPU."""
    if device.type == "cuda":
        return int(torch.cuda.memory_reserved(device))
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import psutil  # type: ignore[import-untyped,unused-ignore]

    return int(psutil.Process().memory_info().rss)


def _board(folder: Path) -> SummaryWriter:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tensorboard's own deprecations are not the run's business
        from torch.utils.tensorboard import SummaryWriter
    folder.mkdir(mode=0o700, exist_ok=True)
    return SummaryWriter(str(folder))
