"""cost: what transcription has used and cost, from the ledger."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import InputError
from engine.i18n import _
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import say, tell, tell_json

if TYPE_CHECKING:
    from engine.transcribe.ledger import ChunkRow, Ledger, Usage
    from engine.transcribe.pricing import Price

MOST_NAMES = 20

LedgerFile = Annotated[
    Path | None, typer.Option("--ledger", help=_("The ledger; the one in your data folder when left out."))
]


def cost(
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help=_("The present one when left out."))
    ] = None,
    account: Annotated[str | None, typer.Option(help=_("One account; all when left out."))] = None,
    budget: Annotated[
        str | None,
        typer.Option(metavar="USD", help=_("Set the most that a month may cost; `none` removes it.")),
    ] = None,
    ledger: LedgerFile = None,
    time_zone: Annotated[str | None, typer.Option("--time-zone", hidden=True)] = None,
    json: Json = False,
) -> int:
    """Show what transcription has used and cost: minutes, free minutes left, what is unconfirmed, what waits."""
    from engine.transcribe.ledger import Ledger, default_path
    from engine.transcribe.ledger.months import check_month
    from engine.transcribe.ledger.schema import is_missing
    from engine.transcribe.pricing import OWN_NAME, PriceTable, micros_of

    if time_zone is not None:
        say(_("warning: --time-zone is no longer used; months begin where Google bills them"))
    path = ledger or default_path()
    own = path.with_name(OWN_NAME)
    table = PriceTable.load(own)
    usual = table.find("google", "v1")
    asked = check_month(month) if month else None
    if ledger is not None and budget is None and is_missing(path):
        raise InputError(_("there is no such ledger"), path=path, fix=_("the first transcription makes it"))
    with Ledger(path, create=budget is not None) as book:
        if budget is not None:
            limit = None if budget == "none" else micros_of(budget)
            book.set_budget(account or here.settings().account, limit)
        names = _names(book, account)
        found = [book.usage(name, asked, also=[usual]) for name in names]
        unconfirmed = [
            row for row in book.rows("unconfirmed") if row.account in names and asked in (None, row.month)
        ]
    used = [price for usage in found for price in usage.spent if not price.is_free]
    prices = list({price.id: price for price in used or [usual]}.values())
    if json:
        tell_json(
            {
                "ledger": path,
                "accounts": [usage_json(each) for each in found],
                "unconfirmed": [
                    {name: getattr(row, name) for name in ("path", "start_ms", "account", "month", "reason")}
                    for row in unconfirmed
                ],
                "warning": table.notice,
                "prices": [price.to_json() for price in prices],
            }
        )
        return 0
    for each in found:
        _show_usage(each)
    _say_prices(prices, own)
    _say_unconfirmed(unconfirmed)
    if table.notice:
        say(f"warning: {table.notice}")
    return 0


def _names(book: Ledger, account: str | None) -> list[str]:
    """The accounts that are asked for: the one that is named, or all.

    Raises:
        InputError: nothing is known of the one that is named.
    """
    known = [each.name for each in book.accounts()]
    ours = here.settings().account
    if account is None:
        return known or [ours]
    if account not in (*known, ours):
        listed = ", ".join(known) or ours
        raise InputError(
            _('nothing is booked on an account "{account}"').format(account=account),
            fix=_("the ledger has {listed}").format(listed=listed),
        )
    return [account]


def _say_unconfirmed(unconfirmed: Sequence[ChunkRow]) -> None:
    for row in unconfirmed[:MOST_NAMES]:
        say(f"unconfirmed: {row.month}, {row.path} at {row.start_ms / 1000:.1f} s: {row.reason}")
    if len(unconfirmed) > MOST_NAMES:
        say(f"and {len(unconfirmed) - MOST_NAMES:,} more")
    if unconfirmed:
        say(_("they count as spent; `vitsdeck transcribe ... --retry-unconfirmed` pays for them again"))


def _say_prices(prices: Sequence[Price], own: Path) -> None:
    """What the figures reckon with and how old that is, and how to put others in its place."""
    for each in prices:
        free = _("after {free_minutes} free ones a month, as of {dated}").format(
            free_minutes=each.free_minutes, dated=each.dated
        )
        a_minute = f"{each.a_minute_micros / 1_000_000:g} {each.currency} a minute"
        say(f"{each.name}: {a_minute} {free}; source: {each.source}")
    say(_("compare them before you spend much; rows of your own go into {own}").format(own=own))


def usage_json(usage: Usage) -> dict[str, Any]:
    """A month as plain values; money in millionths, times in milliseconds."""
    names = ("account", "month", "time_zone", "currency", "chunks")
    times = ("settled", "unconfirmed", "reserved", "queued", "used", "free", "free_left")
    sums = ("spent", "committed", "forecast", "budget")
    return {
        **{name: getattr(usage, name) for name in names},
        **{f"{name}_ms": getattr(usage, f"{name}_ms") for name in times},
        **{f"{name}_micros": getattr(usage, f"{name}_micros") for name in sums},
        "services": {name: dataclasses.asdict(service) for name, service in usage.services.items()},
    }


def _show_usage(usage: Usage) -> None:
    from engine.transcribe.pricing import amount

    tell(f"{usage.account}, {usage.month} ({usage.time_zone})")
    tell(
        _("  used         {minutes}, of which {minutes2} unconfirmed").format(
            minutes=_minutes(usage.used_ms), minutes2=_minutes(usage.unconfirmed_ms)
        )
    )
    for name, service in usage.services.items():
        left = max(0, service.free_ms - service.used_ms)
        free = f"{_minutes(left)} of {_minutes(service.free_ms)}" if service.free_ms else "none"
        spent = amount(service.spent_micros, usage.currency)
        tell(
            _("  {name:<12} {minutes} used, free left {free}, {spent} spent").format(
                name=name, minutes=_minutes(service.used_ms), free=free, spent=spent
            )
        )
    tell(f"  spent        {amount(usage.spent_micros, usage.currency)}")
    if usage.queued_ms or usage.reserved_ms:
        tell(_("  under way    {minutes}").format(minutes=_minutes(usage.reserved_ms)))
        tell(f"  queued       {_minutes(usage.queued_ms)}")
        tell(f"  forecast     {amount(usage.forecast_micros, usage.currency)}")
    budget = usage.budget_micros
    tell(f"  budget       {'none' if budget is None else amount(budget, usage.currency)}")


def _minutes(ms: int) -> str:
    return f"{ms / 60_000:,.2f} min"
