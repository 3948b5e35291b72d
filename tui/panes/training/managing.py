"""Renaming, archiving and deleting a run that has ended: a menu, then a question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.i18n import _
from engine.runs import manage
from tui.app import safe_text
from tui.app.dashboard import Dashboard
from tui.dialogs.form import Field, FormScreen
from tui.dialogs.picker import Choice, PickerScreen

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

FOR_GOOD = _("Its checkpoints, log and curves are deleted for good. To keep them, archive it instead.")
_CHOICES = [
    Choice("rename", "rename", _("give it another name")),
    Choice("archive", "archive", _("take it out of the lists; it can be brought back")),
    Choice("delete", "delete", _("delete it with its checkpoints, for good")),
]


def ask(app: Dashboard, run: RunSnapshot) -> None:
    """Choose what happens to the run, and do it."""
    title = _("Run {name}").format(name=safe_text.clean(run.name))
    actions = {"rename": _rename, "archive": _archive, "delete": _delete}
    app.take_answer(PickerScreen(title, _CHOICES), lambda choice: actions[choice](app, run))


def _archive(app: Dashboard, run: RunSnapshot) -> None:
    done = _("{name} is archived; `vitsdeck archive {name} --restore` brings it back").format(name=run.name)
    app.run_worker(_carry_out(app, lambda: manage.archive(run.folder), done))


def _delete(app: Dashboard, run: RunSnapshot) -> None:
    question, done = _("Delete the run {name}?"), _("{name} is deleted").format(name=run.name)

    def delete() -> None:
        app.run_worker(_carry_out(app, lambda: manage.delete(run.folder), done))

    app.ask(question.format(name=run.name), FOR_GOOD, delete, yes=_("delete it"), no=_("keep it"))


def _rename(app: Dashboard, run: RunSnapshot) -> None:
    def check(values: dict[str, str]) -> str:
        try:
            app.workspace.run_folder(values["name"])
        except InputError as error:
            return str(error)
        is_taken = any(values["name"] == other.name for other in app.runs)
        return _("there is a run {name} already").format(name=values["name"]) if is_taken else ""

    def rename(values: dict[str, str]) -> None:
        new = app.workspace.run_folder(values["name"])
        done = _("{name} is {new} now").format(name=run.name, new=new.name)
        app.run_worker(_carry_out(app, lambda: manage.rename(run.folder, new), done, shows=new.name))

    title = _("Rename {name}").format(name=safe_text.clean(run.name))
    fields = [Field("name", _("new name"), run.name, _("letters, digits, - and _"))]
    form = FormScreen(title, _("The run keeps all that it has."), fields, check, enter="renames")
    app.take_answer(form, rename)


async def _carry_out(app: Dashboard, work: Callable[[], object], done: str, shows: str = "") -> None:
    """Do the work in a thread, notify of it, and show the run `shows` or the newest one."""
    with app.errors_notified():
        await asyncio.to_thread(work)
        app.choose_run(shows)
        app.look_for_runs()
        app.notify(done)
