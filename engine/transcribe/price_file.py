"""Reading a price list. Errors name file, line, key and the accepted value.

`prices.toml` explains the keys. Lists of older versions, with steps and pools, are rewritten once.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.config import reader
from engine.config.reader import Rule, Source, matching, one_of, setting
from engine.errors import InputError
from engine.files.atomic import write_text
from engine.i18n import _

# Who can be paid, and by which API versions.
APIS: dict[str, tuple[str, ...]] = {"google": ("v1", "v2"), "whisper": (), "pocketsphinx": ()}
MILLION = 1_000_000
_MOST_MINUTES = 10**9
_OLD_KEYS = ("steps", "pool", "per_channel", "free_minutes", "currency")
_MINUTES = Rule("whole minutes from 0 up", lambda minutes: 0 <= minutes <= _MOST_MINUTES)
_SECONDS = Rule("above 0, an hour at most", lambda seconds: 1 <= seconds * 1000 <= 3_600_000)
_PRICE = Rule("0, or from a millionth up", lambda price: price == 0 or 1 <= price * MILLION <= MILLION**2)
_TEXT = Rule("a text", lambda text: bool(text.strip()) and text.isprintable())
_OPTIONAL = Rule("a text, or empty", lambda text: text == "" or _TEXT.holds(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeRow:
    """Free minutes a month of a provider's api."""

    provider: str = setting("Who is paid.", rule=one_of(*APIS))
    api: str = setting("The version of its API; empty for any.", "", rule=_OPTIONAL)
    minutes: int = setting("Free minutes a month.", rule=_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """A price as the file has it; `api` and `model` are empty and `logging` is None where the row is for any."""

    provider: str = setting("Who is paid.", rule=one_of(*APIS))
    api: str = setting("The version of its API; empty for any.", "", rule=_OPTIONAL)
    model: str = setting("The model; empty for any.", "", rule=_OPTIONAL)
    logging: bool | None = setting("Whether for calls with data logging; left out: for both.", None)
    a_minute: Decimal = setting("The price of a minute, as 0.024.", rule=_PRICE)
    up_to_minutes: int = setting("Minutes of a month at this price; 0: all.", 0, rule=_MINUTES)
    rounding_seconds: Decimal = setting("A call is billed in units of this length, as 1.", rule=_SECONDS)
    worst_rounding_seconds: Decimal | None = setting(
        "The unit that a reservation assumes; left out: the same.", None, rule=_SECONDS
    )
    dated: datetime.date = setting("When the price was looked up, as 2026-01-31.")
    source: str = setting("Where the price can be looked up.", rule=_TEXT)
    note: str = setting("Anything else.", "", rule=_OPTIONAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    currency: str = setting("Of all rows.", "USD", rule=matching("[A-Z]{3}", "three capital letters, as EUR"))
    free: tuple[FreeRow, ...] = ()
    price: tuple[PriceRow, ...] = ()


def read(path: Path, example: Path) -> list[dict[str, Any]]:
    """The rows of the price list in a file, as arguments of a `Price`.

    Args:
        example: a correct list, for the error messages.

    Raises:
        InputError: the file cannot be read, or a value in it is wrong.
    """
    source = reader.read(path)
    found = source.section(_File, source.tree)
    if not found.price:
        fix = _("write them as in {example}").format(example=example)
        raise InputError(_("has no [[price]] rows"), path=path, fix=fix)
    _check_calls(source, "free", found.free)
    _check_calls(source, "price", found.price)
    free = {(row.provider, row.api): row.minutes for row in found.free}
    return [
        _as_kept(row) | {"currency": found.currency, "free_minutes": free.get((row.provider, row.api), 0)}
        for row in found.price
    ]


def _check_calls(source: Source, table: str, rows: tuple[FreeRow | PriceRow, ...]) -> None:
    """Refuse rows that fit no call, and two rows for the same calls."""
    calls: dict[tuple[object, ...], int] = {}
    for number, row in enumerate(rows):
        key, apis = f"{table}[{number}]", APIS[row.provider]
        if row.api and row.api not in apis:
            what = _('is "{api}", which {provider} does not have').format(api=row.api, provider=row.provider)
            fix = _("write one of {apis}, or leave it out for any").format(apis=", ".join(apis))
            raise source.fault(f"{key}.api", what, fix if apis else _("leave it out"))
        call = (row.provider, row.api, getattr(row, "model", ""), getattr(row, "logging", None))
        first = calls.setdefault(call, number)
        if first != number:
            what = _("is for the same calls as {table}[{first}]").format(table=table, first=first)
            raise source.fault(key, what, _("keep one of them, or give them another api, model or logging"))


def _as_kept(row: PriceRow) -> dict[str, Any]:
    """A row in millionths, milliseconds and text."""
    values = dataclasses.asdict(row)
    rounding, worst = values.pop("rounding_seconds"), values.pop("worst_rounding_seconds")
    return values | {
        "a_minute_micros": int(values.pop("a_minute") * MILLION),
        "rounding_ms": int(rounding * 1000),
        "worst_rounding_ms": int((rounding if worst is None else worst) * 1000),
        "dated": row.dated.isoformat(),
    }


def upgrade(path: Path) -> str:
    """Rewrite a list of an older version and keep it as NAME.old; a sentence about that, empty when it is new.

    Of a price in steps the first one is kept, and where it ends. A broken list stays, for `read` to name the fault.

    Raises:
        InputError: two currencies in one list, or the folder cannot be written.
    """
    source = reader.read(path)
    try:
        rows: list[dict[str, Any]] = source.tree.get("price", [])
        if not any(key in row for row in rows for key in _OLD_KEYS):
            return ""
        currencies = dict.fromkeys(row.get("currency", "USD") for row in rows if row["steps"][0]["a_minute"])
        new = _rewritten(rows, next(iter(currencies), "USD"))
    except (KeyError, TypeError, IndexError, AttributeError):
        return ""
    if len(currencies) > 1:
        what = _("has prices in {currencies}").format(currencies=" and ".join(currencies))
        raise InputError(what, path=path, fix=_("write all prices in one currency, since a month is one sum"))
    kept = path.with_name(f"{path.name}.old")
    try:
        write_text(kept, source.text)
        write_text(path, new)
    except OSError as error:
        what = _("is of an older version and cannot be rewritten ({reason})")
        what = what.format(reason=error.strerror or error)
        raise InputError(what, path=path, fix=_("make its folder writable")) from None
    return _(
        "{path} was rewritten: a price has one step now, and free minutes stand apart; {kept} is as it was"
    ).format(path=path, kept=kept)


def _rewritten(rows: list[dict[str, Any]], currency: str) -> str:
    free: dict[tuple[str, str], int] = {}
    tables = [f"currency = {json.dumps(currency)}"]
    for row in rows:
        first, *rest = row["steps"]
        service = row["provider"], row.get("api", "")
        free[service] = min(row.get("free_minutes", 0), free.get(service, _MOST_MINUTES))
        new = {key: value for key, value in row.items() if key not in _OLD_KEYS}
        new["a_minute"] = first["a_minute"]
        if rest:
            new["up_to_minutes"] = rest[0]["from_minutes"]
        tables.append(_toml("price", new))
    for (provider, api), minutes in free.items():
        if minutes:
            tables.append(_toml("free", {"provider": provider, "api": api, "minutes": minutes}))
    return "\n\n".join(tables) + "\n"


def _toml(table: str, values: Mapping[str, Any]) -> str:
    def written(value: Any) -> str:
        return str(value) if isinstance(value, datetime.date) else json.dumps(value, ensure_ascii=False)

    return "\n".join([f"[[{table}]]", *(f"{key} = {written(value)}" for key, value in values.items())])
