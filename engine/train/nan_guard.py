"""Skips steps whose loss or gradient is NaN or infinite, names the clips at fault, and ends a run that keeps failing.

The step itself finds them (`engine.train.step`, `engine.train.finite`): it looks at its loss and its gradients' norm
before a network is updated.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import compress
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.dataset.loader.batch import Batch
from engine.errors import HopelessRun
from engine.i18n import _
from engine.runs import checkpoints
from engine.train.finite import LateCheck, NotFinite, listed
from engine.train.memory.parts import rows
from engine.train.ranks.collectives import ALONE, Peers
from engine.train.reporter import Reporter
from engine.train.state import TrainingState

MOST_IN_A_ROW = 3
MOST_NAMES = 8  # in one sentence; the log has all
Step = Callable[[Batch], dict[str, Tensor]]


class NanGuard:
    """A training step that skips batches that are not finite and raises after MOST_IN_A_ROW of them.

    Args:
        late_check: of the step, where it tells a step later what was wrong.
    """

    def __init__(
        self,
        step: Step,
        state: TrainingState,
        folder: Path,
        reporter: Reporter,
        peers: Peers = ALONE,
        *,
        late_check: LateCheck | None = None,
    ) -> None:
        self.step = step
        self.late_check = late_check
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
        values: dict[str, Tensor] = {}
        number = self.state.position.step + 1
        try:
            values = self.step(batch)
        except NotFinite as found:
            fault = found
        else:
            late = self.late_check.take_fault() if self.late_check else None
            if late is None:
                self.in_a_row = 0
                return values
            batch, fault = late
            number -= 1  # the step before
        self._skipped(batch, number, fault)
        return values

    def finish(self) -> None:
        """Report the last step, where that is known only now; all ranks call it when no step follows.

        Raises:
            HopelessRun: this was one too many in a row.
        """
        late = self.late_check.take_fault(of_last=True) if self.late_check else None
        if late is not None:
            batch, fault = late
            self._skipped(batch, self.state.position.step, fault)

    def _skipped(self, batch: Batch, number: int, fault: NotFinite) -> None:
        if fault.is_overflow:
            self.reporter.say(f"step {number} was left out: a gradient overflowed, the loss scale is halved")
        else:
            self.in_a_row += 1
            self._report(batch, number, str(fault))

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
            way_back = _way_back(self.state, self.folder)
            named = f"{listed(all_names, MOST_NAMES)} ({why})"
            self.reporter.alert("error", f"step {number} was left out: {what}; in {named}; {way_back}")
            if len(all_names) > MOST_NAMES:
                self.reporter.say(f"its utterances: {', '.join(all_names)}")
        if self.in_a_row >= MOST_IN_A_ROW:
            raise HopelessRun(
                _("{most_in_a_row} steps in a row were NaN or infinite, up to step {number}").format(
                    most_in_a_row=MOST_IN_A_ROW, number=number
                ),
                fix=_("look at {listed}, or lower train.learning_rate; {way_back}").format(
                    listed=listed(all_names, 3), way_back=way_back
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
            fix=_("lower train.learning_rate and resume; {way_back}").format(
                way_back=_way_back(state, folder)
            ),
        )


def find_bad_clips(state: TrainingState, batch: Batch) -> tuple[list[str], str]:
    """Which clips of a batch cause NaN, and why; all of them and "" if none does so alone.

    Clips of a batch do not influence each other, so each is run alone.
    """
    broken_B = ~(batch.spec_BCF.isfinite().all(2).all(1) & batch.wav_B1L.isfinite().all(2).all(1))
    if broken_B.any():
        names = list(compress(batch.names, broken_B.tolist()))
        return names, "its recording holds values that are not finite"
    if not _is_finite(state.voice) or not _is_finite(state.discriminators):
        return list(batch.names), "the weights themselves are not finite"
    failed = _failing_alone(state, batch)
    if any(failed) and not all(failed):
        return list(compress(batch.names, failed)), "what the voice makes of it is not finite"
    return list(batch.names), ""


def _way_back(state: TrainingState, folder: Path) -> str:
    """The newest checkpoint of the past; later ones are those that a resume has passed over."""
    steps = (found.step for found in checkpoints.candidates(folder))
    good = next((step for step in steps if step <= state.position.step), None)
    if good is None:
        return _("there is no checkpoint with finite weights yet")
    return _("the last finite checkpoint is {name}").format(name=f"G_{good}.pth")


@torch.no_grad()
def _failing_alone(state: TrainingState, batch: Batch) -> list[bool]:
    failed = []
    try:
        for row in range(len(batch)):
            one = rows(batch, row, row + 1)
            with state.autocast():
                output = state.forward(one)
            made = (output.wave_B1L, output.duration_loss_B, output.z_p, output.m_p, output.logs_p.exp())
            failed.append(not all(bool(tensor.isfinite().all()) for tensor in made))
    except (RuntimeError, MemoryError, ValueError):  # a failed search must not end the run
        return []
    return failed


def _is_finite(module: nn.Module) -> bool:
    return all(bool(parameter.isfinite().all()) for parameter in module.parameters())
