"""The state of the pane as one value, and what follows from it. Nothing here draws or waits."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from engine.config.settings import Settings
from engine.i18n import _
from engine.transcribe.jobconfig import Config
from engine.transcribe.ledger import default_path
from engine.transcribe.pricing import Price
from engine.transcribe.quote import Quote, Recording
from tui.app import words
from tui.panes.transcription.readers import JobNow, Money, Result
from tui.panes.transcription.task import PROVIDERS, USUAL, Plan, Provider, Task
from tui.panes.transcription.wording import in_keys
from tui.widgets.statusline import Fact

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from engine.workspace import Workspace


@dataclass(frozen=True)
class State:
    """Everything that is shown.

    Attributes:
        planning: what is being read for the plan. fault: why there is no plan.
        ledger_fault: why there are no figures. doing: what is being started. run, config: of the task's job.
    """

    workspace: Workspace | None = None
    task: Task | None = None
    plan: Plan | None = None
    planning: str = ""
    fault: str = ""
    money: Money | None = None
    ledger_fault: str = ""
    run: RunSnapshot | None = None
    config: Config | None = None
    job: JobNow = field(default_factory=JobNow)
    result: Result = field(default_factory=Result)
    credentials: Path | None = None
    selected: frozenset[str] = frozenset()
    doing: str = ""

    @property
    def root(self) -> Path:
        return self.workspace.root if self.workspace is not None else Path()

    @property
    def settings(self) -> Settings:
        return self.workspace.settings if self.workspace is not None else Settings()

    @property
    def account(self) -> str:
        """The billing account whose month is shown: the task's, else the workspace's."""
        return self.task.account if self.task is not None else self.settings.account

    @property
    def ledger(self) -> Path:
        """The ledger that the task is kept in."""
        return (self.task.ledger if self.task is not None else None) or default_path()

    @property
    def is_live(self) -> bool:
        """Whether the task's job is under way."""
        return self.run is not None and self.run.is_live

    @property
    def is_paused(self) -> bool:
        return self.is_live and self.run is not None and self.run.state == "paused"

    @property
    def price(self) -> Price | None:
        """What the chosen provider costs."""
        if self.plan is not None:
            return self.plan.price
        return None if self.task is None or self.money is None else self.task.price_in(self.money.table)

    @cached_property
    def quote(self) -> Quote | None:
        """What a start would send and cost as the month stands: everything without a transcript."""
        if self.plan is None or self.money is None:
            return None
        return Quote(self.plan.recordings, self.plan.price, self.money.usage)

    @property
    def kept(self) -> frozenset[str]:
        """Recordings that have a transcript: they are redone, or left alone."""
        return self.plan.kept if self.plan is not None else frozenset()

    @property
    def _planned(self) -> tuple[Recording, ...]:
        return self.plan.recordings if self.plan is not None else ()

    @property
    def sendable(self) -> set[str]:
        """Recordings without a transcript that can be read."""
        return {each.name for each in self._planned if not each.fault}

    @property
    def failed(self) -> list[str]:
        """Recordings with a chunk that was refused."""
        return sorted(self.job.having("failed"))

    @property
    def unconfirmed(self) -> list[str]:
        """Recordings with a chunk that was sent with these very settings, and is unconfirmed."""
        redone = sorted(name for name in self.job.having("unconfirmed") if name in self.kept)
        return [*(each.name for each in self._planned if each.has("unconfirmed")), *redone]

    @property
    def names_in_job(self) -> list[str]:
        """Recordings of the job."""
        return [name for name, _unused in self.config.files] if self.config is not None else []

    def offers(self, verb: str) -> bool:
        """Whether an action makes sense now."""
        idle: dict[str, Callable[[], object]] = {
            "start": self.can_send,
            "retry": lambda: self.failed,
            "retry_unconfirmed": lambda: self.unconfirmed,
            "redo": lambda: self.result.texts,
            **dict.fromkeys(("choose_provider", "select_all", "plan_again"), lambda: self.task),
        }
        if verb in idle:
            return not self.is_live and bool(idle[verb]())
        if verb in ("pause", "stop_run"):
            return self.is_live
        return verb != "choose_key" or self.task is None or self.task.provider.is_google

    def can_send(self, names: Collection[str] = ()) -> bool:
        """Whether a start would do anything for recordings without a transcript."""
        quote = self.quote.of(names) if self.quote is not None else None
        if quote is None or not quote.readable:
            return False
        return {piece.state for each in quote.readable for piece in each.pieces} != {"unconfirmed"}

    @property
    def why_not(self) -> str:
        """Why nothing can be started now, "" when something can."""
        if self.doing:
            return _("wait: {work}").format(work=self.doing)
        if self.is_live:
            return _("the job is under way; s stops it")
        if self.task is None:
            return _("e chooses recordings first")
        if self.plan is None:
            return in_keys(self.fault) or _("still looking at the recordings: the sum comes first")
        if self.money is None:
            return self.ledger_fault or _("still reading the ledger: the sum comes first")
        return ""

    def why_not_send(self, names: Collection[str]) -> str:
        """Why `T` can start nothing for these."""
        if self.why_not or self.quote is None or self.can_send(names):
            return self.why_not
        if self.quote.of(names).readable:
            return _("all that is left is unconfirmed: u retries it")
        return _("nothing to send here; A redoes a transcript")

    @property
    def provider(self) -> Provider:
        """The chosen one."""
        return self.task.provider if self.task is not None else PROVIDERS[0]

    @cached_property
    def shown_quote(self) -> Quote | None:
        """Of the selected recordings, or of all; None while a job is under way."""
        return None if self.is_live or self.quote is None else self.quote.of(self.selected)

    @property
    def named(self) -> str:
        """What the recordings of `shown_quote` are called."""
        return "selected" if self.selected else _("these files")

    @property
    def provider_prices(self) -> list[tuple[Provider, Price]]:
        """Each provider with its price; the chosen one's may be that of a model of its own."""
        if self.money is None:
            return []
        find, price = self.money.table.find, self.price
        prices = [(each, find(each.name, each.api, "", self._logging)) for each in PROVIDERS]
        return [(each, price if price and each == self.provider else usual) for each, usual in prices]

    @property
    def money_fault(self) -> str:
        """Why there are no figures, or none that can be trusted."""
        fault = self.ledger_fault if self.money is None else self.money.fault
        return f"{words.GLYPHS['failed']} {fault}" if fault else ""

    @property
    def _logging(self) -> bool:
        """Whether prices are those of a project that takes part in data logging."""
        return self.task.settings.logging if self.task and self._is_google else self.settings.data_logging

    @property
    def _is_google(self) -> bool:
        return self.task is not None and self.task.provider.is_google

    @property
    def note(self) -> str:  # noqa: PLR0911 - a line for each note
        """What stands where a sum would, or after it."""
        if self.is_live:
            return _("under way; the bar shows what waits")
        if self.planning:
            return f"{words.GLYPHS['starting']} {self.planning}"
        if self.money is not None and self.money.fault:
            return _("nothing is sent before the price list above is fixed or gone; its rows are not shown")
        if self.fault:
            return f"{words.GLYPHS['failed']} {in_keys(self.fault)}"
        if self.plan is None or not self.plan.missing:
            return ""
        if "project" in self.plan.missing:
            return _("! google v2 needs a project: e")
        return _("! no credentials: y") if self._is_google else _("! T says what is missing")

    def task_facts(self, *, are_all_done: bool) -> list[Fact]:
        """From where to where, with what."""
        task = self.task
        if task is None:
            if are_all_done:
                return [_("the workspace's recordings have their texts: e chooses a folder of others")]
            return [_("no recordings are chosen: e chooses a folder of them")]
        settings = task.settings
        paths = {"source": short(task.source, self.root), "manifest": short(task.manifest, self.root)}
        parts = [_("{source} to {manifest}").format(**paths), task.provider.title]
        parts += [settings.language, settings.model]
        if task.provider.is_google:
            parts.append("" if settings.rate == USUAL.rate else f"{settings.rate:,} Hz")
            parts.append(_("data logging") if settings.logging else "")
            parts.append(_("at {server}").format(server=settings.endpoint) if settings.endpoint else "")
        if self.credentials is not None:
            parts.append(_("key …/{name}").format(name=self.credentials.name))
        return [part for part in parts if part]

    def job_facts(self) -> list[Fact]:
        """How the job is: progress, time left, what failed, and the key for it."""
        run = self.run
        if self.doing:
            return [f"{words.GLYPHS['starting']} {self.doing}"]
        if run is None:
            return [_("nothing has been sent for this manifest yet")] if self.task else []
        facts: list[Fact] = [_("‖ paused: p continues") if self.is_paused else words.state(run)]
        if run.total_steps and run.is_live:
            done = run.step or 0
            text = _("{done:,} of {total:,} chunks, {percent}%")
            percent = 100 * done // run.total_steps
            facts.append(text.format(done=done, total=run.total_steps, percent=percent))
            if run.eta_s is not None and not self.is_paused:
                facts.append(_("about {duration} left").format(duration=words.duration(run.eta_s)))
        if self.failed:
            text = _("{n:,} failed") if self.is_live else _("{n:,} failed: r retries")
            facts.append((text.format(n=len(self.failed)), "error"))
        if lost := sum(each.having("unconfirmed") for each in self.job.files.values()):
            can_retry = self.unconfirmed and not self.is_live
            text = _("{n:,} unconfirmed: u retries") if can_retry else _("{n:,} unconfirmed")
            facts.append((text.format(n=lost), "warning"))
        if run.is_final and run.reason:
            reason = in_keys(run.reason)
            facts.append((reason, "error") if run.state == "failed" else reason)
        return facts


def short(path: Path, root: Path) -> str:
    """A path as seen from the workspace."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
