"""Every paid second, once. One row a chunk of audio: reserved, sent, settled, failed or unconfirmed.

    reserve ──► reserved ──► sent ──► settled        the reply came: its billed time, its text
                   │           ├────► failed         refused: known not to be billed, may be reserved again
                   │           └────► unconfirmed    may have been billed: counted as spent, sent again only when asked
                   └─ (never sent: the row goes)

A row is reserved inside the transaction that adds up the budget, and marked as sent before a byte leaves. The state of
a dead process's row alone says whether money may have gone: `recover` settles such rows. The row keeps the text too:
what was paid for is not lost with a manifest. Standard library only, so that the dashboard can read it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import platformdirs

from engine.errors import InputError
from engine.i18n import _
from engine.process_identity import ProcessIdentity
from engine.transcribe.ledger import months, rows, schema
from engine.transcribe.ledger.months import DEFAULT_ACCOUNT, ChunkRow, Usage
from engine.transcribe.ledger.rows import Answer, Ask
from engine.transcribe.pricing import Price

_OPEN = "SELECT * FROM chunks WHERE state IN ('reserved', 'sent')"


def default_path() -> Path:
    """The ledger in the user's data folder."""
    return Path(platformdirs.user_data_dir("vitsdeck")) / "ledger.sqlite"


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
        self._db = schema.connect(self.path, create=create)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_unused: object) -> None:
        self.close()

    # --- one chunk ----------------------------------------------------------------------------------------------

    def reserve(self, ask: Ask, *, budget_micros: int | None = None) -> Answer:
        """Set money aside for a chunk, unless it is done, under way, unconfirmed or beyond the budget.

        Args:
            budget_micros: the most that the account's month may cost; the account's own limit holds as well.
        """
        with self._writing() as db:
            answer = rows.known(db, ask)
            if answer is None:
                at = self._now()
                account = months.account(db, ask.account)
                month = months.month_of(at, account.time_zone)
                worst = ask.price.worst_ms(ask.length_ms)
                refusal = rows.over_budget(db, account, month, (ask.price, worst), budget_micros)
                if refusal is not None:
                    return refusal
                _keep_price(db, ask.price)
                who = {"job": self.job, "owner": self._owner, "at": at, "month": month}
                answer = Answer("reserved", rows.insert(db, ask, {"worst_ms": worst, **who}))
            if answer.kind != "busy":  # what is busy may come back to this job
                db.execute("DELETE FROM queue WHERE job = ? AND digest = ?", (self.job, ask.digest))
            return answer

    def mark_sent(self, row: int) -> None:
        """The last thing before a chunk leaves. Raises LookupError: the row is no longer ours."""
        with self._writing() as db:
            self._mine(db, row, "reserved")
            db.execute(
                "UPDATE chunks SET state = 'sent', at = ?, attempts = attempts + 1 WHERE id = ?",
                (self._now(), row),
            )

    def settle(
        self, row: int, text: str, *, billed_ms: int | None, confidence: float | None = None
    ) -> tuple[int, int]:
        """The reply has come: keep its text and what it was billed for.

        The reply's own figure counts, even beyond what was set aside. Where it says nothing or zero, our own rounding.

        Returns:
            milliseconds that count as billed, and by how much they exceed what was set aside.

        Raises:
            LookupError: the row is not ours.
        """
        with self._writing() as db:
            found = self._mine(db, row, "sent", "unconfirmed")
            counted: int = billed_ms or found["expected_ms"]
            db.execute(
                "UPDATE chunks SET state = 'settled', billed_ms = ?, is_told = ?, text = ?, confidence = ?,"
                " reason = '' WHERE id = ?",
                (counted, int(bool(billed_ms)), text, confidence, row),
            )
            return counted, max(0, counted - found["worst_ms"])

    def fail(self, row: int, reason: str) -> None:
        """The chunk was refused, and is known not to be billed."""
        self._end(row, "failed", reason)

    def unconfirm(self, row: int, reason: str) -> None:
        """Nobody knows whether the chunk was done: it counts as spent."""
        self._end(row, "unconfirmed", reason)

    def release(self, row: int) -> None:
        """Give a reservation back; nothing was sent."""
        with self._writing() as db:
            rows.abandon(db, [self._mine(db, row, "reserved")])

    # --- jobs ---------------------------------------------------------------------------------------------------

    def enqueue(self, waiting: Sequence[Ask], *, owner: ProcessIdentity | None = None) -> None:
        """Replace what this job has waiting; where in a recording a chunk starts does not matter.

        Args:
            owner: the process of the job, where it is not this one; what it has waiting goes with it.
        """
        with self._writing() as db:
            db.execute("DELETE FROM queue WHERE job = ?", (self.job,))
            for price in {ask.price for ask in waiting}:
                _keep_price(db, price)
            rows.enqueue(db, waiting, self.job, self._owner if owner is None else json.dumps(owner.to_json()))

    def leave(self) -> None:
        """This job ends: nothing of it waits, reservations go, what is still sent becomes unconfirmed."""
        with self._writing() as db:
            db.execute("DELETE FROM queue WHERE job = ?", (self.job,))
            ours = db.execute(f"{_OPEN} AND job = ? AND owner = ?", (self.job, self._owner))
            rows.abandon(db, ours.fetchall())

    def recover(self) -> int:
        """Settle what dead processes left behind; returns how many chunks became unconfirmed by that."""
        with self._lock:
            owners = {row["owner"] for row in self._db.execute(_OPEN)}
            owners |= {row["owner"] for row in self._db.execute("SELECT DISTINCT owner FROM queue")}
        gone = {owner for owner in owners if not rows.is_alive(owner)}
        if not gone:
            return 0
        with self._writing() as db:
            left = [row for row in db.execute(_OPEN).fetchall() if row["owner"] in gone]
            rows.abandon(db, left)
            db.executemany("DELETE FROM queue WHERE owner = ?", [(owner,) for owner in gone])
        return sum(row["state"] == "sent" for row in left)

    # --- accounts and reading -----------------------------------------------------------------------------------

    def accounts(self) -> list[str]:
        """Every account that has settings, rows or a queue."""
        with self._lock:
            return months.accounts(self._db)

    def set_budget(self, name: str, budget_micros: int | None) -> None:
        """The most that a month of the account may cost; None: no limit."""
        with self._writing() as db:
            zone = months.account(db, name).time_zone
            db.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?)", (name, zone, budget_micros))

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
        """What `reserve` would answer after a `recover`, without reserving; budgets are not looked at."""
        with self._lock:
            return rows.known(self._db, ask) or Answer("reserved")

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
                    self._db.execute("COMMIT")
                finally:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
            except sqlite3.Error as error:
                raise InputError(
                    _("the ledger cannot be written ({error})").format(error=error), path=self.path
                ) from error

    def _mine(self, db: sqlite3.Connection, row: int, *states: str) -> sqlite3.Row:
        found: sqlite3.Row | None = db.execute("SELECT * FROM chunks WHERE id = ?", (row,)).fetchone()
        if found is None or found["state"] not in states:
            raise LookupError(f"row {row} is not {' or '.join(states)}")
        if (found["job"], found["owner"]) != (self.job, self._owner):
            raise LookupError(f"row {row} belongs to another job")
        return found

    def _end(self, row: int, state: str, reason: str) -> None:
        with self._writing() as db:
            self._mine(db, row, "sent")
            db.execute("UPDATE chunks SET state = ?, reason = ? WHERE id = ?", (state, reason[:500], row))


def _keep_price(db: sqlite3.Connection, price: Price) -> None:
    db.execute("INSERT OR IGNORE INTO prices VALUES (?, ?)", (price.id, json.dumps(price.to_json())))
