"""The rows of the ledger: what is asked of it, what it answers, and each single change of a row.

Functions take the connection inside a transaction of `engine.transcribe.ledger`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.runs.processes.identity import ProcessIdentity
from engine.transcribe import billing
from engine.transcribe.billing import Account
from engine.transcribe.pricing import Price

Kind = Literal["reserved", "known", "unconfirmed", "busy", "over_budget"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A chunk that somebody wants to send.

    Attributes:
        again_after: rows up to this id do not count as done (see `Ledger.newest_row`); None: every row counts.
        resend_upto: unconfirmed rows up to this id may be sent once more; 0: none. What becomes unconfirmed after
            somebody has asked for that is a new doubt.
        number: its place in the job's queue, which it leaves when it is reserved.
    """

    digest: str
    provider: str
    settings: str
    account: str
    price: Price
    path: str
    start_ms: int
    length_ms: int
    again_after: int | None = None
    resend_upto: int = 0
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an `Ask`.

    reserved: send `row`, after `mark_sent`. known: `text` was settled before. unconfirmed: `reason` says why. busy:
    somebody, maybe this job, has it under way. over_budget: `spent_micros` would become `needed_micros`;
    `in_flight` is how many reservations that are held now may still turn out smaller.
    """

    kind: Kind
    row: int = 0
    text: str = ""
    confidence: float | None = None
    reason: str = ""
    spent_micros: int = 0
    needed_micros: int = 0
    in_flight: int = 0
    is_accounts: bool = False  # the budget is the account's own

    @property
    def may_change(self) -> bool:
        """Whether asking once more, a little later, may be answered otherwise."""
        return self.kind == "busy" or bool(self.in_flight)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settled chunk counts as; `excess_ms` is what the reply billed beyond what was set aside for it."""

    billed_ms: int
    is_told: bool
    excess_ms: int = 0
    note: str = ""


def newest(db: sqlite3.Connection, ask: Ask) -> sqlite3.Row | None:
    """The newest take of the chunk."""
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM chunks WHERE digest = ? AND provider = ? AND settings = ? ORDER BY take DESC LIMIT 1",
        (ask.digest, ask.provider, ask.settings),
    ).fetchone()
    return found


def standing(db: sqlite3.Connection, found: sqlite3.Row | None) -> sqlite3.Row | None:
    """The take that a chunk is judged by: its newest, or the one before it where that came to nothing.

    A take that was refused cost nothing and says nothing; what was paid for before it is paid for still.
    """
    if found is None or not (found["state"] == "failed" or is_left(found)):
        return found
    before: sqlite3.Row | None = db.execute(
        "SELECT * FROM chunks WHERE digest = ? AND provider = ? AND settings = ? AND take < ?"
        " AND state != 'failed' ORDER BY take DESC LIMIT 1",
        (found["digest"], found["provider"], found["settings"], found["take"]),
    ).fetchone()
    return before


def insert(db: sqlite3.Connection, ask: Ask, found: sqlite3.Row | None, more: dict[str, Any]) -> int:
    """A new row in the state `reserved`, in the place of a failed one where there is one; returns its id.

    The id is always a new one: `Ask.again_after` tells by it what is older than a wish to have it done again.

    Args:
        found: the newest take, not the one that the chunk is judged by.
        more: worst_ms, job, owner, at, month.
    """
    values = {
        **{"digest": ask.digest, "provider": ask.provider, "settings": ask.settings},
        **{"account": ask.account, "price": ask.price.id, "path": ask.path, "start_ms": ask.start_ms},
        **{"length_ms": ask.length_ms, "expected_ms": ask.price.billed_ms(ask.length_ms)},
        **{"state": "reserved"},
        **more,
    }
    if found is not None and found["state"] == "failed":
        db.execute("DELETE FROM chunks WHERE id = ?", (found["id"],))
        values |= {name: found[name] for name in ("take", "attempts", "reason")}
    else:
        values["take"] = 1 if found is None else found["take"] + 1
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    done = db.execute(f"INSERT INTO chunks ({names}) VALUES ({marks})", values)  # noqa: S608
    return int(done.lastrowid or 0)


def enqueue(db: sqlite3.Connection, waiting: Sequence[Ask], job: str, owner: str) -> None:
    """What a job has waiting, with what each would be billed for."""
    db.executemany(
        "INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(job, ask.number, ask.digest, ask.provider, ask.settings, ask.account, ask.price.id),
                *(ask.price.billed_ms(ask.length_ms), max(ask.again_after or 0, ask.resend_upto), owner),
            )
            for ask in waiting
        ],
    )


def abandon(db: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> None:
    """What becomes of rows that nobody works on any more."""
    for row in rows:
        if row["state"] == "sent":
            update = "UPDATE chunks SET state = 'unconfirmed', reason = ? WHERE id = ?"
            db.execute(update, (billing.KILLED, row["id"]))
        elif row["attempts"]:  # refused before, so it stays as that
            db.execute("UPDATE chunks SET state = 'failed' WHERE id = ?", (row["id"],))
        else:
            db.execute("DELETE FROM chunks WHERE id = ?", (row["id"],))


def as_it_is(found: sqlite3.Row | None, ask: Ask) -> Answer | None:
    """The answer that the `standing` take of a chunk gives; None when it is to be sent."""
    if found is None:
        return None
    if found["state"] in ("reserved", "sent"):
        return Answer("busy", found["id"])
    if found["state"] == "unconfirmed":  # whatever else is to be done again, this may be paid for already
        may_go = found["id"] <= ask.resend_upto
        return None if may_go else Answer("unconfirmed", found["id"], reason=found["reason"])
    if ask.again_after is not None and found["id"] <= ask.again_after:
        return None
    return Answer("known", found["id"], found["text"], found["confidence"])


def over_budget(
    db: sqlite3.Connection, account: Account, month: str, more: tuple[Price, int], budget: int | None
) -> Answer | None:
    """The refusal, or None when the month has room for `more` with everything under way at its worst."""
    limits = [limit for limit in (budget, account.budget_micros) if limit is not None]
    price, worst_ms = more
    if not limits or price.is_free:
        return None
    taken = billing.taken_ms(db, account.name, month)
    needed = billing.cost_with(taken, price, worst_ms)
    if needed <= min(limits):
        return None
    spent = billing.cost_with(taken, price, 0)
    in_flight = billing.open_chunks(db, account.name, month)
    own = account.budget_micros
    return Answer(
        "over_budget",
        spent_micros=spent,
        needed_micros=needed,
        in_flight=in_flight,
        is_accounts=own is not None and own == min(limits),
    )


def is_left(row: sqlite3.Row) -> bool:
    """Whether a row is a reservation that a dead process left behind: nothing of it was sent."""
    return row["state"] == "reserved" and not is_alive(row)


def is_alive(row: sqlite3.Row) -> bool:
    """Whether the process that owns a row still runs."""
    return lives(row["owner"])


def lives(owner: str) -> bool:
    """Whether the process of this identity still runs."""
    one = ProcessIdentity.from_json(json.loads(owner))
    return one is not None and one.is_alive()
