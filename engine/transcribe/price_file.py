"""Reading a price list. Errors name file, line, row, key and the accepted value.

`prices.toml` explains the keys. Lists of older versions, with steps and pools, are rewritten once.
"""

from __future__ import annotations

import datetime
import json
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.files.atomic import write_text

# Who can be paid, and by which API versions.
APIS: dict[str, tuple[str, ...]] = {"google": ("v1", "v2"), "whisper": (), "pocketsphinx": ()}
MILLION = 1_000_000
_MOST_MINUTES = 10**9
_MOST_A_MINUTE = 10**6
_MOST_SECONDS = 3600
_MOST_SHOWN = 40
_REQUIRED = object()
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_OLD_KEYS = ("steps", "pool", "per_channel", "free_minutes", "currency")


@dataclass(frozen=True, slots=True)
class PriceList:
    """A checked list: free minutes a month by provider and api, and the rows as arguments of a `Price`."""

    currency: str
    free_minutes: dict[tuple[str, str], int]
    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Key:
    """A key: what its value has to be, an example, and the check, which returns the value as it is kept."""

    needed: str
    example: str
    check: Callable[[Any], Any]
    default: Any = _REQUIRED


class _Fault(Exception):  # noqa: N818 - becomes an InputError once its row and line are known
    def __init__(self, key: str, what: str, fix: str) -> None:
        self.key, self.what, self.fix = key, what, fix
        super().__init__(what)


def read(path: Path, example: Path) -> PriceList:
    """The price list in a file.

    Args:
        example: a correct list, for the error messages.

    Raises:
        InputError: the file cannot be read, or a value in it is wrong.
    """
    text, tree = _parsed(path)
    unknown = sorted(set(tree) - {"price", "free", "currency"})
    if unknown:
        fix = "a price list has a currency, [[free]] and [[price]] rows"
        raise InputError(f'has the unknown key "{unknown[0]}"', path=path, fix=fix)
    if not _are_tables(tree.get("price")) or not tree["price"]:
        raise InputError("has no [[price]] rows", path=path, fix=f"write them as in {example}")
    if not _are_tables(tree.get("free", [])):
        raise InputError("free is not [[free]] rows", path=path, fix=f"write them as in {example}")
    rows = _table(path, text, tree["price"], "price", _PRICE)
    free = _table(path, text, tree.get("free", []), "free", _FREE)
    try:
        currency = _value("currency", _CURRENCY, tree)
    except _Fault as fault:
        raise InputError(fault.what, path=path, fix=fault.fix) from None
    return PriceList(currency, {(row["provider"], row["api"]): row["minutes"] for row in free}, rows)


def upgrade(path: Path) -> str:
    """Rewrite a list of an older version and keep it as NAME.old; a sentence about that, empty when it is new.

    Of a price in steps the first one is kept, and where it ends. A broken list stays, for `read` to name the fault.

    Raises:
        InputError: two currencies in one list, or the folder cannot be written.
    """
    text, tree = _parsed(path)
    rows: list[dict[str, Any]] = tree.get("price", [])
    if not _are_tables(rows) or not any(key in row for row in rows for key in _OLD_KEYS):
        return ""
    try:
        new, currencies = _rewritten(rows)
    except (KeyError, TypeError, IndexError, AttributeError):
        return ""
    if len(currencies) > 1:
        what = f"has prices in {' and '.join(currencies)}"
        raise InputError(what, path=path, fix="write all prices in one currency, since a month is one sum")
    kept = path.with_name(f"{path.name}.old")
    try:
        write_text(kept, text)
        write_text(path, new)
    except OSError as error:
        what = f"is of an older version and cannot be rewritten ({error.strerror or error})"
        raise InputError(what, path=path, fix="make its folder writable") from None
    return (
        f"{path} was rewritten: a price has one step now, and free minutes stand apart; {kept} is as it was"
    )


def _rewritten(rows: list[dict[str, Any]]) -> tuple[str, list[str]]:
    free: dict[tuple[str, str], int] = {}
    prices: list[dict[str, Any]] = []
    currencies: dict[str, None] = {}
    for row in rows:
        first, *rest = row["steps"]
        service = row["provider"], row.get("api", "")
        free[service] = min(row.get("free_minutes", 0), free.get(service, _MOST_MINUTES))
        new = {key: value for key, value in row.items() if key not in _OLD_KEYS} | {
            "a_minute": first["a_minute"]
        }
        if rest:
            new["up_to_minutes"] = rest[0]["from_minutes"]
        prices.append(new)
        if first["a_minute"]:
            currencies[str(row.get("currency", "USD"))] = None
    tables = [
        *(_toml("free", {"provider": who, "api": api, "minutes": n}) for (who, api), n in free.items() if n),
        *(_toml("price", price) for price in prices),
    ]
    currency = next(iter(currencies), "USD")
    return "\n\n".join([f"currency = {json.dumps(currency)}", *tables]) + "\n", list(currencies)


def _toml(table: str, values: Mapping[str, Any]) -> str:
    def written(value: Any) -> str:
        return str(value) if isinstance(value, datetime.date) else json.dumps(value, ensure_ascii=False)

    return "\n".join([f"[[{table}]]", *(f"{key} = {written(value)}" for key, value in values.items())])


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _parsed(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return text, tomllib.loads(text)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None
    except UnicodeDecodeError:
        raise InputError("is not text in UTF-8", path=path, fix="save it as UTF-8") from None
    except RecursionError:
        raise InputError("is not a price list: it is nested too deeply", path=path) from None
    except ValueError as error:
        where = _AT_LINE.search(str(error))
        line = int(where[1]) if where else None
        raise InputError(f"is not TOML: {_AT_LINE.sub('', str(error))}", path=path, line=line) from None


def _table(
    path: Path, text: str, rows: list[dict[str, Any]], table: str, keys: Mapping[str, _Key]
) -> list[dict[str, Any]]:
    checked: list[dict[str, Any]] = []
    calls: dict[tuple[Any, ...], int] = {}
    for number, row in enumerate(rows, 1):
        try:
            values = _row(row, keys)
            call = tuple(values.get(key) for key in ("provider", "api", "model", "logging"))
            first = calls.setdefault(call, number)
            if first != number:
                fix = "keep one of them, or tell them apart by api, model or logging"
                raise _Fault("", f"is for the same calls as row {first}", fix)
        except _Fault as fault:
            about = " ".join(str(row[key]) for key in ("provider", "api", "model") if row.get(key))
            title = f"row {number} ({about[:_MOST_SHOWN]})" if about else f"row {number}"
            line = _line_of(text, table, number, len(rows), fault.key)
            raise InputError(f"{title}: {fault.what}", path=path, line=line, fix=fault.fix) from None
        checked.append(_as_kept(values) if table == "price" else values)
    return checked


def _row(row: dict[str, Any], keys: Mapping[str, _Key]) -> dict[str, Any]:
    unknown = next((key for key in row if key not in keys), None)
    if unknown is not None:
        raise _Fault(unknown, f'has the unknown key "{unknown}"', f"known are {', '.join(keys)}")
    values = {name: _value(name, key, row) for name, key in keys.items()}
    apis = APIS[values["provider"]]
    if values["api"] and values["api"] not in apis:
        fix = f"write one of {', '.join(apis)}, or leave it out for any" if apis else "leave it out"
        raise _Fault("api", f'api is "{values["api"]}", which {values["provider"]} does not have', fix)
    if values.get("logging") is not None and not apis:
        raise _Fault("logging", f"logging has no meaning for {values['provider']}", "leave it out")
    return values


def _value(name: str, key: _Key, row: Mapping[str, Any]) -> Any:
    if name not in row:
        if key.default is _REQUIRED:
            raise _Fault("", f"has no {name}", f"add {name} = {key.example}, {key.needed}")
        return key.default
    try:
        return key.check(row[name])
    except (ValueError, TypeError, ArithmeticError):
        what = f"{name} is {_shown(row[name])}, which is not {key.needed}"
        raise _Fault(name, what, f"write it as {name} = {key.example}") from None


def _as_kept(values: dict[str, Any]) -> dict[str, Any]:
    worst, rounding = values.pop("worst_rounding_seconds"), values.pop("rounding_seconds")
    values["a_minute_micros"] = values.pop("a_minute")
    return values | {"rounding_ms": rounding, "worst_rounding_ms": rounding if worst is None else worst}


def _line_of(text: str, table: str, number: int, count: int, key: str) -> int | None:
    """Where a row, or a key in it, stands; None where rows are not written as [[price]] each."""
    lines = text.splitlines()
    heads = [(index, line) for index, line in enumerate(lines, 1) if re.match(r"\s*\[\[", line)]
    ours = [index for index, line in heads if re.match(rf"\s*\[\[\s*{table}\s*]]", line)]
    if len(ours) != count:
        return None
    begin = ours[number - 1]
    end = min((index for index, _ in heads if index > begin), default=len(lines) + 1)
    wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
    return next((index for index in range(begin, end) if key and wanted.match(lines[index - 1])), begin)


def _shown(value: object) -> str:
    """A value as it stands in the file, when it is short."""
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    shown = json.dumps(value, ensure_ascii=False) if isinstance(value, (str, bool)) else str(value)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."


# Checks return the value as it is kept, or raise ValueError.


def _need(holds: bool) -> None:
    if not holds:
        raise ValueError


def _text(value: Any) -> str:
    _need(isinstance(value, str) and bool(value.strip()) and value.isprintable())
    return str(value).strip()


def _optional_text(value: Any) -> str:
    return "" if value == "" else _text(value)


def _provider(value: Any) -> str:
    _need(isinstance(value, str) and value in APIS)
    return str(value)


def _flag(value: Any) -> bool:
    _need(isinstance(value, bool))
    return bool(value)


def _currency(value: Any) -> str:
    _need(isinstance(value, str) and re.fullmatch("[A-Z]{3}", value) is not None)
    return str(value)


def _number(value: Any, most: float) -> Decimal:
    _need(isinstance(value, (int, float)) and not isinstance(value, bool))
    _need(math.isfinite(value) and 0 <= value <= most)
    return Decimal(str(value))


def _minutes(value: Any) -> int:
    _need(isinstance(value, int))
    return int(_number(value, _MOST_MINUTES))


def _a_minute(value: Any) -> int:
    micros = int(_number(value, _MOST_A_MINUTE) * MILLION)
    _need(value == 0 or micros > 0)
    return micros


def _milliseconds(value: Any) -> int:
    ms = int(_number(value, _MOST_SECONDS) * 1000)
    _need(ms > 0)
    return ms


def _date(value: Any) -> str:
    _need(isinstance(value, (str, datetime.date)))
    return datetime.date.fromisoformat(str(value)[:10]).isoformat()


_CURRENCY = _Key("the three capital letters of a currency", '"EUR"', _currency, "USD")
_SECONDS = "a number of seconds above 0, an hour at most"
_WHOLE_MINUTES = "whole minutes from 0 up"
_CALL = {
    "provider": _Key(f"one of {', '.join(APIS)}", '"google"', _provider),
    "api": _Key('text, as "v1"', '"v1"', _optional_text, ""),
}
_FREE = {**_CALL, "minutes": _Key(_WHOLE_MINUTES, "60", _minutes)}
_PRICE = {
    **_CALL,
    "model": _Key("the name of a model", '"chirp_2"', _optional_text, ""),
    "logging": _Key("true or false", "false", _flag, None),
    "a_minute": _Key("a price from 0 up, to the millionth", "0.024", _a_minute),
    "up_to_minutes": _Key(_WHOLE_MINUTES, "500000", _minutes, 0),
    "rounding_seconds": _Key(_SECONDS, "1", _milliseconds),
    "worst_rounding_seconds": _Key(_SECONDS, "15", _milliseconds, None),
    "dated": _Key("a date", '"2026-01-31"', _date),
    "source": _Key("the place where the price can be looked up", '"my contract"', _text),
    "note": _Key("text", '"with data logging"', _optional_text, ""),
}
