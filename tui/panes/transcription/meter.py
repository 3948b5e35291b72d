"""The meter: what is used of the free minutes, what the month costs, and what the next start would add.

November 2026 │ spent $0.24 │ $0.31 with the queue                               account default
google v1    [██████▓▓▒▒▒░░░░····································]  47.0 of 60 free min left
these files  3 files, 5 chunks, 5.1 min billed, costs $0.00; month so far: $0.24
budget       [████▒▒▒░░░···············································]  $0.24 of $1.00 spent
             these files fit, $0.69 left
minutes      █ used 12.0  ▓ under way 1.0  ▒ queued 3.0  ░ these files 5.1
a minute     ›google v1 $0.024  google v2 $0.016  whisper no cost  pocketsphinx no cost
prices       of 2025-06-01, cloud.google.com/speech-to-text/pricing

A row that does not fit continues in the next one. A low screen loses the lowest rows.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from engine.i18n import _, plural
from engine.transcribe.ledger import Service, Usage
from engine.transcribe.price_file import MILLION
from engine.transcribe.pricing import Price, amount
from tui.app import safe_text, words
from tui.panes.transcription.state import State
from tui.widgets.charts import meter
from tui.widgets.charts.glyphs import current
from tui.widgets.charts.meter import Part
from tui.widgets.flow import GrowingRows, flow
from tui.widgets.rows import Row, Span, row_width

CAPTION = 13
_BAR = 60
_LEAST_BAR = 8
_OTHERS = 11


class MeterPanel(GrowingRows):
    """As many rows as it needs, from the pane's state."""

    DEFAULT_CSS = """
    MeterPanel {
        height: auto; background: $background; color: $foreground; padding: 0 1;
        & > .meterpanel--used { color: $text-primary; }
        & > .meterpanel--way { color: $text-accent; }
        & > .meterpanel--more { color: $text-success; }
        & > .meterpanel--caption { color: $foreground-muted; }
        & > .meterpanel--sum { text-style: bold; }
        & > .meterpanel--warning { color: $text-warning; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.state = State()

    def show(self, state: State) -> None:
        """Another state."""
        self.state = state
        self.repaint()

    def most_rows(self, screen_height: int) -> int:
        """All but what the frame, two lines of facts and six recordings with their head take."""
        return max(4, screen_height - _OTHERS)

    def draw(self, width: int, height: int) -> list[Row]:
        """The rows, the lowest of which are left out when they are more than `height`."""
        return _rows(self.state, width)[:height]


def _rows(state: State, width: int) -> list[Row]:
    fault = _sentence(state.money_fault, width) if state.money_fault else []
    if state.money is None:
        return fault or [_unit(_("reading the ledger"), "caption")]
    usage = state.money.usage
    price = _metered(state, usage)
    parts, limit = _minutes(state, usage, price)
    return [
        *fault,
        *_month(usage, width),
        _gauge(price, parts, limit, width),
        *_adds(state, width),
        *_budget(state, usage, width),
        _legend(parts),
        *_offers(state, width),
        *_source(state, width),
    ]


def _metered(state: State, usage: Usage) -> Price | None:
    """The price whose free time is shown: the chosen provider's where it has any, else the first that has."""
    prices = [*filter(None, [state.price]), *usage.paid_prices]
    return next((price for price in prices if price.free_minutes), next(iter(prices), None))


def _minutes(state: State, usage: Usage, price: Price | None) -> tuple[list[Part], float]:
    """What takes from the free time in minutes: used, under way, queued, these files; and how much there is."""
    if price is None:
        return [], 0.0
    quote, empty = state.shown_quote, Service(price.free_minutes * 60_000, 0, 0, 0, 0)
    service = usage.services.get(price.service, empty)
    more = quote.billed_ms if quote is not None and quote.price.service == price.service else 0
    amounts = (service.used_ms, service.reserved_ms, service.queued_ms, more)
    return _parts(state, [ms / 60_000 for ms in amounts]), service.free_ms / 60_000


def _parts(state: State, amounts: Sequence[float], used: str = "used") -> list[Part]:
    """The four parts of a bar: used, under way, queued, and the recordings of the quote."""
    names = (used, _("under way"), "queued", state.named)
    styles = ("used", "way", "way", "more")
    rows = zip(names, amounts, styles, strict=True)
    return [Part(name, number, f"meterpanel--{style}") for name, number, style in rows]


def _unit(text: str, style: str = "") -> Row:
    return ((text, f"meterpanel--{style}" if style else ""),)


def _sentence(text: str, width: int, caption: str = "") -> list[Row]:
    """A whole sentence, in the colour of its sign."""
    cleaned = safe_text.clean(text)
    style = "warning" if cleaned[:1] in ("!", words.GLYPHS["failed"]) else ""
    return flow([_unit(cleaned, style)], width, _caption(caption) if caption else ("", ""))


def _month(usage: Usage, width: int) -> list[Row]:
    when = datetime.datetime.strptime(usage.month, "%Y-%m").strftime("%B %Y")
    spent, forecast = (
        amount(micros, usage.currency) for micros in (usage.spent_micros, usage.forecast_micros)
    )
    units = [_unit(when, "caption"), _unit(_("spent {sum}").format(sum=spent), "sum")]
    if usage.forecast_micros > usage.spent_micros:
        units.append(_unit(_("{sum} with the queue").format(sum=forecast)))
    if lost := usage.chunks.get("unconfirmed", 0):
        text = plural("! {n:,} chunk unconfirmed", "! {n:,} chunks unconfirmed", lost)
        units.append(_unit(text, "warning"))
    account = _("account {name}").format(name=safe_text.clean(usage.account))
    first, *rest = flow(units, width, separator=current().separator)
    gap = width - row_width(first) - safe_text.width(account)
    if gap >= 2:
        first = (*first, *_unit(" " * gap + account, "caption"))
    return [first, *rest]


def _gauge(price: Price | None, parts: list[Part], limit: float, width: int) -> Row:
    free = max(0.0, limit - sum(part.amount for part in parts[:2]))
    beyond = sum(part.amount for part in parts) - limit
    if not limit:
        says = _("  no free minutes")
    elif beyond > 0.05:
        says = _("  {free:.1f} of {limit:.0f} free min left, {beyond:.1f} to pay")
    else:
        says = _("  {free:.1f} of {limit:.0f} free min left")
    caption = _caption(safe_text.clean(price.service if price is not None else ""))
    return (caption, *_bar(parts, limit, says.format(free=free, limit=limit, beyond=beyond), width))


def _bar(parts: list[Part], limit: float, says: str, width: int) -> Row:
    cells = max(_LEAST_BAR, min(_BAR, width - CAPTION - len(says)))
    return (*meter.bar(parts, limit, cells), (says, ""))


def _legend(parts: list[Part]) -> Row:
    """The texture of each part beside its minutes."""
    row: Row = (_caption("minutes"),)
    for part, shade in zip(parts, meter.textures(), strict=False):
        row = (*row, (shade, part.style), (f" {part.name} {part.amount:.1f}  ", ""))
    return row


def _adds(state: State, width: int) -> list[Row]:
    """What a start would send and cost."""
    quote = state.shown_quote
    if quote is None:
        return _sentence(state.note or _("e chooses a folder of recordings"), width, state.named)
    known = {
        "files": plural("{n:,} file", "{n:,} files", len(quote.sending)),
        "chunks": plural("{n:,} chunk", "{n:,} chunks", quote.chunks),
    }
    if not quote.chunks:
        text, lost = _("nothing to send"), quote.count("unconfirmed")
        if lost:
            text = plural(
                "nothing to send, {n:,} chunk unconfirmed", "nothing to send, {n:,} chunks unconfirmed", lost
            )
        units = [_unit(text)]
    elif quote.price.is_free:
        text = _("{files}, {chunks}, {minutes:.1f} min on this machine: no cost")
        units = [_unit(text.format(minutes=quote.length_ms / 60_000, **known))]
    else:
        text = _("{files}, {chunks}, {minutes:.1f} min billed,")
        cost, month = (amount(micros, quote.currency) for micros in (quote.micros, quote.before_micros))
        units = [
            _unit(text.format(minutes=quote.billed_ms / 60_000, **known)),
            _unit(_("costs {sum};").format(sum=cost), "sum"),
            _unit(_("month so far: {sum}").format(sum=month)),
        ]
    rows = flow(units, width, _caption(state.named), " ")
    return [*rows, *(_sentence(state.note, width, " ") if state.note else [])]


def _budget(state: State, usage: Usage, width: int) -> list[Row]:
    """What is spent of the budget, what is set aside or waits, and whether these recordings still fit."""
    caption, budget = _caption("budget"), usage.budget_micros
    if budget is None:
        return [(caption, *_unit(_("none: b sets the most that a month may cost"), "caption"))]
    under_way = usage.committed_micros - usage.spent_micros
    queued = usage.forecast_micros - usage.committed_micros
    more = state.shown_quote.micros if state.shown_quote is not None else 0
    parts = _parts(state, [usage.spent_micros, under_way, queued, more], "spent")
    spent, limit = (amount(micros, usage.currency) for micros in (usage.spent_micros, budget))
    says = _("  {spent} of {limit} spent").format(spent=spent, limit=limit)
    fits = _sentence(_verdict(state, usage, budget), width, " ")
    return [(caption, *_bar(parts, float(budget), says, width)), *fits]


def _verdict(state: State, usage: Usage, budget: int) -> str:
    """Whether these recordings, after all that waits, fit into the budget."""
    quote = state.shown_quote if state.shown_quote is not None and state.shown_quote.chunks else None
    needed = quote.enough_micros if quote is not None else usage.forecast_micros
    if needed <= budget:
        text = _("{what} fit") if quote is not None else _("what waits fits")
    elif quote is not None:
        text = _("! {what} may not fit: {sum} would be enough")
    else:
        text = _("! what waits may not fit: {sum} would be enough")
    return text.format(what=state.named, sum=amount(needed, usage.currency))


def _offers(state: State, width: int) -> list[Row]:
    """Every provider's price of a minute."""
    units = []
    for provider, price in state.provider_prices:
        is_chosen = provider == state.provider
        mark = current().cursor if is_chosen else " "
        units.append(_unit(f"{mark}{provider.title} {a_minute(price)}", "sum" if is_chosen else ""))
    return flow(units, width, _caption("a minute"), " ") if units else []


def a_minute(price: Price) -> str:
    """`$0.024`, `no cost`: what a minute costs by the list."""
    sign = "$" if price.currency == "USD" else f"{price.currency} "
    return _("no cost") if price.is_free else f"{sign}{price.a_minute_micros / MILLION:.3f}"


def _source(state: State, width: int) -> list[Row]:
    """How old the figures are, and where to compare them."""
    price = state.price or next((price for _unused, price in state.provider_prices), None)
    if price is None:
        return []
    text = _("of {date}, {source}").format(date=price.dated, source=price.source.removeprefix("https://"))
    return [(_caption("prices"), *_unit(safe_text.crop(safe_text.clean(text), width - CAPTION), "caption"))]


def _caption(text: str) -> Span:
    return safe_text.fit(text, CAPTION), "meterpanel--caption"
