"""Asking trainers to free memory; each one answers how much it gave back."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.i18n import _
from engine.runs import commands, registry

KIND = "train"  # other kinds of runs hold nothing that they could give back
WAIT_SECONDS = 10.0  # a trainer reads its commands between steps: it may be at the beginning of one


@dataclass(frozen=True, slots=True)
class Freed:
    """What one process gave back. `what` is "reserved" (on its GPU) or "resident" (memory of a CPU trainer)."""

    run: str
    pid: int | None
    rank: int
    what: str
    before_bytes: int | None
    after_bytes: int | None

    @property
    def given_back(self) -> int | None:
        """Bytes; negative when the process grew meanwhile, None when it is unknown."""
        if self.before_bytes is None or self.after_bytes is None:
            return None
        return self.before_bytes - self.after_bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """One run: its processes, or in `note` why there are none."""

    run: str
    processes: tuple[Freed, ...] = ()
    note: str = ""


def trainers(logs_dir: str | Path) -> list[registry.RunSnapshot]:
    """The live trainers of a workspace."""
    return [run for run in registry.list_runs(logs_dir) if run.is_live and run.kind == KIND]


def free_memory(runs: Iterable[registry.RunSnapshot], wait_s: float = WAIT_SECONDS) -> list[Answer]:
    """Ask all of them at once, and wait `wait_s` seconds for their answers."""
    asked, answers = [], []
    for run in runs:
        try:
            asked.append((run, commands.send(run.folder, "free_memory")))
        except InputError as error:
            answers.append(Answer(run.name, note=_("could not be asked: {error}").format(error=error.what)))
    deadline = time.monotonic() + wait_s
    for run, message in asked:
        reply = commands.wait_reply(run.folder, message, max(0.0, deadline - time.monotonic()))
        if reply is None:
            note = _("has not answered yet; it frees its memory at the next step")
            answers.append(Answer(run.name, note=note))
        else:
            answers.append(_answer(run, reply))
    return answers


def total_given_back(answers: Iterable[Answer]) -> int:
    """Bytes that all processes gave back together; one that grew meanwhile counts as nothing."""
    return sum(max(0, freed.given_back or 0) for answer in answers for freed in answer.processes)


def _answer(run: registry.RunSnapshot, reply: Mapping[str, Any]) -> Answer:
    """The reply as figures; what is missing in it becomes None."""
    found = reply.get("processes")
    processes = []
    for number, entry in enumerate(found if isinstance(found, list) else [reply]):
        pid, rank, before, after = (
            value if type(value) is int else None
            for value in map(entry.get, ("pid", "rank", "before_bytes", "after_bytes"))
        )
        what = str(entry.get("what") or "memory")
        processes.append(Freed(run.name, pid, rank or number, what, before, after))
    return Answer(run.name, tuple(processes))
