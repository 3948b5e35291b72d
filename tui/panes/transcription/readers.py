"""Background readers: the ledger that all windows share, the events of a job, the manifest that it makes."""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import InputError
from engine.files.atomic import stamp
from engine.runs.events import EventTail
from engine.text.rows import parse
from engine.transcribe.ledger import Ledger, Usage
from engine.transcribe.manifest import SUFFIX
from engine.transcribe.pricing import OWN_NAME, PriceTable
from tui.app import words
from tui.app.readers.messages import Newest
from tui.app.readers.sources import Poller

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

LOOK_SECONDS = 0.5
ANYWAY_SECONDS = 10.0  # months begin and processes die without a word in the ledger
_BLOCK = 1 << 20
WITH_TEXT = ("settled", "known", "silent")


@dataclass(frozen=True, slots=True)
class Money:
    """The ledger as it stands, for one account.

    Attributes:
        fault: of a person's own price list, in whose place the shipped one is read.
    """

    usage: Usage
    history: tuple[Usage, ...]
    table: PriceTable
    fault: str = ""

    @property
    def prices(self) -> tuple[object, ...]:
        """Differs when the price list is another."""
        return self.fault, self.table.prices


@dataclass(eq=False)
class LedgerRead(Newest):
    """The ledger `about`, an account of a file, has changed; `fault` says why there is no `money`."""

    about: tuple[Path, str]
    money: Money | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class FileNow:
    """One recording in a job: its pieces so far, and their words."""

    pieces: int = 0
    outcomes: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # piece -> outcome, text or reason
    lengths: Mapping[int, int] = field(default_factory=dict)  # piece -> milliseconds

    def having(self, *outcomes: str) -> int:
        """How many pieces came to one of these ends."""
        return sum(outcome in outcomes for outcome, _ in self.outcomes.values())

    @property
    def is_over(self) -> bool:
        return len(self.outcomes) >= max(1, self.pieces)

    @property
    def words(self) -> str:
        """The text so far, in the order of the recording."""
        return " ".join(filter(None, self._texts(with_text=True)))

    @property
    def reason(self) -> str:
        """Why the first piece that came to nothing did."""
        return next(iter(self._texts(with_text=False)), "")

    def _texts(self, *, with_text: bool) -> list[str]:
        outcomes = sorted(self.outcomes.items())
        return [text for _, (outcome, text) in outcomes if (outcome in WITH_TEXT) == with_text]


@dataclass(frozen=True, slots=True)
class JobNow:
    """A job's events since it was last started."""

    files: Mapping[str, FileNow] = field(default_factory=dict)
    newest: str = ""  # the recording of the last event

    def having(self, outcome: str) -> list[str]:
        """Names of recordings with a piece that came to this end: failed, unconfirmed."""
        return [name for name, each in self.files.items() if each.having(outcome)]

    def lengths(self) -> dict[str, int]:
        """Milliseconds by name, of recordings that are over."""
        return {name: sum(each.lengths.values()) for name, each in self.files.items() if each.is_over}

    def with_events(self, events: Iterable[Mapping[str, Any]], since: float) -> JobNow:
        """With these events; those before `since` belong to an earlier start, and foreign ones are passed over."""
        files, newest = dict(self.files), self.newest
        for event in events:
            if event.get("kind") != "transcript" or event.get("t", 0.0) < since:
                continue
            try:
                newest, piece, outcome = event["path"], event["piece"], event["outcome"]
                before = files.get(newest, FileNow())
                says = event["text"] if outcome in WITH_TEXT else event["reason"]
                files[newest] = replace(
                    before,
                    pieces=event["pieces"] or before.pieces,
                    outcomes={**before.outcomes, piece: (outcome, str(says or ""))},
                    lengths={**before.lengths, piece: round(event["seconds"] * 1000)},
                )
            except KeyError:
                continue
        return JobNow(files, newest)


@dataclass(eq=False)
class JobGrew(Newest):
    """Chunks of the run `about` were transcribed, or failed."""

    about: str
    job: JobNow


@dataclass(frozen=True, slots=True)
class Result:
    """The manifest as it is on disk, and what the report beside it says of recordings without text."""

    texts: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # name -> state, reason


@dataclass(eq=False)
class ResultRead(Newest):
    """The manifest `about`, or its report, has changed."""

    about: str
    result: Result


def _when_written(
    name: str,
    paths: Sequence[Path],
    read: Callable[[], Newest],
    target: MessagePump,
    anyway_s: float = math.inf,
) -> Poller:
    """Posts what `read` returns whenever one of the files was written, and each `anyway_s` seconds."""

    def look() -> object:
        return [stamp(path) for path in paths], time.monotonic() // anyway_s

    return Poller(name, LOOK_SECONDS, look, target, lambda _stamps: read()).start()


def ledger(path: Path, account: str, target: MessagePump) -> Poller:
    """Posts LedgerRead when anything was written to the ledger or the price list, and now and then anyway."""
    about = (path, account)

    def read() -> LedgerRead:
        try:
            return LedgerRead(about, read_money(path, account))
        except (InputError, OSError, sqlite3.Error) as error:  # shown in place of the figures
            return LedgerRead(about, None, words.sentence(error))

    return _when_written("ledger", (path, path.with_name(OWN_NAME)), read, target, ANYWAY_SECONDS)


def read_money(path: Path, account: str) -> Money:
    """The ledger's present month and all others; the price list with a person's own rows. It makes no ledger.

    Raises:
        InputError: a ledger that cannot be read.
    """
    fault = ""
    try:
        table = PriceTable.load(path.with_name(OWN_NAME))
    except InputError as error:
        table, fault = PriceTable.load(), str(error)
    with Ledger(path, create=False) as book:
        usage = book.usage(account, also=[table.find("google", "v1")])
        return Money(usage, tuple(book.history(account)) if path.exists() else (), table, fault)


def set_budget(path: Path, account: str, micros: int | None) -> None:
    """The most that a month of an account may cost, in millionths; None: no limit."""
    with Ledger(path) as book:
        book.set_budget(account, micros)


def job(name: str, folder: Path, since: float, target: MessagePump) -> Poller:
    """Follows the events of a job that was started at `since`; posts JobGrew."""
    tail = EventTail(folder / "events.jsonl")
    found = JobNow()

    def look() -> None:
        nonlocal found
        before = found
        while not poller.is_closed and (events := tail.read_new(_BLOCK)):
            found = found.with_events(events, since)
        if found is not before:
            target.post_message(JobGrew(name, found))

    poller = Poller(f"run {name}", LOOK_SECONDS, look, target)
    return poller.start()


def result(manifest: Path, target: MessagePump) -> Poller:
    """Posts ResultRead whenever the manifest or its report is another."""
    report = manifest.with_name(manifest.name + SUFFIX)

    def read() -> ResultRead:
        return ResultRead(str(manifest), read_result(manifest, report))

    return _when_written(f"manifest {manifest.name}", (manifest, report), read, target)


def read_result(manifest: Path, report: Path) -> Result:
    """The texts of a manifest of two columns, and the states of the report; what cannot be read is passed over."""
    texts: dict[str, str] = {}
    states: dict[str, tuple[str, str]] = {}
    with contextlib.suppress(OSError):
        rows = parse(manifest.read_bytes())
        texts = {row.columns[0].strip(): row.columns[1] for row in rows if len(row.columns) == 2}
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        for name, each in json.loads(report.read_text(encoding="utf-8"))["files"].items():
            states[name] = str(each.get("state")), str(each.get("reason") or "")
    return Result(texts, states)
