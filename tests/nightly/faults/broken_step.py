"""A trainer whose step breaks on one of its ranks: FAULT RANK, then the arguments of engine.train.

The fault is put into this process before the trainer begins, and given on to the ranks that it starts.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

import torch

from engine.dataset.loader.batch import Batch
from engine.model import losses
from engine.model.voice import Voice
from engine.train import __main__ as trainer

GOOD_STEPS = 2
TORCH_SAYS = "CUDA out of memory. Tried to allocate 2.00 GiB"


def loss_is_nan() -> None:
    """The KL loss of every step after the good ones."""
    usual, calls = losses.kl_loss, itertools.count()

    def kl_loss(*stats: Any) -> torch.Tensor:
        return usual(*stats) * (1.0 if next(calls) < GOOD_STEPS else float("nan"))

    losses.kl_loss = kl_loss


def weights_are_nan() -> None:
    """A step that spoils the weights without any loss telling so."""
    from engine.train.loop import Training

    usual, calls = Training._step, itertools.count(1)

    def step(self: Training, batch: Batch) -> dict[str, torch.Tensor]:
        values = usual(self, batch)
        if next(calls) == GOOD_STEPS:
            with torch.no_grad():
                self.state.voice.dec.conv_pre.bias[0] = float("nan")
        return values

    Training._step = step  # type: ignore[method-assign]


def memory_for(utterances: int) -> Callable[[], None]:
    """The voice's pass runs out of memory with more utterances than these."""

    def put() -> None:
        usual, calls = Voice.forward, itertools.count()

        def forward(self: Voice, x_BN: torch.Tensor, *more: Any, **options: Any) -> Any:
            if next(calls) >= GOOD_STEPS and len(x_BN) > utterances:
                raise torch.OutOfMemoryError(TORCH_SAYS)
            return usual(self, x_BN, *more, **options)

        Voice.forward = forward  # type: ignore[method-assign]

    return put


FAULTS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "nan": loss_is_nan,
    "weights": weights_are_nan,
    "memory for one": memory_for(1),
    "memory for none": memory_for(0),
}


def main(argv: list[str]) -> int:
    """Train with the fault on the rank that is to have it."""
    fault, on_rank, *arguments = argv
    rank = arguments[arguments.index("--rank") + 1] if "--rank" in arguments else "0"
    usual = trainer._own_command

    def command(parsed: Any) -> list[str]:
        words = usual(parsed)
        at = words.index("engine.train")
        return [*words[:at], "tests.nightly.faults.broken_step", fault, on_rank, *words[at + 1 :]]

    trainer._own_command = command
    if rank == on_rank:
        FAULTS[fault]()
    return trainer.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
