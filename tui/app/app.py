"""The dashboard: a row of tabs, one pane, a row of keys. Everything that lasts lies in files; this only shows it."""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Iterable, Sequence
from functools import partial, partialmethod
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.containers import Container
from textual.filter import LineFilter
from textual.screen import Screen

from engine import workspace as workspaces
from engine.i18n import _
from tui.app import key_table, next_step, terminal, themes, words
from tui.app.dashboard import Dashboard
from tui.app.tab_bar import TabBar
from tui.panes import PANES
from tui.panes.base import Pane
from tui.widgets.keybar import KeyBar

if TYPE_CHECKING:
    from pathlib import Path

    from textual.await_complete import AwaitComplete

    from engine.runs.registry import RunSnapshot
    from engine.workspace import Workspace
    from tui.app.news import News
    from tui.app.next_step import Step
    from tui.app.preparation import Preparation
    from tui.app.readers import messages, sources


class VitsdeckApp(Dashboard):
    """The dashboard on one workspace."""

    TITLE = "vitsdeck"
    CSS_PATH = "styles.tcss"
    BINDINGS: ClassVar[list[BindingType]] = key_table.bindings(key_table.APP)
    NOTIFICATION_TIMEOUT = 5.0
    AUTO_FOCUS = None  # panes say themselves what gets the keys
    pane: Pane | None = None

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._panes: dict[str, Pane] = {}
        self._runs_reader: sources.Poller | None = None
        self._path_reader: sources.Poller | None = None
        self._news: News | None = None
        self._asked_to_quit: Screen[object] | None = None  # the dialog
        themes.take_first(self, f"vitsdeck-{workspace.settings.theme}")

    def compose(self) -> ComposeResult:
        yield TabBar(PANES)
        # the first pane is there from the start: mounting it later would style and lay out everything twice
        yield Container(self._build(PANES[0].id), id="panes")
        yield KeyBar(id="keys")

    async def on_mount(self) -> None:
        """First the frame with what is known at once, then everything else."""
        await self.show_pane(PANES[0].id)
        self.call_after_refresh(self._start_reading)

    def _start_reading(self) -> None:
        from tui.app.news import News  # the first frame does not wait for these
        from tui.app.readers import sources

        if not gc.isenabled():  # turned off for the start
            gc.freeze()  # modules and styles stay for good: later collections need not walk them
            gc.enable()
        self._news = News()
        self._runs_reader = sources.runs(self.workspace.root, self.workspace.logs_dir, self)
        self._path_reader = sources.path(self.workspace, self)

    def on_unmount(self) -> None:
        """Readers end with the app."""
        for reader in (self._runs_reader, self._path_reader):
            if reader is not None:
                reader.close()

    # panes

    async def show_pane(self, name: str) -> None:
        """Bring a pane to the front; it is built when it is first asked for."""
        if self.pane is not None and name == self.pane.PANE_ID:
            self.screen.set_focus(self.pane.first_focus() or self.pane)
            return
        if self.pane is not None:
            self.pane.hide()
        if name not in self._panes:
            await self.query_one("#panes").mount(self._build(name))
        self.pane = self._panes[name]
        self.query_one(TabBar).activate(name)
        self._panes[name].show()
        self.show_keys()

    def _build(self, name: str) -> Pane:
        """Import and make one pane."""
        entry = next(entry for entry in PANES if entry.id == name)
        kind = cast("type[Pane]", getattr(importlib.import_module(entry.module), entry.class_name))
        self._panes[name] = kind()
        return self._panes[name]

    async def on_tab_bar_picked(self, message: TabBar.Picked) -> None:
        """A tab was clicked."""
        await self.show_pane(message.pane)

    action_show_overview = partialmethod(show_pane, "overview")
    action_show_environment = partialmethod(show_pane, "environment")
    action_show_dataset = partialmethod(show_pane, "dataset")
    action_show_transcription = partialmethod(show_pane, "transcription")
    action_show_training = partialmethod(show_pane, "training")
    action_show_speech = partialmethod(show_pane, "speech")

    async def action_quit(self) -> None:
        """Leave; a pane with unsaved changes is asked about first."""
        unsaved = [sentence for pane in self._panes.values() if (sentence := pane.unsaved())]
        if not unsaved or self._asked_to_quit is self.screen:  # pressed a second time
            self.exit()
            return
        detail = _("{changes}. They are kept, and offered when you come back.")
        detail = detail.format(changes="; ".join(unsaved))
        self.ask(_("Quit with unsaved changes?"), detail, self.exit, yes="quit", no="stay")
        self._asked_to_quit = self.screen

    async def action_next_pane(self) -> None:
        await self._step_pane(1)

    async def action_previous_pane(self) -> None:
        await self._step_pane(-1)

    async def _step_pane(self, step: int) -> None:
        if len(self.screen_stack) == 1 and self.pane is not None:
            names = [entry.id for entry in PANES]
            await self.show_pane(names[(names.index(self.pane.PANE_ID) + step) % len(names)])

    # the path

    async def action_next_step(self) -> None:
        if len(self.screen_stack) == 1 and self.step is not None:
            await self._take(self.step)

    async def _take(self, step: Step) -> None:
        """Show the dialog or pane of a step; in the pane where it is done, do it."""
        if step in (next_step.PREPARE, next_step.PREPARING):
            from tui.dialogs.prepare import PrepareScreen

            self.push_screen(PrepareScreen(self))
        elif step is next_step.TRAIN:
            await self.do("training.new_run")
        elif step is next_step.WATCH:
            self.choose_run(next(run.name for run in self.runs if run.is_live and run.kind == "train"))
            await self.show_pane("training")
        else:
            pane, action = ("transcription", "start") if step is next_step.TRANSCRIBE else ("speech", "speak")
            await (self.do(f"{pane}.{action}") if self.pane_id == pane else self.show_pane(pane))

    def on_path_counted(self, message: messages.PathCounted) -> None:
        """A step of the path has come further."""
        self.progress = message.progress
        self._show_path()

    def _show_path(self) -> None:
        if self.pane is not None and self.is_running:
            self.pane.show_path()
            self.show_keys()

    def prepare(self, argv: list[str]) -> Preparation:
        """Run `vitsdeck prepare ...`; a notification says how that ended."""
        from tui.app.preparation import Preparation

        self.preparation = Preparation(argv)
        self.run_worker(self._prepare(self.preparation), group="prepare")
        return self.preparation

    async def _prepare(self, work: Preparation) -> None:
        self._show_path()
        clock = self.set_interval(1.0, self._show_path)
        ended = await work.run(self.workspace.root)
        clock.stop()
        self.preparation = None
        self._show_path()
        self.workspace = workspaces.find(self.workspace.root) or self.workspace  # its language may be another
        if ended.sentence and (work.is_done or len(self.screen_stack) == 1):  # else the dialog says it
            self.notify(ended.fault, severity="warning" if work.is_done else "error")
        self.look_for_runs()

    async def transcribe(self, folder: Path) -> None:
        """Show these recordings in the transcription pane."""
        from tui.panes.transcription.pane import TranscriptionPane
        from tui.panes.transcription.task import Task

        await self.show_pane("transcription")
        if isinstance(self.pane, TranscriptionPane):
            self.pane.take_task(Task.of_folder(folder, self.workspace))

    @property
    def transcribed(self) -> Path | None:
        """The folder of recordings in the transcription pane."""
        state = getattr(self._panes.get("transcription"), "state", None)
        return cast("Path", state.task.source) if state is not None and state.task is not None else None

    # runs

    def choose_run(self, name: str) -> None:
        """Show this run in all panes."""
        self.chosen_run = name
        if self.pane is not None:
            self.pane.show_runs(self.runs)
            self.show_keys()

    def look_for_runs(self) -> None:
        """Read the run folders now: something has just been started or stopped."""
        if self.pane is not None and self.is_running:
            self.pane.show_runs(self.runs)
            self.show_keys()
        for reader in (self._runs_reader, self._path_reader):
            if reader is not None:
                reader.wake()

    def on_runs_listed(self, message: messages.RunsListed) -> None:
        """Hand the list to the pane in front, and the live runs to the tab bar."""
        if not self.is_running:
            return  # closing: the panes lose their widgets
        self._notify_of_news(message.runs)
        for text in self._news.of_runs(message.runs) if self._news is not None else ():
            self._call(text)
        self.is_gone, self.shortage = message.is_gone, message.shortage
        is_first, self.runs, self.runs_read = not self.runs_read, message.runs, True
        self.query_one(TabBar).show_live([run for run in message.runs if run.is_live])
        if self.pane is not None:
            self.pane.show_runs(message.runs)
            self.show_keys()
        trains = any(run.is_live and run.kind == "train" for run in message.runs)
        if is_first and self._is_untouched and (self.chosen_run or trains):
            self.call_later(self.show_pane, "training")

    @property
    def _is_untouched(self) -> bool:
        """Whether the person has gone nowhere yet."""
        return self.pane_id == PANES[0].id and len(self._panes) == 1 and len(self.screen_stack) == 1

    def _notify_of_news(self, now: tuple[RunSnapshot, ...]) -> None:
        """A run has ended, where the pane in front does not report it itself, or the run that is shown has gone."""
        was_live = {run.folder for run in self.runs if run.is_live}
        for run in now:
            is_reported = self.pane is not None and self.pane.reports_end(run)
            if run.is_final and run.folder in was_live and not is_reported:
                text = "{state}  {name}: {reason}" if run.reason else "{state}  {name}"
                text = text.format(state=words.state(run), name=run.name, reason=run.reason)
                self.notify(text, severity="error" if run.state == "failed" else "information")
        if self.chosen_run in {run.name for run in self.runs} - {run.name for run in now}:
            text = _("run {name} is no longer there: its folder was moved or deleted")
            self.notify(text.format(name=self.chosen_run), severity="warning")
            self.chosen_run = ""

    def on_run_files_listed(self, message: messages.RunFilesListed) -> None:
        """A pane's reader has found files of a run: a better checkpoint is news."""
        if self._news is not None and (text := self._news.of_files(message.about, message.files)):
            self._call(text)

    def _call(self, text: str) -> None:
        """Ring the terminal's bell or notify the desktop, as vitsdeck.toml says."""
        from tui.app.news import sequence

        sent = sequence(self.workspace.settings.notify, text, os.environ)
        if sent and self._driver is not None:
            self._driver.write(sent)

    def on_source_failed(self, message: messages.SourceFailed) -> None:
        """A reader is in trouble."""
        self.notify(message.sentence, severity="warning")

    # keys, help, palette

    def on_descendant_focus(self) -> None:
        """The key line follows the focus."""
        self.show_keys()

    on_descendant_blur = on_descendant_focus

    def pop_screen(self) -> AwaitComplete:
        """As Textual's; the key line shows what changed behind the dialog."""
        done = super().pop_screen()
        self.call_later(self.show_keys)
        return done

    def show_keys(self) -> None:
        """Fit the key line to the pane, its state and the focus."""
        if self.pane is None or len(self.screen_stack) != 1 or not self.query(KeyBar):
            return  # behind a dialog, or closing
        pane, typing = self.pane, key_table.is_typing(self.focused)
        self.query_one(KeyBar).keys = [
            (key, self._label_of(act.verb) or pane.label_of(act.verb) or act.label)
            for act in key_table.for_key_line(pane.PANE_ID, typing=typing)
            if (key := act.shown_in_field if typing else act.shown_key)
            and (self._offers(act.verb) if act.pane == key_table.APP else pane.offers(act.verb))
        ]

    def _offers(self, verb: str) -> bool:
        """Whether an action of the app makes sense now."""
        if verb == "free_memory":
            return any(run.is_live and run.kind == "train" for run in self.runs)
        if verb != "next_step":
            return True
        return self.step is not None and (self.step is not next_step.WATCH or self.pane_id != "training")

    def _label_of(self, verb: str) -> str:
        if verb != "next_step" or self.step is None:
            return ""
        return _("next: {step}").format(step=self.step.word)

    async def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        """A key was clicked."""
        if self.pane is not None:
            shown = (*key_table.at(self.pane.PANE_ID), *key_table.at(key_table.APP))
            await self.do(next(act.id for act in shown if message.key in (act.shown_key, act.shown_in_field)))

    def on_key_bar_more_requested(self) -> None:
        """The mark for keys that did not fit was clicked."""
        self.action_help()

    async def do(self, action_id: str) -> None:
        """Carry out an action of the table."""
        action = next(action for action in key_table.ACTIONS if action.id == action_id)
        if action.pane == key_table.APP:
            await self.run_action(action.verb, self)
            return
        await self.show_pane(action.pane)
        if self.pane is not None:
            await self.run_action(action.verb, self.pane)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002
        """The palette: the app's actions and those of every pane."""
        here = self.pane.PANE_ID if self.pane is not None else ""
        for action in key_table.for_palette(here):
            where = _("{pane}, key {key}").format(pane=action.pane, key=action.shown_key)
            yield SystemCommand(action.help, where, partial(self.call_later, self.do, action.id))

    def action_help(self) -> None:
        """Explain the pane in front."""
        if self.pane is not None and len(self.screen_stack) == 1:
            from tui.dialogs.help import HelpScreen

            self.push_screen(HelpScreen(self.pane))

    def action_free_memory(self) -> None:
        """Memory back from all trainers, then what earlier runs left behind."""
        from tui.dialogs.memory import MemoryScreen

        def closed(ends_leftovers: bool) -> None:
            if ends_leftovers:
                self.action_end_leftovers()

        if len(self.screen_stack) == 1:
            self.take_answer(MemoryScreen(self.workspace.logs_dir), closed)

    def action_end_leftovers(self) -> None:
        """End what earlier runs left behind, after naming it."""
        from tui.panes.environment import orphans

        self.run_worker(orphans.ask_and_end(self), exclusive=True, group="leftovers")

    def action_next_theme(self) -> None:
        """Dark, light, and both with high contrast."""
        self.theme = themes.next_theme(self.theme)
        self.run_worker(themes.keep(self.theme, self.workspace.root), exclusive=True, group="theme")

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Under NO_COLOR no colour at all is sent."""
        return themes.line_filters(self, super().get_line_filters())


def run(workspace: Workspace, chosen: str = "", exports: Path | None = None) -> None:
    """Open the dashboard, on the run `chosen` if any, until it is left; prints which runs continue.

    Raises:
        InputError: there is no terminal to draw on.
        Exception: the defect that ended it.
    """
    terminal.refuse_without_one()
    app = VitsdeckApp(workspace)
    app.chosen_run, app.exports = chosen, exports or app.exports
    terminal.end_with_it(lambda: app.call_later(app.exit))
    terminal.read_any_bytes()
    app.run()
    terminal.print_live_runs(workspace.logs_dir)
    if app.fault is not None:
        raise app.fault
