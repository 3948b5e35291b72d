"""Is this machine fit to train? Checks that fill in as they are answered, and the command that mends each fault."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.widget import Widget

from engine import doctor
from engine.doctor import NAMES, Check
from tui.app import actions, messages, sources, words
from tui.panes.base import Pane
from tui.panes.environment import examining
from tui.panes.environment.check_details import CheckDetails, GpuBoard
from tui.panes.environment.orphans import LeftoversTable
from tui.widgets.statusline import StatusLine
from tui.widgets.table import Column, Table

SIGNS = {"ok": "✔ ok", "warning": "! warning", "fail": "✘ fail", "not applicable": "– n/a"}
LOOKING, NOT_LOOKED_AT = "… looking", "? unknown"
TALL = 36  # rows from which details get more room
_TICK_SECONDS = 1.0


class EnvironmentPane(Pane):
    """One row for each check, from the first moment on; the marked one is explained below the table."""

    PANE_ID = "environment"
    ABOUT = (
        "Each row is a check of this machine: its verdict, what was seen, and below the table what the check is for "
        "and the command that mends a fault. Checks run in processes of their own, each with a time limit; a driver "
        "that hangs is a row of the table. `vitsdeck doctor` prints the same.",
        "r looks again, enter shows all that a check said, y copies the mending command of the marked row. b copies a "
        "bug report, w writes it to a file in the workspace: every check and torch's own environment report, without "
        "passwords, keys, or your home folder's name. Copying works over SSH where the terminal allows it (OSC 52).",
        "At the bottom stand the GPUs as they are now, and processes that earlier runs have left behind; K ends those.",
    )
    BINDINGS: ClassVar[list[BindingType]] = actions.bindings(PANE_ID)
    COLUMNS: ClassVar = (Column("check", 10), Column("verdict", 9), Column("seen", least=20))

    def __init__(self) -> None:
        super().__init__()
        self.checks: dict[str, Check] = {}
        self._is_looking = False
        self._began = 0.0
        self._took = 0.0
        self._looked = 0.0  # unix seconds of the end of the last look
        self._ticking: Timer | None = None
        self._examiner: examining.Examiner | None = None

    def compose(self) -> ComposeResult:
        yield from self.sections()

    def sections(self) -> Iterator[Widget]:
        """What stands one below the other; the table takes the room that the others leave."""
        yield StatusLine(id="verdicts")
        yield Table(self.COLUMNS, id="checks")
        yield CheckDetails()
        yield GpuBoard()
        yield LeftoversTable()

    def on_mount(self) -> None:
        self._show()

    def first_focus(self) -> Widget | None:
        return self.query_one("#checks")

    def offers(self, verb: str) -> bool:
        if verb == "copy_fix":
            check = self.marked
            return check is not None and bool(check.fix)
        if verb == "show_details":
            return self.marked is not None
        if verb in ("copy_report", "save_report"):
            return bool(self.checks)
        return verb != "check_again" or not self._is_looking

    def on_shown(self) -> None:
        self.reads(sources.gpus(self))
        self.reads(sources.leftovers(self.app.workspace.logs_dir, self))
        self.query_one(GpuBoard).repaint()
        self._show_verdicts()  # how long ago they were looked at
        if not self.checks and not self._is_looking:
            self.action_check_again()

    def on_resize(self) -> None:
        """A high terminal has room for long details, and for saying that nothing was left behind."""
        is_tall = self.size.height >= TALL
        self.query_one(CheckDetails).styles.height = 8 if is_tall else 6
        leftovers = self.query_one(LeftoversTable)
        leftovers.display = is_tall or leftovers.row_count > 0
        leftovers.styles.height = 1 + max(1, min(6 if is_tall else 3, leftovers.row_count))

    # looking

    def action_check_again(self) -> None:
        if self._is_looking:
            self.notify("the checks are under way")
            return
        self._is_looking = True
        self.checks = {}
        self._began = time.monotonic()
        self._ticking = self.set_interval(_TICK_SECONDS, self._show_verdicts)
        self._show()
        self._examiner = examining.Examiner(self.argv(), self).start()

    def argv(self) -> list[str]:
        """What looks."""
        return examining.command(self.app.workspace.root)

    def on_check_answered(self, message: examining.CheckAnswered) -> None:
        """A row fills in."""
        if message.check.name in NAMES:
            self.checks[message.check.name] = message.check
            self._show()

    def on_examination_ended(self, message: examining.ExaminationEnded) -> None:
        """Every row has its answer, or will have none."""
        self._is_looking = False
        self._took, self._looked = time.monotonic() - self._began, time.time()
        if self._ticking is not None:
            self._ticking.stop()
        self._show()
        self._mark_first_fault()
        missing = len(NAMES) - len(self.checks)
        if missing:
            why = message.fault or f"{words.plural(missing, 'check')} gave no answer"
            self.notify(f"{why}; r looks again", severity="warning")

    def on_unmount(self) -> None:
        """Looks end with the app; Textual calls the base's handler as well."""
        if self._examiner is not None:
            self._examiner.close()

    def _mark_first_fault(self) -> None:
        """A fault may stand below the rows in sight; whoever has moved the cursor keeps it."""
        table = self.query_one("#checks", Table)
        for verdict in ("fail", "warning"):
            for index, name in enumerate(NAMES):
                if table.cursor == 0 and name in self.checks and self.checks[name].verdict == verdict:
                    table.move_cursor(index)
                    return

    # showing

    @property
    def marked(self) -> Check | None:
        """The check under the cursor, once it is answered."""
        return self.checks.get(str(self.query_one("#checks", Table).cursor_key))

    def _show(self) -> None:
        table = self.query_one("#checks", Table)
        table.set_rows(len(NAMES), self._row, key=lambda index: NAMES[index])
        self._show_marked()
        self._show_verdicts()

    def _row(self, index: int) -> tuple[str, str, str]:
        check = self.checks.get(NAMES[index])
        if check is None:
            return NAMES[index], LOOKING if self._is_looking else NOT_LOOKED_AT, ""
        return check.name, SIGNS[check.verdict], check.seen

    def _show_verdicts(self) -> None:
        found = doctor.counts(self.checks.values())
        facts: list[str | tuple[str, str]] = [f"{found['ok']} ok"]
        if found["warning"]:
            facts.append((words.plural(found["warning"], "warning"), "warning"))
        if found["fail"]:
            facts.append((f"{found['fail']} failed", "error"))
        facts.append(f"{found['not applicable']} not applicable")
        seconds = time.monotonic() - self._began if self._is_looking else self._took
        left = len(NAMES) - len(self.checks)
        done = f"looked {words.ago(self._looked)}, for {seconds:.0f} s" if self._looked else ""
        right = f"{left} to come, {seconds:.0f} s" if self._is_looking else done
        self.query_one("#verdicts", StatusLine).show(facts, right)  # type: ignore[arg-type]

    def _show_marked(self) -> None:
        table = self.query_one("#checks", Table)
        name = str(table.cursor_key or "")
        self.query_one(CheckDetails).show(name, self.checks.get(name))
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
        self.query_one(GpuBoard).show(message.gpus)

    def on_leftovers_listed(self, message: messages.LeftoversListed) -> None:
        """Processes of earlier runs: K ends them."""
        self.query_one(LeftoversTable).show(message.leftovers)
        self.on_resize()

    def action_show_details(self) -> None:
        check = self.marked
        if check is None:
            self.notify("this check has not been answered yet")
            return
        from tui.dialogs.text_view import TextScreen

        about = doctor.entry(check.name).about
        parts = [about, "", f"{SIGNS[check.verdict]}  {check.seen}"]
        parts += ["", f"fix: {check.fix}"] if check.fix else []
        parts += ["", doctor.mask(check.details)] if check.details else []
        parts += ["", f"looked for {check.seconds:.1f} s"]
        self.app.push_screen(TextScreen(check.name, "\n".join(parts)))

    # taking along

    def action_copy_fix(self) -> None:
        check = self.marked
        if check is None or not check.fix:
            self.notify("there is nothing to mend in this row")
            return
        self.app.copy_to_clipboard(check.fix)
        self.notify(f"copied, if this terminal lets programs copy: {check.fix}")

    def action_copy_report(self) -> None:
        self.app.copy_to_clipboard(self._report())
        self.notify("the bug report was copied, if this terminal lets programs copy; w writes it to a file")

    def action_save_report(self) -> None:
        self.run_worker(self._save(self._report()), group="report")

    async def _save(self, report: str) -> None:
        from engine.files import atomic

        path = self.app.workspace.root / time.strftime("vitsdeck-report-%Y%m%d-%H%M%S.txt")
        try:
            await asyncio.to_thread(atomic.write_text, path, report)
        except OSError as error:
            self.notify(f"{path.name} cannot be written: {error.strerror}", severity="error")
            return
        self.notify(f"the bug report is {path.name} in the workspace; look through it before you send it")

    def _report(self) -> str:
        return doctor.compose(doctor.in_order(self.checks.values()))
