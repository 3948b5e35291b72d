"""The command cost: what transcription has used and cost, from the ledger."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe.ledger import ChunkRow, Ledger, Usage, default_path
from engine.transcribe.ledger.months import check_month
from engine.transcribe.ledger.schema import is_missing
from engine.transcribe.pricing import OWN_NAME, Price, PriceTable, amount, micros_of
from tui.cli import here
from tui.cli.options import Json, LedgerFile
from tui.cli.output import echo, echo_json, notify, notify_list, warn


def cost(
    month: Annotated[str | None, Option(metavar="YYYY-MM", help=_("The present one when left out."))] = None,
    account: Annotated[str | None, Option(help=_("One account; all when left out."))] = None,
    budget: Annotated[
        str | None, Option(metavar="USD", help=_("Set the most that a month may cost; `none` removes it."))
    ] = None,
    ledger: LedgerFile = None,
    time_zone: Annotated[str | None, Option("--time-zone", hidden=True)] = None,
    json: Json = False,
) -> int:
    """Show what transcription has used and cost, and what is unconfirmed.

    For each account and month: minutes, free minutes left, what is under way, and the budget.
    """
    if time_zone is not None:
        warn(_("--time-zone is no longer used; months begin where Google bills them"))
    path = ledger or default_path()
    own = path.with_name(OWN_NAME)
    table = PriceTable.load(own)
    usual = table.find("google", "v1")
    month = check_month(month) if month else None
    if ledger is not None and budget is None and is_missing(path):
        raise InputError(_("there is no such ledger"), path=path, fix=_("the first transcription makes it"))
    with Ledger(path, create=budget is not None) as book:
        if budget is not None:
            limit = None if budget == "none" else micros_of(budget)
            book.set_budget(account or here.settings().account, limit)
        names = _accounts(book, account)
        usages = [book.usage(name, month, also=[usual]) for name in names]
        unconfirmed = [
            row for row in book.rows("unconfirmed") if row.account in names and month in (None, row.month)
        ]
    used = [price for usage in usages for price in usage.spent if not price.is_free]
    prices = list({price.id: price for price in used or [usual]}.values())
    if json:
        fields = ("path", "start_ms", "account", "month", "reason")
        echo_json(
            {
                "ledger": path,
                "accounts": [usage_json(usage) for usage in usages],
                "unconfirmed": [{name: getattr(row, name) for name in fields} for row in unconfirmed],
                "warning": table.notice,
                "prices": [price.to_json() for price in prices],
            }
        )
        return 0
    for usage in usages:
        _show_usage(usage)
    _notify_prices(prices, own)
    _notify_unconfirmed(unconfirmed)
    if table.notice:
        warn(table.notice)
    return 0


def _accounts(book: Ledger, account: str | None) -> list[str]:
    """The account that is named, or all. Raises InputError: the ledger has none of that name."""
    known = book.accounts()
    ours = here.settings().account
    if account is None:
        return known or [ours]
    if account not in (*known, ours):
        what = _('nothing is booked on an account "{account}"').format(account=account)
        fix = _("the ledger has {accounts}").format(accounts=", ".join(known) or ours)
        raise InputError(what, fix=fix)
    return [account]


def _notify_unconfirmed(unconfirmed: Sequence[ChunkRow]) -> None:
    text = _("unconfirmed: {month}, {path} at {seconds:.1f} s: {reason}")
    notify_list(
        [text.format_map(dataclasses.asdict(row) | {"seconds": row.start_ms / 1000}) for row in unconfirmed]
    )
    if unconfirmed:
        notify(_("they count as spent; `vitsdeck transcribe ... --retry-unconfirmed` pays for them again"))


def _notify_prices(prices: Sequence[Price], own: Path) -> None:
    """The prices behind the sums, how old they are, and how to replace them."""
    text = _(
        "{name}: {price:g} {currency} a minute after {free} free ones a month, as of {date}; source: {source}"
    )
    for each in prices:
        notify(
            text.format(
                name=each.name,
                price=each.a_minute_micros / 1_000_000,
                currency=each.currency,
                free=each.free_minutes,
                date=each.dated,
                source=each.source,
            )
        )
    notify(_("compare them before you spend much; rows of your own go into {path}").format(path=own))


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
    none = _("none")
    used, unconfirmed = _minutes(usage.used_ms), _minutes(usage.unconfirmed_ms)
    rows = [(_("used"), _("{minutes}, of which {part} unconfirmed").format(minutes=used, part=unconfirmed))]
    for name, service in usage.services.items():
        left = _minutes(max(0, service.free_ms - service.used_ms))
        free = _("{left} of {all}").format(left=left, all=_minutes(service.free_ms))
        text = _("{minutes} used, free left {free}, {amount} spent").format(
            minutes=_minutes(service.used_ms),
            free=free if service.free_ms else none,
            amount=amount(service.spent_micros, usage.currency),
        )
        rows.append((name, text))
    rows.append((_("spent"), amount(usage.spent_micros, usage.currency)))
    if usage.queued_ms or usage.reserved_ms:
        rows.append((_("under way"), _minutes(usage.reserved_ms)))
        rows.append((_("queued"), _minutes(usage.queued_ms)))
        rows.append((_("forecast"), amount(usage.forecast_micros, usage.currency)))
    budget = usage.budget_micros
    rows.append((_("budget"), none if budget is None else amount(budget, usage.currency)))
    echo(f"{usage.account}, {usage.month} ({usage.time_zone})")
    for label, text in rows:
        echo(f"  {label:<12} {text}")


def _minutes(ms: int) -> str:
    return f"{ms / 60_000:,.2f} min"
