"""Starting, pausing and stopping a job: asks with the sum, then runs the command that a person would type."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs import commands, launch
from engine.transcribe.price_file import MILLION
from engine.transcribe.quote import RETRIED, Quote
from tui.app.workers import run_worker
from tui.panes.transcription import dialogs
from tui.panes.transcription.state import State
from tui.panes.transcription.task import Plan, Task, run_command, where, why
from tui.panes.transcription.wording import in_keys

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from tui.app.dashboard import Dashboard


@dataclass(frozen=True, slots=True)
class Start:
    """A start that was confirmed: it stays as it is, whatever is shown meanwhile."""

    task: Task
    quote: Quote
    paths: tuple[Path, ...]
    redo: bool = False
    retry: bool = False

    def words(self) -> list[str]:
        """The command behind `vitsdeck`; it refuses by itself when the sum has grown."""
        flags = ["--redo"] * self.redo + ["--retry-unconfirmed"] * self.retry
        most = f"{Decimal(self.quote.micros) / MILLION:f}"
        return [*self.task.words(), *flags, "--only", "-", "--max-cost", most, "--detach", "--json"]


@dataclass(frozen=True, slots=True)
class JobStarter:
    """Gets the pane's state with each request.

    Attributes:
        doing: called with what is being done, and with "" when it is over; no other start is made meanwhile.
        ended: called with whether a start has been made, or was refused.
    """

    app: Dashboard
    doing: Callable[[str], object]
    ended: Callable[[bool], object]

    def send(self, state: State, names: Collection[str], *, retry: bool = False) -> None:
        """Ask once, with the sum, and start; all that have no transcript when no names are given.

        Args:
            retry: unconfirmed chunks are sent again, which may pay for them twice.
        """
        why_not = state.why_not if retry else state.why_not_send(names)
        if why_not or state.quote is None or state.plan is None or state.task is None:
            self.app.notify(why_not)
            return
        if state.plan.missing:
            self.app.notify(in_keys(state.plan.missing), severity="error")
            return
        quote = state.quote.of(names)
        quote = replace(quote, states=RETRIED) if retry else quote
        start = Start(state.task, quote, tuple(each.path for each in quote.readable), retry=retry)
        if quote.price.is_free or not quote.chunks:
            self._go(state, start)
        else:
            dialogs.consent(self.app, quote, lambda: self._go(state, start), retry=retry)

    def send_again(self, state: State, names: list[str], nothing: str, *, retry: bool = False) -> None:
        """Send refused or unconfirmed chunks; `nothing` is said when there are none."""
        if retry and state.why_not:
            self.app.notify(state.why_not)
        elif not names:
            self.app.notify(nothing)
        elif with_text := [name for name in names if name in state.kept]:
            self.redo(state, with_text, retry=retry)
        else:
            self.send(state, names, retry=retry)

    def redo(self, state: State, names: Collection[str], *, retry: bool = False) -> None:
        """Work out what redoing these would cost, and ask; those without a transcript are left to `send`."""
        done = sorted(name for name in names if name in state.result.texts)
        if state.why_not:
            self.app.notify(state.why_not)
        elif not done or state.task is None:
            self.app.notify(_("no transcript is marked or selected here: A redoes transcripts"))
        else:
            self.doing(_("looking at what would be redone"))
            run_worker(
                self.app, self._ask_to_redo, state, state.task, done, retry, group="redo", exclusive=False
            )

    async def _ask_to_redo(self, state: State, task: Task, names: list[str], retry: bool) -> None:
        flags = ["--redo", *["--retry-unconfirmed"] * retry, "--only", "-", "--dry-run", "--json"]
        paths = tuple(where(name, task.manifest, state.root) for name in names)
        try:
            ended = await run_command([*task.words(), *flags], state.root, state.credentials, paths)
        finally:
            self.doing("")
        plan, fault = Plan.of(ended)
        if plan is None or state.money is None or plan.missing:
            self.app.notify(in_keys(plan.missing if plan else fault), severity="error")
            return
        quote = Quote(plan.recordings, plan.price, state.money.usage)
        if not quote.chunks and quote.count("unconfirmed"):
            self.app.notify(
                _("these were sent before and are unconfirmed: u retries them"), severity="warning"
            )
            return
        start = Start(task, quote, paths, redo=True, retry=retry)
        dialogs.consent(self.app, quote, lambda: self._go(state, start), retry=retry, redo=names)

    def _go(self, state: State, start: Start) -> None:
        self.doing(_("starting: cutting the recordings"))
        run_worker(self.app, self._start, state, start, group="start", exclusive=False)

    async def _start(self, state: State, start: Start) -> None:
        try:
            words = start.words()
            ended = await run_command(words, state.root, state.credentials, start.paths, outlives=True)
        finally:
            self.doing("")
        if ended.document is None:
            self.app.notify(in_keys(why(ended)), severity="error")
        else:
            self.app.look_for_runs()
        self.ended(ended.document is not None)

    def pause(self, run: RunSnapshot | None, *, resume: bool) -> None:
        """Ask a live job to pause, or to resume; its state says that it has."""

        def call(live: RunSnapshot) -> str:
            commands.send(live.folder, "resume" if resume else "pause")
            return ""

        self._command(run, call)

    def stop(self, run: RunSnapshot | None) -> None:
        """Stop a live job after the calls under way, which are waited for as they are paid for.

        A second request, from here or another window, changes nothing.
        """

        def call(live: RunSnapshot) -> str:
            if not launch.stop(live.folder):
                return _("{name} had ended already").format(name=live.name)
            return _("{name} stops after the calls under way; T continues later").format(name=live.name)

        self._command(run, call)

    def _command(self, run: RunSnapshot | None, call: Callable[[RunSnapshot], str]) -> None:
        if run is None or not run.is_live:
            self.app.notify(_("no job is under way"))
            return

        async def send() -> None:
            with self.app.errors_notified():
                if notice := await asyncio.to_thread(call, run):
                    self.app.notify(notice)
                self.app.look_for_runs()

        run_worker(self.app, send, group="command", exclusive=False)
