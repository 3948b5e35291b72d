"""One run: how it is, its curves, its log, and what it has written. Starting, stopping and resuming happen here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.timer import Timer
from textual.widget import Widget

from tui.app import actions, messages, sources, words
from tui.panes.base import Pane
from tui.panes.training import managing, resuming, run_facts, stopping, suggesting
from tui.panes.training.files_view import FilesView
from tui.panes.training.health_notes import HealthNotes
from tui.panes.training.run_header import RunHeader
from tui.widgets.charts.chart import ChartGrid
from tui.widgets.logview import LogView

if TYPE_CHECKING:
    from engine.runs.logs.log_index import LogIndex
    from engine.runs.registry import RunSnapshot

View = Literal["curves", "log", "files"]
WIDE, TALL = 100, 32  # from this size on, the log stands below curves and files
OF_TRAININGS = ("resume_run", "show_curves", "show_health", "apply_offer", "speak")
PAINT_SECONDS = 1.0  # what is in sight is painted before a long log is counted
LOG_SECONDS = 0.4  # each look at a log that grows fast rewrites its rows: five a second would tell no more


class Curves(ChartGrid):
    """Nine curves: three by three on a small screen."""

    LEAST_WIDTH = 25
    LEAST_HEIGHT = 5
    # right from the first frame; the grid sees to other widths when it knows its own
    DEFAULT_CSS = "Curves { grid-size: 3; }"


class TrainingPane(Pane):
    """One run at a time; `u` and the brackets switch between runs."""

    PANE_ID = "training"
    ABOUT = (
        "One run: its state and progress, what is not well with it (h tells all, with remedies), its graphs (g), its "
        "log (l), its checkpoints and samples on disk (d; enter speaks with the marked checkpoint). On a large screen "
        "the log stands below the others. Where a few values lie far from all others, a curve leaves its chart at the "
        "edge; the row below it says how far it went.",
        "V starts a new voice, s stops the run that is shown (it writes a checkpoint first), r continues with "
        "one that has ended, m renames, archives or deletes it, u and the brackets [ ] show another run.",
    )
    WIDGETS: ClassVar[tuple[tuple[str, type[Widget]], ...]] = (
        ("In the log", LogView),
        ("In the curves", ChartGrid),
    )
    BINDINGS: ClassVar[list[BindingType]] = actions.bindings(PANE_ID)
    DEFAULT_CSS = "TrainingPane > #run-body { height: 1fr; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.run: RunSnapshot | None = None
        self.view: View = "curves"
        self._shown_id = ""
        self._polling: Timer | None = None
        self.starting = ""
        self._asked: set[str] = set()  # runs that were asked to stop; see stopping.which
        self._has_points: bool | None = None  # None until its events have been looked at
        self._files = messages.RunFiles()

    def compose(self) -> ComposeResult:
        yield RunHeader()
        yield HealthNotes()
        with Container(id="run-body"):
            yield Curves((title for _, title, _ in run_facts.CURVES), id="curves")
            yield FilesView(id="files")
            yield LogView(id="log", empty="the log is empty")

    def on_mount(self) -> None:
        self._arrange()

    def first_focus(self) -> Widget | None:
        if self.run is None:
            return None
        if self.view == "files":
            return self.query_one("#checkpoints")
        if self.view == "curves" and self._has_points is None:
            return None
        return self.query_one(Curves if self.view == "curves" and self._has_points else LogView)

    def offers(self, verb: str) -> bool:
        if verb == "stop_run":
            return self.run is not None and self.run.is_live
        if verb in OF_TRAININGS and (self.run is None or self.run.kind != "train"):
            return False
        if verb in ("resume_run", "manage_run"):
            return self.run is not None and self.run.is_final
        if verb == "apply_offer":
            return bool(self._files.changes)
        return verb == "new_run" or self.run is not None

    def word(self, verb: str) -> str:
        return "stop now" if verb == "stop_run" and self._is_ending else ""

    @property
    def _is_ending(self) -> bool:
        """Whether the run that is shown was asked to stop already: asked again, it ends at once."""
        run = self.run
        return (
            run is not None
            and run.is_live
            and (run.state == "stopping" or stopping.which(run) in self._asked)
        )

    def on_shown(self) -> None:
        self.reads(sources.gpus(self))
        self._polling = self.set_interval(LOG_SECONDS, self._poll_log)

    def on_hidden(self) -> None:
        self._shown_id = ""  # its readers have ended: the run is read anew when the pane is shown again
        if self._polling is not None:
            self._polling.stop()

    # what is shown

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        self.run = self.app.shown_run
        header = self.query_one(RunHeader)
        header.is_ending = self._is_ending
        place = runs.index(self.run) + 1 if self.run in runs else 0
        header.show(self.run, place, len(runs), is_read=self.app.runs_read, is_gone=self.app.is_gone)
        self.query_one(HealthNotes).show(self.run, self._files)
        identity = f"{self.run.name} {self.run.id}" if self.run is not None else "-"
        if identity != self._shown_id:
            self._shown_id = identity
            self._switch()

    def _switch(self) -> None:
        """Show another run: forget all of the last one, follow the new one."""
        self._has_points = None
        self._files = messages.RunFiles()
        self.query_one(Curves).clear()
        self.query_one(HealthNotes).show(self.run, self._files)
        self.query_one(FilesView).clear()
        self.query_one(RunHeader).clear()
        self.query_one(LogView).set_source(None, empty="reading the log")
        for reader in [reader for reader in self._readers if reader.name.startswith("run ")]:
            reader.close()
            self._readers.remove(reader)
        self._arrange()
        if self.run is not None:
            self.reads(sources.watch(self.run.name, self.run.folder, self))
            self.run_worker(self._open_log(self.run), exclusive=True, group="log")
            if self.has_focus_within or self.app.focused is None:
                self.screen.set_focus(self.first_focus() or self)

    async def _open_log(self, run: RunSnapshot) -> None:
        """Index a log that may be long off the screen's thread, then show it."""
        from engine.runs.logs.log_index import LONG_BYTES, LogIndex, size_of

        path, log = run.folder / "train.log", self.query_one(LogView)
        end: LogIndex | None = None
        if await asyncio.to_thread(size_of, path) > LONG_BYTES:
            end = LogIndex(path, from_end=True)
            await asyncio.to_thread(end.poll)
            if self.run is not None and self.run.folder == run.folder:
                log.set_source(end, empty="the log is empty")
            await asyncio.sleep(PAINT_SECONDS)
        index: LogIndex = LogIndex(path)
        await asyncio.to_thread(index.poll)
        if self.run is not None and self.run.folder == run.folder:
            if end is None:
                log.set_source(index, empty="the log is empty")
            else:
                log.extend_source(index)

    def _poll_log(self) -> None:
        log = self.query_one(LogView)
        if log.display:
            log.poll()
        if log.has_focus:
            self.app.show_keys()  # while a search is typed, keys are text

    def on_curves_grown(self, message: messages.CurvesGrown) -> None:
        """New points."""
        if self.run is None or message.run != self.run.name:
            return
        curves = self.query_one(Curves)
        if message.points.afresh:
            curves.clear()
        if message.points.back_to is not None:
            for chart in curves.charts.values():
                chart.series.drop_after(message.points.back_to)
        for tag, points in message.points.by_tag.items():
            if (title := run_facts.TITLES.get(tag)) is not None:
                if (whole := message.points.curves.get(tag)) is not None:
                    curves.charts[title].series = whole
                else:
                    curves.charts[title].extend(points)
                self._learn(has_points=True)
        self._learn(has_points=bool(self._has_points))
        curves.repaint()
        self.query_one(RunHeader).add_figures(message.points)

    def _learn(self, *, has_points: bool) -> None:
        """Before the first point the log is shown; then curves take its place, unless somebody is reading it."""
        if self._has_points == has_points:
            return
        self._has_points = has_points
        log = self.query_one(LogView)
        if log.has_focus and (not log.following or log.check_consume_key("a", "a")):
            self.view = "log"
        waits = self.has_focus or log.has_focus
        self._arrange()
        if waits and self.view == "curves":
            self.screen.set_focus(self.first_focus())

    def on_run_files_listed(self, message: messages.RunFilesListed) -> None:
        """Checkpoints, samples, alerts."""
        if self.run is not None and message.about == self.run.name:
            self.query_one(FilesView).show(message.files)
            self.query_one(RunHeader).show_files(message.files)
            self._files = message.files
            self.query_one(HealthNotes).show(self.run, message.files)
            self.app.show_keys()

    def on_gpus_polled(self, message: messages.GpusPolled) -> None:
        """Memory and load."""
        self.query_one(RunHeader).show_gpus(message.gpus)

    # views

    def on_resize(self) -> None:
        """Room for one view or two."""
        self._arrange()

    def _arrange(self) -> None:
        """Which views are seen, and how high."""
        both = self.size.width >= WIDE and self.size.height >= TALL
        has_run = self.run is not None
        curves, files, log = self.query_one(Curves), self.query_one(FilesView), self.query_one(LogView)
        curves.display = has_run and self.view == "curves" and bool(self._has_points)
        files.display = has_run and self.view == "files"
        unknown = self.view == "curves" and self._has_points is None
        log.display = has_run and (both or not (unknown or curves.display or files.display))
        curves.styles.height = files.styles.height = "3fr" if both else "1fr"
        log.styles.height = "2fr" if both and self.view != "log" else "1fr"

    def _show_view(self, view: View) -> None:
        if self.run is None:
            self._tell_nothing()
            return
        self.view = view
        self._arrange()
        self.screen.set_focus(self.first_focus() or self)

    def action_show_curves(self) -> None:
        if not self._is_training():
            return
        self._show_view("curves")
        if self.run is not None and self._has_points is False:
            when = (
                "they begin with its first logged step" if self.run.is_live else "it ended before its first"
            )
            self.notify(f"{self.run.name} has no curves yet: {when}")

    def action_show_log(self) -> None:
        self._show_view("log")

    def action_show_files(self) -> None:
        self._show_view("files")

    def action_show_health(self) -> None:
        if self.run is None:
            self._tell_nothing()
            return
        if not self._is_training():
            return
        from tui.dialogs.health import HealthScreen

        self.app.push_screen(HealthScreen(self.run.name, self.query_one(HealthNotes).findings))

    def action_search_log(self) -> None:
        self._show_view("log")
        if self.run is not None:
            self.query_one(LogView).action_search()

    # which run

    def action_newer_run(self) -> None:
        self._step_run(-1)

    def action_older_run(self) -> None:
        self._step_run(1)

    def _step_run(self, step: int) -> None:
        runs = self.app.runs
        if self.run in runs and 0 <= runs.index(self.run) + step < len(runs):
            self.app.choose_run(runs[runs.index(self.run) + step].name)

    def action_choose_run(self) -> None:
        if not self.app.runs:
            self._tell_nothing()
            return
        from tui.dialogs.picker import Choice, PickerScreen

        choices = [
            Choice(run.name, run.name, f"{words.state(run)}  {run_facts.progress_text(run)}")
            for run in self.app.runs
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.app.choose_run(name)

        self.app.push_screen(
            PickerScreen("Show which run", choices, self.run.name if self.run else ""), chosen
        )

    async def on_files_view_opened(self, message: FilesView.Opened) -> None:
        """Enter on a checkpoint: speak with this one."""
        from tui.panes.speech.pane import SpeechPane

        run = self.run
        await self.app.show_pane("speech")
        if run is not None and isinstance(self.app.pane, SpeechPane):
            self.app.pane.choose_voice(run, message.name)

    async def action_speak(self) -> None:
        await self.app.show_pane("speech")

    def _tell_nothing(self) -> None:
        self.notify(
            f"nothing has been trained here yet; {actions.key_of('app.next_step')} continues towards it"
        )

    # starting and stopping

    def action_new_run(self) -> None:
        from tui.dialogs.new_run import NewRunScreen, Started

        def started(run: Started | None) -> None:
            if run is not None:
                self.app.choose_run(run.name)
                self.app.look_for_runs()
                self.notify("\n".join([f"{run.name} has started; it continues when you leave", *run.notes]))

        self.app.push_screen(NewRunScreen(self.app.workspace), started)

    def action_resume_run(self) -> None:
        if self.run is None:
            self._tell_nothing()
        elif self.run.is_live:
            self.notify(f"{self.run.name} is {self.run.state} already")
        elif self.starting:
            self.notify(f"{self.starting} is being started")
        elif self._is_training():
            resuming.ask(self, self.run)

    def _is_training(self) -> bool:
        """Whether the run that is shown trains a voice; says it otherwise."""
        run = self.run
        if run is not None and run.kind != "train":
            self.notify(f"{run.name} is no training: it has a log, but no curves, no health and no resume")
            return False
        return True

    def action_manage_run(self) -> None:
        if self.run is None:
            self._tell_nothing()
        elif self.run.is_live:
            self.notify(f"{self.run.name} is {self.run.state}: stop it first (s)")
        else:
            managing.ask(self, self.run)

    def action_apply_offer(self) -> None:
        if self.run is None or self._files.offer is None or not self._files.changes:
            self.notify("this run offers no change")
        elif self.starting:
            self.notify(f"{self.starting} is being started")
        else:
            suggesting.ask(self, self.run, self._files)

    def action_stop_run(self) -> None:
        run = self.run
        if run is None:
            self._tell_nothing()
            return
        if run.is_final:
            self.notify(f"{run.name} is not running: {run.state}")
            return
        stopping.ask(self, run, self._asked)
