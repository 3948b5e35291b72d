"""Shows a dataset: the table and all around it, statistics and verdicts, and the keys that only look."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import ComposeResult
from textual.widget import Widget

from engine.dataset.session import DatasetState
from engine.errors import InputError
from engine.i18n import _, plural
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
from tui.panes.dataset.phonemes import HelperProcess, PhonemeReader
from tui.panes.dataset.session import Session
from tui.panes.dataset.widgets import ClipDetails, DatasetStatus, Fact, SplitBars

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

_JUDGE_SECONDS = 2.0  # while statistics come in
Result = TypeVar("Result")  # of a dialog


class DatasetViewer(Pane):
    """One dataset and what is known of it.

    Attributes:
        session: what is open; None for nothing.
        view: its clips as they are now, and what is known of them.
        opening: what is being opened, "" for nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.session: Session | None = None
        self.view: ClipView | None = None
        self.opening = ""
        self.helper, self.reader = HelperProcess(), PhonemeReader()
        self._playing = Playing(self, self.say)
        self._judged = 0.0  # when, while statistics come in

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        self.on_clip_browser_changed()

    def compose(self) -> ComposeResult:
        yield DatasetStatus()
        yield SplitBars()
        yield ClipBrowser()
        yield ClipDetails()

    @property
    def browser(self) -> ClipBrowser:
        """The table of clips."""
        return self.query_one(ClipBrowser)

    @property
    def state(self) -> DatasetState:
        """The clips as they are now. There must be some."""
        assert self.view is not None  # noqa: S101 - whoever asks has looked
        return self.view.state

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self.app.workspace.root

    @cached_property
    def jobs(self) -> BackgroundJobs:
        """Runs that belong to the pane."""
        return BackgroundJobs(self.app.workspace)

    def path_of(self, index: int) -> Path:
        """Where a clip lies."""
        return self.root / self.state.clip(index).path

    def first_focus(self) -> Widget:
        return self.browser.table

    def ask(self, dialog: Dialog[Result]) -> Awaitable[Result | None]:
        """Show a dialog at once, so that the next key is its own; a worker awaits what it ends with."""
        answer: asyncio.Future[Result | None] = asyncio.get_running_loop().create_future()

        def closed(result: Result | None) -> None:
            if not answer.done():
                answer.set_result(result)

        self.app.push_screen(dialog, closed)
        return answer

    async def confirm(self, question: str, detail: str, *, yes: str, no: str) -> bool:
        """Whether a person says yes."""
        dialog: Dialog[bool] = ConfirmScreen(question, detail, yes=yes, no=no)
        return await self.ask(dialog) is True

    def begin(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Start what waits for a dialog, a run or the disk."""
        run_worker(self, work, *args, group=work.__name__, exclusive=False)

    def report(self, fault: object) -> None:
        """Show an error, with paths from the workspace on."""
        self.notify(str(fault).replace(f"{self.root}/", ""), severity="error")

    # what is shown

    def show_all(self) -> None:
        """Everything, after a step or a new judgement."""
        if self.view is None or not self.query(ClipTable):  # the dashboard is closing
            return
        summary = self.state.summary(self.view.seconds)
        has_speakers = any(clip.speaker for clip in self.state.clips)
        self.query_one(SplitBars).show(summary, has_speakers=has_speakers)
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

    def say(self, sentence: str) -> None:
        """Begin the first line, for some seconds, with what was done."""
        for line in self.query(DatasetStatus):
            line.say(sentence)

    def show_status(self) -> None:
        """The line at the top."""
        if self.query(ClipTable):  # else the dashboard is closing
            live = self.jobs.live
            self.query_one(DatasetStatus).show(self._facts(), "" if live is None else progress(live))

    def _facts(self) -> list[Fact]:
        """The gravest first: a narrow line drops the last ones."""
        browser, opened, view = self.browser, self.session, self.view
        facts: list[Fact] = [(browser.fault, "warning")] if browser.fault else []
        if opened is None or view is None:
            return [*facts, self.opening or _("no corpus is open")]
        state, findings, table = view.state, view.findings, browser.table
        if unsaved := len(state.differing(opened.opened)):
            facts.append((plural("unsaved: {n:,} clip", "unsaved: {n:,} clips", unsaved), "warning"))
        elif state.is_changed:
            facts.append((_("not saved yet"), "warning"))
        if table.selected:
            facts.append(f"{len(table.selected):,} selected")
        if table.range_from is not None and table.is_marking:
            facts.append(_("m ends the range"))
        if len(browser.rows) < len(state):
            facts.append(f"{len(browser.rows):,} of {len(state):,} shown")
        facts.append(plural("{n:,} clip", "{n:,} clips", len(state)))
        if not findings.verdicts:
            facts.append("judging …")
        else:
            bad, suspect = findings.counts
            facts += [
                (_("{n:,} bad").format(n=bad), "error" if bad else "good"),
                _("{n:,} suspect").format(n=suspect),
            ]
            facts += [(_("most are {kind}").format(kind=kind), "warning") for kind in findings.common]
            if self.reader.is_reading:
                facts.append(_("reading the texts …"))
            if not findings.has_texts:
                facts.append(
                    (
                        _("no texts yet: {number_key} transcribes").format(
                            number_key=number_key("transcription")
                        ),
                        "warning",
                    )
                )
        if findings.unmeasured and self.jobs.live is None:
            facts.append(_("{unmeasured:,} not measured").format(unmeasured=findings.unmeasured))
        name = str(opened.sources[0]).replace(f"{self.root}/", "")
        more = f" +{len(opened.sources) - 1}" if len(opened.sources) > 1 else ""
        return [*facts, f"{name}{more}" + (f" by {opened.config.stem}" if opened.config else "")]

    # statistics and verdicts

    def judge_by(self, config: Path | None) -> None:
        """Judge what is open by this config as it is now; by the workspace's settings without one.

        Raises:
            InputError: the config cannot be read.
        """
        if self.session is not None:
            self.session = self.session.judged_by(config, self.state, self.app.workspace)
            self.judge_now()

    def action_choose_config(self) -> None:
        if self.session is None:
            return
        workspace = self.app.workspace
        choices = [
            Choice("", "none", _("the workspace's rate, {rate:,} Hz").format(rate=workspace.settings.rate))
        ]
        choices += [Choice(str(path), path.stem) for path in workspace.configs()]
        current = str(self.session.config) if self.session.config else ""
        self.begin(self._choose_config, self.ask(PickerScreen(_("Judge by the config"), choices, current)))

    async def _choose_config(self, chosen: Awaitable[str | None]) -> None:
        """Judge what is open by it, also when it is opened again."""
        if (key := await chosen) is None or self.session is None:
            return
        path = Path(key) if key else None
        try:
            self.judge_by(path)
        except InputError as error:
            self.report(error)
            return
        open_dialog.remember_config(self.root, self.session.sources[0], path)

    def judge_now(self) -> None:
        """Read statistics and judge, beside the screen."""
        run_worker(self, self._judge, group="judge")

    async def _judge(self) -> None:
        opened, view = self.session, self.view
        if opened is None or view is None:
            return
        try:
            texts = self.reader.of(opened, view.state)
            found = await asyncio.to_thread(session.judge, self.root, view.state, opened.limits, texts)
        except InputError as error:
            self.notify(str(error), severity="warning")
            return
        # the state may be another by now, of the same clips
        if self.session is opened and self.view is not None:
            self.view = dataclasses.replace(self.view, findings=found)
            self.show_all()
            self.on_judged()
            if self.reader.begin(opened, self.state):
                self.begin(self._read_texts, opened)

    def on_judged(self) -> None:
        """All clips were judged."""

    async def _read_texts(self, opened: Session) -> None:
        """Have what the model reads made for new texts, then judge by it."""
        try:
            await self.reader.read(self.helper, opened, self.state)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest can be judged without
            fault = words.sentence(error).replace(f"{self.root}/", "")
            self.notify(
                _("the texts are judged without their phonemes: {fault}").format(fault=fault),
                severity="warning",
            )
        self.judge_now()

    # runs in the background

    def reports_end(self, run: RunSnapshot) -> bool:
        return run.kind in VERBS and run.state != "failed"

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        was_analysing, was_live = self.jobs.is_analysing, self.jobs.live is not None
        for run in self.jobs.see(runs):
            if self.reports_end(run) and run.kind != "measure":
                self.say(f"{run.name}: {safe_text.clean(run.reason) or run.state}")
        if self.jobs.is_analysing and time.monotonic() - self._judged > _JUDGE_SECONDS:
            self._judged = time.monotonic()
            self.judge_now()
        elif was_analysing and self.jobs.live is None:
            self.judge_now()
        if was_live or self.jobs.live is not None:
            self.show_status()

    def _tick(self) -> None:
        """Work that reports nothing for a minute is seen to go on by its clock."""
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
            self.begin(self._stop, self.jobs.live)

    async def _stop(self, run: RunSnapshot) -> None:
        try:
            await self.jobs.stop(run)
        except InputError as error:
            self.report(error)
        self.say(_("{name} ends; what it has finished is kept").format(name=run.name))

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
        if self.view is not None and not self.browser.next_suspicious():
            self.say(_("no transcript here is suspicious"))

    def action_sort(self) -> None:
        now = self.browser.sorted_by
        names = {"": _("as in the lists")} | {name: name for name in COLUMNS}
        notes = {now: _("now; choosing it again turns it round") if now else "now"}
        choices = [Choice(name, title, notes.get(name, "")) for name, title in names.items()]
        self.begin(self._sort, self.ask(PickerScreen(_("Sort by"), choices, now)))

    async def _sort(self, chosen: Awaitable[str | None]) -> None:
        if (name := await chosen) is not None:
            self.browser.sort_by(name)

    def action_show_details(self) -> None:
        if self.view is not None and self.browser.marked is not None:
            text = clip_view.text_of_clip(self.view, self.browser.marked)
            self.app.push_screen(TextScreen("Clip", text))

    def action_show_speakers(self) -> None:
        if self.view is not None:
            self.app.push_screen(TextScreen("Speakers", clip_view.text_of_speakers(self.view)))

    def action_listen(self) -> None:
        if self.view is not None and self.browser.marked is not None:
            self._playing.toggle(self.path_of(self.browser.marked))

    def action_copy_path(self) -> None:
        paths = [str(self.path_of(index)) for index in self.browser.targets] if self.view else []
        if paths:
            self.app.copy_to_clipboard("\n".join(paths))
            self.say(plural("{n:,} path copied", "{n:,} paths copied", len(paths)))
