"""The recordings, one a row: how far each is, and its words or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.i18n import _
from engine.transcribe.ledger import Usage
from engine.transcribe.pricing import amount
from engine.transcribe.quote import Recording
from tui.app import words
from tui.panes.transcription.readers import WITH_TEXT, FileNow, JobNow, Result
from tui.panes.transcription.task import Plan
from tui.panes.transcription.wording import in_keys
from tui.widgets.table import Column, Table

COLUMNS = (
    Column("recording", least=18),
    Column("state", 14),
    Column("length", 8, "right"),
    Column("words", least=24),
)
_SIGNS = {
    "done": "✔ done",
    "empty": _("– no speech"),
    "failed": "✘ failed",
    "unconfirmed": "! unconfirmed",
    "unreadable": "✘ unreadable",
    "to send": _("· to send"),
    "waits": "· waits",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row; `state` is a key of the signs, or a share of pieces under way."""

    name: str
    state: str
    length_ms: int | None = None
    words: str = ""

    def cells(self) -> tuple[str, str, str, str]:
        """As the table shows it."""
        length = "" if self.length_ms is None else clock(self.length_ms)
        return self.name, _SIGNS.get(self.state, self.state), length, self.words


def clock(ms: int) -> str:
    """`0:07`, `61:30`: minutes and seconds."""
    seconds = round(ms / 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"


def lines(plan: Plan | None, job: JobNow, result: Result, running: Iterable[str]) -> list[Line]:
    """Every recording that is known of, by name; `running`: names of those in a job that is live."""
    waits = set(running)
    planned = {each.name: each for each in plan.recordings} if plan is not None else {}
    lengths = {name: each.length_ms for name, each in planned.items() if not each.fault} | job.lengths()
    names = {*result.states, *job.files, *waits, *planned} | (plan.kept if plan is not None else set())
    if plan is None and not waits:
        names |= set(result.texts)
    found = []
    for name in sorted(names):
        is_live = name in waits
        state = _from_events(job.files[name], is_live) if name in job.files else None
        if state is None and name not in result.texts:
            known = result.states.get(name, ("", ""))
            state = ("waits", "") if is_live else _from_disk(planned.get(name), *known)
        sign, text = state or ("done", "")
        if sign == "done":
            text = result.texts.get(name, text)
        elif sign in ("failed", "unconfirmed", "unreadable"):
            text = in_keys(text)
        found.append(Line(name, sign, lengths.get(name), text))
    return found


def _from_events(now: FileNow, is_live: bool) -> tuple[str, str] | None:
    """State and words of a recording by the job's events; None when the manifest knows as much."""
    if not now.is_over:
        share = _("{sign} {done} of {pieces}")
        state = share.format(sign=words.GLYPHS["running"], done=len(now.outcomes), pieces=now.pieces)
        return (state, now.words) if is_live else None
    for state in ("failed", "unconfirmed"):
        if now.having(state):
            text = _("{lost} of {pieces} chunks: {reason}") if now.pieces > 1 else "{reason}"
            lost = len(now.outcomes) - now.having(*WITH_TEXT)
            return state, text.format(lost=lost, pieces=now.pieces, reason=now.reason)
    return ("done", now.words) if now.words else ("empty", "")


def _from_disk(planned: Recording | None, state: str, reason: str) -> tuple[str, str]:
    """State and words of a recording without a transcript: the plan knows the ledger, the report only the last job."""
    if planned is None:
        return state or _("to send"), reason
    if planned.fault:
        return "unreadable", planned.fault
    if planned.has("unconfirmed"):
        return "unconfirmed", reason or _("its reply was lost: it may have been billed")
    return (state, reason) if state in ("failed", "empty") else (_("to send"), "")


def months(history: Sequence[Usage]) -> str:
    """Each month with its minutes and money, the newest first."""
    rows = []
    for month in reversed(history):
        minutes, lost = month.used_ms / 60_000, month.unconfirmed_ms / 60_000
        row = f"{month.month}  {minutes:8,.1f} min  {amount(month.spent_micros, month.currency)}"
        rows.append(row + (_("  unconfirmed {minutes:,.1f} min").format(minutes=lost) if lost else ""))
    return "\n".join(rows) or _("nothing has been transcribed for money yet")


class RecordingsTable(Table):
    """The rows; while a person does not move it, the cursor follows the newest words."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, selectable=True, empty=_("no recordings yet"), id="recordings")
        self.lines: list[Line] = []
        self.follows = True
        self._newest = ""

    def show(self, rows: list[Line]) -> None:
        """Replace the rows."""
        self.lines = rows
        self.set_rows(len(rows), lambda index: rows[index].cells(), key=lambda index: rows[index].name)

    def follow(self, name: str) -> None:
        """Words came for this recording."""
        names = [line.name for line in self.lines]
        if self.follows and name in names:
            self._newest = name
            self.move_cursor(names.index(name))

    def on_table_cursor_moved(self, message: Table.CursorMoved) -> None:
        """A person who looks at a row keeps it."""
        message.stop()
        self.follows = self.follows and message.key == self._newest

    @property
    def chosen(self) -> list[str]:
        """Names that are selected, else the one under the cursor."""
        marked = [self.lines[self.cursor].name] if 0 <= self.cursor < len(self.lines) else []
        return [str(key) for key in self.selected] or marked

    def select_all(self, names: set[str]) -> None:
        """Select these rows; none where they are selected."""
        self.selected = set() if self.selected >= names else set(names)
