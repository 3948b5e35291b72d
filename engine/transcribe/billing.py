"""Adding up the ledger: months in the account's time zone, what they cost, what is still to come."""

from __future__ import annotations

import datetime
import json
import sqlite3
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import InputError
from engine.transcribe.pricing import Price, amount, free_left_ms, month_micros

DEFAULT_ACCOUNT = "default"
DEFAULT_ZONE = "America/Los_Angeles"  # Google's billing months begin at midnight there
KILLED = "the job ended between sending and the reply"
CLOCK_SLACK_S = 120.0
# A reply that billed more than was set aside for it raises later reservations by as much, for this many calls.
_REMEMBERED_CALLS = 1000

# What a row counts as: the worst for a budget, the likely for a person.
_TAKEN = "CASE state WHEN 'settled' THEN billed_ms WHEN 'failed' THEN 0 ELSE worst_ms END"


@dataclass(frozen=True, slots=True)
class Account:
    """A billing account: where its months begin, and the most that one may cost in millionths (None: no limit)."""

    name: str = DEFAULT_ACCOUNT
    time_zone: str = DEFAULT_ZONE
    budget_micros: int | None = None


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """One row of the ledger; times in milliseconds, `at` unix seconds."""

    id: int
    path: Path
    start_ms: int
    length_ms: int
    provider: str
    account: str
    state: str
    expected_ms: int
    billed_ms: int | None
    text: str | None
    reason: str
    attempts: int
    job: str
    at: float
    month: str


@dataclass(frozen=True, slots=True)
class Usage:
    """One month of one account; times in milliseconds of billed audio, money in millionths of `currency`.

    Attributes:
        settled_ms: confirmed by replies.
        unconfirmed_ms: may have been billed; counted as spent.
        reserved_ms: under way now, reserved or sent, as the price list bills it.
        queued_ms: waits in jobs that are alive (present month only).
        free_ms, free_left_ms: free time of the pools in use, and what settled and unconfirmed audio has left of it.
        spent_micros: settled and unconfirmed.
        committed_micros: with what is under way. forecast_micros: with the queue as well.
        other_micros: spent by prices in other currencies, by currency: the price list was another one then.
    """

    account: str
    month: str
    time_zone: str
    currency: str
    settled_ms: int
    unconfirmed_ms: int
    reserved_ms: int
    queued_ms: int
    free_ms: int
    free_left_ms: int
    spent_micros: int
    committed_micros: int
    forecast_micros: int
    budget_micros: int | None
    chunks: Mapping[str, int] = field(default_factory=dict)
    by_price: Mapping[Price, int] = field(default_factory=dict)  # committed milliseconds
    queued_by_price: Mapping[Price, int] = field(default_factory=dict)
    other_micros: Mapping[str, int] = field(default_factory=dict)
    used_by_price: Mapping[Price, int] = field(
        default_factory=dict
    )  # settled and unconfirmed, free ones as well
    # free_ms, used_ms, reserved_ms and queued_ms of each pool of free time in use
    pools: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def used_ms(self) -> int:
        """Settled and unconfirmed."""
        return self.settled_ms + self.unconfirmed_ms

    def budget_note(self, currency: str = "") -> str:
        """What a budget in this currency (none given: the month's) does not count, since the price list was another
        one within the month; empty when it counts all."""
        currency = currency or self.currency
        spent = {price.currency for price in self.used_by_price if not price.is_free} - {currency}
        sums = [amount(month_micros(self.used_by_price, other), other) for other in sorted(spent)]
        return f"counts {currency} alone, not the {' and '.join(sums)} spent at other prices" if sums else ""

    def pool_micros(self, pool: str) -> int:
        """What the prices of one pool of free time have cost."""
        of_pool = {price: ms for price, ms in self.used_by_price.items() if price.pool == pool}
        return month_micros(of_pool, self.currency)

    def with_more(self, price: Price, billed_ms: int) -> int:
        """What the month would cost with so much more at this price, after all that is under way or waits in any
        window; in its currency."""
        currency = self.currency if price.is_free else price.currency
        return month_micros(_added(self._promised(), price, billed_ms), currency)

    def free_left_with(self, price: Price, billed_ms: int = 0) -> int:
        """Free milliseconds of the price's pool that are left after what is under way or waits, and so much more."""
        return free_left_ms(_added(self._promised(), price, billed_ms), price)

    def _promised(self) -> dict[Price, int]:
        return both(self.by_price, self.queued_by_price)


def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """The time zone. Raises InputError when there is none of this name."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f'there is no time zone "{name}"', fix=f"write it as {DEFAULT_ZONE}") from None


def month_of(at: float, time_zone: str) -> str:
    """`2026-11`: the month of a moment in this zone."""
    return datetime.datetime.fromtimestamp(at, zone_named(time_zone)).strftime("%Y-%m")


def check_month(text: str) -> str:
    """A month from a flag. Raises InputError when it is none."""
    try:
        return datetime.datetime.strptime(text, "%Y-%m").strftime("%Y-%m")
    except ValueError:
        raise InputError(f'"{text}" is not a month', fix="write it as 2026-11") from None


def account(db: sqlite3.Connection, name: str) -> Account:
    """The account's settings, or the defaults."""
    found = db.execute("SELECT * FROM accounts WHERE name = ?", (name,)).fetchone()
    return Account(name) if found is None else Account(*found)


def accounts(db: sqlite3.Connection) -> list[Account]:
    """Every account with settings, rows or a queue."""
    names = db.execute(
        "SELECT name FROM accounts UNION SELECT account FROM chunks UNION SELECT account FROM queue ORDER BY 1"
    )
    return [account(db, row[0]) for row in names.fetchall()]


def price(db: sqlite3.Connection, price_id: str) -> Price:
    """A price as it was when the ledger first met it."""
    return Price.from_json(
        json.loads(db.execute("SELECT row FROM prices WHERE id = ?", (price_id,)).fetchone()[0])
    )


def worst_excess_ms(db: sqlite3.Connection, price_id: str) -> int:
    """How far a reply has billed beyond what was set aside, lately: what the next reservation adds."""
    found = db.execute(
        "SELECT MAX(billed_ms - worst_ms) FROM (SELECT billed_ms, worst_ms FROM chunks INDEXED BY by_price"
        " WHERE price = ? AND state = 'settled' ORDER BY id DESC LIMIT ?)",
        (price_id, _REMEMBERED_CALLS),
    ).fetchone()[0]
    return max(0, found or 0)


def taken_ms(db: sqlite3.Connection, name: str, month: str) -> dict[Price, int]:
    """Milliseconds by price that a budget must take as gone."""
    rows = db.execute(
        f"SELECT price, SUM({_TAKEN}) FROM chunks WHERE account = ? AND month = ? GROUP BY price",  # noqa: S608
        (name, month),
    ).fetchall()
    return {price(db, row[0]): row[1] for row in rows}


def open_chunks(db: sqlite3.Connection, name: str, month: str) -> int:
    """How many reservations of this month may still turn out to cost less than they do now."""
    found = db.execute(
        "SELECT price, COUNT(*) FROM chunks WHERE state IN ('reserved', 'sent') AND account = ? AND month = ?"
        " GROUP BY price",
        (name, month),
    ).fetchall()
    return sum(count for price_id, count in found if not price(db, price_id).is_free)


def queued(db: sqlite3.Connection, name: str) -> dict[Price, int]:
    """What waits, by price: a sound once, in however many jobs, and not while it is sent or when it is done."""
    sums = db.execute(
        "SELECT price, SUM(ms) FROM (SELECT price, MAX(expected_ms) AS ms FROM queue WHERE account = ? AND NOT EXISTS"
        " (SELECT 1 FROM chunks WHERE digest = queue.digest AND provider = queue.provider"
        " AND settings = queue.settings AND (state IN ('reserved', 'sent')"
        " OR (state IN ('settled', 'unconfirmed') AND id > queue.above)))"
        " GROUP BY digest, provider, settings) GROUP BY price",
        (name,),
    )
    return {price(db, row[0]): row[1] for row in sums.fetchall()}


def cost_with(by_price: Mapping[Price, int], more: Price, ms: int) -> int:
    """What a month costs in the currency of a price with so much more at it; free providers cost nothing."""
    return month_micros(_added(by_price, more, ms), more.currency)


def both(one: Mapping[Price, int], other: Mapping[Price, int]) -> dict[Price, int]:
    """Two sums of milliseconds by price in one."""
    return {price: one.get(price, 0) + other.get(price, 0) for price in {**one, **other}}


def usage(
    db: sqlite3.Connection, name: str, month: str | None, now: float, *, also: Sequence[Price] = ()
) -> Usage:
    """One month of one account as it stands."""
    who = account(db, name)
    present = month_of(now, who.time_zone)
    month = present if month is None else month
    sums = db.execute(
        "SELECT price, state, COUNT(*), SUM(expected_ms), SUM(billed_ms) FROM chunks"
        " WHERE account = ? AND month = ? GROUP BY price, state",
        (name, month),
    ).fetchall()
    prices = {row[0]: price(db, row[0]) for row in sums}
    spent: dict[Price, int] = {}
    committed: dict[Price, int] = {}
    times = dict.fromkeys(("settled", "unconfirmed", "reserved", "sent"), 0)
    chunks: dict[str, int] = {}
    for price_id, state, count, expected_ms, billed_ms in sums:
        chunks[state] = chunks.get(state, 0) + count
        if state == "failed":
            continue
        row = prices[price_id]
        ms = billed_ms if state == "settled" else expected_ms
        if not row.is_free:
            times[state] += ms
        if state in ("settled", "unconfirmed"):
            spent[row] = spent.get(row, 0) + ms
        committed[row] = committed.get(row, 0) + ms
    waiting = queued(db, name) if month == present else {}
    forecast = both(committed, waiting)
    asked = [row for row in also if not row.is_free]
    paid = sorted((row for row in forecast if not row.is_free), key=lambda row: -forecast[row]) or asked
    currency = next((row.currency for row in (*asked, *paid)), "USD")
    others = {row.currency for row in spent if not row.is_free} - {currency}
    pools = {row.pool: row for row in paid}.values()
    return Usage(
        account=name,
        month=month,
        time_zone=who.time_zone,
        currency=currency,
        settled_ms=times["settled"],
        unconfirmed_ms=times["unconfirmed"],
        reserved_ms=times["reserved"] + times["sent"],
        queued_ms=sum(ms for row, ms in waiting.items() if not row.is_free),
        free_ms=sum(row.free_minutes for row in pools) * 60_000,
        free_left_ms=sum(free_left_ms(spent, row) for row in pools),
        spent_micros=month_micros(spent, currency),
        committed_micros=month_micros(committed, currency),
        forecast_micros=month_micros(forecast, currency),
        other_micros={other: month_micros(spent, other) for other in sorted(others)},
        budget_micros=who.budget_micros,
        chunks=chunks,
        by_price=committed,
        queued_by_price=waiting,
        used_by_price=spent,
        pools={row.pool: _pool(row, spent, committed, waiting) for row in pools},
    )


def history(db: sqlite3.Connection, name: str, now: float) -> list[Usage]:
    """Every month with rows and the present one, oldest first."""
    found = {row[0] for row in db.execute("SELECT DISTINCT month FROM chunks WHERE account = ?", (name,))}
    found.add(month_of(now, account(db, name).time_zone))
    return [usage(db, name, month, now) for month in sorted(found)]


def rows(db: sqlite3.Connection, states: Sequence[str], job: str | None, limit: int) -> list[ChunkRow]:
    """Chunks in these states, newest first."""
    names = ChunkRow.__dataclass_fields__
    wheres, values = ["1"], list[object](states)
    if states:
        wheres.append(f"state IN ({', '.join('?' * len(states))})")
    if job is not None:
        wheres.append("job = ?")
        values.append(job)
    query = f"SELECT {', '.join(names)} FROM chunks WHERE {' AND '.join(wheres)} ORDER BY id DESC LIMIT ?"  # noqa: S608
    found = db.execute(query, [*values, limit]).fetchall()
    return [ChunkRow(**{**dict(row), "path": Path(row["path"])}) for row in found]


def _pool(
    row: Price, spent: Mapping[Price, int], committed: Mapping[Price, int], queued: Mapping[Price, int]
) -> dict[str, int]:
    """What the pool of this price holds, and what takes from it."""
    used, taken, waiting = (
        sum(ms for price, ms in by_price.items() if price.pool == row.pool)
        for by_price in (spent, committed, queued)
    )
    free_ms = free_left_ms({}, row)
    return {"free_ms": free_ms, "used_ms": used, "reserved_ms": taken - used, "queued_ms": waiting}


def _added(by_price: Mapping[Price, int], more: Price, ms: int) -> dict[Price, int]:
    return {**by_price, more: by_price.get(more, 0) + ms}
