"""On a full disk a training waits; it neither ends nor loses the last good checkpoint.

before a save     the checkpoint's size is known: with too little free space nothing is written, and training waits
during a save     ENOSPC leaves no partial checkpoint (engine.train.checkpoints.checkpoint), and training waits
events, state     a line that cannot be written is lost and counted (engine.train.reporter)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.config import Config
from engine.files.atomic import is_full
from engine.model.discriminators import Discriminators
from engine.model.voice import build_voice
from engine.runs import checkpoints
from engine.runs.checkpoints import Checkpoint
from engine.runs.disk_space import free_bytes, size_text
from engine.text.symbols import ENGLISH_178
from engine.train.checkpoints import checkpoint
from engine.train.reporter import Reporter
from engine.train.state import TrainingState

_BYTES_A_TENSOR = 600  # its name, shape and place in the archive's directory
_MARGIN_BYTES = 1 << 20  # the events of the meantime
RETRY_SECONDS = 3.0
_LOOK_SECONDS = 0.2


def save_bytes(config: Config) -> int:
    """Bytes of one save of this config's voice; its networks are built without memory."""
    with torch.device("meta"):
        voice = build_voice(config, len(config.symbols or ENGLISH_178))
        discriminators = Discriminators(config.model.use_spectral_norm, config.model.discriminator_channels)
    return _bytes(voice, discriminators, config.train.ema > 0)


def checkpoint_bytes(state: TrainingState, *, with_best: bool = False) -> int:
    """What the next checkpoint will take, within a per cent; `with_best` adds the best file, written before it."""
    best = _tensor_bytes(state.voice.state_dict().values()) if with_best else 0
    return best + _bytes(state.voice, state.discriminators, state.average is not None)


def _bytes(voice: nn.Module, discriminators: nn.Module, has_average: bool) -> int:
    """Weights, buffers and two moments of each weight."""
    parameters = [*voice.parameters(), *discriminators.parameters()]
    tensors = [*voice.state_dict().values(), *discriminators.state_dict().values(), *parameters, *parameters]
    if has_average:
        tensors += voice.state_dict().values()
    return _MARGIN_BYTES + _tensor_bytes(tensors)


def _tensor_bytes(tensors: Iterable[Tensor]) -> int:
    return sum(int(tensor.nbytes) + _BYTES_A_TENSOR for tensor in tensors)


class CheckpointSaver:
    """Saves checkpoints, waiting for disk space as long as it takes.

    Args:
        stops_waiting: polled while waiting; true ends the wait without a checkpoint. It also reads commands, so that
            a waiting training still answers.
    """

    def __init__(self, folder: Path, reporter: Reporter, stops_waiting: Callable[[], bool]) -> None:
        self.folder = folder
        self.reporter = reporter
        self.stops_waiting = stops_waiting

    def save(self, state: TrainingState, figures: Mapping[str, float]) -> Checkpoint | None:
        """Save a checkpoint, with the figures of its validation; None when the run was stopped while it waited."""
        waited = False
        alive = partial(self.reporter.heartbeat, state.position.step, "saving a checkpoint")
        while True:
            needed = checkpoint_bytes(state, with_best=bool(figures))
            if free_bytes(self.folder) >= needed:
                try:
                    saved = checkpoint.save(state, self.folder, figures, alive)
                    break
                except OSError as error:
                    if not is_full(error):
                        raise
            reason = self._reason(needed)
            self.reporter.set_reason(reason, state.position.step)
            if not waited:
                self.reporter.alert("error", f"paused: {reason}")
                waited = True
            if self._stopped_within(RETRY_SECONDS):
                self.reporter.alert("warning", f"no checkpoint of step {state.position.step}: {reason}")
                return None
        if waited:
            self.reporter.set_reason("", state.position.step)
            self.reporter.alert("info", f"the disk has room again: checkpoint {saved.step} is saved")
        return saved

    def _reason(self, needed: int) -> str:
        kept, free = checkpoints.candidates(self.folder), free_bytes(self.folder)
        good = f"checkpoint {kept[0].step} is kept" if kept else "there is no checkpoint yet"
        return (
            f"the disk is full: a checkpoint needs {needed} bytes and {free} bytes are free "
            f"({size_text(needed)}, {size_text(free)}); {good}; training continues when there is room"
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
