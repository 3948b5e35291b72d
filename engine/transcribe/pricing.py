"""What a month of transcription costs. Prices are data (prices.toml); money is whole millionths, time milliseconds.

A month's cost is a function of how much audio each price was charged for, not a sum of rounded items: it depends
neither on the order of the calls nor on how many there were, so two windows can never disagree about it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.transcribe import price_schema

SHIPPED = Path(__file__).with_name("prices.toml")
OWN_NAME = "prices.toml"  # beside the ledger
MILLION = price_schema.MILLION
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Step:
    """From `from_minutes` of a month on, a minute costs `micros` millionths of the currency."""

    from_minutes: int
    micros: int


@dataclass(frozen=True, slots=True)
class Price:
    """One row of the price list; `api`, `model` and `logging` are empty or None where the row is for any."""

    provider: str
    api: str
    model: str
    logging: bool | None
    currency: str
    pool: str
    free_minutes: int
    rounding_ms: int
    worst_rounding_ms: int
    per_channel: bool
    steps: tuple[Step, ...]
    dated: str
    source: str
    note: str = ""

    @property
    def id(self) -> str:
        """Names this row with these very figures, so that old months keep their prices."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def is_free(self) -> bool:
        """Whether no amount of it costs anything."""
        return all(step.micros == 0 for step in self.steps)

    @property
    def name(self) -> str:
        """`google v1`, `google v2 chirp_2`."""
        return " ".join(part for part in (self.provider, self.api, self.model) if part)

    def billed_ms(self, length_ms: int, channels: int = 1) -> int:
        """What the list says that one call is billed for: rounded up, each channel."""
        return _up(length_ms, self.rounding_ms) * (channels if self.per_channel else 1)

    def worst_ms(self, length_ms: int, channels: int = 1) -> int:
        """The most that one call is expected to be billed for: what a reservation takes from a budget."""
        unit = max(self.rounding_ms, self.worst_rounding_ms)
        return _up(length_ms, unit) * (channels if self.per_channel else 1)

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` reads them."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Price:
        """A row as `to_json` wrote it."""
        return cls(**{**obj, "steps": tuple(Step(**step) for step in obj["steps"])})


def month_micros(used_ms: Mapping[Price, int], currency: str = "") -> int:
    """What a month costs in which each price was charged for so many milliseconds; millionths, rounded up.

    More use never costs less. Steps count all minutes of a price, the free ones included.

    Args:
        currency: what was charged in another one is left out, since the two make no sum; its use of free time counts.
    """
    costs = (
        _without_free(price, ms, free)
        for price, ms, free in _with_free_shares(used_ms)
        if currency in ("", price.currency)
    )
    return math.ceil(sum(costs, start=Decimal(0)))


def free_left_ms(used_ms: Mapping[Price, int], price: Price) -> int:
    """How much of the free time of the price's pool is left in such a month."""
    return max(
        0, _pool_free_ms(used_ms, price) - sum(ms for p, ms in used_ms.items() if p.pool == price.pool)
    )


class PriceTable:
    """The price list: the shipped rows, and a person's own in front of them."""

    def __init__(self, prices: Iterable[Price], own: Iterable[Price] = ()) -> None:
        self._own = tuple(own)
        self.prices = (*self._own, *prices)

    @classmethod
    def load(cls, own: str | Path | None = None) -> PriceTable:
        """The shipped list, overridden by the file `own` where there is one.

        Raises:
            InputError: a fault in `own`, with its row and key, or prices in two currencies.
        """
        shipped = _read(SHIPPED)
        if own is None or not Path(own).exists():
            return cls(shipped)
        mine = _read(Path(own))
        rest = [price for price in shipped if not any(_covers(row, price) for row in mine)]
        _check_one_currency(mine, rest, Path(own))
        return cls(rest, mine)

    def find(self, provider: str, api: str = "", model: str = "", logging: bool = False) -> Price:
        """The row for such a call: a person's own before a shipped one, then the one that says most about it.

        Raises:
            InputError: there is no price for it.
        """
        fitting = [
            price
            for price in self.prices
            if price.provider == provider
            and price.api in ("", api)
            and price.model in ("", model)
            and price.logging in (None, logging)
        ]
        if not fitting:
            call = " ".join(part for part in (provider, api, model) if part)
            raise InputError(
                f"there is no price for {call}", fix=f"add a row to {OWN_NAME} beside the ledger"
            )
        fitting = [price for price in fitting if price in self._own] or fitting
        return max(fitting, key=lambda price: (bool(price.model), bool(price.api), price.logging is not None))


def amount(micros: int, currency: str = "USD") -> str:
    """`$0.24`, `$0.0004`, `EUR 0.24`: two digits after the point, more where two would say nothing."""
    sign = "$" if currency == "USD" else f"{currency} "
    value = micros / MILLION
    digits = 2 if micros == 0 or micros >= 10_000 else 4
    return f"{sign}{math.ceil(value * 10**digits - 1e-9) / 10**digits:,.{digits}f}"


def amounts_apart(first: int, second: int, currency: str = "USD") -> tuple[str, str]:
    """Two sums that are compared, with as many digits as it takes to tell them apart."""
    shown = amount(first, currency), amount(second, currency)
    if first == second or shown[0] != shown[1]:
        return shown
    sign = "$" if currency == "USD" else f"{currency} "
    return f"{sign}{first / MILLION:,.6f}", f"{sign}{second / MILLION:,.6f}"


def micros_of(text: str | float) -> int:
    """A sum of money from a flag, in millionths.

    Raises:
        InputError: not a sum, or below 0.
    """
    try:
        value = Decimal(str(text))
    except ArithmeticError:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0 or value > MILLION * MILLION:
        raise InputError(f'"{text}" is not a sum of money', fix="write it as 2.50")
    return int(value * MILLION)


def _with_free_shares(used_ms: Mapping[Price, int]) -> list[tuple[Price, int, int]]:
    """Each price with its use and the free time that it is given, the cheapest of a pool first."""
    shares = []
    left: dict[str, int] = {}
    for price in sorted(used_ms, key=lambda price: (price.steps[0].micros, price.id)):
        free = left.setdefault(price.pool, _pool_free_ms(used_ms, price))
        share = min(free, used_ms[price])
        left[price.pool] = free - share
        shares.append((price, used_ms[price], share))
    return shares


def _pool_free_ms(used_ms: Mapping[Price, int], price: Price) -> int:
    """Rows of a pool should agree; where they do not, the smallest figure costs nobody a surprise."""
    return min(p.free_minutes for p in [price, *used_ms] if p.pool == price.pool) * _MINUTE_MS


def _without_free(price: Price, ms: int, free_ms: int) -> Decimal:
    return _from_zero(price, ms) - _from_zero(price, free_ms)


def _from_zero(price: Price, ms: int) -> Decimal:
    """Millionths for the first `ms` of a month."""
    total = Decimal(0)
    bounds = [step.from_minutes * _MINUTE_MS for step in price.steps]
    for step, begin, end in zip(price.steps, bounds, [*bounds[1:], None], strict=True):
        inside = (ms if end is None else min(ms, end)) - begin
        if inside > 0:
            total += Decimal(inside) * step.micros / _MINUTE_MS
    return total


def _up(ms: int, unit: int) -> int:
    return -(-ms // unit) * unit


def _read(path: Path) -> list[Price]:
    return [_price(row) for row in price_schema.read(path, SHIPPED)]


def _price(row: price_schema.Row) -> Price:
    values = row.values
    # minutes of one API are free once, whichever model used them and whoever wrote the row
    pool = values["pool"] or "-".join(part for part in (values["provider"], values["api"]) if part)
    return Price(**{**values, "pool": pool, "steps": tuple(Step(*step) for step in values["steps"])})


def _covers(mine: Price, other: Price) -> bool:
    """Whether every call that the other row is for is one for this row as well."""
    return (
        mine.provider == other.provider
        and mine.api in ("", other.api)
        and mine.model in ("", other.model)
        and mine.logging in (None, other.logging)
    )


def _check_one_currency(own: Sequence[Price], shipped: Sequence[Price], path: Path) -> None:
    """Months are added up over all rows, so all that cost anything must be in one currency."""
    paid = [price for price in own if not price.is_free]
    if not paid:
        return
    first = paid[0]
    for price in paid:
        if price.currency != first.currency:
            what = f"{first.name} is priced in {first.currency} and {price.name} in {price.currency}"
            fix = "write all prices in one currency, since a month is one sum"
            raise InputError(what, path=path, fix=fix)
    others = {p.name: p.currency for p in shipped if not p.is_free and p.currency != first.currency}
    if others:
        currency = next(iter(others.values()))
        what = f"its prices are in {first.currency}, the shipped ones of {', '.join(others)} in {currency}"
        missing = dict.fromkeys(" ".join(name.split()[:2]) for name in others)
        fix = f"add rows in {first.currency} for {' and '.join(missing)}, or write yours in {currency}"
        raise InputError(what, path=path, fix=f"a month is one sum in one currency: {fix}")
