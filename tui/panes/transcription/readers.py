"""What is read beside the screen: the ledger that all windows share, the events of a job, the manifest it makes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import InputError
from engine.files.atomic import stamp
from engine.transcribe.ledger import Ledger, Usage
from engine.transcribe.pricing import OWN_NAME, PriceTable
from tui.app import words
from tui.app.readers.messages import Newest
from tui.app.readers.sources import Poller

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

LOOK_SECONDS = 0.5
ANYWAY_SECONDS = 10.0  # months begin and processes die without a word in the ledger
_BLOCK = 1 << 20
HEARD = ("settled", "known", "silent")


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


class LedgerRead(Newest):
    """The ledger has changed, in whichever window; `fault` says why there is no `money`."""

    def __init__(self, about: str, money: Money | None, fault: str = "") -> None:
        self.about = about
        self.money = money
        self.fault = fault
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
    def words(self) -> str:
        """What was heard so far, in the order of the recording."""
        heard = [text for _, (outcome, text) in sorted(self.outcomes.items()) if outcome in HEARD]
        return " ".join(text for text in heard if text)

    @property
    def reason(self) -> str:
        """Why the first piece that came to nothing did."""
        lost = [text for _, (outcome, text) in sorted(self.outcomes.items()) if outcome not in HEARD]
        return next(iter(lost), "")


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
                says = event["text"] if outcome in HEARD else event["reason"]
                files[newest] = replace(
                    before,
                    pieces=event["pieces"] or before.pieces,
                    outcomes={**before.outcomes, piece: (outcome, str(says or ""))},
                    lengths={**before.lengths, piece: round(event["seconds"] * 1000)},
                )
            except KeyError:
                continue
        return JobNow(files, newest)


class JobGrew(Newest):
    """Words came, or a chunk failed."""

    def __init__(self, run: str, job: JobNow) -> None:
        self.about = run
        self.job = job
        super().__init__()


@dataclass(frozen=True, slots=True)
class Result:
    """The manifest as it is on disk, and what the report beside it says of recordings without text."""

    texts: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # name -> state, reason


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
    """Posts LedgerRead when anything was written to the ledger or the price list, and now and then anyway."""
    seen: object = None
    read_at = 0.0

    def look() -> None:
        nonlocal seen, read_at
        now = stamp(path), stamp(path.with_name(OWN_NAME))
        if now == seen and time.monotonic() - read_at < ANYWAY_SECONDS:
            return
        seen, read_at = now, time.monotonic()
        about = ledger_named(path, account)
        try:
            target.post_message(LedgerRead(about, read_money(path, account)))
        except Exception as error:  # noqa: BLE001 - told where the figures would stand; a later look tries again
            target.post_message(LedgerRead(about, None, words.sentence(error)))

    return Poller("ledger", LOOK_SECONDS, look, target).start()


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
    from engine.runs.events import EventTail

    tail = EventTail(folder / "events.jsonl")
    found = JobNow()

    def look() -> None:
        nonlocal found
        is_new = False
        while not poller.is_closed and (events := tail.read_new(_BLOCK)):
            is_new = True
            found = found.with_events(events, since)
        if is_new:
            target.post_message(JobGrew(name, found))

    poller = Poller(f"run {name}", LOOK_SECONDS, look, target)
    return poller.start()


def result(manifest: Path, target: MessagePump) -> Poller:
    """Posts ResultRead whenever the manifest or its report is another."""
    report = manifest.with_name(manifest.name + ".transcribed.json")
    seen: object = None

    def look() -> None:
        nonlocal seen
        now = stamp(manifest), stamp(report)
        if now != seen:
            seen = now
            target.post_message(ResultRead(manifest, read_result(manifest, report)))

    return Poller(f"manifest {manifest.name}", LOOK_SECONDS, look, target).start()


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
