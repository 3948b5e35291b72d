"""Stopping a run: a question that says what will be lost, the first time nothing, the second time the last steps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.runs import launch, registry
from tui.app import safe_text, words

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from tui.panes.training.pane import TrainingPane

FIRST = (
    "It finishes its step, writes a checkpoint and ends. r continues from there later. "
    "A second stop ends it at once, without a checkpoint."
)
SECOND = (
    "It was asked to stop already and is on its way to a checkpoint. Now it would end at once, without one: "
    "r would go on from the checkpoint before."
)
OTHER = "It finishes what is under way and ends; what is done is kept. A second stop ends it at once."
OTHER_SECOND = "It was asked to stop already and finishes what is under way. Now that would be broken off."


def which(run: RunSnapshot) -> str:
    """This process of this run: one that is resumed later has not been asked."""
    return f"{run.id} {run.started}"


def ask(pane: TrainingPane, run: RunSnapshot, asked: set[str]) -> None:
    """Name the run and what a yes does to it. `asked`: what was asked once, added to here."""
    from tui.dialogs.confirm import ConfirmScreen

    if registry.stop_was_asked(run.folder):  # perhaps from a shell
        asked.add(which(run))
    now = which(run) in asked or run.state == "stopping"

    def answered(yes: bool | None) -> None:
        if yes:
            pane.run_worker(_stop(pane, run, asked, now), group="stop")

    name = safe_text.clean(run.name)
    loss = ", without a checkpoint" if run.kind == "train" else ""
    question = f"End the run {name} now{loss}?" if now else f"Stop the run {name}?"
    yes, no = ("end it now", "let it finish") if now else ("stop it", "let it run")
    first, second = (FIRST, SECOND) if run.kind == "train" else (OTHER, OTHER_SECOND)
    pane.app.push_screen(ConfirmScreen(question, second if now else first, yes=yes, no=no), answered)


async def _stop(pane: TrainingPane, run: RunSnapshot, asked: set[str], now: bool) -> None:
    try:
        was_asked = await asyncio.to_thread(launch.stop, run.folder, now=now)
    except Exception as error:  # noqa: BLE001 - told in one sentence; the run continues
        pane.notify(words.sentence(error), severity="error")
        return
    asked.add(which(run))
    how = "to stop; it writes a checkpoint first" if run.kind == "train" else "to stop"
    how = "to end now" if now else how
    pane.notify(f"{run.name} was asked {how}" if was_asked else f"{run.name} had ended already")
    pane.show_runs(pane.app.runs)
    pane.app.show_keys()
    pane.app.look_for_runs()
