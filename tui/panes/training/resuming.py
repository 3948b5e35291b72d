"""Resuming a run, as it is, with more steps where it has reached its end, or with a change that it offers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs import launch, suggestions
from engine.runs.resume import finished_at
from tui.app import safe_text, words
from tui.app.dashboard import Dashboard
from tui.app.readers.messages import RunFiles
from tui.dialogs.form import Field, FormScreen
from tui.panes.training import starting

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

Busy = Callable[[str], None]
"""Called with the name of the run that is being resumed, and with "" when that is over."""
_STOP_SECONDS = 600.0  # a checkpoint of the large model on a slow disk


def ask(app: Dashboard, run: RunSnapshot, busy: Busy) -> None:
    """Resume the run, or first ask how far: nothing that takes days starts by one key."""
    limit = finished_at(run.folder)
    if limit is None:
        app.run_worker(_resume(app, run, busy), group="resume")
        return

    def check(values: dict[str, str]) -> str:
        typed = values["steps"]
        is_above = typed.isdecimal() and int(typed) > limit
        return "" if is_above else _("it must be a whole number above {limit}").format(limit=limit)

    def typed(values: dict[str, str] | None) -> None:
        if values is not None:
            app.run_worker(_resume(app, run, busy, values["steps"]), group="resume")

    about = _("It has finished at step {limit:,}. Train to which step, counted from its start?").format(
        limit=limit
    )
    fields = [Field("steps", _("to step"), str(2 * limit))]
    title = f"Resume {safe_text.clean(run.name)}"
    app.push_screen(FormScreen(title, about, fields, check, enter="resumes"), typed)


async def _resume(app: Dashboard, run: RunSnapshot, busy: Busy, steps: str = "") -> None:
    """Start the run's command again; `steps` is a new limit."""
    busy(run.name)
    ended = await starting.start(starting.Start(run.name, flags={"steps": steps}), app.workspace.root)
    busy("")
    if ended.sentence:
        app.notify(ended.fault, severity="error")
    app.look_for_runs()


def ask_to_apply(app: Dashboard, run: RunSnapshot, files: RunFiles, busy: Busy) -> None:
    """Show what the run's offer would change in its config; on a yes write it and resume the run."""
    lines = [f"{change.key}: {change.old} becomes {change.new}" for change in files.changes]
    then = _("It writes a checkpoint, ends and is resumed.") if run.is_live else _("The run is then resumed.")
    detail = ". ".join([*lines, then])

    def apply() -> None:
        if files.offer is not None:
            app.run_worker(_apply(app, run, files.offer, busy), group="resume", exclusive=True)

    question = _("Change the config of {name}?").format(name=run.name)
    app.ask(question, detail, apply, yes=_("change and resume"), no=_("leave it"))


async def _apply(app: Dashboard, run: RunSnapshot, offer: suggestions.Offer, busy: Busy) -> None:
    try:
        if run.is_live and not await asyncio.to_thread(launch.stop, run.folder, wait_s=_STOP_SECONDS):
            app.notify(
                _("{name} has not stopped: its config is as it was").format(name=run.name), severity="error"
            )
            return
        changed = await asyncio.to_thread(suggestions.apply, run.folder, offer)
    except Exception as error:  # noqa: BLE001 - reported in one sentence; the config is as it was
        app.notify(words.sentence(error), severity="error")
        return
    values = ", ".join(f"{change.key} is {change.new} now" for change in changed)
    app.notify(
        _("{name}: {values}; it is being resumed").format(
            name=run.name, values=values or "the config says so already"
        )
    )
    await _resume(app, run, busy)
