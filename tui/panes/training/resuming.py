"""Resuming a run: at once where it has steps left, after a question how far where it has reached its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runs.resume import finished_at
from tui.app import safe_text
from tui.panes.training import starting
from tui.panes.training.run_header import RunHeader

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from tui.panes.training.pane import TrainingPane


def ask(pane: TrainingPane, run: RunSnapshot) -> None:
    """Resume the run, or ask first; nothing that takes days starts by one key."""
    limit = finished_at(run.folder)
    if limit is None:
        pane.run_worker(resume(pane, run), group="resume")
        return
    from tui.dialogs.form import Field, FormScreen

    def check(values: dict[str, str]) -> str:
        typed = values["steps"]
        above = typed.isdecimal() and int(typed) > limit
        return "" if above else f"it must be a whole number above {limit}"

    def typed(values: dict[str, str] | None) -> None:
        if values is not None:
            pane.run_worker(resume(pane, run, values["steps"]), group="resume")

    about = f"It has finished at step {limit:,}. Train to which step, counted from its start?"
    fields = [Field("steps", "to step", str(2 * limit))]
    title = f"Resume {safe_text.clean(run.name)}"
    pane.app.push_screen(FormScreen(title, about, fields, check, enter="resumes"), typed)


async def resume(pane: TrainingPane, run: RunSnapshot, steps: str = "") -> None:
    """Start the run's command again; `steps` is a new limit."""
    header = pane.query_one(RunHeader)
    pane.starting = run.name
    header.show_busy(f"resuming {safe_text.clean(run.name)}: checking config, filelists and audio")
    ended = await starting.start(starting.Start(run.name, flags={"steps": steps}), pane.app.workspace.root)
    pane.starting = ""
    header.show_busy("")
    if ended.sentence:
        pane.notify(ended.fault, severity="error")
    pane.app.look_for_runs()
