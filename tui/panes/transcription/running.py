"""The task's job: found among the runs, followed, started after one question with the sum, paused, stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.transcribe.pricing import Price, amount
from tui.app import words
from tui.app.workers import run_worker
from tui.panes.transcription import command, readers
from tui.panes.transcription.readers import JobNow
from tui.panes.transcription.task import KIND, JobConfig, Recording, Sum, Task
from tui.panes.transcription.wording import in_keys
from tui.widgets.statusline import StatusLine

if TYPE_CHECKING:
    from engine.progress import Progress
    from engine.runs.registry import RunSnapshot
    from tui.panes.transcription.pane import TranscriptionPane
    from tui.widgets.statusline import Level

RESEND = "Their replies were lost: they count as spent already, and may have been billed. "


def is_without_texts(progress: Progress | None) -> bool:
    """Whether the workspace has recordings, and fewer texts than recordings."""
    return progress is not None and progress.recordings > progress.transcripts


@dataclass(frozen=True, slots=True)
class Start:
    """A start as it was asked for: what is agreed to stays, whatever is shown meanwhile."""

    task: Task
    paths: tuple[Path, ...]
    sum: Sum
    resend: bool = False
    again: bool = False

    def words(self) -> list[str]:
        """The command behind `vitsdeck`; it refuses by itself when the sum has grown."""
        flags = ["--again"] * self.again + ["--resend-unconfirmed"] * self.resend
        return [
            *self.task.words(),
            *flags,
            "--only",
            "-",
            "--agreed",
            self.sum.agreed(),
            "--detach",
            "--json",
        ]


class Running:
    """A part of the pane."""

    def __init__(self, pane: TranscriptionPane) -> None:
        self._pane = pane
        self._configs: dict[str, JobConfig | None] = {}  # by run and start
        self._followed = ""
        self._was_live = False
        self.doing = ""  # while a start is being made

    # which run

    def take(self, runs: Sequence[RunSnapshot]) -> None:
        """The list of runs: find the task's own. Until a person chooses one, the task is that of the newest
        transcription, else the workspace's recordings where some have no text."""
        pane = self._pane
        ours = [run for run in runs if run.kind == KIND]
        if pane.wanted is None and ours:
            live = next((run for run in ours if run.is_live), ours[0])
            config = self._config(live)
            if config is not None:
                pane.wanted = config.task
                pane.run, pane.config = live, config
                pane.read_ledger()
                self._was_live = live.is_live
                self.follow_again()
                if not live.is_live:
                    pane.look()
                return
        elif pane.wanted is None and pane.app.runs_read and is_without_texts(pane.app.progress):
            pane.take_task(Task.of_folder(pane.app.workspace.audio_dir, pane.app.workspace))
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
        pane.reads(readers.result(pane.wanted.manifest, pane.app.workspace.root, pane))
        if pane.run is not None:
            pane.job = JobNow()
            pane.reads(readers.job(pane.run.name, pane.run.folder, pane.run.started or 0.0, pane))

    # what is shown

    def failed(self) -> list[str]:
        """Recordings with a chunk that was refused."""
        return sorted(self._pane.job.having("failed"))

    def show(self, line: StatusLine) -> None:
        """How the job is: progress, time left, what failed, and the key for it."""
        run, pane = self._pane.run, self._pane
        facts: list[str | tuple[str, Level]] = []
        if self.doing:
            line.show([f"{words.GLYPHS['starting']} {self.doing}"])
            return
        if run is None:
            line.show(["nothing has been sent for this manifest yet"] if pane.wanted else [])
            return
        facts.append("‖ paused: p continues" if pane.is_paused else words.state(run))
        if run.total_steps and run.is_live:
            share = 100 * (run.step or 0) // run.total_steps
            facts.append(f"{run.step or 0:,} of {run.total_steps:,} chunks, {share}%")
            if run.eta_s is not None and not pane.is_paused:
                facts.append(f"about {words.duration(run.eta_s)} left")
        facts += self._troubles()
        if run.is_final and run.reason:
            reason = in_keys(run.reason)
            facts.append((reason, "error") if run.state == "failed" else reason)
        line.show(facts, run.name)

    def _troubles(self) -> list[tuple[str, Level]]:
        pane = self._pane
        failed = len(self.failed())
        lost = sum(each.having("unconfirmed") for each in pane.job.files.values())
        troubles: list[tuple[str, Level]] = []
        if failed:
            troubles.append((f"{failed:,} failed{': r retries' if pane.offers('retry') else ''}", "error"))
        if lost:
            hint = ": u sends again" if pane.offers("resend") else ""
            troubles.append((f"{lost:,} unconfirmed{hint}", "warning"))
        return troubles

    # starting

    def why_not(self) -> str:
        """Why nothing can be started now, "" when something can: a key never does nothing without a word."""
        pane = self._pane
        if self.doing:
            return f"wait: {self.doing}"
        if pane.is_live:
            return "the job is under way; s stops it"
        if pane.wanted is None:
            return "e chooses recordings first"
        if pane.plan is None:
            return in_keys(pane.fault) or "still looking at the recordings: the sum comes first"
        if pane.money is not None:
            return ""
        return pane.ledger_fault or "still reading the ledger: the sum comes first"

    @property
    def is_anything_to_send(self) -> bool:
        """Whether a start would do anything for recordings without a transcript."""
        chosen = self._pane.plan.chosen(()) if self._pane.plan is not None else []
        return bool(chosen) and not _are_doubtful(chosen)

    def start(self, names: list[str]) -> None:
        """Ask once, with the sum, and start; all that have no transcript when no names are given."""
        pane = self._pane
        if why_not := self.why_not():
            pane.notify(why_not)
            return
        chosen = pane.plan.chosen(names) if pane.plan is not None else []
        if not chosen:
            pane.notify("nothing to send here; A does a transcript again")
        elif _are_doubtful(chosen):
            pane.notify("all that is left is unconfirmed: u sends it again")
        else:
            self._ask(chosen)

    def retry(self) -> None:
        """Send what was refused once more; refused calls cost nothing."""
        failed, kept = self.failed(), self._kept()
        if not failed:
            self._pane.notify("nothing has failed")
        elif again := [name for name in failed if name in kept]:
            self._pane.again.ask(again)
        else:
            self.start(failed)

    def resend(self, names: list[str]) -> None:
        """Send unconfirmed chunks again, which may pay for them twice."""
        pane = self._pane
        if why_not := self.why_not():
            pane.notify(why_not)
            return
        doubtful = [name for name in self.doubtful() if not names or name in names]
        kept = self._kept()
        if not doubtful:
            pane.notify("nothing here is unconfirmed")
        elif again := [name for name in doubtful if name in kept]:
            pane.again.ask(again, resend=True)
        elif pane.plan is not None:
            self._ask(pane.plan.chosen(doubtful), resend=True)

    def doubtful(self) -> list[str]:
        """Recordings with a chunk that was sent with these very settings, and is unconfirmed."""
        pane, kept = self._pane, self._kept()
        planned = pane.plan.having("unconfirmed") if pane.plan is not None else []
        return [*planned, *sorted(name for name in pane.job.having("unconfirmed") if name in kept)]

    def _kept(self) -> frozenset[str]:
        """Recordings that have a transcript: they are done once more, or not at all."""
        return self._pane.plan.kept if self._pane.plan is not None else frozenset()

    def _ask(self, chosen: list[Recording], *, resend: bool = False) -> None:
        from tui.dialogs.confirm import ConfirmScreen

        pane = self._pane
        plan, task = pane.plan, pane.wanted
        if plan is None or task is None or pane.money is None:
            return  # `why_not` has said so
        if plan.missing:
            pane.notify(in_keys(plan.missing), severity="error")
            return
        sum_ = plan.sum_of([each.name for each in chosen], pane.money.usage, resend=resend)
        start = Start(task, tuple(each.path for each in chosen), sum_, resend=resend)
        if plan.price.is_free or not sum_.chunks:
            self.go(start)
            return
        what = f"{words.plural(sum_.chunks, 'chunk')} of {words.plural(sum_.recordings, 'recording')}"
        adds = pane.settings_currency.of(sum_.micros, plan.price.currency)
        question = f"{'Send again' if resend else 'Send'} {what} to {plan.price.name} for {adds}?"
        doubt = self.over_its_budget(sum_, plan.price) + (RESEND if resend else self._sent_otherwise(chosen))
        detail = f"{doubt}{self.billed(sum_, plan.price)}"

        def answered(yes: bool | None) -> None:
            if yes:
                self.go(start)

        pane.app.push_screen(ConfirmScreen(question, detail, yes="send", no="send nothing"), answered)

    def billed(self, sum_: Sum, price: Price) -> str:
        """What a sum means for the month."""
        month = amount(sum_.month_micros, price.currency)
        return f"{sum_.billed_ms / 60_000:.1f} minutes are billed; the month is then {month}."

    def _sent_otherwise(self, chosen: list[Recording]) -> str:
        """A warning of recordings that were sent before, with other settings, and are unconfirmed."""
        pane = self._pane
        before = {*pane.job.having("unconfirmed")}
        before |= {name for name, (state, _) in pane.result.states.items() if state == "unconfirmed"}
        count = sum(
            each.name in before and any(piece.kind == "send" for piece in each.pieces) for each in chosen
        )
        if not count:
            return ""
        of_them = "One of them was" if count == 1 else f"{count:,} of them were"
        return f"{of_them} sent before with other settings, and no reply came: it may be paid for twice. "

    def over_its_budget(self, sum_: Sum, price: Price) -> str:
        """A warning that the job was begun with a budget, which a start from here would pass."""
        limit = self._pane.config.budget_micros if self._pane.config is not None else None
        if limit is None or sum_.month_micros <= limit:
            return ""
        return f"That is more than the {amount(limit, price.currency)} a month that this job was begun with. "

    def go(self, start: Start) -> None:
        """Start what was agreed to."""
        if self.doing:
            self._pane.notify(f"wait: {self.doing}")
            return
        self.doing = "starting: cutting the recordings"
        run_worker(self._pane, self._start, start, group="start", exclusive=False)

    async def _start(self, start: Start) -> None:
        """By the same command that a person would type."""
        pane = self._pane
        pane.repaint()
        root = pane.app.workspace.root
        try:
            ended = await command.run(start.words(), root, pane.credentials, start.paths, outlives=True)
        finally:
            self.doing = ""
        if ended.document is None:
            await self._tell_why(start, ended.sentence)
            pane.plan = None  # whatever it was, the sum is to be looked at again
            pane.look()
        else:
            pane.select_none()
            self._was_live = True
            pane.app.look_for_runs()
        pane.repaint()

    async def _tell_why(self, start: Start, sentence: str) -> None:
        """Why nothing was started here; where another window was quicker, its job is followed."""
        from engine.runs import registry

        pane = self._pane
        runs = await asyncio.to_thread(registry.list_runs, pane.app.workspace.logs_dir)
        live = [run for run in runs if run.kind == KIND and run.is_live]
        configs = [config for run in live if (config := self._config(run)) is not None]
        if any(config.task.manifest == start.task.manifest for config in configs):
            pane.notify("another window has started it; nothing was sent from here", severity="warning")
            pane.app.look_for_runs()
        else:
            pane.notify(in_keys(sentence), severity="error")

    # stopping

    def pause(self) -> None:
        """Pause, or go on."""
        pane = self._pane
        if not pane.is_live or pane.run is None:
            pane.notify("no job is under way")
            return
        verb = "resume" if pane.is_paused else "pause"
        run_worker(pane, self._send, pane.run, verb, group="pause", exclusive=False)

    async def _send(self, run: RunSnapshot, verb: str) -> None:
        from engine.runs import commands

        try:
            await asyncio.to_thread(commands.send, run.folder, verb)
        except Exception as error:  # noqa: BLE001 - told in one sentence; the job continues as it was
            self._pane.notify(words.sentence(error), severity="error")
            return
        self._pane.app.look_for_runs()

    def stop(self) -> None:
        """Stop after the calls under way, which are waited for: they are paid for. Once more changes nothing."""
        pane = self._pane
        if not pane.is_live or pane.run is None:
            pane.notify("no job is under way")
            return
        run_worker(pane, self._stop, pane.run, group="stop", exclusive=False)

    async def _stop(self, run: RunSnapshot) -> None:
        try:
            told = await asyncio.to_thread(_ask_to_stop, run)
        except Exception as error:  # noqa: BLE001 - told in one sentence; the job continues
            self._pane.notify(words.sentence(error), severity="error")
            return
        self._pane.notify(f"{run.name} {told}")
        self._pane.app.look_for_runs()


def _ask_to_stop(run: RunSnapshot) -> str:
    """Ask, and say what comes of it; whoever asked before, here or in another window, is heard already."""
    from engine.runs import launch, registry

    was_asked = registry.stop_was_asked(run.folder)
    if not launch.stop(run.folder):
        return "had ended already"
    if not was_asked:
        return "stops after the calls under way; T continues later"
    now = registry.read_run(run.folder)
    return f"is already stopping: {now.reason or 'its last calls are waited for'}"


def _are_doubtful(chosen: Sequence[Recording]) -> bool:
    """Whether all that could be sent of these is unconfirmed."""
    return {piece.kind for each in chosen for piece in each.pieces} == {"unconfirmed"}
