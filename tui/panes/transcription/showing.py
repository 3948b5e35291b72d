"""What the pane says of its task: the meter's reading, and the line of folder, manifest and recogniser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.app import words
from tui.panes.transcription import task as tasks
from tui.panes.transcription.meter import Reading
from tui.panes.transcription.wording import in_keys

if TYPE_CHECKING:
    from tui.panes.transcription.pane import TranscriptionPane
    from tui.panes.transcription.readers import Money
    from tui.panes.transcription.task import Sum


def reading(pane: TranscriptionPane) -> Reading:
    """What the meter shows: the ledger, and what the selected recordings would add with each recogniser."""
    money = pane.money
    if money is None:
        return Reading(fault=f"{words.GLYPHS['failed']} {pane.ledger_fault}" if pane.ledger_fault else "")
    names = pane.selected
    chosen = pane.wanted.provider if pane.wanted is not None else tasks.PROVIDERS[0]
    offers = []
    for provider, price in tasks.prices(money.table, chosen, pane.price, logging=pane.has_logging):
        other = None if provider == chosen else price
        sum_ = pane.plan.sum_of(names, money.usage, other) if pane.plan is not None else None
        offers.append((provider, price, sum_.micros if sum_ is not None else None))
    sum_now = None if pane.is_live else pane.sum_now(names)
    return Reading(
        usage=money.usage,
        price=pane.price,
        sum=sum_now,
        needed_micros=_needed(pane, money, names, sum_now),
        is_selection=bool(names),
        note=_note(pane),
        offers=tuple(offers),
        chosen=chosen,
        currency=pane.settings_currency,
        doubtful=len(money.doubtful),
        warning=money.warning,
        fault=f"{words.GLYPHS['failed']} {money.fault}" if money.fault else "",
    )


def _needed(pane: TranscriptionPane, money: Money, names: list[str], sum_: Sum | None) -> int | None:
    """The budget that lets what waits and these recordings finish: the last chunk may be billed by the older unit."""
    if sum_ is None or pane.plan is None or pane.price is None:
        return None
    price, usage = pane.price, money.usage
    lengths = (p.length_ms for each in pane.plan.chosen(names) for p in each.pieces if p.kind == "send")
    margin = max((price.worst_ms(ms) - price.billed_ms(ms) for ms in lengths), default=0)
    return max(usage.forecast_micros, usage.with_more(price, sum_.billed_ms + margin))


def task_facts(pane: TranscriptionPane, count: int) -> tuple[list[str], str]:
    """From where to where, with what; and how many recordings there are or are selected."""
    task = pane.wanted
    if task is None:
        done = pane.app.progress is not None and pane.app.progress.transcripts > 0
        why = "the workspace's recordings have their texts" if done else "no recordings are chosen"
        return [f"{why}: e chooses a folder of {'others' if done else 'them'}"], ""
    root = pane.app.workspace.root
    key = f"key …/{pane.credentials.name}" if pane.credentials is not None else ""
    parts = [f"{_short(task.source, root)} to {_short(task.manifest, root)}", task.provider.title]
    parts += [part for part in (task.language, task.model, *_sent_as(task), key) if part]
    return parts, f"{len(pane.selected)} selected" if pane.selected else words.plural(count, "recording")


def _sent_as(task: tasks.Task) -> list[str]:
    """What is not as usual in the way that it is sent."""
    if not task.provider.is_google:
        return []
    rate = "" if task.rate == tasks.RATE else f"{task.rate:,} Hz"
    return [rate, "data logging" if task.logging else "", f"at {task.endpoint}" if task.endpoint else ""]


def _note(pane: TranscriptionPane) -> str:  # noqa: PLR0911 - a line for each thing that can be said
    """What stands where a sum would, or after it."""
    if pane.is_live:
        return "under way; the bar shows what waits"
    if pane.planning:
        return f"{words.GLYPHS['starting']} {pane.planning}"
    if pane.money is not None and pane.money.fault:
        return "nothing is sent before the price list above is mended or gone; its rows are not shown"
    if pane.fault:
        return f"{words.GLYPHS['failed']} {in_keys(pane.fault)}"
    if pane.plan is not None and pane.plan.missing:
        if "project" in pane.plan.missing:
            return "! google v2 needs a project: e"
        is_google = pane.wanted is not None and pane.wanted.provider.is_google
        return "! no credentials: y" if is_google else "! T says what is missing"
    return ""


def _short(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
