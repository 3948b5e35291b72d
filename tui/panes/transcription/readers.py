"""What is read beside the screen: the ledger that all windows share, the events of a job, the manifest it makes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.audio.header import header
from engine.errors import InputError
from engine.transcribe.ledger import Ledger, Usage
from engine.transcribe.ledger.months import ChunkRow
from engine.transcribe.pricing import OWN_NAME, PriceTable
from tui.app import words
from tui.app.messages import Newest
from tui.app.sources import Poller
from tui.panes.transcription.task import where

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

LEDGER_SECONDS = 0.5  # a look is three stats while nobody writes
ANYWAY_SECONDS = 10.0  # months begin and processes die without a word in the ledger
JOB_SECONDS = 0.4
_BLOCK = 1 << 20
_MOST_ROWS = 500
_LIGHT = (".wav", ".flac")

Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Money:
    """The ledger as it stands, for one account.

    Attributes:
        fault: of a person's own price list, in whose place the shipped one is read.
    """

    usage: Usage
    history: tuple[Usage, ...]
    table: PriceTable
    unconfirmed: tuple[ChunkRow, ...] = ()
    warning: str = ""
    fault: str = ""

    @property
    def prices(self) -> tuple[object, ...]:
        """Differs when the price list is another."""
        return self.fault, self.table.prices


class LedgerRead(Newest):
    """The ledger has changed, in whichever window."""

    def __init__(self, path: Path, account: str, money: Money) -> None:
        self.about = ledger_named(path, account)
        self.money = money
        super().__init__()


class LedgerFailed(Newest):
    """The ledger cannot be read; it is tried again all the time."""

    def __init__(self, path: Path, account: str, sentence: str) -> None:
        self.about = ledger_named(path, account)
        self.sentence = sentence
        super().__init__()


@dataclass(frozen=True, slots=True)
class FileNow:
    """One recording in a job: its pieces so far, and the words heard in them."""

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
    def length_ms(self) -> int | None:
        """Of its sound, once all pieces have told."""
        return sum(self.lengths.values()) if len(self.lengths) >= max(1, self.pieces) else None

    @property
    def words(self) -> str:
        """What was heard so far, in the order of the recording."""
        heard = [text for _, (outcome, text) in sorted(self.outcomes.items()) if outcome in HEARD]
        return " ".join(text for text in heard if text)

    @property
    def reason(self) -> str:
        """Why the first piece that came to nothing did."""
        lost = [text for _, (outcome, text) in sorted(self.outcomes.items()) if outcome not in HEARD]
        return next(iter(lost), "")


HEARD = ("settled", "known", "silent")


@dataclass(frozen=True, slots=True)
class JobNow:
    """A job's events since it was last started."""

    files: Mapping[str, FileNow] = field(default_factory=dict)
    newest: str = ""  # the recording that was heard of last

    def having(self, outcome: str) -> list[str]:
        """Names of recordings with a piece that came to this end: failed, unconfirmed."""
        return [name for name, each in self.files.items() if each.having(outcome)]

    def lengths(self) -> dict[str, int]:
        """Milliseconds by name, of recordings that are over."""
        return {name: ms for name, each in self.files.items() if (ms := each.length_ms) is not None}


class JobGrew(Newest):
    """Words came, or a chunk failed."""

    def __init__(self, run: str, job: JobNow) -> None:
        self.about = run
        self.job = job
        super().__init__()


@dataclass(frozen=True, slots=True)
class Result:
    """The manifest as it is on disk, and what the report beside it says of recordings without text.

    Attributes:
        lengths: milliseconds by name, of recordings that have a text: no plan tells of them.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # name -> state, reason
    lengths: Mapping[str, int] = field(default_factory=dict)


class ResultRead(Newest):
    """The manifest or its report has changed."""

    def __init__(self, manifest: Path, result: Result) -> None:
        self.about = str(manifest)
        self.result = result
        super().__init__()


def ledger_named(path: Path, account: str) -> str:
    """What is read: one account of one ledger."""
    return f"{path} {account}"


def ledger(path: Path, account: str, target: MessagePump) -> Poller:
    """Posts LedgerRead when anything was written to the ledger, and now and then anyway; or else LedgerFailed."""
    look = _LedgerLook(path, account, target)
    return Poller("ledger", LEDGER_SECONDS, look, target).start()


class _LedgerLook:
    """One look at the ledger. It is not made by looking: without one, nothing was used."""

    def __init__(
        self, path: Path, account: str, target: MessagePump, now: Callable[[], float] = time.time
    ) -> None:
        self._path, self._account, self._target, self._now = path, account, target, now
        self._stamp: Stamp | None = None
        self._read_at = 0.0
        self._fault = ""

    def __call__(self) -> None:
        stamp = self._stamps()
        if stamp == self._stamp and time.monotonic() - self._read_at < ANYWAY_SECONDS:
            return
        try:
            money = read_money(self._path, self._account, self._now)
        except Exception as error:  # noqa: BLE001 - told once, where the figures would stand; the next look tries again
            fault, self._stamp = words.sentence(error), None
            if fault != self._fault:
                self._fault = fault
                self._target.post_message(LedgerFailed(self._path, self._account, fault))
            return
        self._stamp, self._read_at, self._fault = stamp, time.monotonic(), ""
        self._target.post_message(LedgerRead(self._path, self._account, money))

    def _stamps(self) -> Stamp:
        wal = self._path.with_name(self._path.name + "-wal")
        return tuple(map(stamp_of, (self._path, wal, self._path.with_name(OWN_NAME))))


def read_money(path: Path, account: str, now: Callable[[], float] = time.time) -> Money:
    """The ledger's present month and all others; the price list with a person's own rows.

    Raises:
        InputError: a ledger that cannot be read.
    """
    fault = ""
    try:
        table = PriceTable.load(path.with_name(OWN_NAME))
    except InputError as error:
        table, fault = PriceTable.load(), str(error)
    with Ledger(path, now=now, create=False) as book:
        unconfirmed = book.rows("unconfirmed", limit=_MOST_ROWS)
        return Money(
            usage=book.usage(account, also=[table.find("google", "v1")]),
            history=tuple(book.history(account)) if path.exists() else (),
            table=table,
            unconfirmed=tuple(row for row in unconfirmed if row.account == account),
            warning=book.clock_warning(),
            fault=fault,
        )


def set_budget(path: Path, account: str, micros: int) -> None:
    """The most that a month of an account may cost, in millionths; below 0: no limit."""
    with Ledger(path) as book:
        book.set_account(account, budget_micros=micros)


def job(name: str, folder: Path, since: float, target: MessagePump) -> Poller:
    """Follows the events of a job that was started at `since`; posts JobGrew."""
    from engine.runs.events import EventTail

    tail = EventTail(folder / "events.jsonl")
    events_now = JobEvents(since)

    def look() -> None:
        is_new = False
        while events := tail.read_new(_BLOCK):
            is_new = True
            events_now.add(events)
            if poller.is_closed:
                return
        if is_new:
            target.post_message(JobGrew(name, events_now.now()))

    poller = Poller(f"run {name}", JOB_SECONDS, look, target)
    return poller.start()


class JobEvents:
    """Events of one job, sorted by recording; those before `since` belong to an earlier start of it."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._files: dict[str, FileNow] = {}
        self._newest = ""

    def add(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take in events; what is not as it should be is passed over."""
        for event in events:
            when = event.get("t")
            if not isinstance(when, (int, float)) or when < self._since:
                continue
            if event.get("kind") == "transcript":
                self._transcript(event)

    def now(self) -> JobNow:
        """What is known; a copy."""
        return JobNow(dict(self._files), self._newest)

    def _transcript(self, event: Mapping[str, Any]) -> None:
        name, piece, outcome = event.get("path"), event.get("piece"), event.get("outcome")
        if not isinstance(name, str) or not isinstance(piece, int) or not isinstance(outcome, str):
            return
        self._newest = name
        before = self._files.get(name, FileNow())
        pieces = event.get("pieces")
        says = event.get("text") if outcome in HEARD else event.get("reason")
        seconds = event.get("seconds")
        length = {piece: round(seconds * 1000)} if isinstance(seconds, (int, float)) else {}
        self._files[name] = replace(
            before,
            pieces=pieces if isinstance(pieces, int) else before.pieces,
            outcomes={**before.outcomes, piece: (outcome, str(says or ""))},
            lengths={**before.lengths, **length},
        )


def result(manifest: Path, root: Path, target: MessagePump) -> Poller:
    """Posts ResultRead whenever the manifest or its report is another; names are as seen from `root`."""
    look = _ResultLook(manifest, root, target)
    return Poller(f"manifest {manifest.name}", JOB_SECONDS, look, target).start()


class _ResultLook:
    """One look at a manifest; how long its recordings are follows when their headers have been read."""

    def __init__(self, manifest: Path, root: Path, target: MessagePump) -> None:
        self._manifest, self._root, self._target = manifest, root, target
        self._report = manifest.with_name(manifest.name + ".transcribed.json")
        self._stamp: Stamp | None = None
        self._lengths: dict[str, int] = {}

    def __call__(self) -> None:
        stamp = stamp_of(self._manifest), stamp_of(self._report)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        found = read_result(self._manifest, self._report)
        self._post(found)
        new = [name for name in found.texts if name not in self._lengths]
        self._lengths |= {name: ms for name in new if (ms := self._length_ms(name)) is not None}
        if new:
            self._post(found)

    def _post(self, found: Result) -> None:
        lengths = dict(self._lengths)
        self._target.post_message(ResultRead(self._manifest, replace(found, lengths=lengths)))

    def _length_ms(self, name: str) -> int | None:
        path = where(name, self._manifest, self._root)
        if path.suffix.lower() not in _LIGHT:  # others need libsndfile, which the dashboard does not load
            return None
        try:
            return round(1000 * header(path).seconds)
        except InputError:
            return None


def read_result(manifest: Path, report: Path) -> Result:
    """The texts of a manifest of two columns, and the states of the report; what cannot be read is passed over."""
    texts: dict[str, str] = {}
    states: dict[str, tuple[str, str]] = {}
    try:
        for line in manifest.read_text(encoding="utf-8-sig", errors="replace").splitlines():
            name, bar, text = line.partition("|")
            if bar:
                texts[name.strip()] = text
    except OSError:
        pass
    try:
        for name, each in json.loads(report.read_text(encoding="utf-8"))["files"].items():
            states[name] = str(each.get("state")), str(each.get("reason") or "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return Result(texts, states)


def stamp_of(path: Path) -> tuple[int, int]:
    """Changes whenever the file does; (0, 0) while there is none."""
    try:
        about = path.stat()
    except OSError:
        return 0, 0
    return about.st_mtime_ns, about.st_size
