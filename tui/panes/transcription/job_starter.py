"""Starting, pausing and stopping a job: asks with the sum, then runs the command that a person would type."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from textual import getters
from textual.message import Message
from textual.widget import Widget

from engine.i18n import _
from engine.runs import commands, launch
from engine.transcribe.price_file import MILLION
from engine.transcribe.quote import RETRIED, Quote
from tui.app.dashboard import Dashboard
from tui.app.workers import run_worker
from tui.panes.transcription import dialogs
from tui.panes.transcription.state import State
from tui.panes.transcription.task import Plan, Task, run_command, where, why
from tui.panes.transcription.wording import in_keys

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot


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


class JobStarter(Widget):
    """Invisible; gets the pane's state with each request, and posts what came of it."""

    DEFAULT_CSS = "JobStarter { display: none; }"
    app = getters.app(Dashboard)

    @dataclass
    class Doing(Message):
        """What is being done now; "" when it is over."""

        what: str

    @dataclass
    class Ended(Message):
        """A start has been made, or was refused."""

        is_started: bool

    def __init__(self) -> None:
        super().__init__()
        self._is_starting = False

    def send(self, state: State, names: Collection[str], *, retry: bool = False) -> None:
        """Ask once, with the sum, and start; all that have no transcript when no names are given.

        Args:
            retry: unconfirmed chunks are sent again, which may pay for them twice.
        """
        why_not = state.why_not if retry else state.why_not_send(names)
        if why_not or state.quote is None or state.plan is None or state.task is None:
            self.notify(why_not)
            return
        if state.plan.missing:
            self.notify(in_keys(state.plan.missing), severity="error")
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
            self.notify(state.why_not)
        elif not names:
            self.notify(nothing)
        elif with_text := [name for name in names if name in state.kept]:
            self.redo(state, with_text, retry=retry)
        else:
            self.send(state, names, retry=retry)

    def redo(self, state: State, names: Collection[str], *, retry: bool = False) -> None:
        """Work out what redoing these would cost, and ask; those without a transcript are left to `send`."""
        done = sorted(name for name in names if name in state.result.texts)
        if state.why_not:
            self.notify(state.why_not)
        elif not done or state.task is None:
            self.notify(_("no transcript is marked or selected here: A redoes transcripts"))
        else:
            self.post_message(self.Doing(_("looking at what would be redone")))
            run_worker(self, self._ask_to_redo, state, state.task, done, retry, group="redo", exclusive=False)

    async def _ask_to_redo(self, state: State, task: Task, names: list[str], retry: bool) -> None:
        flags = ["--redo", *["--retry-unconfirmed"] * retry, "--only", "-", "--dry-run", "--json"]
        paths = tuple(where(name, task.manifest, state.root) for name in names)
        try:
            ended = await run_command([*task.words(), *flags], state.root, state.credentials, paths)
        finally:
            self.post_message(self.Doing(""))
        plan, fault = Plan.of(ended)
        if plan is None or state.money is None or plan.missing:
            self.notify(in_keys(plan.missing if plan else fault), severity="error")
            return
        quote = Quote(plan.recordings, plan.price, state.money.usage)
        if not quote.chunks and quote.count("unconfirmed"):
            self.notify(_("these were sent before and are unconfirmed: u retries them"), severity="warning")
            return
        start = Start(task, quote, paths, redo=True, retry=retry)
        dialogs.consent(self.app, quote, lambda: self._go(state, start), retry=retry, redo=names)

    def _go(self, state: State, start: Start) -> None:
        if self._is_starting:
            self.notify(_("wait: another start is being made"))
            return
        self._is_starting = True
        self.post_message(self.Doing(_("starting: cutting the recordings")))
        run_worker(self, self._start, state, start, group="start", exclusive=False)

    async def _start(self, state: State, start: Start) -> None:
        try:
            words = start.words()
            ended = await run_command(words, state.root, state.credentials, start.paths, outlives=True)
        finally:
            self._is_starting = False
            self.post_message(self.Doing(""))
        if ended.document is None:
            self.notify(in_keys(why(ended)), severity="error")
        else:
            self.app.look_for_runs()
        self.post_message(self.Ended(ended.document is not None))

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
            self.notify(_("no job is under way"))
            return

        async def send() -> None:
            with self.app.errors_notified():
                if notice := await asyncio.to_thread(call, run):
                    self.notify(notice)
                self.app.look_for_runs()

        run_worker(self, send, group="command", exclusive=False)
