"""Transcripts once more: which ones are replaced, and for how much; asked before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.app import words
from tui.app.workers import run_worker
from tui.panes.transcription import command, readers
from tui.panes.transcription.running import RESEND, Start
from tui.panes.transcription.task import Plan
from tui.panes.transcription.wording import in_keys

if TYPE_CHECKING:
    from tui.panes.transcription.pane import TranscriptionPane
    from tui.panes.transcription.task import Sum, Task

MOST_NAMES = 6


class Again:
    """A part of the pane."""

    def __init__(self, pane: TranscriptionPane) -> None:
        self._pane = pane

    def ask(self, names: Sequence[str], *, resend: bool = False) -> None:
        """Work out what doing these once more would cost, and ask; those without a transcript are left to `t`."""
        pane = self._pane
        why_not = pane.running.why_not()
        done = sorted(name for name in names if name in pane.result.texts)
        if why_not:
            pane.notify(why_not)
        elif not done or pane.wanted is None:
            pane.notify("no transcript is marked or selected here: A does transcripts once more")
        else:
            pane.running.doing = "looking at what would be done again"
            run_worker(pane, self._look, pane.wanted, done, resend, group="again", exclusive=False)
            pane.repaint()

    async def _look(self, task: Task, names: list[str], resend: bool) -> None:
        pane = self._pane
        flags = ["--resend-unconfirmed"] if resend else []
        argv = [*task.words(), "--again", *flags, "--only", "-", "--dry-run", "--json"]
        root = pane.app.workspace.root
        paths = [readers.where(name, task.manifest, root) for name in names]
        try:
            ended = await command.run(argv, root, pane.credentials, paths)
        finally:
            pane.running.doing = ""
        pane.repaint()
        plan, fault = Plan.of(ended)
        if plan is None or pane.money is None or plan.missing:
            pane.notify(in_keys(plan.missing if plan else fault), severity="error")
            return
        sum_ = plan.sum_of((), pane.money.usage, resend=resend)
        if not sum_.chunks and sum_.unconfirmed:
            pane.notify("these were sent before and are unconfirmed: u sends them again", severity="warning")
            return
        self._ask(Start(task, tuple(paths), sum_, again=True, resend=resend), plan, names)

    def _ask(self, start: Start, plan: Plan, names: list[str]) -> None:
        from tui.dialogs.confirm import ConfirmScreen

        pane = self._pane
        few = ", ".join(names[:MOST_NAMES])
        more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
        detail = f"{few}{more}: what they say now is replaced. {_costs(pane, plan, start.sum)}"
        if start.resend:
            detail = f"{RESEND}{detail}"
        sum_ = "at no cost"
        if not plan.price.is_free:
            sum_ = f"for {pane.settings_currency.of(start.sum.micros, plan.price.currency)}"
        question = f"Do {words.plural(len(names), 'transcript')} again with {plan.price.name} {sum_}?"

        def answered(yes: bool | None) -> None:
            if yes:
                pane.running.go(start)

        pane.app.push_screen(ConfirmScreen(question, detail, yes="do again", no="keep them"), answered)


def _costs(pane: TranscriptionPane, plan: Plan, sum_: Sum) -> str:
    if plan.price.is_free:
        return ""
    chunks = words.plural(sum_.chunks, "chunk")
    passes = pane.running.over_its_budget(sum_, plan.price)
    return f"{passes}{chunks}, {pane.running.billed(sum_, plan.price)}"
