"""The first thing that a person sees: the live run at a glance, all runs, and what the workspace holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from engine.i18n import _
from tui.app import key_table
from tui.app.readers.messages import RunFiles
from tui.panes.base import Pane
from tui.panes.overview.summary import Summary

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from tui.app.readers import messages
    from tui.panes.overview.inventory import WorkspaceScanned
    from tui.panes.overview.meters import Meters


class OverviewPane(Pane):
    """What is here, what runs, is it well."""

    PANE_ID = "overview"
    ABOUT = (
        _("The path leads from recordings to a voice: {key_of} takes its next step, in every pane.").format(
            key_of=key_table.key_of("app.next_step")
        ),
        _(
            "The overview says what this workspace holds and what is running. Up and down mark a "
            "run, a corpus or a filelist, left and right go from group to group. Enter opens what is "
            "marked: a run in the training pane, a corpus or a filelist in the dataset pane."
        ),
        _(
            "A run continues when you leave the dashboard or lose the connection. It is stopped in "
            "the training pane only."
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = key_table.bindings(PANE_ID)

    def __init__(self) -> None:
        super().__init__()
        self._watched = ""
        self.meters: Meters | None = None  # the first frame does not wait for them

    def compose(self) -> ComposeResult:
        yield Summary()

    @property
    def summary(self) -> Summary:
        """The one widget of the pane."""
        return self.query_one(Summary)

    def first_focus(self) -> Widget:
        return self.summary

    def offers(self, verb: str) -> bool:
        if verb == "new_run":
            return bool(self.app.runs or (self.app.progress and self.app.progress.cleaned))
        return verb != "open_marked" or self.summary.mark is not None

    def show_path(self) -> None:
        self.summary.repaint()

    def on_shown(self) -> None:
        from tui.app.readers import sources  # the first frame does not wait for it
        from tui.panes.overview import inventory

        self.reads(inventory.reader(self.app.workspace, self))
        self.reads(sources.gpus(self))
        if self.meters is None:
            from tui.panes.overview.meters import Meters

            self.meters = Meters()
            self.mount(self.meters)
        self.reads(sources.machine(self))

    def on_hidden(self) -> None:
        self._watched = ""  # its reader has ended

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        self.summary.show_runs(runs)
        run = self.summary.at_a_glance
        watched = "" if run is None else run.name
        if run is not None and watched != self._watched:
            self.summary.figures, self.summary.files = {}, RunFiles()
            self.close_readers("run ")
            from tui.app.readers import sources

            self.reads(sources.watch(run.name, run.folder, self))
        self._watched = watched

    def on_workspace_scanned(self, message: WorkspaceScanned) -> None:
        """Corpora, filelists, configs."""
        self.summary.inventory = message.inventory
        self.summary.repaint()
        self.app.show_keys()

    def on_gpus_polled(self, message: messages.GpusPolled) -> None:
        """Memory and load."""
        self.summary.gpus = message.gpus
        self.summary.repaint()
        if self.meters is not None:
            self.meters.gpus = message.gpus

    def on_machine_measured(self, message: messages.MachineMeasured) -> None:
        """Processor and memory."""
        if self.meters is not None and self.seen:
            self.meters.measure(message)

    def on_resize(self) -> None:
        """The screen has room for the meters, or none."""
        if self.meters is not None:
            self.meters.take_room()

    def on_curves_grown(self, message: messages.CurvesGrown) -> None:
        """The newest losses."""
        if message.run == self._watched:
            self.summary.figures = message.points.newest(self.summary.figures)
            self.summary.repaint()

    def on_run_files_listed(self, message: messages.RunFilesListed) -> None:
        """What its trainer finds unwell."""
        if message.about == self._watched:
            self.summary.files = message.files
            self.summary.repaint()

    async def on_summary_opened(self, message: Summary.Opened) -> None:
        """A run, a corpus or a filelist was clicked or chosen."""
        if isinstance(message.what, str):
            self.app.choose_run(message.what)
            await self.app.show_pane("training")
            return
        from tui.panes.dataset.pane import DatasetPane  # the first frame does not wait for it

        await self.app.show_pane("dataset")
        self.app.query_one(DatasetPane).open([message.what])

    def action_open_marked(self) -> None:
        self.summary.open_marked()

    async def action_new_run(self) -> None:
        await self.app.do("training.new_run")
