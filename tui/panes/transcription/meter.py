"""The meter: what is used of the free minutes, what the month costs, and what the next start would add.

November 2026 │ spent $0.24, EUR 0.22 │ 3 chunks not confirmed                     account default
google v1    [██████▓▓▒▒░░░░····································]  38.9 of 60 free min left
             █ used 12.0  ▓ under way 1.0  ▒ queued 3.0  ░ these files 5.1 min
these files  3 recordings, 5 chunks: 5.1 min are billed, adds $0.00; the month is then $0.24
budget       [████░░░░░░··············································]  $0.24 of $1.00
a minute     › google v1 $0.024 │ google v2 $0.016 │ whisper no cost │ pocketsphinx no cost
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import ClassVar

from engine.transcribe.ledger import Usage
from engine.transcribe.pricing import Price, amount
from tui import safe_text, words
from tui.panes.transcription.task import Provider, Sum
from tui.widgets import meter
from tui.widgets.glyphs import current
from tui.widgets.meter import Part
from tui.widgets.rows import Row, RowWidget, Span

CAPTION = 13
_BAR = 60


@dataclass(frozen=True, slots=True)
class Currency:
    """The person's own, and what a unit of the price list's is worth in it."""

    name: str = "USD"
    rate: float = 1.0

    def of(self, micros: int, currency: str) -> str:
        """`$0.24, EUR 0.22`; once when both are the same currency."""
        sum_ = amount(micros, currency)
        if self.name == currency:
            return sum_
        return f"{sum_}, {amount(round(micros * self.rate), self.name)}"


@dataclass(frozen=True, slots=True)
class Reading:
    """All that the meter shows; None where it is not known yet.

    Attributes:
        sum: what the selected recordings would add. note: stands in its place where there is none.
        offers: each recogniser with its price and what the same recordings would add there.
    """

    usage: Usage | None = None
    price: Price | None = None
    sum: Sum | None = None
    is_selection: bool = False
    note: str = ""
    offers: tuple[tuple[Provider, Price, int | None], ...] = ()
    chosen: Provider | None = None
    currency: Currency = Currency()
    doubtful: int = 0
    warning: str = ""


class MeterPanel(RowWidget):
    """Six rows, from one `Reading`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "meterpanel--used",
        "meterpanel--way",
        "meterpanel--queued",
        "meterpanel--more",
        "meterpanel--caption",
        "meterpanel--sum",
        "meterpanel--warning",
    }
    DEFAULT_CSS = """
    MeterPanel {
        height: 6; background: $background; color: $foreground; padding: 0 1;
        & > .meterpanel--used { color: $text-primary; }
        & > .meterpanel--way { color: $text-accent; }
        & > .meterpanel--queued { color: $text-accent; }
        & > .meterpanel--more { color: $text-success; }
        & > .meterpanel--caption { color: $foreground-muted; }
        & > .meterpanel--sum { text-style: bold; }
        & > .meterpanel--warning { color: $text-warning; text-style: bold; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.reading = Reading()

    def show(self, reading: Reading) -> None:
        """Another reading."""
        if reading != self.reading:
            self.reading = reading
            self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        """The rows."""
        reading = self.reading
        if reading.usage is None:
            return [(("reading the ledger", "meterpanel--caption"),)]
        return [
            _month(reading, reading.usage, width),
            *_gauge(reading, reading.usage, width),
            _adds(reading, reading.usage),
            _budget(reading, reading.usage, width),
            _offers(reading, width),
        ]


def pool_of(reading: Reading, usage: Usage) -> str:
    """The pool that the gauge shows: the chosen recogniser's where it has free time, else the first that has."""
    chosen = reading.price.pool if reading.price is not None and reading.price.free_minutes else ""
    with_time = [pool for pool, about in usage.pools.items() if about["free_ms"]]
    return chosen or next(iter(with_time), next(iter(usage.pools), ""))


def parts_of(reading: Reading, usage: Usage) -> tuple[list[Part], float]:
    """What takes from the pool in minutes: used, under way, queued, these files; and what it holds."""
    pool = pool_of(reading, usage)
    price = reading.price
    about = usage.pools.get(pool)
    if about is None:
        free = price.free_minutes if price is not None else 0
        about = {"free_ms": free * 60_000, "used_ms": 0, "reserved_ms": 0, "queued_ms": 0}
    more = (
        reading.sum.billed_ms if reading.sum is not None and price is not None and price.pool == pool else 0
    )
    parts = [
        Part("used", about["used_ms"] / 60_000, "meterpanel--used"),
        Part("under way", about["reserved_ms"] / 60_000, "meterpanel--way"),
        Part("queued", about["queued_ms"] / 60_000, "meterpanel--queued"),
        Part("these files", more / 60_000, "meterpanel--more"),
    ]
    return parts, about["free_ms"] / 60_000


def _month(reading: Reading, usage: Usage, width: int) -> Row:
    when = datetime.datetime.strptime(usage.month, "%Y-%m").strftime("%B %Y")
    spent = f"spent {reading.currency.of(usage.spent_micros, usage.currency)}"
    spans: list[Span] = [(f"{when}{current().separator}", "meterpanel--caption"), (spent, "meterpanel--sum")]
    if usage.forecast_micros > usage.spent_micros:
        spans.append((f" ({amount(usage.forecast_micros, usage.currency)} with the queue)", ""))
    if reading.doubtful:
        doubt = f"{current().separator}! {words.plural(reading.doubtful, 'chunk')} unconfirmed"
        spans.append((doubt, "meterpanel--warning"))
    if reading.warning:
        spans.append((f"{current().separator}! {reading.warning}", "meterpanel--warning"))
    account = f"account {safe_text.clean(usage.account)}"
    used = sum(safe_text.width(text) for text, _ in spans)
    if used + len(account) + 2 <= width:
        spans.append((" " * (width - used - len(account)) + account, "meterpanel--caption"))
    return tuple(spans)


def _gauge(reading: Reading, usage: Usage, width: int) -> list[Row]:
    parts, limit = parts_of(reading, usage)
    pool = pool_of(reading, usage).replace("-", " ")
    left = usage.pools.get(pool_of(reading, usage), {})
    free = max(0.0, limit - sum(part.amount for part in parts[:2]))
    says = f"  {free:.1f} of {limit:.0f} free min left" if limit else "  no free minutes"
    paid = sum(part.amount for part in parts) - limit
    if paid > 0.05 and left:
        says += f", {paid:.1f} to pay"
    cells = max(6, min(_BAR, width - CAPTION - len(says)))
    told = [f"{part.name} {part.amount:.1f}" for part in parts]
    return [
        (_caption(pool), *meter.bar(parts, limit, cells), (says, "")),
        (_caption("minutes"), *meter.legend(parts, told)),
    ]


def _adds(reading: Reading, usage: Usage) -> Row:
    caption = _caption("selected" if reading.is_selection else "these files")
    sum_, price = reading.sum, reading.price
    if sum_ is None or price is None:
        return (caption, (reading.note or "e chooses a folder of recordings", ""))
    if not sum_.chunks:
        doubt = f"; {words.plural(sum_.unconfirmed, 'chunk')} unconfirmed" if sum_.unconfirmed else ""
        return (caption, (f"nothing to send{doubt}{_noted(reading)}", ""))
    what = f"{words.plural(sum_.recordings, 'file')}, {words.plural(sum_.chunks, 'chunk')}, "
    if price.is_free:
        return (
            caption,
            (f"{what}{sum_.length_ms / 60_000:.1f} min on this machine: no cost{_noted(reading)}", ""),
        )
    adds = f"adds {reading.currency.of(sum_.micros, price.currency)}"
    month = f", month {amount(sum_.month_micros, usage.currency)}{_noted(reading)}"
    return (
        caption,
        (f"{what}{sum_.billed_ms / 60_000:.1f} min billed, ", ""),
        (adds, "meterpanel--sum"),
        (month, ""),
    )


def _noted(reading: Reading) -> str:
    return f"; {reading.note}" if reading.note else ""


def _budget(reading: Reading, usage: Usage, width: int) -> Row:
    caption = _caption("budget")
    if usage.budget_micros is None:
        return (caption, ("none: b sets the most that a month may cost", "meterpanel--caption"))
    more = reading.sum.micros if reading.sum is not None else 0
    way = usage.committed_micros - usage.spent_micros
    queued = usage.forecast_micros - usage.committed_micros
    parts = [
        Part("used", usage.spent_micros, "meterpanel--used"),
        Part("under way", way, "meterpanel--way"),
        Part("queued", queued, "meterpanel--queued"),
        Part("these files", more, "meterpanel--more"),
    ]
    taken = usage.spent_micros + way + queued
    budget = amount(usage.budget_micros, usage.currency)
    says = f"  {amount(taken, usage.currency)} of {budget}"
    is_over = taken + more > usage.budget_micros
    if is_over:
        says += "  ! these files pass it" if taken <= usage.budget_micros else "  ! passed"
    cells = max(6, min(_BAR, width - CAPTION - len(says)))
    bar = meter.bar(parts, float(usage.budget_micros), cells)
    return (caption, *bar, (says, "meterpanel--warning" if is_over else ""))


def _offers(reading: Reading, width: int) -> Row:
    """Every recogniser's price of a minute, and where there is room what these recordings would add there."""
    for with_sums in (True, False):
        spans = _offer_spans(reading, with_sums=with_sums)
        if sum(safe_text.width(text) for text, _ in spans) <= width:
            break
    return tuple(spans)


def _offer_spans(reading: Reading, *, with_sums: bool) -> list[Span]:
    spans: list[Span] = [_caption("a minute")]
    for index, (provider, price, micros) in enumerate(reading.offers):
        is_chosen = provider == reading.chosen
        text = f"{provider.title} {a_minute(price) if with_sums or not price.is_free else '$0'}"
        if with_sums and micros is not None and not price.is_free:
            text += f", adds {amount(micros, price.currency)}"
        mark = current().cursor if is_chosen else " "
        spans.append((f"{' ' if index else ''}{mark}{text}", "meterpanel--sum" if is_chosen else ""))
    return spans


def a_minute(price: Price) -> str:
    """`$0.024`, `no cost`: the price list's first step."""
    return "no cost" if price.is_free else dollars(price.steps[0].micros, price.currency)


def dollars(micros: int, currency: str) -> str:
    """A small sum with three digits, as price lists give it."""
    sign = "$" if currency == "USD" else f"{currency} "
    return f"{sign}{micros / 1_000_000:.3f}"


def _caption(text: str) -> Span:
    return safe_text.fit(text, CAPTION), "meterpanel--caption"


def describe(price: Price, micros: int | None, currency: Currency) -> str:
    """A recogniser in a list: price, free time, what these recordings would add."""
    if price.is_free:
        return "no cost, on this machine"
    free = f", {price.free_minutes} min free" if price.free_minutes else ""
    adds = f"; adds {currency.of(micros, price.currency)}" if micros is not None else ""
    return f"{a_minute(price)} a minute{free}{adds}"
