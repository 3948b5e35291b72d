"""Recordings to text: the meter, the recordings with their words as they arrive, past months, and the keys of a job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from engine.transcribe.ledger import default_path
from engine.transcribe.pricing import Price
from tui.app import actions
from tui.app.workers import run_worker
from tui.panes.base import Pane
from tui.panes.transcription import asking, command, files, readers, showing
from tui.panes.transcription.again import Again
from tui.panes.transcription.history import MonthBars
from tui.panes.transcription.meter import Currency, MeterPanel
from tui.panes.transcription.readers import JobNow, Money, Result
from tui.panes.transcription.running import Running
from tui.panes.transcription.task import JobConfig, Plan, Sum, Task
from tui.widgets.flow import FactLines
from tui.widgets.statusline import StatusLine
from tui.widgets.table import Table

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

TALL = 34  # rows from which past months stand below the recordings
_MOST_MONTHS = 6
_WITH_TASK = ("choose_provider", "select_all", "plan_again")


class TranscriptionPane(Pane):
    """One task at a time: a folder, the manifest that it becomes, and a recogniser."""

    PANE_ID = "transcription"
    ABOUT = (
        "The meter stands first: the free minutes of the month as a bar of used, under way, queued and what the "
        "recordings below would add, each with its own texture; then money. It is read from the ledger that all "
        "windows and jobs share. Nothing is sent before T has asked, with the sum.",
        "e chooses a folder of recordings, its manifest and how it is sent, v the recogniser, with what each would "
        "cost. Space selects recordings, a all of them; without a selection T takes all that have no transcript. "
        "A does transcripts again: the selected ones, else the marked one; it names them, and the sum, before it asks.",
        "While a job runs, words appear beside their recordings; p pauses, s stops after the calls under way, T goes "
        "on later. r sends what was refused once more. Unconfirmed chunks were sent, but no reply came: they may have "
        "been billed, count as spent, and are sent again by u only, which can pay for them twice.",
        "Google needs credentials: y names the key file of a service account for jobs that are started here (its path "
        "goes to them by the environment, and is kept nowhere), or set GOOGLE_APPLICATION_CREDENTIALS before you open "
        "the dashboard, or run `gcloud auth application-default login`.",
    )
    BINDINGS: ClassVar[list[BindingType]] = actions.bindings(PANE_ID)
    DEFAULT_CSS = """
    TranscriptionPane > #months { height: 1fr; }
    TranscriptionPane > #recordings { height: 2fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.wanted: Task | None = None
        self.plan: Plan | None = None
        self.planning = ""  # what is being looked at
        self.fault = ""  # why there is no plan
        self.money: Money | None = None
        self.ledger_fault = ""  # why there are no figures
        self.run: RunSnapshot | None = None
        self.config: JobConfig | None = None  # of the run
        self.job = JobNow()
        self.result = Result()
        self.credentials: Path | None = None
        self.shows_history = False
        self._lines: list[files.Line] = []
        self._lengths: dict[str, int] = {}  # of every recording that a plan has named
        self._led_to = ""  # the row that the cursor was led to, as words came
        self._leads = True  # until a person moves it
        self._ledger_read = ""  # file and account of `money`
        self.running, self.again = Running(self), Again(self)

    def compose(self) -> ComposeResult:
        yield MeterPanel()
        yield StatusLine(id="task")
        yield FactLines(id="job")
        yield Table(files.COLUMNS, selectable=True, empty="no recordings yet", id="recordings")
        yield MonthBars(id="months")

    def first_focus(self) -> Widget:
        return self.query_one("#months" if self.shows_history and not self._is_tall else "#recordings")

    # readers

    @property
    def settings_currency(self) -> Currency:
        """The person's own."""
        settings = self.app.workspace.settings
        return Currency(settings.currency, settings.exchange_rate)

    @property
    def account(self) -> str:
        """The billing account whose month is shown: the task's, else the workspace's."""
        return self.wanted.account if self.wanted is not None else self.app.workspace.settings.account

    @property
    def has_logging(self) -> bool:
        """Whether prices are those of a project that takes part in data logging."""
        is_google = self.wanted is not None and self.wanted.provider.is_google
        return self.wanted.logging if self.wanted and is_google else self.app.workspace.settings.data_logging

    @property
    def ledger_path(self) -> Path:
        """The ledger that the task is kept in."""
        return (self.wanted.ledger if self.wanted is not None else None) or default_path()

    def on_shown(self) -> None:
        self.read_ledger()
        self.running.follow_again()

    def read_ledger(self) -> None:
        """Read the task's ledger and account; those of another task are let go."""
        wanted = readers.ledger_named(self.ledger_path, self.account)
        is_read = any(reader.name == "ledger" for reader in self._readers)
        if not self.seen or (is_read and wanted == self._ledger_read):
            return
        if wanted != self._ledger_read:
            self._ledger_read, self.money, self.ledger_fault = wanted, None, ""
        self._end_readers("ledger")
        self.reads(readers.ledger(self.ledger_path, self.account, self))

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        self.running.take(runs)
        self.repaint()

    def show_path(self) -> None:
        self.show_runs(self.app.runs)

    def on_ledger_read(self, message: readers.LedgerRead) -> None:
        """Somebody used or spent something."""
        if message.about != self._ledger_read:
            return  # of another task, late
        before, self.money, self.ledger_fault = self.money, message.money, ""
        self.query_one(MonthBars).show(message.money.history)
        self._arrange()
        if before is not None and before.prices != message.money.prices and not self.is_live:
            self.look()  # another price list, or one that was mended
        self.repaint()

    def on_ledger_failed(self, message: readers.LedgerFailed) -> None:
        """What was known may no longer hold, so it goes; the meter says why."""
        if message.about == self._ledger_read:
            self.money, self.ledger_fault = None, message.sentence
            self.query_one(MonthBars).show((), "unknown: the ledger cannot be read")
            self.repaint()

    def on_job_grew(self, message: readers.JobGrew) -> None:
        """Words came."""
        if self.run is not None and message.about == self.run.name:
            self.job = message.job
            self.repaint()
            self._lead()

    def _lead(self) -> None:
        """While nobody moves the cursor it goes where the newest words are."""
        if not (self._leads and self.is_live and self.job.newest):
            return
        self._led_to = self.job.newest
        names = [line.name for line in self._lines]
        if self._led_to in names:
            self.query_one("#recordings", Table).move_cursor(names.index(self._led_to))

    def on_table_cursor_moved(self, message: Table.CursorMoved) -> None:
        """A person who looks at a row keeps it."""
        message.stop()
        self._leads = self._leads and message.key == self._led_to

    def on_result_read(self, message: readers.ResultRead) -> None:
        """The manifest was written."""
        if self.wanted is not None and message.about == str(self.wanted.manifest):
            self.result = message.result
            self.repaint()

    # what is shown

    @property
    def is_live(self) -> bool:
        """Whether the task's job is under way."""
        return self.run is not None and self.run.is_live

    @property
    def is_paused(self) -> bool:
        return self.is_live and self.run is not None and self.run.state == "paused"

    @property
    def selected(self) -> list[str]:
        """Names that are selected."""
        return [str(key) for key in self.query_one("#recordings", Table).selected]

    @property
    def price(self) -> Price | None:
        """What the chosen recogniser costs."""
        if self.plan is not None:
            return self.plan.price
        return None if self.wanted is None or self.money is None else self.wanted.price_in(self.money.table)

    def sum_now(self, names: list[str]) -> Sum | None:
        """What these recordings would add to the month as it stands."""
        if self.plan is None or self.money is None:
            return None
        return self.plan.sum_of(names, self.money.usage)

    def repaint(self) -> None:
        """Everything, from what is known; only what differs is sent."""
        if not self.is_mounted:
            return
        running = [name for name, _ in self.config.files] if self.is_live and self.config else ()
        own = self.config.lengths if self.config else {}
        self._lengths = {**self._lengths, **own, **self.job.lengths(), **self.result.lengths}
        self._lines = (
            files.lines(self.plan, self.job, self.result, running, self._lengths) if self.wanted else []
        )
        self.query_one(MeterPanel).show(showing.reading(self))
        self.query_one("#task", StatusLine).show(*showing.task_facts(self, len(self._lines)))
        self.running.show(self.query_one("#job", StatusLine))
        table = self.query_one("#recordings", Table)
        table.set_rows(
            len(self._lines),
            lambda index: self._lines[index].cells(),
            key=lambda index: self._lines[index].name,
        )
        if self.seen:
            self.app.show_keys()

    # room

    @property
    def _is_tall(self) -> bool:
        return self.size.height >= TALL

    def on_resize(self) -> None:
        """A high terminal has room for past months below the recordings."""
        self._arrange()

    def _arrange(self) -> None:
        months, table = self.query_one("#months"), self.query_one("#recordings")
        history = self.money.history if self.money is not None else ()
        months.display = self._is_tall or self.shows_history
        table.display = self._is_tall or not self.shows_history
        months.styles.height = 1 + max(1, min(_MOST_MONTHS, len(history))) if self._is_tall else "1fr"
        table.styles.height = "1fr"

    def action_show_history(self) -> None:
        self.shows_history = not self.shows_history
        self._arrange()
        self.screen.set_focus(self.first_focus())

    # choosing

    def offers(self, verb: str) -> bool:  # noqa: PLR0911 - a line for each key
        if verb in _WITH_TASK:
            return self.wanted is not None and not self.is_live
        if verb in ("pause", "stop_run"):
            return self.is_live
        if verb == "start":
            return not self.is_live and self.running.is_anything_to_send
        if verb == "retry":
            return not self.is_live and bool(self.running.failed())
        if verb == "resend":
            return not self.is_live and bool(self.running.doubtful())
        if verb == "do_again":
            return not self.is_live and bool(self.result.texts)
        if verb == "open_transcript":
            return bool(self._lines)
        if verb == "choose_key":
            return self.wanted is None or self.wanted.provider.is_google
        return True

    def word(self, verb: str) -> str:
        return "go on" if verb == "pause" and self.is_paused else ""

    def take_task(self, task: Task, *, look: bool = True) -> None:
        """Show another task; what was known of the last one goes."""
        if self.wanted is None or (task.source, task.manifest) != (self.wanted.source, self.wanted.manifest):
            self.query_one("#recordings", Table).selected.clear()
        self.wanted, self.plan, self.fault = task, None, ""
        self.job, self.result = JobNow(), Result()
        self.read_ledger()
        self.running.take(self.app.runs)
        self.running.follow_again()
        if look and not self.is_live:
            self.look()
        self.repaint()

    def follow(self) -> None:
        """Readers of another job or manifest end."""
        self._end_readers("run ", "manifest ")

    def _end_readers(self, *names: str) -> None:
        for reader in [each for each in self._readers if each.name.startswith(names)]:
            reader.close()
            self._readers.remove(reader)

    def select_none(self) -> None:
        """What was selected is under way now."""
        self._leads = True
        self.query_one("#recordings", Table).selected.clear()

    def look(self) -> None:
        """Work out anew what a start would send and cost, beside the screen."""
        if self.wanted is not None:
            run_worker(self, self._look, self.wanted, group="plan")

    async def _look(self, task: Task) -> None:
        self.planning, self.fault = "looking at the recordings", ""
        self.repaint()
        argv = [*task.words(), "--dry-run", "--json"]
        ended = await command.run(argv, self.app.workspace.root, self.credentials)
        self.planning = ""
        if task == self.wanted:
            self._take_plan(ended)
        self.repaint()

    def _take_plan(self, ended: command.Ended) -> None:
        self.plan, self.fault = Plan.of(ended)
        if self.plan is not None:
            self._lengths |= {each.name: each.length_ms for each in self.plan.recordings if not each.fault}
            self.query_one("#recordings", Table).selected &= self._sendable() | self.plan.kept

    def _sendable(self) -> set[str]:
        return {each.name for each in self.plan.chosen(())} if self.plan is not None else set()

    def on_table_selection_changed(self, message: Table.SelectionChanged) -> None:
        """A recording was selected or no longer is."""
        message.stop()
        name = str(message.key)
        if self.plan is not None and name not in self._sendable() | self.plan.kept:
            message.table.selected.discard(message.key)
            self.notify("this one has nothing to send")
        self.repaint()

    def action_select_all(self) -> None:
        """All that can be sent, then those with a transcript as well, then none."""
        table = self.query_one("#recordings", Table)
        if self.plan is None:
            self.notify(self.running.why_not())
            return
        sendable, everything = self._sendable(), self._sendable() | self.plan.kept
        more = everything if table.selected >= sendable else sendable
        table.selected = set() if table.selected >= everything else set(more)
        self.repaint()

    def on_table_activated(self, message: Table.Activated) -> None:
        """Enter, or a second click, on a recording."""
        message.stop()
        run_worker(self, asking.open_transcript, self, self._lines[message.index], group="open")

    def action_open_transcript(self) -> None:
        self.query_one("#recordings", Table).action_activate()

    def action_choose_recordings(self) -> None:
        asking.recordings(self)

    def action_choose_provider(self) -> None:
        if self.is_live:
            self.notify(self.running.why_not())
        else:
            asking.provider(self)

    def action_choose_key(self) -> None:
        asking.key_file(self)

    def action_set_budget(self) -> None:
        asking.budget(self)

    def action_plan_again(self) -> None:
        if self.wanted is None or self.is_live:
            self.notify(self.running.why_not())
        else:
            self.look()

    # the job

    def action_start(self) -> None:
        self.running.start(self.selected)

    def action_retry(self) -> None:
        self.running.retry()

    def action_resend(self) -> None:
        self.running.resend(self.selected)

    def action_do_again(self) -> None:
        cursor = self.query_one("#recordings", Table).cursor
        marked = [self._lines[cursor].name] if 0 <= cursor < len(self._lines) else []
        self.again.ask(self.selected or marked)

    def action_pause(self) -> None:
        self.running.pause()

    def action_stop_run(self) -> None:
        self.running.stop()
