"""Memory back from trainers: each one frees its own, since nobody else can, and says what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.runs import commands, registry

KIND = "train"  # other kinds of runs hold nothing that they could give back
LEAST_WAIT_S, UNKNOWN_WAIT_S, LONGEST_WAIT_S = 3.0, 10.0, 30.0  # unknown: it has no two steps behind it yet
STEPS_TO_WAIT = 2.5  # a trainer reads its mail between steps: it may be at the beginning of one


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
        """Bytes; negative when the process grew meanwhile, None when it could not say."""
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


def free_memory(runs: Iterable[registry.RunSnapshot], wait_s: float | None = None) -> list[Answer]:
    """Ask all of them at once, and wait for their answers.

    Args:
        wait_s: how long; None for two and a half steps of the slowest, between 3 and 30 seconds.
    """
    asked, answers = [], []
    for run in runs:
        try:
            asked.append((run, commands.send(run.folder, "free_memory")))
        except InputError as error:
            answers.append(Answer(run.name, note=f"could not be asked: {error.what}"))
    patience = max((_patience(run) for run, _ in asked), default=0.0) if wait_s is None else wait_s
    deadline = time.monotonic() + patience
    for run, message in asked:
        reply = commands.wait_reply(run.folder, message, max(0.0, deadline - time.monotonic()))
        answers.append(_silent(run, message) if reply is None else _answer(run, reply))
    return answers


def total_given_back(answers: Iterable[Answer]) -> int:
    """Bytes that all processes gave back together; one that grew meanwhile counts as nothing."""
    return sum(max(0, freed.given_back or 0) for answer in answers for freed in answer.processes)


def _patience(run: registry.RunSnapshot) -> float:
    if not run.rate:
        return LEAST_WAIT_S if run.state == "starting" else UNKNOWN_WAIT_S
    wanted = STEPS_TO_WAIT / run.rate
    return min(LONGEST_WAIT_S, max(LEAST_WAIT_S, wanted))


def _silent(run: registry.RunSnapshot, message: str) -> Answer:
    """Nobody has answered: tell apart one that ended, one that is busy, and one that has only just taken it up."""
    try:
        ended = registry.read_run(run.folder).is_final
    except InputError:
        ended = True
    if ended:
        return Answer(run.name, note="ended before it could answer: its memory is free")
    if commands.is_waiting(run.folder, message):
        busy = {"starting": "starting", "stalled": "stalled, so it does not answer"}
        state = busy.get(run.state, "busy in a long step")
        return Answer(run.name, note=f"{state}; it will free its memory at the next step")
    return Answer(run.name, note="is freeing its memory now and has not said yet what it gave back")


def _answer(run: registry.RunSnapshot, reply: Mapping[str, Any]) -> Answer:
    """The reply as figures. Missing fields (older trainers) become None."""
    found = reply.get("processes")
    entries = [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
    if not entries:
        entries = [{**reply, "pid": run.process.pid if run.process else None}]
    usual = "reserved" if (run.device or "").startswith("cuda") else "resident"
    processes = []
    for number, entry in enumerate(entries):
        pid, rank, before, after = (
            value if type(value) is int else None
            for value in map(entry.get, ("pid", "rank", "before_bytes", "after_bytes"))
        )
        what = entry["what"] if isinstance(entry.get("what"), str) else usual
        processes.append(Freed(run.name, pid, rank or number, what, before, after))
    return Answer(run.name, tuple(processes))
