"""cost: what transcription has used and cost, from the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import InputError
from tui.cli import here
from tui.cli.output import say, tell, tell_json
from tui.cli.training import Json

if TYPE_CHECKING:
    from engine.transcribe.ledger import ChunkRow, Ledger, Usage
    from engine.transcribe.pricing import Price

MOST_NAMES = 20

LedgerFile = Annotated[
    Path | None, typer.Option("--ledger", help="The ledger; the one in your data folder when left out.")
]


def cost(
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="The present one when left out.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="One account; all when left out.")] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="USD", help="Set the most that a month may cost; `none` removes it.")
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Set where the account's months begin, as Europe/Berlin."),
    ] = None,
    ledger: LedgerFile = None,
    json: Json = False,
) -> int:
    """Show what transcription has used and cost: minutes, free minutes left, what is unconfirmed, what waits."""
    from engine.transcribe.billing import check_month
    from engine.transcribe.ledger import Ledger, default_path
    from engine.transcribe.pricing import OWN_NAME, PriceTable, micros_of
    from engine.transcribe.schema import is_missing

    path = ledger or default_path()
    own = path.with_name(OWN_NAME)
    usual = PriceTable.load(own).find("google", "v1")
    asked = check_month(month) if month else None
    is_setting = budget is not None or time_zone is not None
    if ledger is not None and not is_setting and is_missing(path):
        raise InputError("there is no such ledger", path=path, fix="the first transcription makes it")
    with Ledger(path, create=is_setting) as book:
        if is_setting:
            limit = -1 if budget == "none" else None if budget is None else micros_of(budget)
            book.set_account(account or here.settings().account, time_zone=time_zone, budget_micros=limit)
        names = _names(book, account)
        found = [book.usage(name, asked, also=[usual]) for name in names]
        doubtful = [
            row for row in book.rows("unconfirmed") if row.account in names and asked in (None, row.month)
        ]
        warning = book.clock_warning()
    used = [price for usage in found for price in usage.used_by_price if not price.is_free]
    prices = list({price.id: price for price in used or [usual]}.values())
    if json:
        tell_json(
            {
                "ledger": path,
                "accounts": [usage_json(each) for each in found],
                "unconfirmed": [
                    {name: getattr(row, name) for name in ("path", "start_ms", "account", "month", "reason")}
                    for row in doubtful
                ],
                "warning": warning,
                "price": usual.to_json(),
                "prices": [price.to_json() for price in prices],
                "own_prices": own if own.is_file() else None,
            }
        )
        return 0
    for each in found:
        _show_usage(each)
    _say_prices(prices, own)
    _say_doubtful(doubtful, {each.month for each in found})
    if warning:
        say(f"warning: {warning}")
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
        raise InputError(f'nothing is booked on an account "{account}"', fix=f"the ledger has {listed}")
    return [account]


def _say_doubtful(doubtful: Sequence[ChunkRow], shown: Collection[str]) -> None:
    for row in doubtful[:MOST_NAMES]:
        when = "" if row.month in shown else f"{row.month}, "
        say(f"unconfirmed: {when}{row.path} at {row.start_ms / 1000:.1f} s: {row.reason}")
    if len(doubtful) > MOST_NAMES:
        say(f"and {len(doubtful) - MOST_NAMES:,} more")
    if doubtful:
        say(
            "unconfirmed chunks count as spent; `vitsdeck transcribe ... --resend-unconfirmed` pays for them again"
        )


def _say_prices(prices: Sequence[Price], own: Path) -> None:
    """What the figures reckon with and how old that is, and how to put others in its place."""
    for each in prices:
        free = f"after {each.free_minutes} free ones a month, as of {each.dated}"
        say(f"{each.name}: {_a_minute(each)} a minute {free}; source: {each.source}")
    if own.is_file():
        say(f"rows of {own} stand before the shipped ones")
    else:
        say(f"compare them before you spend much; rows of your own go into {own}")


def _a_minute(price: Price) -> str:
    return f"{price.steps[0].micros / 1_000_000:g} {price.currency}"


def usage_json(usage: Usage) -> dict[str, Any]:
    """A month as plain values; money in millionths, times in milliseconds."""
    plain = {
        name: getattr(usage, name) for name in usage.__dataclass_fields__ if not name.endswith("by_price")
    }
    return plain | {
        "chunks": dict(usage.chunks),
        "used_ms": usage.used_ms,
        "budget_note": usage.budget_note(),
        "pools": {
            name: {**about, "spent_micros": usage.pool_micros(name)} for name, about in usage.pools.items()
        },
        "by_price": [
            {
                **{"name": price.name, "provider": price.provider, "api": price.api, "model": price.model},
                **{"logging": price.logging, "pool": price.pool, "used_ms": ms, "is_free": price.is_free},
            }
            for price, ms in usage.used_by_price.items()
        ],
    }


def _show_usage(usage: Usage) -> None:
    from engine.transcribe.pricing import amount

    def money(micros: int) -> str:
        return amount(micros, usage.currency)

    tell(f"{usage.account}, {usage.month} ({usage.time_zone})")
    tell(f"  used         {_minutes(usage.used_ms)}, of which {_minutes(usage.unconfirmed_ms)} unconfirmed")
    if len(usage.used_by_price) > 1:
        for price, ms in sorted(usage.used_by_price.items(), key=lambda item: item[0].name):
            at = "on this machine, not counted above" if price.is_free else f"at {_a_minute(price)} a minute"
            tell(f"    {price.name:<10} {_minutes(ms)} {at}")
    _show_pools(usage, money)
    others = (
        f", and {amount(micros, other)} by other prices" for other, micros in usage.other_micros.items()
    )
    tell(f"  spent        {money(usage.spent_micros)}{''.join(others)}")
    if usage.reserved_ms:
        tell(f"  under way    {_minutes(usage.reserved_ms)}")
    if usage.queued_ms or usage.reserved_ms:
        tell(f"  queued       {_minutes(usage.queued_ms)}")
        tell(f"  forecast     {money(usage.forecast_micros)}")
    limit = "none" if usage.budget_micros is None else money(usage.budget_micros)
    note = usage.budget_note() if usage.budget_micros is not None else ""
    tell(f"  budget       {limit}{'; ' if note else ''}{note}")


def _show_pools(usage: Usage, money: Callable[[int], str]) -> None:
    """Free minutes are those of the prices that share them: a line each, named where there are several."""
    for pool, about in usage.pools.items():
        left, free = max(0, about["free_ms"] - about["used_ms"]), about["free_ms"]
        text = f"{_minutes(left)} of {_minutes(free)}" if free else "none"
        names = sorted({price.name for price in usage.used_by_price if price.pool == pool})
        whose = f" of {', '.join(names) or pool}: {money(usage.pool_micros(pool))} spent"
        tell(f"  free left    {text}{whose if len(usage.pools) > 1 else ''}")


def _minutes(ms: int) -> str:
    return f"{ms / 60_000:,.2f} min"
