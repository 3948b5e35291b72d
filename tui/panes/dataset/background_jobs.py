"""Runs of `engine.jobs` that the dataset pane starts: they outlive the dashboard."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from engine.i18n import _
from engine.runs import launch
from engine.runs.events import EventTail
from engine.runs.registry import RunSnapshot
from engine.workspace import Workspace
from tui.app import safe_text, words

VERBS = {
    "measure": _("measuring"),
    "convert": _("converting"),
    "fix": _("fixing"),
    "clean": _("cleaning"),
    "slice": _("cutting"),
}
_SLICE_STOP_SECONDS = 2.0  # who cuts a recording reads no command before its end, so it is ended after this


class BackgroundJobs:
    """The runs that were started here, and any that measures clips."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._runs: tuple[RunSnapshot, ...] = ()
        self._waiting: dict[str, asyncio.Future[RunSnapshot]] = {}  # by the run's id

    @property
    def live(self) -> RunSnapshot | None:
        """The run whose progress is shown."""
        for run in self._runs:
            if run.is_live and (run.id in self._waiting or run.kind == "measure"):
                return run
        return None

    @property
    def is_measuring(self) -> bool:
        """Whether clips are being measured."""
        return self.live is not None and self.live.kind == "measure"

    async def start(self, job: str, arguments: Sequence[str]) -> asyncio.Future[RunSnapshot]:
        """Start a run; what is returned waits for its end.

        Raises:
            InputError: such a run is under way, or it cannot be started.
        """
        folder = self._workspace.run_folder(job)
        argv = [sys.executable, "-P", "-m", "engine.jobs", job, "--run", str(folder), *arguments]
        start = partial(launch.start, folder, kind=job, argv=argv, cwd=self._workspace.root)
        run = await asyncio.to_thread(start)
        ended = self._waiting[run.id] = asyncio.get_running_loop().create_future()
        return ended

    def update(self, runs: tuple[RunSnapshot, ...]) -> list[RunSnapshot]:
        """Take the list of runs; returns those that have ended since the one before."""
        were_live = {run.id for run in self._runs if run.is_live}
        self._runs = runs
        for run in runs:
            waiting = self._waiting.pop(run.id, None) if run.is_final else None
            if waiting is not None and not waiting.done():  # nobody waits any more for what was opened before
                waiting.set_result(run)
        return [run for run in runs if run.is_final and run.id in were_live]

    async def stop(self, run: RunSnapshot) -> None:
        """End it after the clip that it is at.

        Raises:
            InputError: it cannot be stopped.
        """
        wait_s = _SLICE_STOP_SECONDS if run.kind == "slice" else 0.0
        await asyncio.to_thread(partial(launch.stop, run.folder, wait_s=wait_s))


def progress(run: RunSnapshot) -> str:
    """`measuring 1,200 of 13,100, 2 min left`."""
    doing = VERBS.get(run.kind, run.kind)
    if run.state == "stopping":
        return _("{doing}: stopping").format(doing=doing)
    if run.step is None or not run.total_steps:
        clock = words.duration(time.time() - run.started) if run.started else "…"
        return _("{doing} {clock}, S stops it").format(doing=doing, clock=clock)
    if run.eta_s is None or run.step >= run.total_steps:
        text = _("{doing} {step:,} of {total:,}")
    else:
        text = _("{doing} {step:,} of {total:,}, {duration} left")
    return text.format(doing=doing, step=run.step, total=run.total_steps, duration=words.duration(run.eta_s))


def ending(run: RunSnapshot) -> str:
    """What became of a run, with its first alerts."""
    found = alerts(run.folder)
    lines = [run.reason or run.state, *found[:2]]
    if len(found) > 2:
        lines.append(_("and {n} more").format(n=len(found) - 2))
    return "\n".join(map(safe_text.clean, lines))


def alerts(folder: Path) -> list[str]:
    """What a run complained about since it was last started."""
    found: list[str] = []
    for event in EventTail(folder / "events.jsonl").read_new():
        if event.get("kind") == "state" and event.get("state") == "running":
            found.clear()
        elif event.get("kind") == "alert":
            found.append(str(event.get("text")))
    return found
