"""The command free-memory."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from typer import Option

from engine.i18n import _
from engine.runs import free_memory as memory
from engine.runs.processes import orphans
from tui.app import words
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import echo, echo_json, notify
from tui.panes.environment.orphans import memory as held_memory
from tui.panes.environment.orphans import what


def free_memory(
    end_leftovers: Annotated[
        bool, Option("--end-leftovers", help=_("Also end the processes that earlier runs left behind."))
    ] = False,
    json: Json = False,
) -> int:
    """Let every live training give its cached memory back.

    Names the processes that earlier runs left behind.
    """
    logs = here.workspace().logs_dir
    answers = memory.free_memory(memory.trainers(logs))
    leftovers = orphans.find(logs)
    ended = {one.pid: orphans.end(one) for one in leftovers} if end_leftovers else {}
    if json:
        echo_json(
            {
                "runs": [dataclasses.asdict(answer) for answer in answers],
                "given_back_bytes": memory.total_given_back(answers),
                "leftovers": [dataclasses.asdict(one) | {"end": ended.get(one.pid)} for one in leftovers],
            }
        )
        return 0
    if not answers:
        notify(_("no training is running in this workspace: there is nothing to free"))
    for answer in answers:
        if not answer.processes:
            echo(f"{answer.run}: {answer.note}")
        for freed in answer.processes:
            before, after = words.size(freed.before_bytes), words.size(freed.after_bytes)
            sizes = _("{before} before, {after} after").format(before=before, after=after)
            text = _("{run}: process {pid}, {what} memory {sizes}, {freed} given back")
            facts = {"run": freed.run, "pid": freed.pid, "what": freed.what, "sizes": sizes}
            echo(text.format(**facts, freed=words.difference(freed.given_back)))
    for one in leftovers:
        text = _("{run}: left behind, process {pid} ({what}, {memory})")
        line = text.format(run=one.run, pid=one.pid, what=what(one), memory=held_memory(one))
        echo(f"{line}: {ended[one.pid]}" if end_leftovers else line)
    if leftovers and not end_leftovers:
        notify(_("`vitsdeck free-memory --end-leftovers` ends what earlier runs have left behind"))
    return 0
