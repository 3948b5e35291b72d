"""What `c` shows: live trainers give cached memory back, a row a process; then what earlier runs left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from engine.errors import InputError
from engine.i18n import _, plural
from engine.runs import free_memory
from engine.runs.free_memory import Answer
from engine.runs.processes import orphans
from engine.runs.processes.orphans import Leftover
from tui.app import safe_text, words
from tui.app.workers import run_worker
from tui.dialogs.dialog import Dialog
from tui.panes.environment.orphans import LeftoversTable
from tui.widgets.table import Column, Table

_MOST_ROWS = 10
_COLUMNS = (
    Column(_("run"), least=10),  # a narrow table leaves out its last columns
    Column(_("given back"), 10, "right"),
    Column(_("before"), 8, "right"),
    Column(_("after"), 8, "right"),
    Column(_("memory"), 8),
    Column(_("process"), 9, "right"),
)


class MemoryScreen(Dialog[bool]):
    """Asks as soon as it opens, in a thread. Ends with True when leftovers shall be ended."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "leave", _("Close")),
        Binding("K", "end_leftovers", _("End the leftovers")),
        Binding("c", "ask", _("Ask again")),
    ]
    DEFAULT_CSS = """
    MemoryScreen .total, MemoryScreen .found { margin-top: 1; text-style: bold; }
    """

    def __init__(self, logs_dir: Path) -> None:
        super().__init__()
        self._logs_dir = logs_dir
        self._leftovers: list[Leftover] = []
        self._answers, self._leftovers_table = Table(_COLUMNS, id="answers"), LeftoversTable()
        self._total = Static(classes="total", markup=False)
        self._found = Static(classes="found", markup=False)

    def compose(self) -> ComposeResult:
        with self.frame(_("Memory"), _("c asks again, esc closes")):
            yield from (self._answers, self._total, self._found, self._leftovers_table)

    def on_mount(self) -> None:
        self._answers.focus()
        self._found.display = self._leftovers_table.display = False
        self.action_ask()

    def action_ask(self) -> None:
        self._answers.display = False
        self._show_status(_("asking the trainers of this workspace"))
        run_worker(self, self._ask, group="ask")

    async def _ask(self) -> None:
        try:
            runs = await asyncio.to_thread(free_memory.trainers, self._logs_dir)
            if runs:
                names = ", ".join(safe_text.clean(run.name) for run in runs)
                self._show_status(_("asking {names}: each answers between two steps").format(names=names))
            answers = await asyncio.to_thread(free_memory.free_memory, runs)
        except (InputError, OSError) as error:
            self._show_status(words.sentence(error))
            return
        rows = [row for answer in answers for row in answer_rows(answer)]
        self._answers.display = bool(rows)
        self._answers.styles.height = min(len(rows), _MOST_ROWS) + 1
        self._answers.set_rows(len(rows), lambda index: rows[index])
        notes = [f"{safe_text.clean(answer.run)}: {answer.note}" for answer in answers if answer.note]
        self._show_status(
            "\n".join([*notes, outcome(answers, free_memory.total_given_back(answers))]).strip()
        )
        await self._look_for_leftovers()

    async def _look_for_leftovers(self) -> None:
        self._leftovers = found = await asyncio.to_thread(orphans.find, self._logs_dir)
        self._found.display = self._leftovers_table.display = bool(found)
        text = plural(
            "{n:,} process of earlier runs; K ends it",
            "{n:,} processes of earlier runs; K ends them",
            len(found),
        )
        self._found.update(Content(text))
        self._leftovers_table.styles.height = min(len(found), _MOST_ROWS) + 1
        self._leftovers_table.show(tuple(found))

    def _show_status(self, text: str) -> None:
        self._total.update(Content(text))

    def action_end_leftovers(self) -> None:
        if self._leftovers:
            self.dismiss(True)


def outcome(answers: list[Answer], total: int) -> str:
    """The result in a sentence; "" when no process answered."""
    if not answers:
        return _("no training is running in this workspace: there is nothing to free")
    processes = [freed for answer in answers for freed in answer.processes]
    if not processes:
        return ""
    if total > 0:
        return _("{size} given back").format(size=words.size(total))
    if all(freed.what == "resident" for freed in processes):
        return _("nothing was given back: the allocator keeps no free pages")
    return _("nothing was given back: the cache holds nothing but what training uses")


def answer_rows(answer: Answer) -> list[tuple[str, ...]]:
    """The cells of each process of one run."""
    return [
        (
            answer.run if len(answer.processes) == 1 else f"{answer.run}, rank {freed.rank}",
            words.difference(freed.given_back),
            words.size(freed.before_bytes),
            words.size(freed.after_bytes),
            freed.what,
            str(freed.pid) if freed.pid is not None else words.UNKNOWN,
        )
        for freed in answer.processes
    ]
