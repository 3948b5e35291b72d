"""Processes that earlier runs left behind: how they are listed, and how they are ended after a yes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.i18n import _, plural
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
    from engine.runs.processes import orphans
    from tui.dialogs.dialog import ConfirmScreen

    found = await asyncio.to_thread(orphans.find, app.workspace.logs_dir)
    if not found:
        app.notify(_("earlier runs have left no processes behind"))
        return
    names = [f"{one.pid} of {one.run} ({what(one)}, {memory(one)})" for one in found[:_NAMED]]
    more = f", and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    question = _("End {processes} of earlier runs?").format(
        processes=plural("{n:,} process", "{n:,} processes", len(found))
    )

    def answered(yes: bool | None) -> None:
        if yes:
            app.run_worker(_end(app, found), group="leftovers")

    detail = safe_text.clean(", ".join(names)) + more
    app.push_screen(ConfirmScreen(question, detail, yes=_("end them"), no=_("leave them")), answered)


async def _end(app: Dashboard, found: list[Leftover]) -> None:
    from engine.runs.processes import orphans

    outcomes = await asyncio.gather(*(asyncio.to_thread(orphans.end, one) for one in found))
    ended = [one for one, outcome in zip(found, outcomes, strict=True) if outcome != "still there"]
    app.notify(told(found, ended), severity="information" if len(ended) == len(found) else "warning")
    app.look_for_runs()


def told(found: list[Leftover], ended: list[Leftover]) -> str:
    """What came of it, with the memory that went free."""
    text = plural("{n:,} process ended", "{n:,} processes ended", len(ended))
    if ended:
        text += _(", {size} of memory freed").format(size=words.size(sum(one.rss_bytes for one in ended)))
    if on_gpu := sum(one.gpu_bytes or 0 for one in ended):
        text += f" and {words.size(on_gpu)} on a GPU"
    left = [str(one.pid) for one in found if one not in ended]
    return _("{text}; still there: {left}").format(text=text, left=", ".join(left)) if left else text
