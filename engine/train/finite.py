"""Whether a step was finite, and on a GPU a way to learn it without waiting.

    step k        the GPU decides; the fused optimiser changes nothing where a half is not finite (`found_inf`)
                  the decision starts on its way to the host
    step k + 1    all of it is launched; then the host reads what was decided of step k

So the host is never further ahead than a step. With loss scaling it waits instead: the next scale depends on it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple, SupportsFloat

import torch
from torch import Tensor

from engine.dataset.loader.batch import Batch


class NotFinite(ArithmeticError):  # noqa: N818 - what it says of the step
    """A step was skipped. `values` are its losses and norms by tag; `loss_scale` is 1 without a loss scaler."""

    def __init__(self, values: Mapping[str, SupportsFloat], loss_scale: float = 1.0) -> None:
        self.tags = [tag for tag, value in values.items() if not math.isfinite(value)]
        is_gradient = all(tag.startswith("grad_norm") for tag in self.tags)
        # float16 gradients overflow by the scaler's own doing, as long as it scales them up at all
        self.is_overflow = is_gradient and loss_scale > 1.0
        super().__init__(f"{listed(self.tags, 3)} {'is' if len(self.tags) == 1 else 'are'} NaN or infinite")


def listed(names: list[str], most: int) -> str:
    """Names in a sentence, no more than `most` of them."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


class _Unread(NamedTuple):
    batch: Batch
    values: dict[str, Tensor]
    is_bad: Tensor
    copied: torch.cuda.Event | None  # when `is_bad` may be read


class LateCheck:
    """Keeps what is not yet known of the last two steps; after the last one it is asked once more."""

    def __init__(self) -> None:
        self._halves: list[tuple[dict[str, Tensor], Tensor]] = []
        self._unread: deque[_Unread] = deque()

    def add_half(self, optimizer: torch.optim.Optimizer, values: dict[str, Tensor], is_bad: Tensor) -> None:
        """Let a half's optimiser leave weights, moments and count alone where `is_bad` (0-d) is set."""
        told: Any = optimizer
        told.found_inf = is_bad.float()
        self._halves.append((values, is_bad))

    def end_step(self, batch: Batch) -> None:
        """Start to copy to the host whether any half of the step on this batch was not finite."""
        values = {tag: value for half, _bad in self._halves for tag, value in half.items()}
        is_bad = torch.stack([bad for _half, bad in self._halves]).any()
        self._halves.clear()
        on_host, copied = is_bad.to("cpu", non_blocking=True), None
        if is_bad.is_cuda:
            copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
            copied.record()
        self._unread.append(_Unread(batch, values, on_host, copied))

    def take_fault(self, *, of_last: bool = False) -> tuple[Batch, NotFinite] | None:
        """The batch and fault of the step before the last one, if it was not finite; to be called after every step.

        Args:
            of_last: the last step's instead, when no other follows.
        """
        if len(self._unread) < (1 if of_last else 2):
            return None
        batch, values, is_bad, copied = self._unread.popleft()
        if copied is not None:
            copied.synchronize()
        return (batch, NotFinite(values)) if is_bad else None
