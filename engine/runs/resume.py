"""How far a run has come and how far it shall go on: nothing that takes days starts because a limit was left out."""

from __future__ import annotations

from pathlib import Path

from engine.errors import InputError
from engine.i18n import _
from engine.runs import registry


def newest_step(folder: Path) -> int | None:
    """The step of the newest checkpoint in a run folder; None when there is none."""
    steps = [int(path.stem[2:]) for path in folder.glob("G_*.pth") if path.stem[2:].isdecimal()]
    return max(steps, default=None)


def finished_at(folder: Path) -> int | None:
    """The last limit of a run that has reached it, in steps; None for a run that has steps left, or no limit."""
    limit = registry.StateFile(folder).read().get("total_steps")
    reached = newest_step(folder)
    if type(limit) is not int or reached is None or reached < limit:
        return None
    return limit


def settle_steps(folder: Path, steps: int | None, *, epochs: int | None = None) -> int | None:
    """The step at which a start of this run shall stop; None for as long as its config says.

    Left out, it is the limit of the last start.

    Args:
        epochs: a limit that was given in epochs; then no other is needed.

    Raises:
        InputError: the run has come as far already, or has finished and no new limit is given.
    """
    reached = newest_step(folder)
    if steps is not None:
        if reached is not None and reached >= steps:
            raise InputError(
                _("already at step {reached}").format(reached=reached),
                fix=_("give --steps above {reached}").format(reached=reached),
            )
        return steps
    if epochs is not None:
        return None
    if (limit := finished_at(folder)) is not None:
        what = f"run {folder.name} has finished at step {reached} of {limit}"
        raise InputError(what, fix=_("say how far to train, as `--steps {number}`").format(number=2 * limit))
    return None if reached is None else _recorded_steps(folder)


def refuse_reached_epochs(folder: Path, epochs: int, per_epoch: int) -> None:
    """Raises InputError: the run is beyond so many epochs of `per_epoch` steps already."""
    reached = newest_step(folder)
    if reached is not None and reached >= epochs * per_epoch:
        what = f"already at step {reached}, and --epochs {epochs} ends at step {epochs * per_epoch}"
        raise InputError(what, fix=_("give --epochs above {reached}").format(reached=reached // per_epoch))


def _recorded_steps(folder: Path) -> int | None:
    words = registry.recorded_argv(folder)
    value = words[words.index("--steps") + 1 :][:1] if "--steps" in words else []
    return int(value[0]) if value and value[0].isdecimal() else None
