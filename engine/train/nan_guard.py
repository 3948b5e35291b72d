"""Skips steps whose loss or gradient is NaN or infinite, names the clips at fault, and ends a run that keeps failing.

The step itself finds them (`engine.train.step`): it looks at the sum of its losses and gradient norms before a network
is updated. The code here runs only when that sum is not finite; on a GPU it may learn of it a step later.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.dataset.loader.batch import Batch
from engine.errors import HopelessRun, InputError
from engine.i18n import _
from engine.train.checkpoints import checkpoint
from engine.train.checkpoints.checkpoint import Checkpoint
from engine.train.checkpoints.weights import model_of, read_tree
from engine.train.memory.parts import rows
from engine.train.ranks.collectives import ALONE, Peers
from engine.train.reporter import Reporter
from engine.train.state import TrainingState, half_precision

MOST_IN_A_ROW = 3
MOST_NAMES = 8  # in one sentence; the log has all
Step = Callable[[Batch], dict[str, Tensor]]


class NotFinite(ArithmeticError):  # noqa: N818 - what it says of the step
    """A step was skipped. `values` are its losses and norms; `loss_scale` is 1 without a loss scaler."""

    def __init__(self, values: Mapping[str, float], loss_scale: float = 1.0) -> None:
        self.tags = [tag for tag, value in values.items() if not math.isfinite(value)]
        is_gradient = all(tag.startswith("grad_norm") for tag in self.tags)
        # float16 gradients overflow by the scaler's own doing, as long as it scales them up at all
        self.is_overflow = is_gradient and loss_scale > 1.0
        super().__init__(f"{_listed(self.tags, 3)} {'is' if len(self.tags) == 1 else 'are'} NaN or infinite")


class NanGuard:
    """A training step that skips NaN batches and raises after MOST_IN_A_ROW of them.

    Called like the step; returns {} for a batch that was skipped.

    Args:
        take_late_fault: what was wrong with the step before, where that is known only a step later.
    """

    def __init__(
        self,
        step: Step,
        state: TrainingState,
        folder: Path,
        reporter: Reporter,
        peers: Peers = ALONE,
        *,
        take_late_fault: Callable[[], tuple[Batch, NotFinite] | None] = lambda: None,
    ) -> None:
        self.step = step
        self.take_late_fault = take_late_fault
        self.state = state
        self.folder = folder
        self.reporter = reporter
        self.peers = peers
        self.in_a_row = 0

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        """One step, or {} where it was skipped.

        Raises:
            HopelessRun: this was one too many in a row.
        """
        try:
            values = self.step(batch)
        except NotFinite as found:
            fault = found
        else:
            self._check_late()
            return values
        number = self.state.position.step + 1
        if fault.is_overflow:
            self.reporter.say(f"step {number} was left out: a gradient overflowed, the loss scale is halved")
            return {}
        self.in_a_row += 1
        self._report(batch, number, str(fault))
        return {}

    def _check_late(self) -> None:
        """A step was made: count and report the one before it, if that was skipped on the GPU."""
        late = self.take_late_fault()
        if late is None:
            self.in_a_row = 0
            return
        batch, fault = late
        self.in_a_row += 1
        self._report(batch, self.state.position.step, str(fault))

    def _report(self, batch: Batch, number: int, what: str) -> None:
        """Alert, and raise on the last of a row; all ranks call it together."""
        names, why = find_bad_clips(self.state, batch)
        reports = self.peers.all_gather_object({"names": names, "why": why})
        if any(one["why"] for one in reports):
            reports = [one for one in reports if one["why"]]
        all_names = [name for one in reports for name in one["names"]]
        why = reports[0]["why"] or "none of them does it alone"
        way_back = ""
        if self.peers.is_main:
            way_back = _way_back(self.folder)
            named = f"{_listed(all_names, MOST_NAMES)} ({why})"
            self.reporter.alert("error", f"step {number} was left out: {what}; in {named}; {way_back}")
            if len(all_names) > MOST_NAMES:
                self.reporter.say(f"its utterances: {', '.join(all_names)}")
        if self.in_a_row >= MOST_IN_A_ROW:
            raise HopelessRun(
                _("{most_in_a_row} steps in a row were NaN or infinite, up to step {number}").format(
                    most_in_a_row=MOST_IN_A_ROW, number=number
                ),
                fix=_("look at {listed}, or lower train.learning_rate; {way_back}").format(
                    listed=_listed(all_names, 3), way_back=way_back
                ),
            )


def check_weights(state: TrainingState, folder: Path) -> None:
    """Refuse to save weights that are not finite: they would replace good checkpoints.

    Raises:
        HopelessRun: a weight of either network is not finite.
    """
    if not (_is_finite(state.voice) and _is_finite(state.discriminators)):
        raise HopelessRun(
            _("weights are NaN or infinite at step {step}, so it was not saved").format(
                step=state.position.step
            ),
            fix=_("lower train.learning_rate and resume; {way_back}").format(way_back=_way_back(folder)),
        )


def find_bad_clips(state: TrainingState, batch: Batch) -> tuple[list[str], str]:
    """Which clips of a batch cause NaN, and why; all of them and "" if none does so alone.

    Clips of a batch do not influence each other, so each is run alone.
    """
    broken_B = ~(batch.spec_BCF.isfinite().all(2).all(1) & batch.wav_B1L.isfinite().all(2).all(1))
    if broken_B.any():
        return _chosen(batch, broken_B.tolist()), "its recording holds values that are not finite"
    if not _is_finite(state.voice) or not _is_finite(state.discriminators):
        return list(batch.names), "the weights themselves are not finite"
    failed = _failing_alone(state, batch)
    if any(failed) and not all(failed):
        return _chosen(batch, failed), "what the voice makes of it is not finite"
    return list(batch.names), ""


def last_finite(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that is whole and whose weights are all finite; None if there is none."""
    for found in checkpoint.candidates(folder):
        try:
            if not found.family:
                checkpoint.verify(found)
            paths = [folder / name for name in found.files[:2]]
            models = [model_of(read_tree(path, mapped=True), path) for path in paths]
        except InputError:
            continue
        if all(bool(tensor.isfinite().all()) for model in models for tensor in model.values()):
            return found
    return None


def _way_back(folder: Path) -> str:
    good = last_finite(folder)
    if good is None:
        return _("there is no checkpoint with finite weights yet")
    newer = [found.step for found in checkpoint.candidates(folder) if found.step > good.step]
    if not newer:
        return _("the last finite checkpoint is {name}").format(name=good.generator.name)
    return _("the last finite checkpoint is {name}; remove the later ones: {later}").format(
        name=good.generator.name, later=", ".join(f"*_{step}.pth" for step in newer)
    )


@torch.no_grad()
def _failing_alone(state: TrainingState, batch: Batch) -> list[bool]:
    precision = half_precision(state.config, state.device)
    failed = []
    try:
        for row in range(len(batch)):
            one = rows(batch, row, row + 1)
            with torch.autocast(state.device.type, precision, enabled=precision is not None):
                output = state.voice(
                    one.x_BN, one.x_lengths_B, one.spec_BCF, one.spec_lengths_B, one.speaker_B
                )
            made = (output.wave_B1L, output.duration_loss_B, output.z_p, output.m_p, output.logs_p.exp())
            failed.append(not all(bool(tensor.isfinite().all()) for tensor in made))
    except (RuntimeError, MemoryError, ValueError):  # a failed search must not end the run
        return []
    return failed


def _is_finite(module: nn.Module) -> bool:
    return all(bool(parameter.isfinite().all()) for parameter in module.parameters())


def _chosen(batch: Batch, marks: list[bool]) -> list[str]:
    return [name for name, is_marked in zip(batch.names, marks, strict=True) if is_marked]


def _listed(names: list[str], most: int) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
