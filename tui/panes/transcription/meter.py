"""The meter: what is used of the free minutes, what the month costs, and what the next start would add.

November 2026 │ spent $0.24, EUR 0.22 │ $0.31 with the queue                     account default
google v1    [██████▓▓▒▒░░░░····································]  47.0 of 60 free min left
minutes      █ used 12.0  ▓ under way 1.0  ▒ queued 3.0  ░ these files 5.1  │ apart: google v2 8.0
these files  3 files, 5 chunks, 5.1 min billed, costs $0.00, EUR 0.00; month so far: $0.24, EUR 0.22
budget       [████▒▒▒░░···············································]  $0.24 of $1.00 spent
             ▒ queued $0.07  ░ these files $0.00 │ these files fit, $0.69 left
a minute     ›google v1 $0.024  google v2 $0.016  whisper no cost  pocketsphinx no cost
prices       of 2025-06-01, cloud.google.com/speech-to-text/pricing

A row that does not fit continues in the next one. On a low screen the prices go first, then the minutes in words.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.transcribe.ledger import Service, Usage
from engine.transcribe.price_file import MILLION
from engine.transcribe.pricing import Price, amount, sign
from engine.transcribe.quote import Quote
from tui.app import safe_text, words
from tui.panes.transcription.task import Provider
from tui.widgets.charts import meter
from tui.widgets.charts.glyphs import current
from tui.widgets.charts.meter import Part
from tui.widgets.flow import GrowingRows, flow
from tui.widgets.rows import Row, Span, row_width

CAPTION = 13
_BAR = 60
_LEAST_BAR = 8
_OTHERS = 11
_CENT = 10_000
Offer = tuple[Provider, Price, int | None]


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
        quote: of the selected recordings. note: stands below it, or in its place.
        offers: each provider with its price and what the same recordings would add there.
        fault: why there are no figures, or none that can be trusted.
    """

    usage: Usage | None = None
    price: Price | None = None
    quote: Quote | None = None
    is_selection: bool = False
    note: str = ""
    offers: tuple[Offer, ...] = ()
    chosen: Provider | None = None
    currency: Currency = Currency()
    unconfirmed: int = 0
    warning: str = ""
    fault: str = ""

    @property
    def named(self) -> str:
        """What the recordings of `quote` are called."""
        return "selected" if self.is_selection else "these files"


class MeterPanel(GrowingRows):
    """As many rows as it needs, from one `Reading`."""

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
        height: auto; background: $background; color: $foreground; padding: 0 1;
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

    def most_rows(self, screen_height: int) -> int:
        """All but what the frame, two lines of facts and six recordings with their head take."""
        return max(4, screen_height - _OTHERS)

    def draw(self, width: int, height: int) -> list[Row]:
        """The rows; what weighs least is left out when they are more than `height`."""
        parts = _parts(self.reading, width)
        while sum(len(rows) for _, rows in parts) > height and len(parts) > 1:
            parts.remove(min(parts, key=lambda part: part[0]))
        return [row for _, rows in parts for row in rows]


def _parts(reading: Reading, width: int) -> list[tuple[int, list[Row]]]:
    """Rows that belong together, from the top down, each with its weight."""
    usage = reading.usage
    fault = [(90, _told(reading.fault, width))] if reading.fault else []
    if usage is None:
        return fault or [(90, [(("reading the ledger", "meterpanel--caption"),)])]
    return [
        *fault,
        (80, _month(reading, usage, width)),
        (60, [_gauge(reading, usage, width)]),
        (20, _minutes(reading, usage, width)),
        (70, _adds(reading, width)),
        (65 if usage.budget_micros is not None else 25, _budget(reading, usage, width)),
        (30, [_offers(reading, width)]),
        (10, _source(reading, width)),
    ]


def service_of(reading: Reading, usage: Usage) -> str:
    """The service that the gauge shows: the chosen provider's where it has free time, else the first that has."""
    chosen = reading.price.service if reading.price is not None and reading.price.free_minutes else ""
    with_time = [name for name, service in usage.services.items() if service.free_ms]
    return chosen or next(iter(with_time), next(iter(usage.services), ""))


def parts_of(reading: Reading, usage: Usage) -> tuple[list[Part], float]:
    """What takes from the free time in minutes: used, under way, queued, these files; and how much there is."""
    name, price = service_of(reading, usage), reading.price
    empty = Service((price.free_minutes if price is not None else 0) * 60_000, 0, 0, 0, 0)
    service = usage.services.get(name, empty)
    is_ours = reading.quote is not None and price is not None and price.service == name
    more = reading.quote.billed_ms if reading.quote is not None and is_ours else 0
    parts = [
        Part("used", service.used_ms / 60_000, "meterpanel--used"),
        Part("under way", service.reserved_ms / 60_000, "meterpanel--way"),
        Part("queued", service.queued_ms / 60_000, "meterpanel--queued"),
        Part(reading.named, more / 60_000, "meterpanel--more"),
    ]
    return parts, service.free_ms / 60_000


def _told(text: str, width: int, caption: str = "") -> list[Row]:
    """A sentence in a sign's colour, whole."""
    cleaned = safe_text.clean(text)
    style = "meterpanel--warning" if cleaned[:1] in ("!", words.GLYPHS["failed"]) else ""
    head = _caption(caption) if caption else ("", "")
    return flow([((cleaned, style),)], width, head)


def _month(reading: Reading, usage: Usage, width: int) -> list[Row]:
    when = datetime.datetime.strptime(usage.month, "%Y-%m").strftime("%B %Y")
    spent = f"spent {reading.currency.of(usage.spent_micros, usage.currency)}"
    units: list[Row] = [((when, "meterpanel--caption"),), ((spent, "meterpanel--sum"),)]
    for other, micros in usage.other_micros.items():
        units.append(((f"{amount(micros, other)} more", ""),))
    if usage.forecast_micros > usage.spent_micros:
        units.append(((f"{amount(usage.forecast_micros, usage.currency)} with the queue", ""),))
    if reading.unconfirmed:
        units.append(
            ((f"! {words.plural(reading.unconfirmed, 'chunk')} unconfirmed", "meterpanel--warning"),)
        )
    if reading.warning:
        units.append(((f"! {reading.warning}", "meterpanel--warning"),))
    account = f"account {safe_text.clean(usage.account)}"
    first, *rest = flow(units, width, separator=current().separator)
    gap = width - row_width(first) - safe_text.width(account)
    if gap >= 2:
        first = (*first, (" " * gap + account, "meterpanel--caption"))
    return [first, *rest]


def _gauge(reading: Reading, usage: Usage, width: int) -> Row:
    parts, limit = parts_of(reading, usage)
    free = max(0.0, limit - sum(part.amount for part in parts[:2]))
    says = f"  {free:.1f} of {limit:.0f} free min left" if limit else "  no free minutes"
    beyond = sum(part.amount for part in parts) - limit
    if limit and beyond > 0.05:
        says += f", {beyond:.1f} to pay"
    cells = max(_LEAST_BAR, min(_BAR, width - CAPTION - len(says)))
    return (
        _caption(safe_text.clean(service_of(reading, usage))),
        *meter.bar(parts, limit, cells),
        (says, ""),
    )


def _minutes(reading: Reading, usage: Usage, width: int) -> list[Row]:
    """What the textures of the gauge stand for; minutes of other services stand apart, as they take none of these."""
    shown = service_of(reading, usage)
    parts, _ = parts_of(reading, usage)
    units = _legend(parts, [f"{part.name} {part.amount:.1f}" for part in parts])
    price, quote = reading.price, reading.quote
    adds = (
        {price.service: quote.billed_ms}
        if price is not None and quote is not None and not price.is_free
        else {}
    )
    for name in dict.fromkeys([*usage.services, *adds]):
        service = usage.services.get(name, Service(0, 0, 0, 0, 0))
        minutes = {
            "used": service.used_ms,
            "under way": service.reserved_ms,
            "queued": service.queued_ms,
            reading.named: adds.get(name, 0),
        }
        taken = [f"{what} {ms / 60_000:.1f}" for what, ms in minutes.items() if ms]
        if name != shown and taken:
            units.append(((f"apart: {safe_text.clean(name)} {', '.join(taken)}", ""),))
    return flow(units, width, _caption("minutes"))


def _legend(parts: list[Part], text: list[str]) -> list[Row]:
    """The texture of each part beside its words."""
    shades = meter.textures()
    return [
        ((shade, part.style), (f" {told}", ""))
        for part, told, shade in zip(parts, text, shades, strict=False)
    ]


def _adds(reading: Reading, width: int) -> list[Row]:
    quote = reading.quote
    if quote is None:
        return _told(reading.note or "e chooses a folder of recordings", width, reading.named)
    unconfirmed, units = quote.count("unconfirmed"), list[Row]()
    if not quote.chunks:
        units.append(((f"nothing to send{',' if unconfirmed else ''}", ""),))
        if unconfirmed:
            units.append(((f"{words.plural(unconfirmed, 'chunk')} unconfirmed", ""),))
    else:
        what = f"{words.plural(len(quote.sending), 'file')}, {words.plural(quote.chunks, 'chunk')},"
        if quote.price.is_free:
            units.append(((f"{what} {quote.length_ms / 60_000:.1f} min on this machine: no cost", ""),))
        else:
            start = reading.currency.of(quote.micros, quote.currency)
            month = reading.currency.of(quote.before_micros, quote.currency)
            units.append(((f"{what} {quote.billed_ms / 60_000:.1f} min billed,", ""),))
            units.append(((f"costs {start};", "meterpanel--sum"),))
            units.append(((f"month so far: {month}", ""),))
    rows = flow(units, width, _caption(reading.named), " ")
    return [*rows, *(_told(reading.note, width, " ") if reading.note else [])]


def _budget(reading: Reading, usage: Usage, width: int) -> list[Row]:
    """What is spent of the budget, what is set aside or waits, and whether these recordings still fit."""
    caption = _caption("budget")
    if usage.budget_micros is None:
        return [(caption, ("none: b sets the most that a month may cost", "meterpanel--caption"))]
    parts = [
        Part("spent", usage.spent_micros, "meterpanel--used"),
        Part("under way", usage.committed_micros - usage.spent_micros, "meterpanel--way"),
        Part("queued", usage.forecast_micros - usage.committed_micros, "meterpanel--queued"),
        Part(reading.named, reading.quote.micros if reading.quote is not None else 0, "meterpanel--more"),
    ]
    budget = _exact(usage.budget_micros, usage.currency)
    says = f"  {amount(usage.spent_micros, usage.currency)} of {budget} spent"
    verdict = _verdict(reading, usage, usage.budget_micros)
    cells = max(_LEAST_BAR, min(_BAR, width - CAPTION - len(says)))
    bar: Row = (caption, *meter.bar(parts, float(usage.budget_micros), cells), (says, ""))
    told = [f"{part.name} {amount(round(part.amount), usage.currency)}" for part in parts]
    rest = zip(_legend(parts, told)[1:], parts[1:], strict=True)  # what is spent stands beside the bar
    units = [unit for unit, part in rest if part.amount > 0]
    return [bar, *flow([*units, verdict], width, _caption(" "))]


def _verdict(reading: Reading, usage: Usage, budget: int) -> Row:
    """Whether the budget is passed, will not do for what waits or for these recordings, or has room left."""
    spent, waits = usage.spent_micros, usage.forecast_micros
    quote = reading.quote if reading.quote is not None and reading.quote.chunks else None
    adds, needed = (quote.micros, quote.enough_micros) if quote is not None else (0, 0)
    files = "the selected files" if reading.is_selection else "these files"
    over = ""
    if spent >= budget:
        over = f"passed by {amount(spent - budget, usage.currency)}" if spent > budget else "used up"
    elif waits > budget:
        over = f"what waits does not fit: {amount(waits - budget, usage.currency)} too much"
    elif adds and waits + adds > budget:
        over = f"{files} pass it by {amount(waits + adds - budget, usage.currency)}"
    elif adds and needed > budget:
        over = f"{files} may just not fit: {amount(needed, usage.currency)} would be enough"
    if over:
        return ((f"! {over}", "meterpanel--warning"),)
    room = budget - waits - adds
    # sums are shown rounded up, so what is left of them is rounded down
    left = f"{amount(room - room % _CENT if room >= _CENT else room, usage.currency)} left"
    return ((f"{files} fit, {left}" if adds else left, ""),)


def _offers(reading: Reading, width: int) -> Row:
    """Every provider's price of a minute, and where there is room what these recordings would add there."""
    paid = [offer for offer in reading.offers if not offer[1].is_free or offer[0] == reading.chosen]
    for offers, with_sums in ((reading.offers, True), (reading.offers, False), (paid, False)):
        spans = _offer_spans(reading, offers, with_sums=with_sums)
        if row_width(tuple(spans)) <= width:
            break
    return tuple(spans)


def _offer_spans(reading: Reading, offers: Sequence[Offer], *, with_sums: bool) -> list[Span]:
    spans: list[Span] = [_caption("a minute")]
    for index, (provider, price, micros) in enumerate(offers):
        is_chosen = provider == reading.chosen
        text = f"{provider.title} {a_minute(price) if with_sums or not price.is_free else '$0'}"
        if with_sums and micros is not None and not price.is_free:
            text += f", adds {amount(micros, price.currency)}"
        mark = current().cursor if is_chosen else " "
        spans.append((f"{' ' if index else ''}{mark}{text}", "meterpanel--sum" if is_chosen else ""))
    return spans


def a_minute(price: Price) -> str:
    """`$0.024`, `no cost`: what a minute costs by the list."""
    return "no cost" if price.is_free else dollars(price.a_minute_micros, price.currency)


def _exact(micros: int, currency: str) -> str:
    """A limit: never rounded, since what is shown as the limit must be the one that holds."""
    if micros % _CENT == 0:
        return amount(micros, currency)
    return f"{sign(currency)}{micros // MILLION:,}.{micros % MILLION:06d}".rstrip("0")


def dollars(micros: int, currency: str) -> str:
    """A small sum with three digits, as price lists give it."""
    return f"{sign(currency)}{micros / MILLION:.3f}"


def _source(reading: Reading, width: int) -> list[Row]:
    """How old the figures are, and where to compare them."""
    price = reading.price or next((price for _, price, _ in reading.offers), None)
    if price is None:
        return []
    where = safe_text.clean(price.source).removeprefix("https://")
    text = f"of {price.dated}, {where}"
    return [
        (_caption("prices"), (safe_text.crop(safe_text.clean(text), width - CAPTION), "meterpanel--caption"))
    ]


def _caption(text: str) -> Span:
    return safe_text.fit(text, CAPTION), "meterpanel--caption"


def describe(price: Price, micros: int | None, currency: Currency) -> str:
    """A provider in a list: price, free time, what these recordings would add."""
    if price.is_free:
        return "no cost, on this machine"
    free = f", {price.free_minutes} min free" if price.free_minutes else ""
    adds = f"; adds {currency.of(micros, price.currency)}" if micros is not None else ""
    return f"{a_minute(price)} a minute{free}{adds}"
