"""On a full disk a training waits; it neither ends nor loses the last good checkpoint.

before a save     the checkpoint's size is known: with too little free space nothing is written, and training waits
during a save     ENOSPC leaves no partial checkpoint (engine.train.checkpoints.checkpoint), and training waits
events, state     a line that cannot be written is lost and counted; the placeholder leaves room for the error
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

import torch

from engine.config import Config
from engine.files.atomic import is_full
from engine.model.discriminators import Discriminators
from engine.model.voice import build_voice
from engine.runs.disk_space import free_bytes
from engine.text.symbols import ENGLISH_178
from engine.train.checkpoints import checkpoint
from engine.train.checkpoints.checkpoint import Checkpoint
from engine.train.state import TrainingState

_MARGIN_BYTES = 1 << 20  # names, shapes and the archive's directory, and the events of the meantime
_BYTES_A_PARAMETER = 12  # the weight and Adam's two moments, four bytes each
_RESERVE_BYTES = 256 << 10
_RESERVE_NAME = ".reserve"
RETRY_SECONDS = 3.0
_LOOK_SECONDS = 0.2


def save_bytes(config: Config) -> int:
    """Bytes of one save of this config's voice; its networks are built without memory."""
    with torch.device("meta"):
        voice = build_voice(config, len(config.symbols or ENGLISH_178))
        judges = Discriminators(config.model.use_spectral_norm, config.model.discriminator_channels)
    counts = [sum(one.numel() for one in module.parameters()) for module in (voice, judges)]
    return _BYTES_A_PARAMETER * sum(counts) + (4 * counts[0] if config.train.ema else 0)


class Notifier(Protocol):
    """What a save reports to; `engine.train.reporter.Reporter` is one."""

    def alert(self, level: str, text: str) -> None:
        """A sentence that must be seen."""

    def heartbeat(self, step: int, note: str) -> None:
        """Long work continues; may be called as often as one likes."""

    def set_reason(self, reason: str, step: int) -> None:
        """Why training waits; "" when it continues. Repeated, it shows that the process is alive."""


def checkpoint_bytes(state: TrainingState) -> int:
    """What the next checkpoint will take, within a per cent: weights, buffers and two moments of each weight."""
    modules = (state.voice, state.discriminators)
    held = [tensor.nbytes for module in modules for tensor in module.state_dict().values()]
    moments = [2 * parameter.nbytes for module in modules for parameter in module.parameters()]
    held += (
        [tensor.nbytes for tensor in state.average.state_dict().values()] if state.average is not None else []
    )
    tensors = len(held) + 2 * len(moments)
    return int(sum(held) + sum(moments)) + 600 * tensors + _MARGIN_BYTES


class Placeholder:
    """256 KB placeholder, deleted when the disk is full so that the error can be written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _RESERVE_NAME

    def create(self) -> None:
        """Write it, if the disk has room."""
        if self.path.exists():
            return
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(handle, b"\0" * _RESERVE_BYTES)
            finally:
                os.close(handle)
        except OSError:
            self.delete()

    def delete(self) -> None:
        """Delete it."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


class CheckpointSaver:
    """Saves checkpoints, waiting for disk space as long as it takes.

    Args:
        stops_waiting: polled while waiting; true ends the wait without a checkpoint. It also reads commands, so that
            a waiting training still answers.
    """

    def __init__(self, folder: Path, notifier: Notifier, stops_waiting: Callable[[], bool]) -> None:
        self.folder = folder
        self.notifier = notifier
        self.stops_waiting = stops_waiting

    def save(self, state: TrainingState, figures: Mapping[str, float]) -> Checkpoint | None:
        """Save a checkpoint, with the figures of its validation; None when the run was stopped while it waited."""
        waited = False
        alive = partial(self.notifier.heartbeat, state.position.step, "saving a checkpoint")
        while True:
            needed, free = checkpoint_bytes(state), free_bytes(self.folder)
            if free >= needed:
                try:
                    saved = checkpoint.save(state, self.folder, figures, alive)
                except OSError as error:
                    if not is_full(error):
                        raise
                    free = free_bytes(self.folder)
                else:
                    if waited:
                        self.notifier.set_reason("", state.position.step)
                        self.notifier.alert(
                            "info", f"the disk has room again: checkpoint {saved.step} is saved"
                        )
                    return saved
            reason = self._reason(needed, free)
            self.notifier.set_reason(reason, state.position.step)
            if not waited:
                self.notifier.alert("error", f"paused: {reason}")
                waited = True
            if self._stopped_within(RETRY_SECONDS):
                self.notifier.alert("warning", f"no checkpoint of step {state.position.step}: {reason}")
                return None

    def _reason(self, needed: int, free: int) -> str:
        kept = checkpoint.candidates(self.folder)
        good = f"checkpoint {kept[0].step} is kept" if kept else "there is no checkpoint yet"
        return (
            f"the disk is full: a checkpoint needs {needed} bytes and {free} bytes are free "
            f"({_short(needed)}, {_short(free)}); {good}; training continues when there is room"
        )

    def _stopped_within(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                if self.stops_waiting():
                    return True
                time.sleep(_LOOK_SECONDS)
            return self.stops_waiting()
        except KeyboardInterrupt:  # a second signal
            return True


def _short(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
