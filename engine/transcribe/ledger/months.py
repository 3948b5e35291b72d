"""Adding up the ledger: months in the account's time zone, what was used in them, what is still to come."""

from __future__ import annotations

import datetime
import json
import sqlite3
import zoneinfo
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe.pricing import Price, added, free_ms, month_micros

DEFAULT_ACCOUNT = "default"
DEFAULT_ZONE = "America/Los_Angeles"  # Google's billing months begin at midnight there
# What a row counts as in a budget: the worst while the reply is not known
_TAKEN = "CASE state WHEN 'settled' THEN billed_ms WHEN 'failed' THEN 0 ELSE worst_ms END"


@dataclass(frozen=True, slots=True)
class Account:
    """A billing account: where its months begin, and the most that one may cost in millionths (None: no limit)."""

    name: str = DEFAULT_ACCOUNT
    time_zone: str = DEFAULT_ZONE
    budget_micros: int | None = None


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """One row of the ledger."""

    path: Path
    start_ms: int
    account: str
    text: str | None
    reason: str
    attempts: int
    month: str


@dataclass(frozen=True, slots=True)
class Service:
    """The month of one provider's API: its free time, what takes from that, and what it has cost."""

    free_ms: int
    used_ms: int
    reserved_ms: int
    queued_ms: int
    spent_micros: int


@dataclass(frozen=True, slots=True)
class Usage:
    """One month of one account. Mappings have milliseconds of billed audio by price; money is in millionths.

    Attributes:
        settled, unconfirmed: confirmed by replies; sent without a reply, which counts as spent.
        reserved: under way now, as the price list bills it. queued: waits in live jobs (present month only).
        worst: settled, unconfirmed and reserved as a budget counts them.
        also: prices that are shown while the month has used nothing that costs.
        chunks: number of rows by state.
    """

    account: str
    month: str
    time_zone: str
    budget_micros: int | None = None
    settled: Mapping[Price, int] = field(default_factory=dict)
    unconfirmed: Mapping[Price, int] = field(default_factory=dict)
    reserved: Mapping[Price, int] = field(default_factory=dict)
    queued: Mapping[Price, int] = field(default_factory=dict)
    worst: Mapping[Price, int] = field(default_factory=dict)
    also: tuple[Price, ...] = ()
    chunks: Mapping[str, int] = field(default_factory=dict)

    @property
    def spent(self) -> dict[Price, int]:
        """Settled and unconfirmed."""
        return added(self.settled, self.unconfirmed)

    @property
    def committed(self) -> dict[Price, int]:
        """With what is under way."""
        return added(self.settled, self.unconfirmed, self.reserved)

    @property
    def promised(self) -> dict[Price, int]:
        """With what waits as well."""
        return added(self.committed, self.queued)

    @property
    def paid_prices(self) -> list[Price]:
        """Prices of this month that cost something, the most used first; else those of `also`."""
        month = self.promised
        used = [price for price in month if not price.is_free]
        used.sort(key=lambda price: (-month[price], price.name))
        return used or [price for price in self.also if not price.is_free]

    @property
    def currency(self) -> str:
        """Of the month's money."""
        return next((price.currency for price in self.paid_prices), "USD")

    @property
    def settled_ms(self) -> int:
        """Paid providers only, as all times below."""
        return _paid_ms(self.settled)

    @property
    def unconfirmed_ms(self) -> int:
        """Sent, and no reply came."""
        return _paid_ms(self.unconfirmed)

    @property
    def reserved_ms(self) -> int:
        """Under way."""
        return _paid_ms(self.reserved)

    @property
    def queued_ms(self) -> int:
        """Waiting."""
        return _paid_ms(self.queued)

    @property
    def used_ms(self) -> int:
        """Settled and unconfirmed."""
        return self.settled_ms + self.unconfirmed_ms

    @property
    def free_ms(self) -> int:
        """Free time of the services in use."""
        return sum(service.free_ms for service in self.services.values())

    @property
    def free_left_ms(self) -> int:
        """What settled and unconfirmed audio has left of it."""
        return sum(max(0, service.free_ms - service.used_ms) for service in self.services.values())

    @property
    def spent_micros(self) -> int:
        """Settled and unconfirmed."""
        return month_micros(self.spent, self.currency)

    @property
    def committed_micros(self) -> int:
        """With what is under way."""
        return month_micros(self.committed, self.currency)

    @property
    def forecast_micros(self) -> int:
        """With what waits as well."""
        return month_micros(self.promised, self.currency)

    @property
    def services(self) -> dict[str, Service]:
        """By name, as `google v1`: free minutes are theirs."""

        def of(service: str, month: Mapping[Price, int]) -> dict[Price, int]:
            return {price: ms for price, ms in month.items() if price.service == service}

        return {
            name: Service(
                free_ms(of(name, self.spent), price),
                used_ms=sum(of(name, self.spent).values()),
                reserved_ms=sum(of(name, self.reserved).values()),
                queued_ms=sum(of(name, self.queued).values()),
                spent_micros=month_micros(of(name, self.spent), self.currency),
            )
            for name, price in {price.service: price for price in self.paid_prices}.items()
        }


def _paid_ms(month: Mapping[Price, int]) -> int:
    return sum(ms for price, ms in month.items() if not price.is_free)


def month_of(at: float, time_zone: str) -> str:
    """`2026-11`: the month of a moment in this zone."""
    return datetime.datetime.fromtimestamp(at, zoneinfo.ZoneInfo(time_zone)).strftime("%Y-%m")


def check_month(text: str) -> str:
    """A month from a flag. Raises InputError when it is none."""
    try:
        return datetime.datetime.strptime(text, "%Y-%m").strftime("%Y-%m")
    except ValueError:
        raise InputError(
            _('"{text}" is not a month').format(text=text), fix=_("write it as 2026-11")
        ) from None


def account(db: sqlite3.Connection, name: str) -> Account:
    """The account's settings, or the defaults."""
    found = db.execute("SELECT * FROM accounts WHERE name = ?", (name,)).fetchone()
    return Account(name) if found is None else Account(*found)


def accounts(db: sqlite3.Connection) -> list[str]:
    """Every account with settings, rows or a queue."""
    names = db.execute(
        "SELECT name FROM accounts UNION SELECT account FROM chunks UNION SELECT account FROM queue ORDER BY 1"
    )
    return [row[0] for row in names]


def price(db: sqlite3.Connection, price_id: str) -> Price:
    """A price as it was when the ledger first met it."""
    found = db.execute("SELECT row FROM prices WHERE id = ?", (price_id,)).fetchone()
    return Price.from_json(json.loads(found[0]))


def taken_ms(db: sqlite3.Connection, name: str, month: str) -> dict[Price, int]:
    """Milliseconds by price that a budget must take as gone."""
    query = f"SELECT price, SUM({_TAKEN}) FROM chunks WHERE account = ? AND month = ? GROUP BY price"  # noqa: S608
    return _by_price(db, db.execute(query, (name, month)))


def open_chunks(db: sqlite3.Connection, name: str, month: str) -> int:
    """How many reservations of this month may still turn out to cost less than they do now."""
    found = db.execute(
        "SELECT price, COUNT(*) FROM chunks WHERE state IN ('reserved', 'sent') AND account = ? AND month = ?"
        " GROUP BY price",
        (name, month),
    )
    return sum(count for row, count in _by_price(db, found).items() if not row.is_free)


def usage(
    db: sqlite3.Connection, name: str, month: str | None, now: float, *, also: Sequence[Price] = ()
) -> Usage:
    """One month of one account as it stands."""
    who = account(db, name)
    present = month_of(now, who.time_zone)
    month = present if month is None else month
    sums = db.execute(
        "SELECT price, state, COUNT(*) AS chunks, SUM(IFNULL(billed_ms, expected_ms)) AS ms FROM chunks"
        " WHERE account = ? AND month = ? GROUP BY price, state",
        (name, month),
    ).fetchall()
    chunks: Counter[str] = Counter()
    for row in sums:
        chunks[row["state"]] += row["chunks"]

    def in_state(*states: str) -> dict[Price, int]:
        return _by_price(db, ((row["price"], row["ms"]) for row in sums if row["state"] in states))

    return Usage(
        account=name,
        month=month,
        time_zone=who.time_zone,
        budget_micros=who.budget_micros,
        settled=in_state("settled"),
        unconfirmed=in_state("unconfirmed"),
        reserved=in_state("reserved", "sent"),
        queued=_queued(db, name) if month == present else {},
        worst=taken_ms(db, name, month),
        also=tuple(also),
        chunks=chunks,
    )


def history(db: sqlite3.Connection, name: str, now: float) -> list[Usage]:
    """Every month with rows and the present one, oldest first."""
    found = {row[0] for row in db.execute("SELECT DISTINCT month FROM chunks WHERE account = ?", (name,))}
    found.add(month_of(now, account(db, name).time_zone))
    return [usage(db, name, month, now) for month in sorted(found)]


def rows(db: sqlite3.Connection, states: Sequence[str], limit: int) -> list[ChunkRow]:
    """Chunks in these states (none given: all), newest first."""
    names = ", ".join(ChunkRow.__dataclass_fields__)
    where = f"WHERE state IN ({', '.join('?' * len(states))})" if states else ""
    query = f"SELECT {names} FROM chunks {where} ORDER BY id DESC LIMIT ?"  # noqa: S608
    found = db.execute(query, [*states, limit]).fetchall()
    return [ChunkRow(**{**dict(row), "path": Path(row["path"])}) for row in found]


def _queued(db: sqlite3.Connection, name: str) -> dict[Price, int]:
    """What waits, by price: a sound once, in however many jobs, and not while it is sent or when it is done."""
    found = db.execute(
        "SELECT price, SUM(ms) FROM (SELECT price, MAX(expected_ms) AS ms FROM queue WHERE account = ?"
        " AND NOT EXISTS (SELECT 1 FROM chunks WHERE digest = queue.digest AND provider = queue.provider"
        " AND settings = queue.settings AND (state IN ('reserved', 'sent')"
        " OR (state IN ('settled', 'unconfirmed') AND id > queue.above)))"
        " GROUP BY digest, provider, settings) GROUP BY price",
        (name,),
    )
    return _by_price(db, found)


def _by_price(db: sqlite3.Connection, sums: Iterable[tuple[str, int]]) -> dict[Price, int]:
    """Sums by price; rows of one price may have two ids, an older version's and ours."""
    return added(*({price(db, price_id): total} for price_id, total in sums))
