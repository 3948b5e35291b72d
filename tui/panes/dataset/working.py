"""Runs that belong to the pane: the analysis, which starts by itself, and whatever else was started here."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.timer import Timer

from engine.dataset.clips.cache import FOLDER
from engine.dataset.lists.filelist import unlistable
from engine.errors import InputError
from engine.files.atomic import write_bytes
from tui.app import safe_text, words
from tui.app.workers import run_worker
from tui.panes.dataset import jobs

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from tui.panes.dataset.pane import DatasetPane

_LOOK_SECONDS = 2.0  # while figures come in
_UNHEARD_SECONDS = 2.0
Ended = Callable[["RunSnapshot"], None]


class Working:
    """A part of the pane: it sees the list of runs each time that changes."""

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane
        self._waiting: dict[str, Ended] = {}  # by the run's id
        self._runs: tuple[RunSnapshot, ...] = ()
        self._tried: set[str] = set()  # clips that an analysis was started for
        self._is_starting = False
        self._looked = 0.0
        self._clock: Timer | None = None

    @property
    def live(self) -> RunSnapshot | None:
        """The run whose progress is shown: one that was started here, or any analysis."""
        for run in self._runs:
            if run.is_live and (run.id in self._waiting or run.kind == "measure"):
                return run
        return None

    def see(self, runs: tuple[RunSnapshot, ...]) -> None:
        """The list of runs changed, or the pane was shown."""
        before = self.live
        was_live = {run.id for run in self._runs if run.is_live}
        self._runs = runs
        for run in runs:
            if run.is_final and run.id in was_live and self._pane.reports_end(run) and run.kind != "measure":
                self._pane.say(f"{run.name}: {safe_text.clean(run.reason) or run.state}")
            if run.is_final and run.id in self._waiting:
                self._waiting.pop(run.id)(run)
        live = self.live
        self._tick(live is not None)
        if live is not None and live.kind == "measure" and time.monotonic() - self._looked > _LOOK_SECONDS:
            self._looked = time.monotonic()
            self._pane.look_now()
        elif before is not None and before.kind == "measure" and live is None:
            self._pane.look_now()
        if live is not None or before is not None:
            self._pane.show_facts()

    def _tick(self, is_live: bool) -> None:
        """Work that tells nothing for a minute is seen to go on by its clock."""
        if is_live and self._clock is None:
            self._clock = self._pane.set_interval(1.0, self._pane.show_facts)
        elif not is_live and self._clock is not None:
            self._clock.stop()
            self._clock = None

    def start(self, job: str, arguments: Sequence[str], on_end: Ended) -> None:
        """Start a run; `on_end` is called with what became of it."""
        run_worker(
            self._pane, self._start, job, list(arguments), on_end, group=f"start-{job}", exclusive=False
        )

    async def _start(self, job: str, arguments: list[str], on_end: Ended) -> bool:
        pane = self._pane
        try:
            run = await asyncio.to_thread(jobs.start, pane.app.workspace, job, arguments)
        except InputError as error:
            pane.notify(f"{job} cannot start: {error}".replace(f"{pane.root}/", ""), severity="error")
            return False
        self._waiting[run.id] = on_end
        pane.app.look_for_runs()
        pane.show_facts()
        pane.app.show_keys()
        return True

    def stop(self) -> None:
        """End what is under way after the clip that it is at."""
        run = self.live
        if run is not None:
            run_worker(self._pane, self._stop, run, group="stop", exclusive=False)

    async def _stop(self, run: RunSnapshot) -> None:
        from engine.runs import launch

        try:
            # who cuts a recording reads no mail before its end
            wait_s = _UNHEARD_SECONDS if run.kind == "slice" else 0.0
            await asyncio.to_thread(launch.stop, run.folder, wait_s=wait_s)
        except InputError as error:
            self._pane.notify(str(error), severity="error")
        self._pane.say(f"{run.name} ends; what it has finished is kept")

    # the analysis

    def analyse_what_is_new(self) -> None:
        """Start the analysis when clips were never measured; nothing is tried twice by itself."""
        shown = self._pane.shown
        if shown is None or self._is_starting or (self.live is not None and self.live.kind == "measure"):
            return
        clips = shown.board.clips
        new = [
            clips[index].path
            for index, heard in enumerate(shown.known.figures)
            if heard is None and clips[index].path not in self._tried and _can_be_listed(clips[index].path)
        ]
        if new:
            self._is_starting = True
            self._tried.update(new)
            run_worker(self._pane, self._analyse, list(dict.fromkeys(new)), group="analyse", exclusive=False)

    def analyse_again(self) -> None:
        """Measure what is not measured, also what was tried before."""
        self._tried.clear()
        shown = self._pane.shown
        if shown is not None and not shown.known.unmeasured:
            unnamed = sum(bool(unlistable(clip.path)) for clip in shown.board.clips)
            but = f" but {unnamed:,}, which no list can name: rename them" if unnamed else ""
            self._pane.say(f"all {words.plural(len(shown.board), 'clip')} are measured{but}")
        self._pane.look_now()

    async def _analyse(self, paths: list[str]) -> None:
        """The clips as a list of their own: what is on the screen may not be in any list yet."""
        pane = self._pane
        listed = pane.root / FOLDER / "analyse.list"
        lines = [os.fsencode(os.path.normpath(pane.root / path)) + b"|-\n" for path in paths]
        try:
            listed.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(write_bytes, listed, b"".join(lines))
            await self._start("measure", [str(listed)], self._analysed)
        except OSError as error:
            pane.notify(f"the analysis cannot start: {error.strerror}", severity="error")
        finally:
            self._is_starting = False

    def _analysed(self, run: RunSnapshot) -> None:
        if run.state == "failed":
            self._pane.notify(f"the analysis failed: {jobs.ending(run)}", severity="error")
        self._pane.look_now()


def _can_be_listed(path: str) -> bool:
    """Whether a line of a list can name it, so that it can be measured."""
    return bool(path) and not unlistable(path)
