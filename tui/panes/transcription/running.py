"""The task's job: found among the runs, followed, started after one question with the sum, paused, stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.transcribe.pricing import amount
from tui import words
from tui.panes.transcription import command, readers
from tui.panes.transcription.readers import JobNow
from tui.panes.transcription.task import KIND, JobConfig, Sum
from tui.widgets.statusline import StatusLine

if TYPE_CHECKING:
    from engine.run.registry import RunSnapshot
    from tui.panes.transcription.pane import TranscriptionPane
    from tui.widgets.statusline import Level

_RESEND = "Their replies were lost: they count as spent already, and may have been billed. "


class Running:
    """A part of the pane."""

    def __init__(self, pane: TranscriptionPane) -> None:
        self._pane = pane
        self._configs: dict[str, JobConfig | None] = {}  # by run and start
        self._followed = ""
        self._was_live = False
        self._starting = ""

    # which run

    def take(self, runs: Sequence[RunSnapshot]) -> None:
        """The list of runs: find the task's own; the newest transcription is the task until a person chooses one."""
        pane = self._pane
        ours = [run for run in runs if run.kind == KIND]
        if pane.wanted is None and ours:
            live = next((run for run in ours if run.is_live), ours[0])
            config = self._config(live)
            if config is not None:
                pane.wanted = config.task
                pane.run, pane.config = live, config
                self._was_live = live.is_live
                self.follow_again()
                if not live.is_live:
                    pane.look()
                return
        pane.run = next((run for run in ours if self._is_own(run)), None)
        pane.config = self._config(pane.run) if pane.run is not None else None
        if self._identity() != self._followed:
            self.follow_again()
        self._see_the_end()

    def _is_own(self, run: RunSnapshot) -> bool:
        config, task = self._config(run), self._pane.wanted
        return config is not None and task is not None and config.task.manifest == task.manifest

    def _config(self, run: RunSnapshot) -> JobConfig | None:
        key = f"{run.folder} {run.id} {run.started}"
        if key not in self._configs:
            self._configs[key] = JobConfig.read(run)
        return self._configs[key]

    def _see_the_end(self) -> None:
        """When a job has ended, what is left to send is another sum."""
        pane = self._pane
        if self._was_live and not pane.is_live and pane.wanted is not None:
            pane.plan = None  # its sum is out of date
            pane.look()
        self._was_live = pane.is_live

    def _identity(self) -> str:
        run = self._pane.run
        return "" if run is None else f"{run.name} {run.id} {run.started}"

    def follow_again(self) -> None:
        """Read the events of the task's run and its manifest; the readers of another task end."""
        pane = self._pane
        self._followed = self._identity()
        pane.follow()
        if not pane.seen or pane.wanted is None:
            return
        pane.reads(readers.result(pane.wanted.manifest, pane))
        if pane.run is not None:
            pane.job = JobNow()
            pane.reads(readers.job(pane.run.name, pane.run.folder, pane.run.started or 0.0, pane))

    # what is shown

    def failed(self) -> list[str]:
        """Recordings with a chunk that was refused."""
        return sorted(self._pane.job.failed())

    def show(self, line: StatusLine) -> None:
        """How the job is: progress, time left, what failed, and the key for it."""
        run, pane = self._pane.run, self._pane
        facts: list[str | tuple[str, Level]] = []
        if self._starting:
            line.show([f"{words.GLYPHS['starting']} {self._starting}"])
            return
        if run is None:
            line.show(["nothing has been sent for this manifest yet"] if pane.wanted else [])
            return
        facts.append("‖ paused: p goes on" if pane.is_paused else words.state(run))
        if run.total_steps and run.is_live:
            share = 100 * (run.step or 0) // run.total_steps
            facts.append(f"{run.step or 0:,} of {run.total_steps:,} chunks, {share}%")
            if run.eta_s is not None and not pane.is_paused:
                facts.append(f"about {words.duration(run.eta_s)} left")
        facts += self._troubles()
        if run.is_final and run.reason:
            facts.append((run.reason, "error") if run.state == "failed" else run.reason)
        line.show(facts, run.name)

    def _troubles(self) -> list[tuple[str, Level]]:
        pane = self._pane
        failed = len(self.failed())
        lost = sum(each.having("unconfirmed") for each in pane.job.files.values())
        hints = ("", "") if pane.is_live else (": r retries", ": u sends again")
        troubles: list[tuple[str, Level]] = []
        if failed:
            troubles.append((f"{failed:,} failed{hints[0]}", "error"))
        if lost:
            troubles.append((f"{lost:,} unconfirmed{hints[1]}", "warning"))
        return troubles

    # starting

    def start(self, names: list[str]) -> None:
        """Ask once, with the sum, and start."""
        pane = self._pane
        if pane.is_live:
            pane.deck.tell("the job is under way")
        elif pane.plan is None:
            pane.deck.tell(
                pane.fault or ("e chooses recordings first" if pane.wanted is None else "wait for the sum")
            )
        elif pane.plan.missing:
            pane.deck.tell(pane.plan.missing, "error")
        elif (sum_ := pane.sum_now(names)) is not None:
            self._ask(names, sum_)

    def retry(self) -> None:
        """Send what was refused once more; refused calls cost nothing."""
        failed = self.failed()
        if not failed:
            self._pane.deck.tell("nothing has failed")
        else:
            self.start(failed)

    def resend(self, names: list[str]) -> None:
        """Send unconfirmed chunks again, which may pay for them twice."""
        pane = self._pane
        doubtful = pane.plan.having("unconfirmed") if pane.plan is not None else []
        wanted = [name for name in doubtful if not names or name in names]
        if not wanted:
            pane.deck.tell("nothing here is unconfirmed")
        elif pane.plan is not None and pane.plan.missing:
            pane.deck.tell(pane.plan.missing, "error")
        elif (sum_ := pane.sum_now(wanted, resend=True)) is not None:
            self._ask(wanted, sum_, resend=True)

    def _ask(self, names: list[str], sum_: Sum, *, resend: bool = False) -> None:
        from tui.screens.confirm import ConfirmScreen

        pane = self._pane
        price = pane.price
        if price is None:
            return
        if price.is_free or not sum_.chunks:
            self._go(names, sum_, resend=resend)
            return
        chunks = words.plural(sum_.chunks, "chunk")
        adds = pane.settings_currency.of(sum_.micros, price.currency)
        verb = "Send again" if resend else "Send"
        question = (
            f"{verb} {chunks} of {words.plural(sum_.recordings, 'recording')} to {price.name} for {adds}?"
        )
        minutes = f"{sum_.billed_ms / 60_000:.1f} minutes are billed"
        month = amount(sum_.month_micros, price.currency)
        detail = f"{minutes}; the month is then {month}."
        if resend:
            detail = f"{_RESEND}{detail}"

        def answered(yes: bool | None) -> None:
            if yes:
                self._go(names, sum_, resend=resend)

        pane.app.push_screen(ConfirmScreen(question, detail, yes="send", no="send nothing"), answered)

    def _go(self, names: list[str], sum_: Sum, *, resend: bool) -> None:
        self._pane.run_worker(self._start(names, sum_, resend=resend), group="start", exclusive=True)

    async def _start(self, names: list[str], sum_: Sum, *, resend: bool) -> None:
        """The same command that a person would type; it refuses by itself when the sum has grown meanwhile."""
        pane = self._pane
        if pane.wanted is None or pane.plan is None or self._starting:
            return
        self._starting = "starting: cutting the recordings"
        pane.repaint()
        settings = pane.deck.workspace.settings
        argv = [*pane.wanted.words(pane.account, settings.endpoint), "--only", "-"]
        argv += [
            "--agreed",
            sum_.agreed(),
            "--detach",
            "--json",
            *(["--resend-unconfirmed"] if resend else []),
        ]
        paths = [each.path for each in pane.plan.chosen(names)]
        root = pane.deck.workspace.root
        ended = await command.run(argv, root, pane.credentials, paths, outlives=True)
        self._starting = ""
        if ended.document is None:
            pane.deck.tell(ended.sentence, "error")
            pane.plan = None  # whatever it was, the sum is to be looked at again
            pane.look()
        else:
            pane.select_none()
            self._was_live = True
            pane.deck.look_for_runs()
        pane.repaint()

    # stopping

    def pause(self) -> None:
        """Pause, or go on."""
        pane = self._pane
        if not pane.is_live or pane.run is None:
            pane.deck.tell("no job is under way")
            return
        verb = "resume" if pane.is_paused else "pause"
        pane.run_worker(self._send(pane.run, verb), group="pause")

    async def _send(self, run: RunSnapshot, verb: str) -> None:
        from engine.run import mailbox

        try:
            await asyncio.to_thread(mailbox.send, run.folder, verb)
        except Exception as error:  # noqa: BLE001 - told in one sentence; the job goes on as it was
            self._pane.deck.tell(words.sentence(error), "error")
            return
        self._pane.deck.look_for_runs()

    def stop(self) -> None:
        """Stop after the calls under way, which are waited for: they are paid for."""
        pane = self._pane
        if not pane.is_live or pane.run is None:
            pane.deck.tell("no job is under way")
            return
        pane.run_worker(self._stop(pane.run), group="stop")

    async def _stop(self, run: RunSnapshot) -> None:
        from engine.run import launch

        try:
            asked = await asyncio.to_thread(launch.stop, run.folder)
        except Exception as error:  # noqa: BLE001 - told in one sentence; the job goes on
            self._pane.deck.tell(words.sentence(error), "error")
            return
        told = "stops after the calls under way; t goes on later" if asked else "had ended already"
        self._pane.deck.tell(f"{run.name} {told}")
        self._pane.deck.look_for_runs()
