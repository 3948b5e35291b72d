"""free-memory: the dashboard's `c` and `K`, from the shell."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from tui.cli import here
from tui.cli.output import say, tell, tell_json
from tui.cli.training import Json

if TYPE_CHECKING:
    from engine.runs.free_memory import Answer
    from engine.runs.processes.orphans import Leftover


def free_memory(
    end_leftovers: Annotated[
        bool, typer.Option("--end-leftovers", help="Also end the processes that earlier runs left behind.")
    ] = False,
    json: Json = False,
) -> int:
    """Let every live training give its cached memory back, and name what earlier runs left behind."""
    from engine.runs import free_memory
    from engine.runs.processes import orphans

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
        say("no training is running in this workspace: there is nothing to free")
    for answer in answers:
        for line in lines(answer):
            tell(line)
    for one in found:
        tell(_left(one, ended.get(one.pid)))
    if found and not end_leftovers:
        say("`vitsdeck free-memory --end-leftovers` ends what earlier runs have left behind")
    return 0


def _left(one: Leftover, end: str | None) -> str:
    from tui.panes.environment.orphans import memory, what

    return f"{one.run}: left behind, process {one.pid} ({what(one)}, {memory(one)})" + (
        f": {end}" if end else ""
    )


def lines(answer: Answer) -> list[str]:
    """What one run gave back, a line a process."""
    from tui.app import words

    if not answer.processes:
        return [f"{answer.run}: {answer.note}"]
    return [
        f"{freed.run}: process {freed.pid}, {freed.what} memory {words.size(freed.before_bytes)} before, "
        f"{words.size(freed.after_bytes)} after, {words.difference(freed.given_back)} given back"
        for freed in answer.processes
    ]
