"""Applying what a run offers: the old and the new values, a yes, the config written, the run resumed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.runs import launch, suggestions
from tui.app import safe_text, words
from tui.app.messages import RunFiles
from tui.panes.training import resuming

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from tui.panes.training.pane import TrainingPane

_STOP_SECONDS = 600.0  # a checkpoint of the large model on a slow disk


def ask(pane: TrainingPane, run: RunSnapshot, files: RunFiles) -> None:
    """Show what would change, and do it on a yes."""
    from tui.dialogs.confirm import ConfirmScreen

    lines = [f"{change.key}: {change.old} becomes {change.new}" for change in files.changes]
    then = "It writes a checkpoint, ends and is resumed." if run.is_live else "The run is then resumed."

    def answered(yes: bool | None) -> None:
        if yes and files.offer is not None:
            pane.run_worker(_apply(pane, run, files.offer), group="resume", exclusive=True)

    question = f"Change the config of {safe_text.clean(run.name)}?"
    pane.app.push_screen(
        ConfirmScreen(question, ". ".join([*lines, then]), yes="change and resume", no="leave it"), answered
    )


async def _apply(pane: TrainingPane, run: RunSnapshot, offer: suggestions.Offer) -> None:
    try:
        if run.is_live and not await asyncio.to_thread(launch.stop, run.folder, wait_s=_STOP_SECONDS):
            pane.notify(f"{run.name} has not stopped: its config is as it was", severity="error")
            return
        changed = await asyncio.to_thread(suggestions.apply, run.folder, offer)
    except Exception as error:  # noqa: BLE001 - told in one sentence; the config is as it was
        pane.notify(words.sentence(error), severity="error")
        return
    told = ", ".join(f"{change.key} is {change.new} now" for change in changed)
    pane.notify(f"{run.name}: {told or 'the config says so already'}; it is being resumed")
    await resuming.resume(pane, run)
