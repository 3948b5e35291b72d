"""One run: how it is, its curves, its log, and what it has written. Starting, stopping and resuming happen here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.timer import Timer
from textual.widget import Widget

from engine.i18n import _
from engine.runs.logs.follow import size_of
from engine.runs.logs.log_index import LONG_BYTES, LogIndex
from tui.app import key_table
from tui.app.playing import Playing
from tui.app.readers import messages, sources
from tui.app.workers import run_worker
from tui.dialogs.health import HealthScreen
from tui.dialogs.picker import Choice, PickerScreen
from tui.panes.base import Pane
from tui.panes.training import (
    allowed,
    comparing,
    exporting,
    managing,
    resuming,
    stopping,
)
from tui.panes.training.curves import Curves
from tui.panes.training.files_view import FilesView
from tui.panes.training.health_notes import gravest_first
from tui.panes.training.run_header import RunHeader
from tui.widgets.charts.grid import ChartGrid
from tui.widgets.logview import LogView

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

View = Literal["curves", "log", "files"]
WIDE, TALL = 100, 32  # from this size on, the log stands below curves and files
_PAINT_SECONDS = 1.0  # what is in sight is painted before a long log is counted
LOG_SECONDS = 0.4  # each look at a log that grows fast rewrites its rows


class TrainingPane(Pane):
    """One run at a time; `u` and the brackets switch between runs."""

    PANE_ID = "training"
    ABOUT = (
        _(
            "One run: its state and progress, what is not well with it (h shows all, with remedies), its "
            "graphs (g; the arrows choose one, enter shows it alone, with a cursor), its log (l), its "
            "checkpoints and samples on disk (d; enter speaks with the marked checkpoint and plays the marked "
            "sample). On a large screen the log stands below the others. Where a few values lie far from all "
            "others, a curve leaves its chart at the edge; the row below it says how far it went."
        ),
        _(
            "V starts a new voice, s stops the run that is shown (it writes a checkpoint first), r "
            "continues with one that has ended, m tags, renames, archives or deletes it, u and the "
            "brackets [ ] show another run."
        ),
    )
    WIDGETS: ClassVar[tuple[tuple[str, type[Widget]], ...]] = (
        (_("In the log"), LogView),
        (_("In the curves"), ChartGrid),
    )
    BINDINGS: ClassVar[list[BindingType]] = key_table.bindings(PANE_ID)
    DEFAULT_CSS = "TrainingPane > #run-body { height: 1fr; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.run: RunSnapshot | None = None
        self.view: View = "curves"
        self._shown_id = ""
        self._others: dict[str, sources.Poller] = {}  # the readers of the runs that are compared
        self._polling: Timer | None = None
        self.header = RunHeader()
        self._playing = Playing(self, self._show_where_it_lies)
        self.curves, self.files, self.log_view = Curves(), FilesView(), LogView(id="log")

    def compose(self) -> ComposeResult:
        yield self.header
        yield Container(self.curves, self.files, self.log_view, id="run-body")

    def on_mount(self) -> None:
        self._arrange()

    def first_focus(self) -> Widget | None:
        if self.run is None:
            return None
        if self.view == "files":
            return self.query_one("#checkpoints")
        if self.view == "curves" and self.curves.has_points is None:
            return None
        return self.curves if self.view == "curves" and self.curves.has_points else self.log_view

    def offers(self, verb: str) -> bool:
        if verb == "apply_offer" and not self.header.files.changes:
            return False
        if verb in ("compare", "export_curves") and not (self.view == "curves" and self.curves.has_points):
            return False
        return allowed.is_offered(verb, self.run)

    def label_of(self, verb: str) -> str:
        return _("stop now") if verb == "stop_run" and self.header.is_ending else ""

    def on_shown(self) -> None:
        self.reads(sources.gpus(self))
        self._polling = self.set_interval(LOG_SECONDS, self._poll_log)

    def on_hidden(self) -> None:
        self._shown_id = ""  # its readers have ended: the run is read anew when the pane is shown again
        if self._polling is not None:
            self._polling.stop()

    # what is shown

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        self.run = self.header.run = self.app.shown_run
        self.header.is_ending = self.run is not None and stopping.is_ending(self.run)
        self.header.place = (runs.index(self.run) + 1 if self.run in runs else 0, len(runs))
        self.header.repaint()
        identity = f"{self.run.name} {self.run.id}" if self.run is not None else "-"
        if identity != self._shown_id:
            self._shown_id = identity
            self._switch()

    def _switch(self) -> None:
        """Show another run: forget all of the last one, follow the new one."""
        self.header.figures = {}
        self._show_files(messages.RunFiles())
        compared = self.curves.compared if self.run is not None and self.run.name == self.curves.run else []
        self.curves.clear()
        self._others.clear()
        self.log_view.set_source(None, empty=_("reading the log"))
        run_worker(self, self._open_log, self.run, group="log")
        self.close_readers("run ")
        self._arrange()
        if self.run is not None:
            self.curves.run, self.curves.shows_all = self.run.name, not allowed.is_changed_here(self.run)
            self.reads(sources.watch(self.run.name, self.run.folder, self))
            self._compare(compared)
            if self.has_focus_within or self.app.focused is None:
                self.screen.set_focus(self.first_focus() or self)

    def _show_files(self, files: messages.RunFiles) -> None:
        self.files.show(files)
        self.header.files = files
        self.header.repaint()

    async def _open_log(self, run: RunSnapshot | None) -> None:
        """Show a run's log: the end of a long one first, before its lines are counted.

        The worker of another run ends this one.
        """
        if run is None:
            return
        path, empty = run.folder / "train.log", _("the log is empty")
        is_long = await asyncio.to_thread(size_of, path) > LONG_BYTES
        for from_end in (True, False) if is_long else (False,):
            index = LogIndex(path, from_end=from_end)
            await asyncio.to_thread(index.poll)
            if is_long and not from_end:
                self.log_view.extend_source(index)
            else:
                self.log_view.set_source(index, empty=empty)
                await asyncio.sleep(_PAINT_SECONDS if is_long else 0)

    def _poll_log(self) -> None:
        if self.log_view.display:
            self.log_view.poll()
        if self.log_view.has_focus:
            self.app.show_keys()  # while a search is typed, keys are text

    def on_log_view_lines_wanted(self, message: LogView.LinesWanted) -> None:
        """Write the lines of the log that the filter lets pass."""
        exporting.write_log(self.app, self.run.name if self.run else "log", message.source)

    def on_curves_grown(self, message: messages.CurvesGrown) -> None:
        """New points; the first one shows the curves instead of the log, unless somebody is reading that."""
        if self.run is None or message.run != self.run.name:
            self.curves.take_other(message.run, message.points)
            return
        had_points, log = self.curves.has_points, self.log_view
        self.curves.take(message.points)
        self.header.figures = message.points.newest(self.header.figures)
        self.header.repaint()
        if self.curves.has_points == had_points:
            return
        if log.has_focus and (not log.following or log.is_searching):
            self.view = "log"
        waits = self.has_focus or log.has_focus
        self._arrange()
        if waits and self.view == "curves":
            self.screen.set_focus(self.first_focus())

    def on_run_files_listed(self, message: messages.RunFilesListed) -> None:
        """Checkpoints, samples, alerts."""
        if self.run is not None and message.about == self.run.name:
            self._show_files(message.files)
            self.app.show_keys()

    def on_gpus_polled(self, message: messages.GpusPolled) -> None:
        """Memory and load."""
        self.header.gpus = message.gpus
        self.header.repaint()

    # views

    def on_resize(self) -> None:
        """Room for one view or two."""
        self._arrange()

    on_chart_grid_blown_up = on_resize

    def _arrange(self) -> None:
        """Which views are seen, and how high."""
        both = self.size.width >= WIDE and self.size.height >= TALL
        has_run = self.run is not None
        curves, files, log = self.curves, self.files, self.log_view
        curves.display = has_run and self.view == "curves" and bool(curves.has_points)
        files.display = has_run and self.view == "files"
        unknown = self.view == "curves" and curves.has_points is None
        both = both and not (curves.display and curves.is_blown_up)
        log.display = has_run and (both or not (unknown or curves.display or files.display))
        curves.styles.height = files.styles.height = "3fr" if both else "1fr"
        log.styles.height = "2fr" if both and self.view != "log" else "1fr"

    def _show_view(self, view: View) -> None:
        if self._shown_run() is not None:
            self.view = view
            self._arrange()
            self.screen.set_focus(self.first_focus() or self)

    def action_show_curves(self) -> None:
        run = self._with_curves()
        if run is not None:
            self._show_view("curves")
            if self.curves.has_points is False:
                text = _("{name} has no curves yet: it ended before its first")
                if run.is_live:
                    text = _("{name} has no curves yet: they begin with its first logged step")
                self.notify(text.format(name=run.name))

    def action_show_log(self) -> None:
        self._show_view("log")

    def action_show_files(self) -> None:
        self._show_view("files")

    def action_show_health(self) -> None:
        if (run := self._training()) is not None:
            self.app.push_screen(HealthScreen(run.name, gravest_first(run, self.header.files)))

    def action_search_log(self) -> None:
        self._show_view("log")
        if self.run is not None:
            self.log_view.action_search()

    # which run

    def _shown_run(self) -> RunSnapshot | None:
        """The run that is shown; notifies where there is none."""
        if self.run is None:
            key = key_table.key_of("app.next_step")
            self.notify(_("nothing has been trained here yet; {key} continues towards it").format(key=key))
        return self.run

    def _with_curves(self) -> RunSnapshot | None:
        """The run that is shown where it has curves; notifies otherwise."""
        return self.run if self.run is not None and self.run.kind in allowed.WITH_CURVES else self._training()

    def _training(self) -> RunSnapshot | None:
        """The run that is shown where it trains a voice of ours; notifies otherwise."""
        run = self._shown_run()
        if run is not None and (why := allowed.why_no_training(run)):
            self.notify(why)
            return None
        return run

    def action_newer_run(self) -> None:
        self._step_run(-1)

    def action_older_run(self) -> None:
        self._step_run(1)

    def _step_run(self, step: int) -> None:
        runs = self.app.runs
        if self.run in runs and 0 <= runs.index(self.run) + step < len(runs):
            self.app.choose_run(runs[runs.index(self.run) + step].name)

    def action_choose_run(self) -> None:
        if (shown := self._shown_run()) is not None:
            choices = [Choice(run.name, run.name, managing.picker_note(run)) for run in self.app.runs]
            picker = PickerScreen(_("Show which run"), choices, shown.name)
            self.app.take_answer(picker, self.app.choose_run)

    async def on_files_view_opened(self, message: FilesView.Opened) -> None:
        """Enter on a checkpoint: speak with this one."""
        from tui.panes.speech.pane import SpeechPane  # a pane is imported when it is first shown

        run = self.run
        await self.app.show_pane("speech")
        if run is not None and isinstance(self.app.pane, SpeechPane):
            self.app.pane.choose_voice(run, message.name)

    def on_files_view_sample_opened(self, message: FilesView.SampleOpened) -> None:
        """Enter on a sample: play it; again: stop."""
        if self.run is not None:
            self._playing.toggle(self.run.folder / message.wav)

    def _show_where_it_lies(self, why: str) -> None:
        self.notify(f"{self.app.clipboard}\n{why}")

    async def action_speak(self) -> None:
        await self.app.show_pane("speech")

    # beside other runs

    def action_compare(self) -> None:
        if (run := self._with_curves()) is not None:
            comparing.ask(self.app, run, self.curves.compared, self._compare)

    def _compare(self, names: list[str]) -> None:
        """Show the curves of these runs over those of the run that is shown."""
        if self.run is None:
            return
        for gone in set(self._others) - set(names):
            self._others.pop(gone).close()
        self.curves.compare(names)
        for run in self.app.runs:
            if run.name in names and run.name not in self._others:
                self._others[run.name] = self.reads(sources.watch(run.name, run.folder, self))

    def action_show_differences(self) -> None:
        if (run := self._with_curves()) is None:
            return
        if not self.curves.compared:
            self.notify(
                _("choose another run first ({key})").format(key=key_table.key_of("training.compare"))
            )
            return
        folders = [run.folder, *(self.app.workspace.logs_dir / name for name in self.curves.compared)]
        comparing.show_differences(self.app, folders)

    def action_export_curves(self) -> None:
        if (run := self._with_curves()) is not None:
            exporting.ask(self.app, run.name, self.curves)

    # starting and stopping

    def action_new_run(self) -> None:
        from tui.dialogs.new_run import NewRunScreen, Started  # reads presets, which this pane does not need

        def started(run: Started) -> None:
            self.app.choose_run(run.name)
            self.app.look_for_runs()
            text = _("{name} has started; it continues when you leave").format(name=run.name)
            self.notify("\n".join([text, *run.notes]))

        self.app.take_answer(NewRunScreen(self.app.workspace), started)

    def _show_busy(self, what: str) -> None:
        self.header.busy = what
        self.header.repaint()

    def action_resume_run(self) -> None:
        if self.run is not None and self.run.is_live:
            self.notify(_("{name} is {state} already").format(name=self.run.name, state=self.run.state))
        elif self.header.busy:
            self.notify(self.header.busy)
        elif (run := self._training()) is not None:
            resuming.ask(self.app, run, self._show_busy)

    def action_manage_run(self) -> None:
        run = self._shown_run()
        if run is not None and not allowed.is_changed_here(run):
            self.notify(allowed.why_no_training(run))
        elif run is not None:
            managing.ask(self.app, run)

    def action_apply_offer(self) -> None:
        if self.run is None or not self.header.files.changes:
            self.notify(_("this run offers no change"))
        elif self.header.busy:
            self.notify(self.header.busy)
        else:
            resuming.ask_to_apply(self.app, self.run, self.header.files, self._show_busy)

    def action_stop_run(self) -> None:
        run = self._shown_run()
        if run is not None and run.is_final:
            self.notify(_("{name} is not running: {state}").format(name=run.name, state=run.state))
        elif run is not None:
            stopping.ask(self.app, run)
