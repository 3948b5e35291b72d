"""Stopping a run: a question that says what will be lost, the first time nothing, the second time the last steps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs import launch, registry
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
    now, is_training = is_ending(run), run.kind == "train"
    if not now:
        question, detail = _("Stop the run {name}?"), FIRST if is_training else OTHER
    elif is_training:
        question, detail = _("End the run {name} now, without a checkpoint?"), SECOND
    else:
        question, detail = _("End the run {name} now?"), OTHER_SECOND
    yes, no = (_("end it now"), _("let it finish")) if now else (_("stop it"), _("let it run"))

    def stop() -> None:
        app.run_worker(_stop(app, run, now))

    app.ask(question.format(name=run.name), detail, stop, yes=yes, no=no)


async def _stop(app: Dashboard, run: RunSnapshot, now: bool) -> None:
    with app.errors_notified():
        if not await asyncio.to_thread(launch.stop, run.folder, now=now):
            text = _("{name} had ended already")
        elif now:
            text = _("{name} was asked to end now")
        elif run.kind == "train":
            text = _("{name} was asked to stop; it writes a checkpoint first")
        else:
            text = _("{name} was asked to stop")
        app.notify(text.format(name=run.name))
        app.look_for_runs()
