"""What a run lets a person do: it may be live or ended, of another program, or other work than training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs.registry import FOREIGN

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

WITH_CURVES = ("train", FOREIGN)  # kinds of runs
_OF_TRAININGS = ("resume_run", "show_health", "apply_offer", "speak")
_OF_CURVES = ("show_curves", "compare", "export_curves", "show_differences")


def is_offered(verb: str, run: RunSnapshot | None) -> bool:
    """Whether an action makes sense for the run that is shown."""
    if verb == "new_run" or run is None:
        return verb == "new_run"
    if verb == "stop_run":
        return run.is_live
    if verb in _OF_TRAININGS and run.kind != "train":
        return False
    if verb in _OF_CURVES and run.kind not in WITH_CURVES:
        return False
    if verb == "manage_run":  # a live run gets tags and a note
        return is_changed_here(run)
    return verb != "resume_run" or (run.is_final and is_changed_here(run))


def is_changed_here(run: RunSnapshot) -> bool:
    """Whether it can be tagged, and renamed, archived and deleted once it has ended."""
    return run.kind != FOREIGN


def why_no_training(run: RunSnapshot) -> str:
    """Why nothing of a training can be done with it; "" for a training of ours."""
    if run.kind == FOREIGN:
        return _("{name} is of another program: it is shown, and not changed").format(name=run.name)
    if run.kind != "train":
        text = _("{name} is no training: it has a log, but no curves, no health and no resume")
        return text.format(name=run.name)
    return ""
