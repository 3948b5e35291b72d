"""Reading a price list: every fault of a file that a person has written is one sentence with its place and its mending.

`prices.toml` tells what the keys mean. What is accepted here can be added up: it has one meaning, a unit and a date.
"""

from __future__ import annotations

import datetime
import itertools
import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.errors import InputError

# Who can be paid, and by which API versions.
APIS: dict[str, tuple[str, ...]] = {"google": ("v1", "v2"), "whisper": (), "pocketsphinx": ()}
MILLION = 1_000_000
_MOST_MINUTES = 10**9
_MOST_A_MINUTE = 10**6
_MOST_SECONDS = 3600
_MOST_SHOWN = 40
_REQUIRED = object()
_HEAD = re.compile(r"\s*\[\[\s*price\s*]]")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


class _Fault(Exception):  # noqa: N818 - becomes an InputError as soon as its row and line are known
    """What is wrong with the value of a key, as it follows the key's name, and what would be right."""

    def __init__(self, what: str, right: str) -> None:
        self.what, self.right = what, right
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class _Key:
    """A key of a row: what its value has to be, one that is right, and the check, which returns it as we keep it."""

    needed: str
    example: str
    check: Callable[[Any], Any]
    default: Any = _REQUIRED


@dataclass(frozen=True, slots=True)
class Row:
    """A checked row: the arguments of a `Price` (`steps` as pairs), and where it stands."""

    values: dict[str, Any]
    number: int
    line: int | None

    @property
    def title(self) -> str:
        """`row 2 (google v1)`."""
        return f"row {self.number} ({named(self.values)})"


def named(values: dict[str, Any]) -> str:
    """`google v1 medical_dictation`: for whom a row is."""
    parts = (values.get(key) for key in ("provider", "api", "model"))
    return " ".join(part for part in parts if isinstance(part, str) and part)


def read(path: Path, example: Path) -> list[Row]:
    """The rows of a price list.

    Args:
        example: a list that is as it should be; sentences point to it.

    Raises:
        InputError: the file cannot be read, or a value in it is not what it has to be.
    """
    text, tree = _parsed(path)
    others = sorted(set(tree) - {"price"})
    if others:
        raise InputError(
            f'has the unknown key "{others[0]}"', path=path, fix="a price list has [[price]] rows only"
        )
    rows = tree.get("price")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError("has no [[price]] rows", path=path, fix=f"write them as in {example}")
    checked = []
    for number, row in enumerate(rows, 1):
        try:
            values = _checked(row)
        except _FaultOfKey as fault:
            line = _line_of(text, number, len(rows), fault.key)
            about = named(row)
            title = f"row {number} ({about[:_MOST_SHOWN]})" if about else f"row {number}"
            raise InputError(f"{title}: {fault.what}", path=path, line=line, fix=fault.right) from None
        checked.append(Row(values, number, _line_of(text, number, len(rows), "")))
    _check_twice(checked, path)
    return checked


class _FaultOfKey(_Fault):
    def __init__(self, key: str, what: str, right: str) -> None:
        self.key = key
        super().__init__(what, right)


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


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    unknown = [key for key in row if key not in _KEYS]
    if unknown:
        raise _FaultOfKey(unknown[0], f'has the unknown key "{unknown[0]}"', f"known are {', '.join(_KEYS)}")
    values: dict[str, Any] = {}
    for name, key in _KEYS.items():
        if name not in row:
            if key.default is _REQUIRED:
                raise _FaultOfKey("", f"has no {name}", f"add {name} = {key.example}, {key.needed}")
            values[name] = key.default
            continue
        try:
            values[name] = key.check(row[name])
        except _Fault as fault:
            raise _FaultOfKey(name, f"{name}{fault.what}", fault.right) from None
        except (ValueError, TypeError, ArithmeticError):
            what = f"{name} is {_shown(row[name])}, which is not {key.needed}"
            raise _FaultOfKey(name, what, f"write it as {name} = {key.example}") from None
    _check_call(values)
    worst = values.pop("worst_rounding_seconds")
    rounding = values.pop("rounding_seconds")
    return values | {"rounding_ms": rounding, "worst_rounding_ms": rounding if worst is None else worst}


def _check_call(values: dict[str, Any]) -> None:
    """A row that no call can ever fit is a slip of the pen."""
    provider, api = values["provider"], values["api"]
    apis = APIS[provider]
    if api and api not in apis:
        what = f'api is "{api}", which {provider} does not have'
        known = f"write one of {', '.join(apis)}, or leave it out for any" if apis else "leave it out"
        raise _FaultOfKey("api", what, known)
    if values["logging"] is not None and not apis:
        raise _FaultOfKey("logging", f"logging is of no meaning for {provider}", "leave it out")


def _check_twice(rows: Iterable[Row], path: Path) -> None:
    seen: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        call = tuple(row.values[key] for key in ("provider", "api", "model", "logging"))
        first = seen.setdefault(call, row)
        if first is not row:
            what = f"{row.title} is for the same calls as row {first.number}"
            fix = "keep one of them, or tell them apart by api, model or logging"
            raise InputError(what, path=path, line=row.line, fix=fix)


def _line_of(text: str, number: int, count: int, key: str) -> int | None:
    """Where a row, or a key in it, stands; None where rows are not written as [[price]] each."""
    lines = text.splitlines()
    starts = [index for index, line in enumerate(lines, 1) if _HEAD.match(line)]
    if len(starts) != count:
        return None
    begin, end = starts[number - 1], [*starts, len(lines) + 1][number]
    wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
    found = (index for index in range(begin, end) if key and wanted.match(lines[index - 1]))
    return next(found, begin)


def _shown(value: object) -> str:
    """A value as it stands in the file, when it is short."""
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    shown = json.dumps(value, ensure_ascii=False) if isinstance(value, (str, bool)) else str(value)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."


# Checks: each returns the value as it is kept, or raises ValueError.


def _need(holds: bool) -> None:
    if not holds:
        raise ValueError


def _text(value: Any) -> str:
    _need(isinstance(value, str) and bool(value.strip()) and value.isprintable())
    return str(value).strip()


def _perhaps_text(value: Any) -> str:
    return "" if value == "" else _text(value)


def _provider(value: Any) -> str:
    if value not in APIS:
        raise _Fault(f" is {_shown(value)}, which is not a provider", f"known are {', '.join(APIS)}")
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


def _milliseconds(value: Any) -> int:
    ms = int(_number(value, _MOST_SECONDS) * 1000)
    _need(ms > 0)
    return ms


def _date(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        value = value.date()
    _need(isinstance(value, (str, datetime.date)))
    return datetime.date.fromisoformat(str(value)).isoformat()


def _steps(value: Any) -> tuple[tuple[int, int], ...]:
    _need(isinstance(value, list) and bool(value))
    steps = tuple(_step(step, f": step {number}") for number, step in enumerate(value, 1))
    starts = [begin for begin, _ in steps]
    if starts[0] != 0:
        raise _Fault(f" begin at from_minutes = {starts[0]}", "the first step begins at from_minutes = 0")
    for before, begin in itertools.pairwise(starts):
        if begin <= before:
            what = f" go from from_minutes = {before} to {begin}"
            raise _Fault(what, "each step begins later than the one before it")
    return steps


def _step(step: Any, where: str) -> tuple[int, int]:
    right = f"a step is {_STEP}"
    if not isinstance(step, dict):
        raise _Fault(f"{where} is {_shown(step)}, which is not a table", right)
    strange = next((key for key in step if key not in ("from_minutes", "a_minute")), None)
    if strange is not None:
        raise _Fault(f'{where} has the unknown key "{strange}"', right)
    missing = next((key for key in ("from_minutes", "a_minute") if key not in step), None)
    if missing is not None:
        raise _Fault(f"{where} has no {missing}", right)
    try:
        begin = _minutes(step["from_minutes"])
    except ValueError:
        what = (
            f"{where}: from_minutes is {_shown(step['from_minutes'])}, which is not whole minutes from 0 up"
        )
        raise _Fault(what, right) from None
    try:
        price = _number(step["a_minute"], _MOST_A_MINUTE)
        _need(price == 0 or price * MILLION >= 1)
    except ValueError:
        what = f"{where}: a_minute is {_shown(step['a_minute'])}, which is not a price from 0 up"
        raise _Fault(
            what, f"write it as a_minute = 0.024, in units of the currency; 0.{'0' * 5}1 is the least"
        ) from None
    return begin, int(price * MILLION)


_STEP = "{ from_minutes = 0, a_minute = 0.024 }"
_SECONDS = "a number of seconds above 0, an hour at most"
_KEYS: dict[str, _Key] = {
    "provider": _Key("a provider", '"google"', _provider),
    "api": _Key('text, as "v1"', '"v1"', _perhaps_text, ""),
    "model": _Key("the name of a model", '"chirp_2"', _perhaps_text, ""),
    "logging": _Key("true or false", "false", _flag, None),
    "currency": _Key("the three capital letters of a currency", '"EUR"', _currency, "USD"),
    "pool": _Key("a name", '"google-v1"', _perhaps_text, ""),
    "free_minutes": _Key("whole minutes from 0 up", "60", _minutes, 0),
    "rounding_seconds": _Key(_SECONDS, "1", _milliseconds),
    "worst_rounding_seconds": _Key(_SECONDS, "15", _milliseconds, None),
    "per_channel": _Key("true or false", "true", _flag, True),
    "steps": _Key("a list of prices a minute", f"[{_STEP}]", _steps),
    "dated": _Key("a date", '"2026-01-31"', _date),
    "source": _Key("the place where the price can be looked up", '"my contract"', _text),
    "note": _Key("text", '"with data logging"', _perhaps_text, ""),
}
