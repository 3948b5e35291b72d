"""What a month of transcription costs. Prices are data (prices.toml); money is whole millionths, time milliseconds.

The cost of a month is a function of the billed time at each price, not a sum of rounded calls: the order and number
of the calls do not matter, so two windows always agree. The free minutes of a provider's API are shared by all its
rows; they are taken off the cheapest row first, so that no bill is higher than what is shown.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe import price_file
from engine.transcribe.price_file import MILLION

SHIPPED = Path(__file__).with_name("prices.toml")
OWN_NAME = "prices.toml"  # beside the ledger
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Price:
    """One row of the price list; `api` and `model` are empty and `logging` is None where the row is for any.

    Attributes:
        free_minutes: of a month, for all rows of this provider and api together.
        a_minute_micros: millionths of the currency.
        up_to_minutes: of a month, for which the price holds; 0: without limit.
    """

    provider: str
    api: str
    model: str
    logging: bool | None
    currency: str
    free_minutes: int
    rounding_ms: int
    worst_rounding_ms: int
    a_minute_micros: int
    up_to_minutes: int
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
        return self.a_minute_micros == 0

    @property
    def service(self) -> str:
        """`google v1`: the rows with the same one share its free minutes."""
        return f"{self.provider} {self.api}".rstrip()

    @property
    def name(self) -> str:
        """`google v1`, `google v2 chirp_2`."""
        return " ".join(part for part in (self.provider, self.api, self.model) if part)

    def billed_ms(self, length_ms: int) -> int:
        """What one call is billed for by the list: rounded up."""
        return -(-length_ms // self.rounding_ms) * self.rounding_ms

    def worst_ms(self, length_ms: int) -> int:
        """The most that one call is expected to be billed for: what a reservation takes from a budget."""
        unit_ms = max(self.rounding_ms, self.worst_rounding_ms)
        return -(-length_ms // unit_ms) * unit_ms

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` reads them."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Price:
        """A row as `to_json` wrote it, or as older versions did: of several steps the first."""
        values = {field.name: plain[field.name] for field in dataclasses.fields(cls) if field.name in plain}
        if "steps" in plain:
            first, *rest = plain["steps"]
            values["a_minute_micros"] = first["micros"]
            values["up_to_minutes"] = rest[0]["from_minutes"] if rest else 0
        return cls(**values)


def month_micros(used_ms: Mapping[Price, int], currency: str = "") -> int:
    """What a month with this billed time at each price costs; millionths, rounded up.

    Args:
        currency: other currencies are left out of the sum; their use of free minutes counts.
    """
    paid = (price.a_minute_micros * ms for price, ms in _paid_ms(used_ms) if currency in ("", price.currency))
    return -(-sum(paid) // MINUTE_MS)


def free_left_ms(used_ms: Mapping[Price, int], price: Price) -> int:
    """How much free time of the price's service such a month has left."""
    used = sum(ms for other, ms in used_ms.items() if other.service == price.service)
    return max(0, free_ms(used_ms, price) - used)


def free_ms(used_ms: Iterable[Price], price: Price) -> int:
    """The free time of the price's service; where rows of older lists disagree, the least."""
    minutes = (other.free_minutes for other in [price, *used_ms] if other.service == price.service)
    return min(minutes) * MINUTE_MS


def added(*months: Mapping[Price, int]) -> dict[Price, int]:
    """Milliseconds by price, summed."""
    total: dict[Price, int] = {}
    for month in months:
        for price, ms in month.items():
            total[price] = total.get(price, 0) + ms
    return total


class PriceTable:
    """The price list: the shipped rows, and a person's own in front of them.

    Attributes:
        notice: what was changed in the person's file as it was read; empty when nothing was.
    """

    def __init__(self, prices: Iterable[Price], own: Iterable[Price] = (), notice: str = "") -> None:
        self._own = tuple(own)
        self.prices = (*self._own, *prices)
        self.notice = notice

    @classmethod
    def load(cls, own: str | Path | None = None) -> PriceTable:
        """The shipped list, overridden by the file `own` where there is one.

        Raises:
            InputError: a fault in `own` with its line.
        """
        shipped = [Price(**row) for row in price_file.read(SHIPPED, SHIPPED)]
        if own is None or not Path(own).exists():
            return cls(shipped)
        notice = price_file.upgrade(Path(own))
        return cls(shipped, [Price(**row) for row in price_file.read(Path(own), SHIPPED)], notice)

    def find(self, provider: str, api: str = "", model: str = "", logging: bool = False) -> Price:
        """The row for such a call: a person's own before a shipped one, then the most specific.

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
            fix = _("add a row to {file} beside the ledger").format(file=OWN_NAME)
            raise InputError(_("there is no price for {call}").format(call=call), fix=fix)
        fitting = [price for price in fitting if price in self._own] or fitting
        return max(fitting, key=lambda price: (bool(price.model), bool(price.api), price.logging is not None))


def amount(micros: int, currency: str = "USD") -> str:
    """`$0.24`, `$0.0004`, `EUR 0.24`: rounded up to two digits, to four where two would say nothing."""
    digits = 2 if micros == 0 or micros >= 10_000 else 4
    value = math.ceil(micros / MILLION * 10**digits - 1e-9) / 10**digits
    sign = "$" if currency == "USD" else f"{currency} "
    return f"{sign}{value:,.{digits}f}"


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
        raise InputError(_('"{text}" is not a sum of money').format(text=text), fix=_("write it as 2.50"))
    return int(value * MILLION)


def _paid_ms(used_ms: Mapping[Price, int]) -> Iterator[tuple[Price, int]]:
    """Each price with what of its use is beyond the free time, the cheapest first."""
    left: dict[str, int] = {}
    for price in sorted(used_ms, key=lambda price: (price.a_minute_micros, price.id)):
        free = left.setdefault(price.service, free_ms(used_ms, price))
        taken = min(free, used_ms[price])
        left[price.service] = free - taken
        yield price, used_ms[price] - taken
