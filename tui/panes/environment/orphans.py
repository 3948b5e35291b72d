"""Processes that earlier runs left behind: how they are listed, and how they are ended after a yes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.i18n import _, plural
from engine.runs.processes import orphans
from tui.app import safe_text, words
from tui.widgets.table import Column, Table

if TYPE_CHECKING:
    from engine.runs.processes.orphans import Leftover
    from tui.app.dashboard import Dashboard

COLUMNS = (
    Column("process", 9, "right"),
    Column("run", least=10),
    Column("memory", 12, "right"),
    Column(_("what it is"), least=16),
)
_NAMED = 6  # in the question


class LeftoversTable(Table):
    """A section of the environment pane: give it `messages.LeftoversListed.leftovers`."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, id="leftovers", empty=_("earlier runs have left no processes behind"))

    def show(self, found: tuple[Leftover, ...]) -> None:
        """List these."""
        self.set_rows(len(found), lambda index: cells(found[index]))


def cells(one: Leftover) -> tuple[str, ...]:
    """One process as the table's cells."""
    return str(one.pid), one.run, memory(one), what(one)


def what(one: Leftover) -> str:
    """`worker python3.11`, `child pt_data_worker`."""
    return f"{one.kind} {one.name}"


def memory(one: Leftover) -> str:
    """What it holds on a GPU where a driver tells, else of the machine."""
    return f"GPU {words.size(one.gpu_bytes)}" if one.gpu_bytes else words.size(one.rss_bytes)


async def ask_and_end(app: Dashboard) -> None:
    """Name what earlier runs left behind, and end it on a yes. Nobody else's process is in that list."""
    found = await asyncio.to_thread(orphans.find, app.workspace.logs_dir)
    if not found:
        app.notify(_("earlier runs have left no processes behind"))
        return
    text = _("{pid} of {run} ({what}, {memory})")
    names = [text.format(pid=one.pid, run=one.run, what=what(one), memory=memory(one)) for one in found]
    detail = safe_text.clean(", ".join(names[:_NAMED]))
    if len(found) > _NAMED:
        detail = _("{processes}, and {n} more").format(processes=detail, n=len(found) - _NAMED)
    question = plural(
        "End {n:,} process of earlier runs?", "End {n:,} processes of earlier runs?", len(found)
    )

    def end() -> None:
        app.run_worker(_end(app, found), group="leftovers")

    app.ask(question, detail, end, yes=_("end them"), no=_("leave them"))


async def _end(app: Dashboard, found: list[Leftover]) -> None:
    outcomes = await asyncio.gather(*(asyncio.to_thread(orphans.end, one) for one in found))
    ended = [one for one, outcome in zip(found, outcomes, strict=True) if outcome != "still there"]
    app.notify(outcome_text(found, ended), severity="information" if len(ended) == len(found) else "warning")
    app.look_for_runs()


def outcome_text(found: list[Leftover], ended: list[Leftover]) -> str:
    """What came of it, with the memory that went free."""
    parts = [plural("{n:,} process ended", "{n:,} processes ended", len(ended))]
    if ended:
        memory = words.size(sum(one.rss_bytes for one in ended))
        on_gpu = sum(one.gpu_bytes or 0 for one in ended)
        text = _("{memory} of memory and {gpu} on a GPU freed") if on_gpu else _("{memory} of memory freed")
        parts.append(text.format(memory=memory, gpu=words.size(on_gpu)))
    if left := [str(one.pid) for one in found if one not in ended]:
        parts.append(_("still there: {processes}").format(processes=", ".join(left)))
    return "; ".join(parts)
