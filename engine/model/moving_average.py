"""An exponential moving average of a network's weights, which varies less from step to step than the weights do.

    average <- d * average + (1 - d) * weights        d = min(decay, (1 + step) / (10 + step))

The decay is smaller in the first steps, or the fresh weights would count for thousands of steps; the rule is that of
tf.train.ExponentialMovingAverage with `num_updates`. It depends on the step alone, so a resume needs only the average.
"""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

M = TypeVar("M", bound=nn.Module)


def begin(module: M) -> M:
    """A copy of the module on its device, without gradients: the average of its weights so far."""
    return copy.deepcopy(module).requires_grad_(False)


@torch.no_grad()
def update(
    average: nn.Module, module: nn.Module, decay: float, step: int, skipped: Tensor | None = None
) -> None:
    """Move the average towards the weights of the module, in place. Buffers are constants here and stay.

    Args:
        decay: from 0 to below 1, the share of the average that stays.
        step: how many updates there were before.
        skipped: 0-d, 1 for an update that the device has left out, else 0; None where the host knows that it was made.
    """
    decay = min(decay, (1 + step) / (10 + step))
    ours: list[Tensor] = list(average.parameters())
    theirs: list[Tensor] = list(module.parameters())
    if skipped is None:
        move = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call,unused-ignore]
        move(ours, theirs, step)
        return
    moves = list(torch._foreach_sub(theirs, ours))
    torch._foreach_mul_(moves, (1 - decay) * (1 - skipped))
    torch._foreach_add_(ours, moves)
