"""What a run can be given or done to: a menu, then a form or a question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.i18n import _
from engine.runs import manage
from tui.app import key_table, safe_text, words
from tui.app.dashboard import Dashboard
from tui.dialogs.form import Field, FormScreen
from tui.dialogs.picker import Choice, PickerScreen
from tui.panes.training import run_facts

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

FOR_GOOD = _("Its checkpoints, log and curves are deleted for good. To keep them, archive it instead.")
_ALWAYS = [
    Choice("tag", "tag and note", _("words to find it by, and what to remember of it")),
    Choice("path", "path", _("copy the path of its folder")),
]
_ENDED = [
    Choice("rename", "rename", _("give it another name")),
    Choice("archive", "archive", _("take it out of the lists; it can be brought back")),
    Choice("delete", "delete", _("delete it with its checkpoints, for good")),
]


def ask(app: Dashboard, run: RunSnapshot) -> None:
    """Choose what happens to the run, and do it."""
    title = _("Run {name}").format(name=safe_text.clean(run.name))
    actions = {"tag": _label, "path": _copy_path, "rename": _rename, "archive": _archive, "delete": _delete}
    choices = [*_ENDED, *_ALWAYS] if run.is_final else _ALWAYS  # a live run keeps its name and place
    app.take_answer(PickerScreen(title, choices), lambda choice: actions[choice](app, run))


def picker_note(run: RunSnapshot) -> str:
    """What the list of runs says about one, and what typing finds it by: state, tags, note, progress."""
    facts = (words.state(run), run_facts.labels_text(run), run_facts.progress_text(run))
    return "  ".join(filter(None, facts))


def _label(app: Dashboard, run: RunSnapshot) -> None:
    def label(values: dict[str, str]) -> None:
        def write() -> None:
            manage.set_tags(run.folder, values["tags"].replace(",", " ").replace("#", " ").split())
            manage.set_note(run.folder, values["note"])

        done = _("tags and note of {name} are kept").format(name=run.name)
        app.run_worker(_carry_out(app, write, done, shows=run.name))

    title = _("Tags and note of {name}").format(name=safe_text.clean(run.name))
    fields = [
        Field("tags", _("tags"), safe_text.clean(" ".join(run.tags)), _("words, with spaces between them")),
        Field("note", _("note"), safe_text.clean(run.note), _("one line")),
    ]
    about = _("The list of runs ({key}) shows them, and typing there finds the run by them.")
    form = FormScreen(
        title, about.format(key=key_table.key_of("training.choose_run")), fields, enter=_("keeps")
    )
    app.take_answer(form, label)


def _copy_path(app: Dashboard, run: RunSnapshot) -> None:
    app.copy_to_clipboard(str(run.folder))
    app.notify(_("copied: {path}").format(path=run.folder))


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
