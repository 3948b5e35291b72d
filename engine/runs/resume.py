"""How far a run has come, and up to which step it is resumed."""

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
    return limit if type(limit) is int and reached is not None and reached >= limit else None


def settle_steps(folder: Path, steps: int | None, *, epochs: int | None = None) -> int | None:
    """The step at which a start of this run stops; None for as long as its config says.

    Args:
        steps: the limit that was given; None for the limit of the last start.
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
    if epochs is not None or reached is None:
        return None
    if (limit := finished_at(folder)) is not None:
        raise InputError(
            _("run {name} has finished at step {reached} of {limit}").format(
                name=folder.name, reached=reached, limit=limit
            ),
            fix=_("say how far to train, as `--steps {number}`").format(number=2 * limit),
        )
    argv = list(map(str, registry.recorded(folder, "argv") or []))
    value = argv[argv.index("--steps") + 1] if "--steps" in argv[:-1] else ""
    return int(value) if value.isdecimal() else None


def refuse_reached_epochs(folder: Path, epochs: int, per_epoch: int) -> None:
    """Raises InputError: the run is beyond so many epochs of `per_epoch` steps already."""
    reached, last = newest_step(folder), epochs * per_epoch
    if reached is not None and reached >= last:
        raise InputError(
            _("already at step {reached}, and --epochs {epochs} ends at step {last}").format(
                reached=reached, epochs=epochs, last=last
            ),
            fix=_("give --epochs above {epochs}").format(epochs=reached // per_epoch),
        )
