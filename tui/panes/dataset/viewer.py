"""Shows a dataset: the table and all around it, measurements and issues, and the keys that only look."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Coroutine
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from textual.app import ComposeResult
from textual.widget import Widget

from engine.dataset.session import DatasetState
from engine.errors import InputError
from engine.i18n import _, plural
from engine.runs.registry import RunSnapshot
from tui.app import safe_text, words
from tui.app.playing import Playing
from tui.app.workers import run_worker
from tui.dialogs.dialog import ConfirmScreen, Dialog
from tui.dialogs.picker import Choice, PickerScreen
from tui.dialogs.text_view import TextScreen
from tui.panes import number_key
from tui.panes.base import Pane
from tui.panes.dataset import clip_view, open_dialog, session
from tui.panes.dataset.background_jobs import VERBS, BackgroundJobs, progress
from tui.panes.dataset.clip_browser import ClipBrowser, ClipTable
from tui.panes.dataset.clip_view import COLUMNS, ClipView
from tui.panes.dataset.phonemes import HELPER_ERRORS, HelperProcess, PhonemeReader
from tui.panes.dataset.session import Session
from tui.panes.dataset.widgets import ClipDetails, DatasetStatus, Fact, SplitBars

_JUDGE_SECONDS = 2.0  # between two judgements while clips are measured
Result = TypeVar("Result")  # of a dialog


class DatasetViewer(Pane):
    """One dataset and what is known of it.

    Attributes:
        session: what is open.
        view: its clips as they are now, and what is known of them.
        opening: what is being opened, "" for nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        self.view = ClipView(session.NOTHING)
        self.opening = ""
        self.helper, self.reader = HelperProcess(), PhonemeReader()
        self._playing = Playing(self, self.show_message)
        self._judged = 0.0  # when, while clips are measured

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        self.on_clip_browser_changed()

    def compose(self) -> ComposeResult:
        yield DatasetStatus()
        yield SplitBars()
        yield ClipBrowser()
        yield ClipDetails()

    @property
    def is_open(self) -> bool:
        """Whether there is a dataset."""
        return bool(self.session.sources)

    @property
    def browser(self) -> ClipBrowser:
        """The table of clips."""
        return self.query_one(ClipBrowser)

    @property
    def state(self) -> DatasetState:
        """The clips as they are now."""
        return self.view.state

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self.app.workspace.root

    @cached_property
    def jobs(self) -> BackgroundJobs:
        """Runs that belong to the pane."""
        return BackgroundJobs(self.app.workspace)

    def first_focus(self) -> Widget:
        return self.browser.table

    def start(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Start what waits for a dialog, a run or the disk."""
        run_worker(self, work, *args, group=work.__name__, exclusive=False)

    def ask(self, dialog: Dialog[Result], then: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Show a dialog at once, so that the next key is its own; start `then(result, *args)` unless it was left."""
        self.app.take_answer(dialog, lambda result: self.start(then, result, *args))

    async def confirm(self, question: str, detail: str, *, yes: str, no: str) -> bool:
        """Whether a person says yes; for a worker."""
        answer = await self.app.push_screen_wait(ConfirmScreen(question, detail, yes=yes, no=no))
        return bool(answer)

    def report(self, fault: object) -> None:
        """Show an error."""
        self.notify(self.with_short_paths(fault), severity="error")

    def with_short_paths(self, text: object) -> str:
        """A text with paths from the workspace on."""
        return str(text).replace(f"{self.root}/", "")

    # what is shown

    def show_all(self) -> None:
        """Show a new state, or new findings."""
        if not self.query(ClipTable):  # the dashboard is closing
            return
        self.query_one(SplitBars).show(self.state, self.view.seconds)
        self.browser.show(self.view)
        self.on_clip_browser_changed()

    def on_clip_browser_changed(self) -> None:
        """The table has other rows, or another order."""
        self.on_table_cursor_moved()
        self.on_table_selection_changed()

    def on_table_cursor_moved(self) -> None:
        """Another clip is marked."""
        self.query_one(ClipDetails).show(self.view, self.browser.marked, self.browser.hint)

    def on_table_selection_changed(self) -> None:
        self.show_status()
        self.app.show_keys()

    def show_message(self, message: str) -> None:
        """Begin the first line, for some seconds, with what was done."""
        for line in self.query(DatasetStatus):
            line.show_message(message)

    def show_status(self) -> None:
        """Show the facts of the first line."""
        if self.query(ClipTable):  # else the dashboard is closing
            live = self.jobs.live
            self.query_one(DatasetStatus).show(self._facts(), "" if live is None else progress(live))

    def _facts(self) -> list[Fact]:
        """The gravest first: a narrow line drops the last ones."""
        browser, state, findings = self.browser, self.state, self.view.findings
        facts: list[Fact] = [(browser.fault, "warning")] if browser.fault else []
        if not self.is_open:
            return [*facts, self.opening or _("no corpus is open")]
        if unsaved := len(state.differing(self.session.opened)):
            facts.append((plural("unsaved: {n:,} clip", "unsaved: {n:,} clips", unsaved), "warning"))
        elif state.is_changed:
            facts.append((_("not saved yet"), "warning"))
        if selected := len(browser.selected):
            facts.append(_("{n:,} selected").format(n=selected))
        if browser.table.range_from is not None and browser.table.is_marking:
            facts.append(_("m ends the range"))
        if len(browser.rows) < len(state):
            facts.append(_("{n:,} of {all:,} shown").format(n=len(browser.rows), all=len(state)))
        facts.append(plural("{n:,} clip", "{n:,} clips", len(state)))
        facts += self._judgement()
        if findings.unmeasured and self.jobs.live is None:
            facts.append(_("{n:,} not measured").format(n=findings.unmeasured))
        name = self.with_short_paths(self.session.sources[0])
        if more := len(self.session.sources) - 1:
            name = f"{name} +{more}"
        if self.session.config is not None:
            name = _("{lists} by {config}").format(lists=name, config=self.session.config.stem)
        return [*facts, name]

    def _judgement(self) -> list[Fact]:
        findings = self.view.findings
        if not findings.issues:
            return [_("judging …")]
        bad, suspect = findings.counts
        facts: list[Fact] = [(_("{n:,} bad").format(n=bad), "error" if bad else "good")]
        facts.append(_("{n:,} suspect").format(n=suspect))
        facts += [(_("most are {kind}").format(kind=kind), "warning") for kind in findings.common]
        if self.reader.is_reading:
            facts.append(_("reading the texts …"))
        if not findings.has_texts:
            key = number_key("transcription")
            facts.append((_("no texts yet: {key} transcribes").format(key=key), "warning"))
        return facts

    # measurements and issues

    def judge_by(self, config: Path | None) -> None:
        """Judge what is open by this config as it is now; by the workspace's settings without one.

        Raises:
            InputError: the config cannot be read.
        """
        self.session = self.session.judged_by(config, self.state, self.app.workspace)
        self.judge_now()

    def action_choose_config(self) -> None:
        workspace, config = self.app.workspace, self.session.config
        rate = _("the workspace's rate, {rate:,} Hz").format(rate=workspace.settings.rate)
        choices = [Choice("", _("none"), rate)]
        choices += [Choice(str(path), path.stem) for path in workspace.configs()]
        dialog = PickerScreen(_("Judge by the config"), choices, str(config) if config else "")
        self.ask(dialog, self._choose_config)

    async def _choose_config(self, key: str) -> None:
        """Judge what is open by it, also when it is opened again."""
        path = Path(key) if key else None
        try:
            self.judge_by(path)
        except InputError as error:
            self.report(error)
            return
        open_dialog.remember_config(self.root, self.session.sources[0], path)

    def judge_now(self, after_s: float = 0.0) -> None:
        """Read measurements and judge, in a worker that takes the place of one under way."""
        run_worker(self, self._judge, after_s, group="judge")

    async def _judge(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        opened, state = self.session, self.state
        try:
            texts = self.reader.of(opened, state)
            found = await asyncio.to_thread(session.judge, self.root, state, opened.limits, texts)
        except InputError as error:
            self.notify(str(error), severity="warning")
            return
        # the state may be another by now, of the same clips
        if self.is_open and self.session is opened:
            self.view = dataclasses.replace(self.view, findings=found)
            self.show_all()
            self.on_judged()
            if self.reader.begin(opened, self.state):
                self.start(self._read_texts, opened)

    def on_judged(self) -> None:
        """All clips were judged."""

    async def _read_texts(self, opened: Session) -> None:
        """Have what the model reads made for new texts, then judge by it."""
        try:
            await self.reader.read(self.helper, opened, self.state)
        except HELPER_ERRORS as error:
            fault = self.with_short_paths(words.sentence(error))
            text = _("the texts are judged without their phonemes: {fault}").format(fault=fault)
            self.notify(text, severity="warning")
        self.judge_now()

    # runs in the background

    def reports_end(self, run: RunSnapshot) -> bool:
        return run.kind in VERBS and run.state != "failed"

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        was_measuring, was_live = self.jobs.is_measuring, self.jobs.live is not None
        for run in self.jobs.update(runs):
            if self.reports_end(run) and run.kind != "measure":
                self.show_message(f"{run.name}: {safe_text.clean(run.reason) or run.state}")
        if self.jobs.is_measuring and time.monotonic() - self._judged > _JUDGE_SECONDS:
            self._judged = time.monotonic()
            self.judge_now()
        elif was_measuring and self.jobs.live is None:
            self.judge_now()
        if was_live or self.jobs.live is not None:
            self.show_status()

    def _tick(self) -> None:
        """A run that reports nothing for a minute still shows its clock."""
        if self.jobs.live is not None:
            self.show_status()

    async def run_job(self, job: str, *arguments: str) -> RunSnapshot | None:
        """A run, when it has ended; None where it could not be started."""
        try:
            ended = await self.jobs.start(job, arguments)
        except InputError as error:
            self.report(_("{job} cannot start: {error}").format(job=job, error=error))
            return None
        self.app.look_for_runs()
        self.show_status()
        self.app.show_keys()
        return await ended

    def action_stop_job(self) -> None:
        if self.jobs.live is not None:
            self.start(self._stop, self.jobs.live)

    async def _stop(self, run: RunSnapshot) -> None:
        try:
            await self.jobs.stop(run)
        except InputError as error:
            self.report(error)
        self.show_message(_("{name} ends; what it has finished is kept").format(name=run.name))

    # keys that look

    def action_filter(self) -> None:
        self.browser.begin_filter()

    def action_leave_field(self) -> None:
        self.browser.leave()

    def action_turn_columns(self) -> None:
        self.browser.turn_columns()

    def action_select_all(self) -> None:
        self.browser.select_all()

    def action_next_suspicious(self) -> None:
        if suspicious := self.browser.suspicious:
            self.browser.go_to(suspicious[0])
        else:
            self.show_message(_("no transcript here is suspicious"))

    def action_sort(self) -> None:
        now = self.browser.sorted_by
        names = {"": _("as in the lists")} | {name: name for name in COLUMNS}
        notes = {now: _("now; choosing it again turns it round") if now else _("now")}
        choices = [Choice(name, title, notes.get(name, "")) for name, title in names.items()]
        self.ask(PickerScreen(_("Sort by"), choices, now), self._sort)

    async def _sort(self, name: str) -> None:
        self.browser.sort_by(name)

    def action_show_details(self) -> None:
        if self.browser.marked is not None:
            text = clip_view.text_of_clip(self.view, self.browser.marked)
            self.app.push_screen(TextScreen(_("Clip"), text))

    def action_show_speakers(self) -> None:
        self.app.push_screen(TextScreen(_("Speakers"), clip_view.text_of_speakers(self.view)))

    def action_listen(self) -> None:
        if self.browser.marked is not None:
            self._playing.toggle(self.root / self.state.clip(self.browser.marked).path)

    def action_copy_path(self) -> None:
        if paths := [str(self.root / self.state.clip(index).path) for index in self.browser.targets]:
            self.app.copy_to_clipboard("\n".join(paths))
            self.show_message(plural("{n:,} path copied", "{n:,} paths copied", len(paths)))
