"""Recordings to text: the meter, the recordings with their words as they arrive, past months, and the keys of a job."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from engine.i18n import _, plural
from engine.transcribe.pricing import amount
from tui.app import key_table
from tui.app.workers import run_worker
from tui.dialogs.text_view import TextScreen
from tui.panes.base import Pane
from tui.panes.transcription import dialogs, files, readers
from tui.panes.transcription.files import RecordingsTable
from tui.panes.transcription.job_starter import JobStarter
from tui.panes.transcription.meter import MeterPanel
from tui.panes.transcription.readers import JobNow, Result
from tui.panes.transcription.state import State
from tui.panes.transcription.task import Plan, Task, jobs_of, run_command
from tui.widgets.flow import FactLines
from tui.widgets.statusline import StatusLine
from tui.widgets.table import Table

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot


class TranscriptionPane(Pane):
    """One task at a time: a folder, the manifest that it becomes, and a provider."""

    PANE_ID = "transcription"
    ABOUT = (
        _(
            "The meter stands first: the free minutes of the month as a bar of used, under way, "
            "queued and what the recordings below would add, each with its own texture; then money. "
            "It is read from the ledger that all windows and jobs share. Nothing is sent before T "
            "has asked, with the sum."
        ),
        _(
            "e chooses a folder of recordings, its manifest and how it is sent, v the provider, with "
            "the price of each. Space selects recordings, a all of them; without a selection T takes "
            "all that have no transcript. A redoes transcripts: the selected ones, else the marked "
            "one; it names them, and the sum, before it asks."
        ),
        _(
            "While a job runs, words appear beside their recordings; p pauses, s stops after the "
            "calls under way, T resumes later. r retries what was refused. Unconfirmed chunks were "
            "sent, but no reply came: they may have been billed, count as spent, and are retried by "
            "u only, which can pay for them twice."
        ),
        _(
            "Google needs credentials: y names the key file of a service account for jobs that are "
            "started here (its path goes to them by the environment, and is kept nowhere), or set "
            "GOOGLE_APPLICATION_CREDENTIALS before you open the dashboard, or run `gcloud auth "
            "application-default login`."
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = key_table.bindings(PANE_ID)
    DEFAULT_CSS = "TranscriptionPane > #recordings { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        # the start of a run that is read, and whether it was live; None before there is a task
        self._followed: tuple[object, bool] | None = None

    def compose(self) -> ComposeResult:
        yield MeterPanel()
        yield StatusLine(id="task")
        yield FactLines(id="job")
        yield RecordingsTable()

    def on_mount(self) -> None:
        self._starter = JobStarter(self.app, lambda what: self.update(doing=what), self._start_ended)
        self.update()

    def first_focus(self) -> Widget:
        return self._table

    @property
    def _table(self) -> RecordingsTable:
        return self.query_one(RecordingsTable)

    @property
    def selected(self) -> list[str]:
        """Names that are selected."""
        return [str(key) for key in self._table.selected]

    def update(self, **changes: Any) -> None:
        """Change the state and show it; only what differs is sent."""
        self.state = replace(self.state, workspace=self.app.workspace, **changes)
        if not self.query(Table):
            return  # not composed yet, or leaving
        self.state = state = replace(self.state, selected=frozenset(self.selected))
        chosen, running = state.selected, state.names_in_job if state.is_live else ()
        rows = files.lines(state.plan, state.job, state.result, running) if state.task else []
        progress = self.app.progress
        are_all_done = progress is not None and progress.transcripts > 0
        count = plural("{n:,} recording", "{n:,} recordings", len(rows))
        if chosen:
            count = plural("{n:,} selected", "{n:,} selected", len(chosen))
        self.query_one(MeterPanel).show(state)
        facts = state.task_facts(are_all_done=are_all_done)
        self.query_one("#task", StatusLine).show(facts, count if state.task else "")
        name = state.run.name if state.run is not None and not state.doing else ""
        self.query_one("#job", StatusLine).show(state.job_facts(), name)
        self._table.show(rows)
        if self.seen:
            self.app.show_keys()

    def action_show_history(self) -> None:
        months = self.state.money.history if self.state.money is not None else ()
        self.app.push_screen(TextScreen(_("Minutes by month"), files.months(months)))

    def offers(self, verb: str) -> bool:
        return bool(self._table.lines) if verb == "open_transcript" else self.state.offers(verb)

    def label_of(self, verb: str) -> str:
        return "resume" if verb == "pause" and self.state.is_paused else ""

    # readers

    def on_shown(self) -> None:
        self.show_runs(self.app.runs)
        if not self._readers:
            self._follow()

    def _follow(self) -> None:
        """Read the ledger, the task's manifest and the events of its run; what was read before is closed."""
        run, task = self.state.run, self.state.task
        self.close_readers()
        if not self.seen:
            return
        self.reads(readers.ledger(self.state.ledger, self.state.account, self))
        if task is not None:
            self.reads(readers.result(task.manifest, self))
        if run is not None:
            self.update(job=JobNow())
            self.reads(readers.job(run.name, run.folder, run.started or 0.0, self))

    def on_ledger_read(self, message: readers.LedgerRead) -> None:
        """The ledger was written, or cannot be read."""
        if message.about != (self.state.ledger, self.state.account):
            return  # of another task, late
        before, money = self.state.money, message.money
        self.update(money=money, ledger_fault=message.fault)
        if money is None:
            return
        if money.table.notice:
            self.notify(money.table.notice, severity="warning")
        if before is not None and before.prices != money.prices and not self.state.is_live:
            self.look()  # another price list, or one that was fixed

    def on_job_grew(self, message: readers.JobGrew) -> None:
        """Chunks were transcribed, or failed."""
        if self.state.run is not None and message.about == self.state.run.name:
            self.update(job=message.job)
            if self.state.is_live:
                self._table.follow(message.job.newest)

    def on_result_read(self, message: readers.ResultRead) -> None:
        """The manifest was written."""
        if self.state.task is not None and message.about == str(self.state.task.manifest):
            self.update(result=message.result)

    # the task and its run

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        """Find the task's run. Until a person chooses a task, it is that of the newest transcription, else the
        workspace's recordings where some have no text."""
        if not self.query(Table):
            return  # `on_shown` asks again
        progress = self.app.progress
        if self.state.task is None and (jobs := jobs_of(runs)):
            self.take_task(Task.of_run(jobs[0][1]))
        elif self.state.task is None and self.app.runs_read and progress is not None:
            if progress.recordings > progress.transcripts:
                self.take_task(Task.of_folder(self.app.workspace.audio_dir, self.app.workspace))
        else:
            self._show_run(runs)

    def show_path(self) -> None:
        self.show_runs(self.app.runs)

    def _show_run(self, runs: tuple[RunSnapshot, ...]) -> None:
        """Show the run of the task; one that has started is followed, and after one that has ended there is
        another sum to work out."""
        task = self.state.task
        jobs = [job for job in jobs_of(runs) if task is not None and job[1].manifest == task.manifest]
        run, config = jobs[0] if jobs else (None, None)
        self.update(run=run, config=config)
        start = (run.name, run.id, run.started) if run is not None else None
        before, self._followed = self._followed, (start, self.state.is_live)
        if before is None or before[0] != start:
            self._follow()
        if before != self._followed and not self.state.is_live:
            self.look()

    def take_task(self, task: Task) -> None:
        """Show another task; the state of the last one is dropped."""
        before = self.state
        if before.task is None or (task.source, task.manifest) != (before.task.source, before.task.manifest):
            self._table.selected.clear()
        self._followed = None
        self.update(task=task, plan=None, fault="", job=JobNow(), result=Result())
        if (before.ledger, before.account) != (self.state.ledger, self.state.account):
            self.update(money=None, ledger_fault="")
        self._show_run(self.app.runs)

    def look(self) -> None:
        """Compute in the background what a start would send and cost."""
        if self.state.task is not None:
            self.update(plan=None, fault="")
            run_worker(self, self._look, self.state.task, group="plan")

    async def _look(self, task: Task) -> None:
        self.update(planning=_("looking at the recordings"), fault="")
        words = [*task.words(), "--dry-run", "--json"]
        ended = await run_command(words, self.state.root, self.state.credentials)
        if task == self.state.task:
            plan, fault = Plan.of(ended)
            self.update(plan=plan, fault=fault)
            if plan is not None:
                self._table.selected &= self.state.sendable | self.state.kept
        self.update(planning="")

    def on_table_selection_changed(self, message: Table.SelectionChanged) -> None:
        """A recording was selected or no longer is."""
        message.stop()
        if self.state.plan is not None and str(message.key) not in self.state.sendable | self.state.kept:
            message.table.selected.discard(message.key)
            self.notify(_("this recording has nothing to send"))
        self.update()

    def action_select_all(self) -> None:
        if self.state.plan is None:
            self.notify(self.state.why_not)
            return
        self._table.select_all(self.state.sendable or set(self.state.kept))
        self.update()

    def action_choose_recordings(self) -> None:
        dialogs.recordings(self.app, self.state.task, self.take_task)

    def action_choose_provider(self) -> None:
        task = self.state.task
        if self.state.is_live or task is None or self.state.money is None:
            self.notify(self.state.why_not)
        else:
            dialogs.provider(self.app, self.state.provider_prices, task, self.take_task)

    def action_choose_key(self) -> None:
        """The path of the key file stays in this process, and goes to jobs by their environment."""

        def take(path: Path) -> None:
            self.update(credentials=path)
            self.notify(_("jobs that are started here use …/{name}").format(name=path.name))
            if not self.state.is_live:
                self.look()

        dialogs.key_file(self.app, take)

    def action_set_budget(self) -> None:
        state = self.state
        usage = state.money.usage if state.money is not None else None

        async def write(micros: int | None) -> None:
            text = _("a month has no limit now") if micros is None else _("a month may cost {sum}")
            currency = usage.currency if usage is not None else "USD"
            with self.app.errors_notified():
                await asyncio.to_thread(readers.set_budget, state.ledger, state.account, micros)
                self.notify(text.format(sum=amount(micros or 0, currency)))

        now = usage.budget_micros if usage is not None else None
        save = partial(run_worker, self, write, group="budget")
        dialogs.budget(self.app, state.account, now, save)

    def action_plan_again(self) -> None:
        if self.state.task is None or self.state.is_live:
            self.notify(self.state.why_not)
        else:
            self.look()

    def on_table_activated(self, message: Table.Activated) -> None:
        """Enter, or a second click, on a recording."""
        message.stop()
        line, task, text = self._table.lines[message.index], self.state.task, ""
        if line.state == "done" and not self.state.is_live:
            text = self.state.result.texts.get(line.name, "")
        if task is not None and text:
            from tui.panes.transcription import transcripts

            run_worker(self, transcripts.edit, self.app, line.name, text, task.manifest, group="open")
            return
        self.app.push_screen(TextScreen(line.name, f"{line.cells()[1]}\n\n{line.words}"))

    def action_open_transcript(self) -> None:
        self._table.action_activate()

    def _start_ended(self, is_started: bool) -> None:
        """The selection is under way now, or the sum is computed again."""
        if is_started:
            self._table.follows = True
            self._table.selected.clear()
            self.update()
        else:
            self.look()

    def action_start(self) -> None:
        self._starter.send(self.state, self.selected)

    def action_retry(self) -> None:
        """Send what was refused once more; refused calls cost nothing."""
        self._starter.send_again(self.state, self.state.failed, _("nothing has failed"))

    def action_retry_unconfirmed(self) -> None:
        names = [name for name in self.state.unconfirmed if not self.selected or name in self.selected]
        self._starter.send_again(self.state, names, _("nothing here is unconfirmed"), retry=True)

    def action_redo(self) -> None:
        self._starter.redo(self.state, self._table.chosen)

    def action_pause(self) -> None:
        self._starter.pause(self.state.run, resume=self.state.is_paused)

    def action_stop_run(self) -> None:
        self._starter.stop(self.state.run)
