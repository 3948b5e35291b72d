"""Renaming, archiving and deleting the run that is shown: a menu, then a question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.runs import manage
from tui.app import safe_text, words

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from tui.panes.training.pane import TrainingPane

FOR_GOOD = "Its checkpoints, log and curves are deleted for good. To keep them, archive it instead."


def ask(pane: TrainingPane, run: RunSnapshot) -> None:
    """Choose what happens to a run that has ended."""
    from tui.dialogs.picker import Choice, PickerScreen

    choices = [
        Choice("rename", "rename", "give it another name"),
        Choice("archive", "archive", "take it out of the lists; it can be brought back"),
        Choice("delete", "delete", "delete it with its checkpoints, for good"),
    ]

    def chosen(what: str | None) -> None:
        if what == "rename":
            _ask_name(pane, run)
        elif what == "archive":
            done = f"{run.name} is archived; `vitsdeck archive {run.name} --restore` brings it back"
            _carry_out(pane, lambda: manage.archive(run.folder), done)
        elif what == "delete":
            _ask_for_good(pane, run)

    pane.app.push_screen(PickerScreen(f"Run {safe_text.clean(run.name)}", choices), chosen)


def _ask_name(pane: TrainingPane, run: RunSnapshot) -> None:
    from tui.dialogs.form import Field, FormScreen

    workspace = pane.app.workspace

    def check(values: dict[str, str]) -> str:
        try:
            workspace.run_folder(values["name"])
        except InputError as error:
            return str(error)
        return f"there is a run {values['name']} already" if values["name"] in _names(pane) else ""

    def typed(values: dict[str, str] | None) -> None:
        if values is not None:
            new = workspace.run_folder(values["name"])
            _carry_out(
                pane, lambda: manage.rename(run.folder, new), f"{run.name} is {new.name} now", shows=new.name
            )

    title = f"Rename {safe_text.clean(run.name)}"
    about = "The run keeps all that it has."
    fields = [Field("name", "new name", run.name, "letters, digits, - and _")]
    pane.app.push_screen(FormScreen(title, about, fields, check, enter="renames"), typed)


def _ask_for_good(pane: TrainingPane, run: RunSnapshot) -> None:
    from tui.dialogs.confirm import ConfirmScreen

    def answered(yes: bool | None) -> None:
        if yes:
            _carry_out(pane, lambda: manage.delete(run.folder), f"{run.name} is deleted")

    question = f"Delete the run {safe_text.clean(run.name)}?"
    pane.app.push_screen(ConfirmScreen(question, FOR_GOOD, yes="delete it", no="keep it"), answered)


def _names(pane: TrainingPane) -> set[str]:
    return {run.name for run in pane.app.runs}


def _carry_out(pane: TrainingPane, work: Callable[[], object], done: str, shows: str = "") -> None:
    """Do it beside the screen, then say it and show the run `shows`, or the newest one."""

    async def run() -> None:
        try:
            await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001 - told in one sentence; the run is as it was
            pane.notify(words.sentence(error), severity="error")
            return
        pane.app.choose_run(shows)
        pane.app.look_for_runs()
        pane.notify(done)

    pane.run_worker(run(), group="manage")
