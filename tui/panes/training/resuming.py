"""Resuming a run, as it is, with more steps where it has reached its end, or with a change that it offers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs import launch, suggestions
from engine.runs.resume import finished_at
from tui.app import safe_text
from tui.app.dashboard import Dashboard
from tui.app.readers.messages import RunFiles
from tui.dialogs.form import Field, FormScreen
from tui.panes.training import starting

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

Busy = Callable[[str], None]
"""Called with what is being done, and with "" when that is over."""
_STOP_SECONDS = 600.0  # a checkpoint of the large model on a slow disk


def ask(app: Dashboard, run: RunSnapshot, busy: Busy) -> None:
    """Resume the run, or first ask how far: nothing that takes days starts by one key."""
    limit = finished_at(run.folder)
    if limit is None:
        app.run_worker(_resume(app, run, busy), group="resume")
        return

    def check(values: dict[str, str]) -> str:
        is_above = values["steps"].isdecimal() and int(values["steps"]) > limit
        return "" if is_above else _("it must be a whole number above {limit}").format(limit=limit)

    def resume(values: dict[str, str]) -> None:
        app.run_worker(_resume(app, run, busy, values["steps"]), group="resume")

    title = _("Resume {name}").format(name=safe_text.clean(run.name))
    about = _("It has finished at step {limit:,}. Train to which step, counted from its start?")
    fields = [Field("steps", _("to step"), str(2 * limit))]
    app.take_answer(FormScreen(title, about.format(limit=limit), fields, check, enter="resumes"), resume)


async def _resume(app: Dashboard, run: RunSnapshot, busy: Busy, steps: str = "") -> None:
    """Start the run's command again; `steps` is a new limit."""
    busy(_("resuming {name}: checking config, filelists and audio").format(name=run.name))
    ended = await starting.start(starting.Start(run.name, flags={"steps": steps}), app.workspace.root)
    busy("")
    if ended.sentence:
        app.notify(ended.fault, severity="error")
    app.look_for_runs()


def ask_to_apply(app: Dashboard, run: RunSnapshot, files: RunFiles, busy: Busy) -> None:
    """Show what the run's offer would change in its config; on a yes write it and resume the run."""
    offer = files.offer
    if offer is None:
        return
    text = _("{key}: {old} becomes {new}")
    lines = [text.format(key=each.key, old=each.old, new=each.new) for each in files.changes]
    then = _("It writes a checkpoint, ends and is resumed.") if run.is_live else _("The run is then resumed.")

    def apply() -> None:
        app.run_worker(_apply(app, run, offer, busy), group="resume", exclusive=True)

    question = _("Change the config of {name}?").format(name=run.name)
    app.ask(question, ". ".join([*lines, then]), apply, yes=_("change and resume"), no=_("leave it"))


async def _apply(app: Dashboard, run: RunSnapshot, offer: suggestions.Offer, busy: Busy) -> None:
    with app.errors_notified():
        if run.is_live and not await asyncio.to_thread(launch.stop, run.folder, wait_s=_STOP_SECONDS):
            text = _("{name} has not stopped: its config is as it was").format(name=run.name)
            app.notify(text, severity="error")
            return
        changed = await asyncio.to_thread(suggestions.apply, run.folder, offer)
        text = _("{name}: {values}; it is being resumed") if changed else _("{name} is being resumed")
        values = ", ".join(_("{key} is {new} now").format(key=each.key, new=each.new) for each in changed)
        app.notify(text.format(name=run.name, values=values))
        await _resume(app, run, busy)
