"""Is this machine fit to train? Checks that fill in as they are answered, and the command that fixes each fault."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from engine import doctor
from engine.doctor import NAMES, Result
from engine.files import atomic
from engine.i18n import _, plural
from tui.app import key_table, safe_text, words
from tui.app.readers import messages, sources
from tui.dialogs.text_view import TextScreen
from tui.panes.base import Pane
from tui.panes.environment.orphans import LeftoversTable
from tui.widgets.statusline import Fact, StatusLine
from tui.widgets.table import Column, Table

SIGNS = {"ok": "✔ ok", "warning": "! warning", "fail": "✘ fail", "not applicable": "– n/a"}
LOOKING, UNKNOWN = "… looking", "? unknown"
TALL = 36  # rows from which details get more room
_TICK_SECONDS = 1.0
_MOST_GPUS = 4


@dataclass
class CheckAnswered(Message):
    """One check was answered."""

    result: Result


class ExaminationEnded(Message):
    """Every check was answered."""


class EnvironmentPane(Pane):
    """One row for each check, from the first moment on; the marked one is explained below the table."""

    PANE_ID = "environment"
    ABOUT = (
        _(
            "Each row is a check of this machine: its verdict, what was seen, and below the table "
            "what the check is for and the command that fixes a fault. Checks run in processes of "
            "their own, each with a time limit; a driver that hangs is a row of the table. `vitsdeck "
            "doctor` prints the same."
        ),
        _(
            "r looks again, enter shows all that a check said, y copies the fix of the marked row. b "
            "copies a bug report, w writes it to a file in the workspace: every check and torch's "
            "own environment report, without passwords, keys, or your home folder's name. Copying "
            "works over SSH where the terminal allows it (OSC 52)."
        ),
        _(
            "At the bottom stand the GPUs as they are now, and processes that earlier runs have left "
            "behind; K ends those."
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = key_table.bindings(PANE_ID)
    DEFAULT_CSS = """
    EnvironmentPane #details { height: 6; padding: 0 1; }
    EnvironmentPane #gpus { height: auto; padding: 0 1; }
    """
    COLUMNS: ClassVar = (Column("check", 10), Column("verdict", 9), Column("seen", least=20))

    def __init__(self) -> None:
        super().__init__()
        self.results: dict[str, Result] = {}
        self._examination: doctor.Examination | None = None  # while checks are under way
        self._began = 0.0
        self._took = 0.0
        self._ended = 0.0  # unix seconds of the end of the last examination
        self._ticking: Timer | None = None

    def compose(self) -> ComposeResult:
        yield StatusLine(id="verdicts")
        yield Table(self.COLUMNS, id="checks")
        yield Static(id="details")
        yield Static(id="gpus")
        yield LeftoversTable()

    def on_mount(self) -> None:
        self._show()

    def first_focus(self) -> Widget | None:
        return self.query_one("#checks")

    def offers(self, verb: str) -> bool:
        marked = self.marked
        if verb == "copy_fix":
            return marked is not None and bool(marked.fix)
        if verb == "show_details":
            return marked is not None
        if verb in ("copy_report", "save_report"):
            return bool(self.results)
        return verb != "check_again" or self._examination is None

    def on_shown(self) -> None:
        self.reads(sources.gpus(self))
        self.reads(sources.leftovers(self.app.workspace.logs_dir, self))
        self._show_verdicts()  # how long ago they were looked at
        if not self.results:
            self.action_check_again()

    def on_resize(self) -> None:
        """A high terminal has room for long details, and for saying that nothing was left behind."""
        is_tall = self.size.height >= TALL
        self.query_one("#details").styles.height = 8 if is_tall else 6
        leftovers = self.query_one(LeftoversTable)
        leftovers.display = is_tall or leftovers.row_count > 0
        leftovers.styles.height = 1 + max(1, min(6 if is_tall else 3, leftovers.row_count))

    # looking

    def action_check_again(self) -> None:
        if self._examination is not None:
            self.notify(_("the checks are under way"))
            return
        self.results = {}
        self._began = time.monotonic()
        self._ticking = self.set_interval(_TICK_SECONDS, self._show_verdicts)
        self._examination = examination = doctor.Examination(self.app.workspace.root)
        self._show()

        def examine() -> None:  # waits for processes
            for result in examination:
                self.post_message(CheckAnswered(result))
            self.post_message(ExaminationEnded())

        self.run_worker(examine, thread=True, group="doctor")

    def on_check_answered(self, message: CheckAnswered) -> None:
        """A row fills in."""
        self.results[message.result.name] = message.result
        self._show()

    def on_examination_ended(self) -> None:
        """Every row has its answer."""
        self._examination = None
        self._took, self._ended = time.monotonic() - self._began, time.time()
        if self._ticking is not None:
            self._ticking.stop()
        self._show()
        self._mark_first_fault()

    @on(events.Unmount)
    async def end_checks(self) -> None:
        """Checks end with the app."""
        if self._examination is not None:
            await asyncio.to_thread(self._examination.close)

    def _mark_first_fault(self) -> None:
        """A fault may stand below the rows in sight; whoever has moved the cursor keeps it."""
        table = self.query_one("#checks", Table)
        verdicts = [self.results[name].verdict if name in self.results else "" for name in NAMES]
        fault = next((verdict for verdict in ("fail", "warning") if verdict in verdicts), None)
        if table.cursor == 0 and fault is not None:
            table.move_cursor(verdicts.index(fault))

    # showing

    @property
    def marked(self) -> Result | None:
        """The result under the cursor, once it is there."""
        return self.results.get(str(self.query_one("#checks", Table).cursor_key))

    def _show(self) -> None:
        table = self.query_one("#checks", Table)
        table.set_rows(len(NAMES), self._row, key=lambda index: NAMES[index])
        self._show_marked()
        self._show_verdicts()

    def _row(self, index: int) -> tuple[str, str, str]:
        result = self.results.get(NAMES[index])
        if result is None:
            return NAMES[index], LOOKING if self._examination is not None else UNKNOWN, ""
        return result.name, SIGNS[result.verdict], result.seen

    def _show_verdicts(self) -> None:
        found = doctor.counts(self.results.values())
        facts: list[Fact] = [_("{n} ok").format(n=found["ok"])]
        if found["warning"]:
            facts.append((plural("{n:,} warning", "{n:,} warnings", found["warning"]), "warning"))
        if found["fail"]:
            facts.append((_("{n} failed").format(n=found["fail"]), "error"))
        facts.append(_("{n} not applicable").format(n=found["not applicable"]))
        right, seconds = "", self._took
        if self._examination is not None:
            right, seconds = _("{n} to come, {seconds:.0f} s"), time.monotonic() - self._began
        elif self._ended:
            right = _("looked {ago}, for {seconds:.0f} s")
        left = len(NAMES) - len(self.results)
        right = right.format(n=left, seconds=seconds, ago=words.ago(self._ended))
        self.query_one("#verdicts", StatusLine).show(facts, right)

    def _show_marked(self) -> None:
        table = self.query_one("#checks", Table)
        name = str(table.cursor_key or "")
        rows = [(name, doctor.find(name).about, "$foreground-muted")] if name else []
        if result := self.results.get(name):  # what does not fit is cut off; enter shows it
            rows += [("fix", result.fix, "bold $text-accent")] if result.fix else []
            rows += [("seen", result.seen, "")]
        parts = [
            Content.assemble((f"{caption[:6]:7}", "bold $primary"), (safe_text.clean(text), style))
            for caption, text, style in rows
        ]
        self.query_one("#details", Static).update(Content("\n").join(parts))
        if self.seen:
            self.app.show_keys()

    def on_table_cursor_moved(self, message: Table.CursorMoved) -> None:
        """Another row is marked."""
        if message.table.id == "checks":
            self._show_marked()

    def on_table_activated(self, message: Table.Activated) -> None:
        """Enter, or a second click, on a row."""
        message.stop()
        if message.table.id == "checks":
            self.action_show_details()

    def on_gpus_polled(self, message: messages.GpusPolled) -> None:
        """Memory, load and temperature."""
        lines = [safe_text.clean(doctor.gpu_line(gpu)) for gpu in message.gpus[:_MOST_GPUS]]
        if (left_out := len(message.gpus) - _MOST_GPUS) > 0:
            lines[-1] = _("{gpu}  and {n} more").format(gpu=lines[-1], n=left_out)
        text = "\n       ".join(lines or [_("not applicable: no NVIDIA driver answers")])
        caption = (f"{'GPU':7}", "bold $primary")
        self.query_one("#gpus", Static).update(Content.assemble(caption, text))

    def on_leftovers_listed(self, message: messages.LeftoversListed) -> None:
        """Processes of earlier runs: K ends them."""
        self.query_one(LeftoversTable).show(message.leftovers)
        self.on_resize()

    def action_show_details(self) -> None:
        result = self.marked
        if result is None:
            self.notify(_("this check has not been answered yet"))
            return
        parts = [doctor.find(result.name).about, "", f"{SIGNS[result.verdict]}  {result.seen}"]
        parts += ["", f"fix: {result.fix}"] if result.fix else []
        parts += ["", doctor.mask(result.details)] if result.details else []
        parts += ["", _("looked for {seconds:.1f} s").format(seconds=result.seconds)]
        self.app.push_screen(TextScreen(result.name, "\n".join(parts)))

    # taking along

    def action_copy_fix(self) -> None:
        result = self.marked
        if result is None or not result.fix:
            self.notify(_("there is nothing to fix in this row"))
            return
        self.app.copy_to_clipboard(result.fix)
        self.notify(_("copied, if this terminal lets programs copy: {fix}").format(fix=result.fix))

    def action_copy_report(self) -> None:
        self.app.copy_to_clipboard(self._report())
        self.notify(_("the bug report was copied, if this terminal lets programs copy; w writes a file"))

    def action_save_report(self) -> None:
        self.run_worker(self._save(self._report()), group="report")

    async def _save(self, report: str) -> None:
        path = self.app.workspace.root / time.strftime("vitsdeck-report-%Y%m%d-%H%M%S.txt")
        with self.app.errors_notified():
            await asyncio.to_thread(atomic.write_text, path, report)
            text = _("the bug report is {name} in the workspace; read it before you send it")
            self.notify(text.format(name=path.name))

    def _report(self) -> str:
        return doctor.compose(doctor.in_order(self.results.values()))
