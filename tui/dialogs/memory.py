"""What `c` shows: live trainers give cached memory back, a row a process; then what earlier runs left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.app import safe_text, words
from tui.app.workers import run_worker
from tui.dialogs.dialog import Dialog
from tui.panes.environment.orphans import COLUMNS, cells
from tui.widgets.table import Column, Table

if TYPE_CHECKING:
    from engine.runs.free_memory import Answer
    from engine.runs.processes.orphans import Leftover

_MOST_ROWS = 10


class MemoryScreen(Dialog[bool]):
    """Asks as soon as it opens, off the screen's thread. Ends with True when leftovers shall be ended."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "leave", "Close"),
        Binding("K", "end_leftovers", "End the leftovers"),
        Binding("c", "again", "Ask again"),
    ]
    DEFAULT_CSS = """
    MemoryScreen .total { margin-top: 1; text-style: bold; }
    MemoryScreen #left-head { margin-top: 1; text-style: bold; }
    """

    def __init__(self, logs_dir: Path) -> None:
        super().__init__()
        self._logs_dir = logs_dir
        self._leftovers: list[Leftover] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Memory"
            dialog.border_subtitle = "c asks again, esc closes"
            yield Table(
                (
                    Column("run", least=10),  # a narrow table leaves out its last columns
                    Column("given back", 10, "right"),
                    Column("before", 8, "right"),
                    Column("after", 8, "right"),
                    Column("memory", 8),
                    Column("process", 9, "right"),
                ),
                id="answers",
            )
            yield Static(classes="total", markup=False)
            yield Static(id="left-head", markup=False)
            yield Table(COLUMNS, id="leftovers")

    def on_mount(self) -> None:
        self.query_one("#answers").focus()
        self.query_one("#left-head").display = self.query_one("#leftovers").display = False
        self.action_again()

    def action_again(self) -> None:
        """Ask all of them once more."""
        table = self.query_one("#answers", Table)
        table.display = False
        self._say("asking the trainers of this workspace")
        run_worker(self, self._ask, group="ask")

    async def _ask(self) -> None:
        from engine.runs import free_memory

        try:
            runs = await asyncio.to_thread(free_memory.trainers, self._logs_dir)
            if runs:
                names = ", ".join(safe_text.clean(run.name) for run in runs[:3])
                more = f" and {len(runs) - 3} more" if len(runs) > 3 else ""
                self._say(f"asking {names}{more}: each answers between two steps")
            answers = await asyncio.to_thread(free_memory.free_memory, runs)
        except Exception as error:  # noqa: BLE001 - one sentence; nothing was harmed
            self._say(words.sentence(error))
            return
        self._show(answers, free_memory.total_given_back(answers))
        await self._look_for_leftovers()

    async def _look_for_leftovers(self) -> None:
        from engine.runs.processes import orphans

        found = await asyncio.to_thread(orphans.find, self._logs_dir)
        self._leftovers = found
        head, table = self.query_one("#left-head", Static), self.query_one("#leftovers", Table)
        head.display = table.display = bool(found)
        if found:
            head.update(
                Content(f"{words.plural(len(found), 'process', 'processes')} of earlier runs; K ends them")
            )
            table.styles.height = min(len(found), _MOST_ROWS) + 1
            table.set_rows(len(found), lambda index: cells(found[index]))

    def _show(self, answers: list[Answer], total: int) -> None:
        rows = [row for answer in answers for row in answer_rows(answer)]
        table = self.query_one("#answers", Table)
        table.display = bool(rows)
        table.styles.height = min(len(rows), _MOST_ROWS) + 1
        table.set_rows(len(rows), lambda index: rows[index])
        notes = [f"{safe_text.clean(answer.run)}: {answer.note}" for answer in answers if answer.note]
        if not answers:
            self._say("no training is running in this workspace: there is nothing to free")
            return
        if rows:
            notes.append(told(answers, total))
        self._say("\n".join(notes))

    def _say(self, text: str) -> None:
        self.query_one(".total", Static).update(Content(text))

    def action_leave(self) -> None:
        self.dismiss(False)

    def action_end_leftovers(self) -> None:
        if self._leftovers:
            self.dismiss(True)


def told(answers: list[Answer], total: int) -> str:
    """What came of it in a sentence, also when nothing did."""
    if total > 0:
        return f"{words.size(total)} given back"
    on_cpu = all(freed.what == "resident" for answer in answers for freed in answer.processes)
    where = (
        "the allocator keeps no free pages" if on_cpu else "the cache holds nothing but what training uses"
    )
    return f"nothing was given back: {where}"


def answer_rows(answer: Answer) -> list[tuple[str, ...]]:
    """The cells of each process of one run."""
    rows: list[tuple[str, ...]] = []
    for freed in answer.processes:
        name = answer.run if len(answer.processes) == 1 else f"{answer.run}, rank {freed.rank}"
        rows.append(
            (
                name,
                words.difference(freed.given_back),
                words.size(freed.before_bytes),
                words.size(freed.after_bytes),
                freed.what,
                str(freed.pid) if freed.pid is not None else words.UNKNOWN,
            )
        )
    return rows
