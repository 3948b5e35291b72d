"""Stopping a run: a question that says what will be lost, the first time nothing, the second time the last steps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs import launch, registry
from tui.app import words
from tui.app.dashboard import Dashboard

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

FIRST = _(
    "It finishes its step, writes a checkpoint and ends. r continues from there later. A "
    "second stop ends it at once, without a checkpoint."
)
SECOND = _(
    "It was asked to stop already and is on its way to a checkpoint. Now it would end at "
    "once, without one: r would continue from the checkpoint before."
)
OTHER = _("It finishes what is under way and ends; what is done is kept. A second stop ends it at once.")
OTHER_SECOND = _("It was asked to stop already and finishes what is under way. Now that would be broken off.")


def is_ending(run: RunSnapshot) -> bool:
    """Whether a run was asked to stop already: asked again, it ends at once."""
    return run.is_live and (run.state == "stopping" or registry.stop_was_asked(run.folder))


def ask(app: Dashboard, run: RunSnapshot) -> None:
    """Name the run and what a yes does to it."""
    now = is_ending(run)
    is_training = run.kind == "train"
    loss = ", without a checkpoint" if is_training else ""
    question = (
        _("End the run {name} now{loss}?").format(name=run.name, loss=loss)
        if now
        else _("Stop the run {name}?").format(name=run.name)
    )
    first, second = (FIRST, SECOND) if is_training else (OTHER, OTHER_SECOND)
    yes, no = (_("end it now"), _("let it finish")) if now else (_("stop it"), _("let it run"))
    detail = second if now else first
    app.ask(question, detail, lambda: app.run_worker(_stop(app, run, now)), yes=yes, no=no)


async def _stop(app: Dashboard, run: RunSnapshot, now: bool) -> None:
    try:
        was_asked = await asyncio.to_thread(launch.stop, run.folder, now=now)
    except Exception as error:  # noqa: BLE001 - reported in one sentence; the run continues
        app.notify(words.sentence(error), severity="error")
        return
    how = _("to stop; it writes a checkpoint first") if run.kind == "train" else _("to stop")
    how = _("to end now") if now else how
    app.notify(
        _("{name} was asked {how}").format(name=run.name, how=how)
        if was_asked
        else _("{name} had ended already").format(name=run.name)
    )
    app.look_for_runs()
