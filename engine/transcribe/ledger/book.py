"""Every paid second, once. One row a chunk of audio: reserved, sent, settled, failed or unconfirmed.

    reserve ──► reserved ──► sent ──► settled        the reply came: its billed time, its text
                   │           ├────► failed         refused: known not to be billed, may be reserved again
                   │           └────► unconfirmed    may have been billed: counted as spent, sent again only when asked
                   └─ (never sent: the row goes)

A row is reserved inside the transaction that adds up the budget, and marked as sent before a byte leaves. The state of
a dead process's row alone says whether money may have gone. The row keeps the text too: what was paid for is not lost
with a manifest. Standard library only, so that the dashboard can read it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from engine.errors import InputError
from engine.i18n import _
from engine.process_identity import ProcessIdentity
from engine.transcribe.ledger import months, rows, schema
from engine.transcribe.ledger.months import DEFAULT_ACCOUNT, Account, ChunkRow, Usage
from engine.transcribe.ledger.rows import Answer, Ask, Settled
from engine.transcribe.pricing import Price

FILE_NAME = "ledger.sqlite"


def default_path() -> Path:
    """The ledger in the user's data folder."""
    import platformdirs

    return Path(platformdirs.user_data_dir("vitsdeck")) / FILE_NAME


class BudgetReachedError(Exception):
    """A new month began between reserving and sending, and its budget has no room."""


class Ledger:
    """The ledger file. Safe for threads, and for any number of processes.

    Args:
        path: the file; `default_path()` is the user's.
        job: names who reserves; rows of a job are its process's.
        create: whether a missing file is made; else it is read as an empty ledger and stays missing.
        now: the wall clock, unix seconds.

    Raises:
        InputError: see `schema.connect`.
    """

    def __init__(
        self, path: str | Path, *, job: str = "", now: Callable[[], float] = time.time, create: bool = True
    ) -> None:
        self.path = Path(path)
        self.job = job
        self._now = now
        self._owner = json.dumps(ProcessIdentity.current().to_json())
        is_empty = not create and schema.is_missing(self.path)
        self._db = schema.empty() if is_empty else schema.connect(self.path)
        self._lock = threading.Lock()
        self._known_prices: set[str] = set()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_unused: object) -> None:
        self.close()

    # --- accounts -----------------------------------------------------------------------------------------------

    def account(self, name: str = DEFAULT_ACCOUNT) -> Account:
        """The account's settings; Google's time zone and no limit when nobody has set any."""
        with self._lock:
            return months.account(self._db, name)

    def accounts(self) -> list[Account]:
        """Every account that has settings or rows."""
        with self._lock:
            return months.accounts(self._db)

    def set_budget(self, name: str, budget_micros: int | None) -> None:
        """The most that a month of the account may cost; None: no limit."""
        with self._writing() as db:
            zone = months.account(db, name).time_zone
            db.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?)", (name, zone, budget_micros))

    # --- one chunk ----------------------------------------------------------------------------------------------

    def reserve(self, ask: Ask, *, budget_micros: int | None = None) -> Answer:
        """Set money aside for a chunk, unless it is done, under way, unconfirmed or beyond the budget.

        Args:
            budget_micros: the most that the account's month may cost; the account's own limit holds as well.
        """
        with self._writing() as db:
            found = rows.newest(db, ask)
            if found is not None and found["state"] in ("reserved", "sent") and not rows.is_alive(found):
                rows.abandon(db, [found])
                found = rows.newest(db, ask)
            answer = rows.as_it_is(rows.standing(db, found), ask)
            if answer is not None:
                if answer.kind != "busy":  # else it may come back to this job
                    self._dequeue(db, ask)
                return answer
            at = self._now()
            account = months.account(db, ask.account)
            month = months.month_of(at, account.time_zone)
            worst = ask.price.worst_ms(ask.length_ms)
            refusal = rows.over_budget(db, account, month, (ask.price, worst), budget_micros)
            if refusal is not None:
                return refusal
            self._remember(db, ask.price)
            self._dequeue(db, ask)
            who = {"job": self.job, "owner": self._owner, "at": at, "month": month}
            return Answer("reserved", rows.insert(db, ask, found, {"worst_ms": worst, **who}))

    def mark_sent(self, row: int, *, budget_micros: int | None = None) -> None:
        """The last thing before a chunk leaves; the month that counts is the one of this moment.

        Raises:
            BudgetReachedError: a month has begun whose budget has no room; the row is released.
            LookupError: the row is no longer ours.
        """
        with self._writing() as db:
            found = self._mine(db, row, ("reserved",))
            at = self._now()
            account = months.account(db, found["account"])
            month = months.month_of(at, account.time_zone)
            more = (months.price(db, found["price"]), found["worst_ms"])
            has_room = month == found["month"] or not rows.over_budget(
                db, account, month, more, budget_micros
            )
            if has_room:
                db.execute(
                    "UPDATE chunks SET state = 'sent', at = ?, month = ?, attempts = attempts + 1"
                    " WHERE id = ?",
                    (at, month, row),
                )
            else:
                rows.abandon(db, [found])
        if not has_room:
            raise BudgetReachedError(month)

    def settle(
        self, row: int, text: str, *, billed_ms: int | None, confidence: float | None = None
    ) -> Settled:
        """The reply has come: keep its text and what it was billed for.

        The reply's own figure counts, even beyond what was set aside. Where it says nothing or zero, our own rounding.

        Raises:
            LookupError: the row is not ours.
        """
        with self._writing() as db:
            found = self._mine(db, row, ("sent", "unconfirmed"))
            is_told = billed_ms is not None and billed_ms > 0
            counted = billed_ms if billed_ms is not None and is_told else found["expected_ms"]
            db.execute(
                "UPDATE chunks SET state = 'settled', billed_ms = ?, is_told = ?, text = ?, confidence = ?,"
                " reason = '' WHERE id = ?",
                (counted, int(is_told), text, confidence, row),
            )
            excess = max(0, counted - found["worst_ms"])
        return Settled(counted, excess)

    def fail(self, row: int, reason: str) -> None:
        """The chunk was refused, and is known not to be billed."""
        self._end(row, "failed", reason, ("reserved", "sent"))

    def unconfirm(self, row: int, reason: str) -> None:
        """Nobody knows whether the chunk was done: it counts as spent."""
        self._end(row, "unconfirmed", reason, ("sent",))

    def release(self, row: int) -> None:
        """Give a reservation back; nothing was sent."""
        with self._writing() as db:
            rows.abandon(db, [self._mine(db, row, ("reserved",))])

    # --- jobs ---------------------------------------------------------------------------------------------------

    def enqueue(self, waiting: Sequence[Ask], *, owner: ProcessIdentity | None = None) -> None:
        """Replace what this job has waiting: each chunk with its `number`; where it starts does not matter.

        Args:
            owner: the process of the job, where it is not this one; what it has waiting goes with it.
        """
        with self._writing() as db:
            db.execute("DELETE FROM queue WHERE job = ?", (self.job,))
            for price in {ask.price for ask in waiting}:
                self._remember(db, price)
            rows.enqueue(db, waiting, self.job, self._owner if owner is None else json.dumps(owner.to_json()))

    def leave(self) -> None:
        """This job ends: nothing of it waits, reservations go, what is still sent becomes unconfirmed."""
        with self._writing() as db:
            db.execute("DELETE FROM queue WHERE job = ?", (self.job,))
            ours = db.execute(
                "SELECT * FROM chunks WHERE state IN ('reserved', 'sent') AND job = ? AND owner = ?",
                (self.job, self._owner),
            ).fetchall()
            rows.abandon(db, ours)

    def recover(self) -> int:
        """Judge what dead processes left behind; returns how many chunks became unconfirmed by that."""
        query = "SELECT * FROM chunks WHERE state IN ('reserved', 'sent')"
        with self._lock:
            owners = {row["owner"] for row in self._db.execute(query)}
            owners |= {row["owner"] for row in self._db.execute("SELECT DISTINCT owner FROM queue")}
        gone = {owner for owner in owners if not rows.lives(owner)}
        if not gone:
            return 0
        with self._writing() as db:
            left = [row for row in db.execute(query).fetchall() if row["owner"] in gone]
            rows.abandon(db, left)
            db.executemany("DELETE FROM queue WHERE owner = ?", [(owner,) for owner in gone])
        return sum(row["state"] == "sent" for row in left)

    # --- reading ------------------------------------------------------------------------------------------------

    def usage(
        self, account: str = DEFAULT_ACCOUNT, month: str | None = None, *, also: Sequence[Price] = ()
    ) -> Usage:
        """What a month (`2026-11`; None: the present one) was used for and costs, after `recover`.

        Args:
            also: prices whose free time is shown while the month has used nothing that costs.
        """
        self.recover()
        with self._lock:
            return months.usage(self._db, account, month, self._now(), also=also)

    def history(self, account: str = DEFAULT_ACCOUNT) -> list[Usage]:
        """Every month with rows, oldest first, and the present one."""
        self.recover()
        with self._lock:
            return months.history(self._db, account, self._now())

    def rows(self, *states: str, limit: int = 1000) -> list[ChunkRow]:
        """Chunks in these states (none given: all), newest first."""
        with self._lock:
            return months.rows(self._db, states, limit)

    def look_up(self, ask: Ask) -> Answer:
        """What `reserve` would say, without reserving; `reserved` stands for "would be sent"."""
        with self._lock:
            found = rows.standing(self._db, rows.newest(self._db, ask))
        if found is not None and found["state"] == "sent" and not rows.is_alive(found):
            if found["id"] <= ask.retry_upto:
                return Answer("reserved")
            return Answer("unconfirmed", found["id"], reason=rows.LOST)
        return rows.as_it_is(found, ask) or Answer("reserved")

    def newest_row(self) -> int:
        """The highest row id so far: what `Ask.retry_upto` refers to."""
        with self._lock:
            return rows.newest_id(self._db)

    def attempts(self, digests: Sequence[str], provider: str, settings: str) -> int:
        """How many attempts there were at the chunk of these that had most."""
        query = "SELECT MAX(take) FROM chunks WHERE digest = ? AND provider = ? AND settings = ?"
        with self._lock:
            found = (self._db.execute(query, (each, provider, settings)).fetchone()[0] for each in digests)
            return max((take or 0 for take in found), default=0)

    # --- inside a transaction -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: whole or not at all, and nobody else's between its reading and its writing."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise InputError(
                    _("the ledger cannot be written ({error})").format(error=error), path=self.path
                ) from error

    def _mine(self, db: sqlite3.Connection, row: int, states: Sequence[str]) -> sqlite3.Row:
        found: sqlite3.Row | None = db.execute("SELECT * FROM chunks WHERE id = ?", (row,)).fetchone()
        if found is None or found["state"] not in states:
            raise LookupError(f"row {row} is not {' or '.join(states)}")
        if (found["job"], found["owner"]) != (self.job, self._owner):
            raise LookupError(f"row {row} belongs to another job")
        return found

    def _dequeue(self, db: sqlite3.Connection, ask: Ask) -> None:
        """The chunk no longer waits."""
        if ask.number is not None:
            db.execute("DELETE FROM queue WHERE job = ? AND number = ?", (self.job, ask.number))

    def _remember(self, db: sqlite3.Connection, price: Price) -> None:
        if price.id not in self._known_prices:
            row = json.dumps(price.to_json())
            db.execute("INSERT OR IGNORE INTO prices VALUES (?, ?)", (price.id, row))
            self._known_prices.add(price.id)

    def _end(self, row: int, state: str, reason: str, states: Sequence[str]) -> None:
        with self._writing() as db:
            self._mine(db, row, states)
            db.execute("UPDATE chunks SET state = ?, reason = ? WHERE id = ?", (state, reason[:500], row))
