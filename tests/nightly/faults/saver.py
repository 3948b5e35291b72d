"""Processes that do nothing but save checkpoints, for those who kill them at it."""

from __future__ import annotations

import functools
import os
import signal
from pathlib import Path
from typing import Any

import torch

from engine.train.checkpoints import checkpoint
from engine.train.state import TrainingState, new_state
from tests.train.conftest import TINY

# what a save asks of the file system, in `os`; a kill before the n-th of them is a kill between two writes
CALLS = ("open", "fsync", "replace", "unlink")


@functools.cache
def forked_state() -> TrainingState:
    """The state of a process that was forked from one which had built it."""
    return small_state()


def small_state(*, token_voice: bool = False) -> TrainingState:
    """A small voice, or a token of one, with a token of a discriminator. Every optimiser has moments."""
    state = new_state(TINY, 178, torch.device("cpu"))
    if token_voice:
        state.voice = torch.nn.Conv1d(1, 4, 3)  # type: ignore[assignment]
        state.optimizer_g = torch.optim.AdamW(state.voice.parameters())
    state.discriminators = torch.nn.Conv1d(1, 4, 3)  # type: ignore[assignment]
    state.optimizer_d = torch.optim.AdamW(state.discriminators.parameters())
    state.scaler = torch.amp.GradScaler("cpu", init_scale=1.0, enabled=True)
    for optimizer in (state.optimizer_g, state.optimizer_d):
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = torch.ones_like(parameter)
        optimizer.step()
    return state


def mark(state: TrainingState, step: int) -> None:
    """Write the step into every part of the state."""
    state.position.step = step
    state.scaler._init_scale = float(step)
    state.scaler._scale = None
    with torch.no_grad():
        for module, optimizer in (
            (state.voice, state.optimizer_g),
            (state.discriminators, state.optimizer_d),
        ):
            next(module.parameters()).fill_(step)
            moments = optimizer.state[optimizer.param_groups[0]["params"][0]]
            moments["exp_avg"].fill_(step)


def marks(state: TrainingState) -> set[float]:
    """The steps in its parts: exactly one when they belong together."""
    steps = {float(state.position.step), float(state.scaler.state_dict()["scale"])}
    for module, optimizer in ((state.voice, state.optimizer_g), (state.discriminators, state.optimizer_d)):
        steps.add(float(next(module.parameters()).detach().flatten()[0]))
        moments = optimizer.state[optimizer.param_groups[0]["params"][0]]
        steps.add(float(moments["exp_avg"].flatten()[0]))
    return steps


def save_for_ever(argv: list[str]) -> int:
    """Save into argv[0], step after step from argv[1], saying each on a line of its own when it is complete."""
    folder, first = Path(argv[0]), int(argv[1])
    state = forked_state()
    print("ready", flush=True)
    for step in range(first, first + 100_000):
        mark(state, step)
        checkpoint.save(state, folder)
        print(step, flush=True)
    return 0


def save_and_die(argv: list[str]) -> int:
    """Save step argv[1] into argv[0], killed by SIGKILL before the argv[2]-th call to the file system.

    Returns:
        0 when there were fewer calls than that.
    """
    folder, step, deadly = Path(argv[0]), int(argv[1]), int(argv[2])
    state = forked_state()
    mark(state, step)
    left = deadly
    for name in CALLS:
        genuine = getattr(os, name)

        def counted(*args: Any, _genuine: Any = genuine, **kwargs: Any) -> Any:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return _genuine(*args, **kwargs)

        setattr(os, name, counted)
    checkpoint.save(state, folder)
    return 0
