"""The commands tag, note, rename, archive and delete."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from engine.errors import InputError
from engine.i18n import _
from engine.runs import manage, registry
from tui.app import safe_text, words
from tui.cli import here
from tui.cli.options import Json, Name, Yes
from tui.cli.output import echo, echo_json, notify


def tag(
    name: Name,
    tags: Annotated[list[str] | None, Argument(metavar="[TAG...]", help=_("Tags that it gets."))] = None,
    remove: Annotated[
        list[str] | None, Option("--remove", metavar="TAG", help=_("A tag to take away; may be repeated."))
    ] = None,
    json: Json = False,
) -> int:
    """Give a run tags, or take some away; without any, print its tags."""
    folder = here.workspace_of_runs().run_folder(name)
    found = registry.read_run(folder).tags
    if tags or remove:
        found = manage.set_tags(folder, {*found, *(tags or ())} - set(remove or ()))
    echo_json({"name": name, "tags": list(found)}) if json else echo(safe_text.clean(" ".join(found)))
    return 0


def note(
    name: Name,
    text: Annotated[
        str | None, Argument(metavar="[TEXT]", help=_('What to remember of it; "" for nothing.'))
    ] = None,
    json: Json = False,
) -> int:
    """Keep a note with a run; without a text, print it."""
    folder = here.workspace_of_runs().run_folder(name)
    found = registry.read_run(folder).note
    if text is not None:
        found = manage.set_note(folder, text)
    echo_json({"name": name, "note": found}) if json else echo(safe_text.clean(found))
    return 0


def rename(
    name: Name,
    new_name: Annotated[str, Argument(metavar="NEW", help=_("Its new name."))],
    json: Json = False,
) -> int:
    """Give a run another name; one that is live must be stopped first."""
    workspace = here.workspace()
    target = workspace.run_folder(new_name)
    manage.rename(workspace.run_folder(name), target)
    return _done(_("{name} is now {new_name}").format(name=name, new_name=new_name), new_name, target, json)


def archive(
    name: Name,
    restore: Annotated[bool, Option("--restore", help=_("Bring an archived run back."))] = False,
    json: Json = False,
) -> int:
    """Take a run out of the lists, or bring it back.

    Nothing is deleted.
    """
    folder = here.workspace().run_folder(name)
    if restore:
        manage.restore(folder)
        return _done(_("{name} is back").format(name=name), name, folder, json)
    target = manage.archive(folder)
    text = _("{name} is archived in {path}; `vitsdeck archive {name} --restore` brings it back")
    return _done(text.format(name=name, path=here.shortest(target)), name, target, json)


def delete(name: Name, yes: Yes = False, json: Json = False) -> int:
    """Delete a run with its checkpoints, for good."""
    folder = here.workspace().run_folder(name)
    if not folder.exists() and name in manage.list_archived(folder.parent):
        fix = _("`vitsdeck archive {name} --restore` brings it back").format(name=name)
        raise InputError(_("run {name} is archived").format(name=name), fix=fix)
    registry.read_run(folder)  # refuses a folder that is no run
    size = words.size(manage.size_bytes(folder))
    if not yes:
        if not here.is_terminal():
            what = _("deleting {name} with its checkpoints, {size}, needs a yes").format(name=name, size=size)
            raise InputError(what, fix=_("add --yes; `vitsdeck archive {name}` keeps it").format(name=name))
        question = _("delete run {name} with its checkpoints, {size}, for good?").format(name=name, size=size)
        if not here.confirm(question):
            return 1
    manage.delete(folder)
    text = _("{name} is deleted: {size} are free again").format(name=name, size=size)
    return _done(text, name, folder, json)


def _done(text: str, name: str, folder: Path, json: bool) -> int:
    notify(text)
    if json:
        echo_json({"name": name, "folder": str(folder)})
    return 0
