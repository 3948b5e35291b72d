"""cost: what transcription has used and cost, from the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tui.commands import here
from tui.commands.output import say, tell, tell_json
from tui.commands.training import Json

if TYPE_CHECKING:
    from engine.transcribe.ledger import Usage
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
    from engine.transcribe.ledger import Ledger, default_path
    from engine.transcribe.pricing import OWN_NAME, PriceTable, micros_of
    from engine.transcribe.usage import check_month

    path = ledger or default_path()
    own = path.with_name(OWN_NAME)
    prices = PriceTable.load(own)
    with Ledger(path) as book:
        if budget is not None or time_zone is not None:
            limit = -1 if budget == "none" else None if budget is None else micros_of(budget)
            book.set_account(account or here.settings().account, time_zone=time_zone, budget_micros=limit)
        names = [account] if account else [each.name for each in book.accounts()] or [here.settings().account]
        asked = check_month(month) if month else None
        usual = prices.find("google", "v1")
        found = [book.usage(name, asked, also=[usual]) for name in names]
        doubtful = book.rows("unconfirmed")
        warning = book.clock_warning()
    if json:
        tell_json(
            {
                "ledger": path,
                "accounts": [usage_json(each) for each in found],
                "unconfirmed": [
                    {"path": row.path, "start_ms": row.start_ms, "account": row.account, "reason": row.reason}
                    for row in doubtful
                ],
                "warning": warning,
                "price": usual.to_json(),
                "own_prices": own if own.is_file() else None,
            }
        )
        return 0
    for each in found:
        _show_usage(each)
    _say_prices(usual, own)
    for row in doubtful[:MOST_NAMES]:
        say(f"unconfirmed: {row.path} at {row.start_ms / 1000:.1f} s: {row.reason}")
    if len(doubtful) > MOST_NAMES:
        say(f"and {len(doubtful) - MOST_NAMES:,} more")
    if doubtful:
        say(
            "unconfirmed chunks count as spent; `vitsdeck transcribe ... --resend-unconfirmed` pays for them again"
        )
    if warning:
        say(f"warning: {warning}")
    return 0


def _say_prices(usual: Price, own: Path) -> None:
    """How old the figures are, and how to put others in their place."""
    from engine.transcribe.pricing import MILLION

    minute = f"{usual.steps[0].micros / MILLION:g} {usual.currency}"
    say(f"{usual.name}: {minute} a minute after {usual.free_minutes} free ones a month, as of {usual.dated}")
    if own.is_file():
        say(f"rows of {own} stand before the shipped ones")
    else:
        say(f"compare with {usual.source}; rows of your own go into {own}")


def usage_json(usage: Usage) -> dict[str, Any]:
    """A month as plain values; money in millionths, times in milliseconds."""
    plain = {name: getattr(usage, name) for name in usage.__dataclass_fields__ if name != "by_price"}
    return plain | {"chunks": dict(usage.chunks), "used_ms": usage.used_ms}


def _show_usage(usage: Usage) -> None:
    from engine.transcribe.pricing import amount

    def money(micros: int) -> str:
        return amount(micros, usage.currency)

    tell(f"{usage.account}, {usage.month} ({usage.time_zone})")
    tell(f"  used         {_minutes(usage.used_ms)}, of which {_minutes(usage.unconfirmed_ms)} unconfirmed")
    tell(f"  free left    {_minutes(usage.free_left_ms)} of {_minutes(usage.free_ms)}")
    tell(f"  spent        {money(usage.spent_micros)}")
    if usage.reserved_ms:
        tell(f"  under way    {_minutes(usage.reserved_ms)}")
    if usage.queued_ms or usage.reserved_ms:
        tell(f"  queued       {_minutes(usage.queued_ms)}")
        tell(f"  forecast     {money(usage.forecast_micros)}")
    limit = "none" if usage.budget_micros is None else money(usage.budget_micros)
    tell(f"  budget       {limit}")


def _minutes(ms: int) -> str:
    return f"{ms / 60_000:,.2f} min"
