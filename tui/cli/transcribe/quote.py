"""What a transcription would send and cost, as text and as JSON."""

from __future__ import annotations

from typing import Any

from engine.audio.recordings import passed_over, unread_below
from engine.i18n import _, plural
from engine.transcribe.pricing import amount
from engine.transcribe.start import Prepared
from tui.app import words
from tui.cli.output import error, notify, notify_list, warn


def quote_json(prepared: Prepared) -> dict[str, Any]:
    """What a start would do, as plain values; money in millionths, times in milliseconds."""
    quote = prepared.quote
    sums = ("currency", "chunks", "billed_ms", "free_ms", "micros", "enough_micros")
    return {
        "manifest": prepared.request.manifest,
        "provider": prepared.plan.provider,
        "price": prepared.price.name,
        "price_row": prepared.price.to_json(),
        **{name: getattr(quote, name) for name in sums},
        **{state: quote.count(state) for state in ("known", "busy", "silent", "unconfirmed")},
        "length_ms": quote.length_ms,
        "month_micros": quote.before_micros,
        "account": prepared.request.account,
        "kept_names": prepared.kept,
        "redo": prepared.redo,
        "faulty": [{"path": each.path, "reason": each.fault} for each in quote.faulty],
        "missing": None if prepared.missing is None else str(prepared.missing),
        "files": [each.to_json() for each in quote.recordings],
    }


def show_quote(prepared: Prepared) -> None:
    """Print what a start would do, with the cost, on stderr."""
    quote = prepared.quote
    warnings = [prepared.notice, passed_over(unread_below([prepared.request.source]))]
    warnings += [f"{each.path}: {warning}" for each in quote.recordings for warning in each.warnings]
    for warning in filter(None, warnings):
        warn(warning)
    for each in quote.faulty:
        error(f"{each.path}: {each.fault}")
    if prepared.kept:
        kept = plural("{n:,} recording", "{n:,} recordings", len(prepared.kept))
        text = _("{recordings} of {manifest} kept as they are")
        notify(text.format(recordings=kept, manifest=prepared.request.manifest))
    if redo := prepared.redo:
        notify(plural("{n:,} transcript would be redone:", "{n:,} transcripts would be redone:", len(redo)))
        notify_list(redo)
    if not prepared.config.files:
        return
    notify(_work(prepared))
    if unconfirmed := quote.count("unconfirmed") if "unconfirmed" not in quote.states else 0:
        text = plural("{n:,} chunk unconfirmed", "{n:,} chunks unconfirmed", unconfirmed)
        notify(_("{chunks}: not sent without --retry-unconfirmed").format(chunks=text))
    if prepared.price.is_free:
        notify(_("{provider} works on this machine: no cost").format(provider=prepared.plan.provider))
    else:
        _show_cost(prepared)


def _work(prepared: Prepared) -> str:
    """`3 recordings, 1 min 01 s of sound, 2 chunks to send, 1 known from before`."""
    quote = prepared.quote
    counts = {
        _("{n:,} known from before"): quote.count("known"),
        _("{n:,} with the same sound as another"): quote.repeated,
        _("{n:,} under way in another window"): quote.count("busy"),
        _("{n:,} silent"): quote.count("silent"),
    }
    parts = [
        plural("{n:,} recording", "{n:,} recordings", len(prepared.config.files)),
        _("{duration} of sound").format(duration=words.duration(quote.length_ms / 1000)),
        plural("{n:,} chunk to send", "{n:,} chunks to send", quote.chunks),
        *(text.format(n=count) for text, count in counts.items() if count),
    ]
    return ", ".join(parts)


def _show_cost(prepared: Prepared) -> None:
    """The cost, and whether it fits the budget of the command or of the account."""
    quote, price, account = prepared.quote, prepared.price, prepared.request.account
    text = _("{name}: billed for {billed}, {free} of it free; this start: {cost}; month so far: {month}")
    notify(
        text.format(
            name=price.name,
            billed=words.duration(quote.billed_ms / 1000),
            free=words.duration(quote.free_ms / 1000),
            cost=amount(quote.micros, quote.currency),
            month=amount(quote.before_micros, quote.currency),
        )
    )
    notify(_("prices of {date}, see {source}").format(date=price.dated, source=price.source))
    if prepared.limit is None or not quote.chunks:
        return
    micros, whose = prepared.limit
    budget = _("the budget of {limit}")
    if whose == "account":
        budget = _("the budget of {limit} of the account {account}")
    if micros >= quote.enough_micros:
        text = _("{budget} a month is enough")
    elif whose == "account":
        text = _(
            "{budget} ends it early; {enough} would be enough; change it with `vitsdeck cost --account "
            "{account} --budget USD`"
        )
    else:
        text = _("{budget} ends it early; {enough} would be enough")
    budget = budget.format(limit=amount(micros, quote.currency), account=account)
    enough = amount(quote.enough_micros, quote.currency)
    notify(text.format(budget=budget, enough=enough, account=account))
