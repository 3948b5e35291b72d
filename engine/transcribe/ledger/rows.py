"""The rows of the ledger: requests, answers, and each single change of a row.

Functions take the connection inside a transaction of `book`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.process_identity import ProcessIdentity
from engine.transcribe.ledger import months
from engine.transcribe.ledger.months import Account
from engine.transcribe.pricing import Price, added, month_micros

Kind = Literal["reserved", "known", "unconfirmed", "busy", "over_budget"]
LOST = "the job ended between sending and the reply"


@dataclass(frozen=True, slots=True)
class Ask:
    """A chunk that somebody wants to send.

    Attributes:
        attempt: rows of this attempt or a later one count as done; 1: every row does.
        retry_upto: unconfirmed rows up to this id may be sent once more; 0: none. What becomes unconfirmed after that
            was asked for is not sent a third time.
    """

    digest: str
    provider: str
    settings: str
    account: str
    price: Price
    path: str
    start_ms: int
    length_ms: int
    attempt: int = 1
    retry_upto: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an `Ask`.

    reserved: send `row`, after `mark_sent`. known: `text` was settled before. unconfirmed: `reason` says why. busy: a
    job, maybe this one, has it under way. over_budget: `spent_micros` would become `needed_micros`; `in_flight`
    reservations that are held now may still turn out smaller.
    """

    kind: Kind
    row: int = 0
    text: str = ""
    confidence: float | None = None
    reason: str = ""
    spent_micros: int = 0
    needed_micros: int = 0
    in_flight: int = 0

    @property
    def may_change(self) -> bool:
        """Whether asking once more, a little later, may be answered otherwise."""
        return self.kind == "busy" or bool(self.in_flight)


def newest(db: sqlite3.Connection, ask: Ask, but: str = "") -> sqlite3.Row | None:
    """The newest attempt at the chunk, of those that are not in the state `but`."""
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM chunks WHERE digest = ? AND provider = ? AND settings = ? AND state != ?"
        " ORDER BY take DESC LIMIT 1",
        (ask.digest, ask.provider, ask.settings, but),
    ).fetchone()
    return found


def known(db: sqlite3.Connection, ask: Ask) -> Answer | None:
    """The answer by what there is of the chunk; None when it is to be sent. A refused attempt does not count."""
    found = newest(db, ask, but="failed")
    if found is None:
        return None
    if found["state"] in ("reserved", "sent"):
        return Answer("busy", found["id"])
    if found["state"] == "unconfirmed":  # a redo does not send it either: it may be paid for already
        may_go = found["id"] <= ask.retry_upto
        return None if may_go else Answer("unconfirmed", found["id"], reason=found["reason"])
    if found["take"] < ask.attempt:
        return None
    return Answer("known", found["id"], found["text"], found["confidence"])


def insert(db: sqlite3.Connection, ask: Ask, more: dict[str, Any]) -> int:
    """A new row in the state `reserved`, in the place of a failed one where there is one; returns its id.

    Args:
        more: worst_ms, job, owner, at, month.
    """
    found = newest(db, ask)
    take = 1 if found is None else found["take"] + 1
    values: dict[str, Any] = {
        "digest": ask.digest,
        "provider": ask.provider,
        "settings": ask.settings,
        "account": ask.account,
        "price": ask.price.id,
        "path": ask.path,
        "start_ms": ask.start_ms,
        "length_ms": ask.length_ms,
        "expected_ms": ask.price.billed_ms(ask.length_ms),
        "state": "reserved",
        **more,
    }
    if found is not None and found["state"] == "failed":
        db.execute("DELETE FROM chunks WHERE id = ?", (found["id"],))
        values |= {"attempts": found["attempts"], "reason": found["reason"]}
        take = found["take"]
    values["take"] = max(ask.attempt, take)
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    done = db.execute(f"INSERT INTO chunks ({names}) VALUES ({marks})", values)  # noqa: S608
    return int(done.lastrowid or 0)


def enqueue(db: sqlite3.Connection, waiting: Sequence[Ask], job: str, owner: str) -> None:
    """What a job has waiting, with what each would be billed for; rows that there are now do not fulfil it."""
    above = newest_id(db)
    db.executemany(
        "INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(job, number, ask.digest, ask.provider, ask.settings, ask.account, ask.price.id),
                *(ask.price.billed_ms(ask.length_ms), above, owner),
            )
            for number, ask in enumerate(waiting)
        ],
    )


def abandon(db: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> None:
    """End rows that nobody works on any more."""
    for row in rows:
        if row["state"] == "sent":
            update = "UPDATE chunks SET state = 'unconfirmed', reason = ? WHERE id = ?"
            db.execute(update, (LOST, row["id"]))
        elif row["attempts"]:  # refused before, so it stays as that
            db.execute("UPDATE chunks SET state = 'failed' WHERE id = ?", (row["id"],))
        else:
            db.execute("DELETE FROM chunks WHERE id = ?", (row["id"],))


def over_budget(
    db: sqlite3.Connection, account: Account, month: str, more: tuple[Price, int], budget: int | None
) -> Answer | None:
    """The refusal, or None when the month has room for `more` with everything under way at its worst."""
    limits = [limit for limit in (budget, account.budget_micros) if limit is not None]
    price, worst_ms = more
    if not limits or price.is_free:
        return None
    taken = months.taken_ms(db, account.name, month)
    needed = month_micros(added(taken, {price: worst_ms}), price.currency)
    if needed <= min(limits):
        return None
    spent = month_micros(taken, price.currency)
    in_flight = months.open_chunks(db, account.name, month)
    return Answer("over_budget", spent_micros=spent, needed_micros=needed, in_flight=in_flight)


def newest_id(db: sqlite3.Connection) -> int:
    """The highest row id so far."""
    return int(db.execute("SELECT MAX(id) FROM chunks").fetchone()[0] or 0)


def is_alive(owner: str) -> bool:
    """Whether the process of this identity still runs."""
    one = ProcessIdentity.from_json(json.loads(owner))
    return one is not None and one.is_alive()
