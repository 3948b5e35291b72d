"""rename, archive, delete, free-memory: for runs."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from engine.errors import InputError
from engine.i18n import _
from tui.cli import here
from tui.cli.options import Json, Name
from tui.cli.output import say, tell, tell_json


def rename(
    name: Name,
    new_name: Annotated[str, typer.Argument(metavar="NEW", help=_("Its new name."))],
    json: Json = False,
) -> int:
    """Give a run another name; one that is live must be stopped first."""
    from engine.runs import manage

    workspace = here.workspace()
    target = workspace.run_folder(new_name)
    manage.rename(workspace.run_folder(name), target)
    say(f"{name} is {new_name} now")
    if json:
        tell_json({"name": new_name, "folder": str(target)})
    return 0


def archive(
    name: Name,
    restore: Annotated[bool, typer.Option("--restore", help=_("Bring an archived run back."))] = False,
    json: Json = False,
) -> int:
    """Take a run out of the lists without deleting anything, or bring it back."""
    from engine.runs import manage

    folder = here.workspace().run_folder(name)
    if restore:
        manage.restore(folder)
        say(_("{name} is back").format(name=name))
    else:
        folder = manage.archive(folder)
        say(
            _("{name} is archived in {shortest}; `vitsdeck archive {name} --restore` brings it back").format(
                name=name, shortest=here.shortest(folder)
            )
        )
    if json:
        tell_json({"name": name, "folder": str(folder)})
    return 0


def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))] = False,
    json: Json = False,
) -> int:
    """Delete a run with its checkpoints, for good."""
    from engine.runs import manage, registry
    from tui.app import words

    folder = here.workspace().run_folder(name)
    if not folder.exists() and name in manage.list_archived(folder.parent):
        raise InputError(
            _("run {name} is archived").format(name=name),
            fix=_("`vitsdeck archive {name} --restore` brings it back").format(name=name),
        )
    registry.read_run(folder)
    size = words.size(manage.size_bytes(folder))
    if not yes:
        if not here.is_terminal():
            what = _("deleting {name} with its checkpoints, {size}, needs a yes").format(name=name, size=size)
            raise InputError(what, fix=_("add --yes; `vitsdeck archive {name}` keeps it").format(name=name))
        if not typer.confirm(
            _("delete run {name} with its checkpoints, {size}, for good?").format(name=name, size=size)
        ):
            return 1
    manage.delete(folder)
    say(_("{name} is deleted: {size} are free again").format(name=name, size=size))
    if json:
        tell_json({"name": name, "folder": str(folder)})
    return 0


def free_memory(
    end_leftovers: Annotated[
        bool, typer.Option("--end-leftovers", help=_("Also end the processes that earlier runs left behind."))
    ] = False,
    json: Json = False,
) -> int:
    """Let every live training give its cached memory back, and name what earlier runs left behind."""
    from engine.runs import free_memory
    from engine.runs.processes import orphans
    from tui.app import words
    from tui.panes.environment.orphans import memory, what

    logs = here.workspace().logs_dir
    answers = free_memory.free_memory(free_memory.trainers(logs))
    found = orphans.find(logs)
    ended = {one.pid: orphans.end(one) for one in found} if end_leftovers else {}
    if json:
        tell_json(
            {
                "runs": [dataclasses.asdict(answer) for answer in answers],
                "given_back_bytes": free_memory.total_given_back(answers),
                "leftovers": [dataclasses.asdict(one) | {"end": ended.get(one.pid)} for one in found],
            }
        )
        return 0
    if not answers:
        say(_("no training is running in this workspace: there is nothing to free"))
    for answer in answers:
        if not answer.processes:
            tell(f"{answer.run}: {answer.note}")
        for freed in answer.processes:
            sizes = f"{words.size(freed.before_bytes)} before, {words.size(freed.after_bytes)} after"
            given_back = words.difference(freed.given_back)
            tell(
                _("{run}: process {pid}, {what} memory {sizes}, {given_back} given back").format(
                    run=freed.run, pid=freed.pid, what=freed.what, sizes=sizes, given_back=given_back
                )
            )
    for one in found:
        end = f": {ended[one.pid]}" if one.pid in ended else ""
        tell(
            _("{run}: left behind, process {pid} ({what}, {memory}){end}").format(
                run=one.run, pid=one.pid, what=what(one), memory=memory(one), end=end
            )
        )
    if found and not end_leftovers:
        say(_("`vitsdeck free-memory --end-leftovers` ends what earlier runs have left behind"))
    return 0
