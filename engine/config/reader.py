"""The one reader of settings, for JSON and TOML: a mapping becomes a frozen dataclass.

Every fault is an InputError with file, line and key, the value that would fit, and for a typo the nearest key.

    @dataclass(frozen=True, slots=True)
    class Row:
        provider: str = setting("Who is paid.", rule=one_of("google", "whisper"))  # no default: required
        rounding_seconds: int = setting("Calls are rounded up to these.", 1)
        currency: str = setting("Of the price.", "USD", rule=Rule("a currency code, as EUR", is_currency))

    source = read(path)                                          # or parse(text, path); TOML by the ending .toml
    rows = [source.section(Row, row, f"price[{i}]") for i, row in enumerate(source.tree["price"])]
    raise source.fault("price[1].api", 'is "v3"', "write v1 or v2")  # a fault that the caller finds

Types that are read: bool, int, float, str, Decimal, date, Literal, tuples, dicts with text keys, other dataclasses,
and each of them or None. Numbers must be above 0 unless the field has a rule of its own.
Standard library only.
"""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import json
import math
import re
import tomllib
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from engine.errors import InputError, cannot_read
from engine.i18n import _

T = typing.TypeVar("T")
_LONGEST_SHOWN = 60
_TYPES = {
    bool: _("true or false"),
    int: _("a whole number"),
    float: _("a finite number"),
    str: _("a text in quotes"),
    Decimal: _("a finite number"),
    datetime.date: _("a date, as 2026-01-31"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value of the right type must be besides; of a tuple it is asked for each item."""

    says: str  # completes "it must be"
    holds: Callable[[Any], bool]


ABOVE_0 = Rule(_("above 0"), lambda value: value > 0)
FROM_0 = Rule(_("0 or above"), lambda value: value >= 0)
NOT_EMPTY = Rule(_("a text that is not empty"), bool)


def one_of(*choices: str) -> Rule:
    """A rule: the value is one of these."""
    return Rule(_("one of {choices}").format(choices=", ".join(choices)), lambda value: value in choices)


def matching(pattern: str, says: str) -> Rule:
    """A rule: the whole text matches a regular expression."""
    return Rule(says, lambda value: re.fullmatch(pattern, value) is not None)


def setting(
    meaning: str,
    default: Any = dataclasses.MISSING,
    *,
    rule: Rule | None = None,
    key: str = "",
    family: bool = True,
    section: str = "",
) -> Any:
    """A dataclass field with the sentence that documents it.

    Args:
        default: without it the file must name the key.
        key: its name in the file, if it is not the field's.
        family: whether other tools of the MB-iSTFT-VITS family read it as well.
        section: the table that it stands in, where the dataclass itself holds several.
    """
    metadata = {"meaning": meaning, "rule": rule, "key": key, "family": family, "section": section}
    return dataclasses.field(default=default, metadata=metadata)


def key_of(each: dataclasses.Field[Any]) -> str:
    """The name of a field in the file."""
    return each.metadata.get("key") or each.name


Fault = Callable[[str, str, str], InputError]  # makes the error for a key, from what is wrong and what to do


def check_rules(values: Any, where: str, fault: Fault) -> None:
    """Check each field of a dataclass by its rule. Raises what `fault` makes of the first that breaks its own."""
    for each in dataclasses.fields(values):
        key = f"{where}.{key_of(each)}" if where else key_of(each)
        _check_rule(getattr(values, each.name), each.metadata.get("rule"), key, fault)


def _check_rule(value: Any, rule: Rule | None, key: str, fault: Fault) -> None:
    if isinstance(value, tuple):
        for i, item in enumerate(value):
            _check_rule(item, rule, f"{key}[{i}]", fault)
        return
    if rule is None and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        rule = ABOVE_0
    if rule is not None and value is not None and not rule.holds(value):
        raise _unfit(fault, key, value, rule.says)


def _unfit(fault: Fault, key: str, value: Any, needed: str) -> InputError:
    shown = str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False, default=str)
    if len(shown) > _LONGEST_SHOWN:
        shown = f"{shown[:_LONGEST_SHOWN]}..."
    return fault(key, _("is {value}").format(value=shown), _("it must be {needed}").format(needed=needed))


def read(path: str | Path) -> Source:
    """Read a JSON or TOML file; a byte order mark, as Windows' Notepad writes it, is passed over.

    Raises:
        InputError: it cannot be read, is not UTF-8, or is not what its ending says.
    """
    path = Path(path)
    try:
        return parse(path.read_text(encoding="utf-8-sig"), path)
    except UnicodeDecodeError as error:
        what = _("is not UTF-8 (byte {position})").format(position=error.start)
        raise InputError(what, path=path, fix=_("save it as UTF-8")) from None
    except OSError as error:
        raise cannot_read(error, path) from None


def parse(text: str, path: str | Path) -> Source:
    """Parse the text of a file; `path` decides the format and is named in errors. Raises InputError as `read`."""
    is_toml = Path(path).suffix == ".toml"
    source = Source(str(path), text, {}, is_toml)
    try:
        tree = tomllib.loads(text) if is_toml else json.loads(text, object_pairs_hook=source.unique)
    except RecursionError:
        raise InputError(_("is nested too deeply"), path=path, line=1) from None
    except json.JSONDecodeError as error:
        what = _("is not JSON: {reason}").format(reason=error.msg)
        raise InputError(what, path=path, line=error.lineno) from None
    except tomllib.TOMLDecodeError as error:
        reason, _unused, at = str(error).partition(" (at ")
        line = int(found[1]) if (found := re.match(r"line (\d+)", at)) else text.count("\n") + 1
        what = _("is not TOML: {reason}").format(reason=reason)
        raise InputError(what, path=path, line=line) from None
    if not isinstance(tree, dict):
        raise source.fault("", _("must be a JSON object"))
    return dataclasses.replace(source, tree=tree)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was parsed: its tree, and where its keys stand."""

    path: str
    text: str
    tree: dict[str, Any]
    is_toml: bool

    def fault(self, key: str, what: str, fix: str = "") -> InputError:
        """The error for a key as `train.betas[1]`; "" means the whole file."""
        return InputError(f"{key}: {what}" if key else what, path=self.path, line=self.line_of(key), fix=fix)

    def line_of(self, key: str) -> int | None:
        """The line of a key, else of the section that would hold it; None when neither is found."""
        begin, end, found_at = 0, len(self.text), None
        for part in key.split("."):
            name, _unused, index = part.rstrip("]").partition("[")
            pattern = self._pattern(name, top=found_at is None)
            found = list(pattern.finditer(self.text, begin, end)) if name else []
            if not found:
                break
            match = found[min(int(index), len(found) - 1) if index and self.is_toml else 0]
            begin = found_at = match.end()
            if self.is_toml and match[0].lstrip().startswith("["):  # a table ends where the next begins
                following = re.compile(r"^\s*\[", re.MULTILINE).search(self.text, begin)
                end = following.start() if following else end
        return None if found_at is None else self.text.count("\n", 0, found_at) + 1

    def _pattern(self, name: str, *, top: bool = True) -> re.Pattern[str]:
        if not self.is_toml:
            return re.compile(re.escape(json.dumps(name, ensure_ascii=False)) + r"(?=\s*:)")
        quoted = rf"[\"']?{re.escape(name)}[\"']?"
        table = re.compile(rf"^[ \t]*\[+\s*{quoted}\s*\]", re.MULTILINE)
        is_table = top and table.search(self.text)
        return table if is_table else re.compile(rf"^[ \t]*{quoted}\s*[.=]", re.MULTILINE)

    def unique(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """A JSON object; JSON itself lets the last of two equal keys win silently. Raises InputError."""
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _unused in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            second = [*self._pattern(twice).finditer(self.text)][1]
            line = self.text.count("\n", 0, second.start()) + 1
            what = _("{key}: is there twice").format(key=twice)
            raise InputError(what, path=self.path, line=line, fix=_("remove one"))
        return found

    def section(self, kind: type[T], values: Any, where: str = "") -> T:
        """A dataclass from a mapping.

        Args:
            where: the mapping's own key in the file, as `train` or `price[1]`; "" for the whole file.

        Raises:
            InputError: an unknown or missing key, a value of another type or against its field's rule.
        """
        if not isinstance(values, dict):
            raise _unfit(self.fault, where, values, _("a table with keys"))
        hints = typing.get_type_hints(kind)
        fields = {
            key_of(each): each
            for each in dataclasses.fields(typing.cast("Any", kind))
            if each.metadata.get("section", "") in ("", where)
        }
        at = {key: f"{where}.{key}" if where else key for key in [*values, *fields]}
        for key in values:
            if key not in fields:
                near = difflib.get_close_matches(key, fields, n=1)
                fix = _("did you mean {key}?").format(key=near[0]) if near else _("remove it")
                raise self.fault(at[key], _("unknown key"), fix)
        arguments: dict[str, Any] = {}
        for key, each in fields.items():
            if key in values:
                arguments[each.name] = self.value(hints[each.name], values[key], at[key])
            elif each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
                fix = _("add it: {meaning}").format(meaning=each.metadata.get("meaning", key))
                raise self.fault(where, _("has no {key}").format(key=key), fix)
        made = kind(**arguments)
        check_rules(made, where, self.fault)
        return made

    def value(self, hint: Any, value: Any, where: str) -> Any:
        """A value as a type annotation says; `where` is its key. Raises InputError with what would fit."""
        if isinstance(hint, types.UnionType):
            if value is None:
                return None
            hint = next(arm for arm in typing.get_args(hint) if arm is not type(None))
        origin, arms = typing.get_origin(hint), typing.get_args(hint)
        if origin is tuple:
            return tuple(self._items(arms, value, where))
        if origin is dict:
            if not isinstance(value, dict):
                raise _unfit(self.fault, where, value, _("a table with keys"))
            return {key: self.value(arms[1], item, f"{where}.{key}") for key, item in value.items()}
        if origin is Literal:
            if value not in arms:
                raise _unfit(self.fault, where, value, one_of(*arms).says)
            return value
        if dataclasses.is_dataclass(hint):
            return self.section(typing.cast("type[Any]", hint), value, where)
        try:
            return _plain(hint, value)
        except ValueError:
            raise _unfit(self.fault, where, value, _TYPES[hint]) from None

    def _items(self, arms: tuple[Any, ...], value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise _unfit(self.fault, where, value, _("a list"))
        one_type = len(arms) == 1 or arms[-1] is Ellipsis
        if not one_type and len(value) != len(arms):
            what = _("has {count} entries").format(count=len(value))
            raise self.fault(where, what, _("it must have {count}").format(count=len(arms)))
        return [self.value(arms[0 if one_type else i], item, f"{where}[{i}]") for i, item in enumerate(value)]


def _plain(hint: type[Any], value: Any) -> Any:
    """A value without parts as its type; raises ValueError when it is of another."""
    is_number = type(value) in (int, float)
    if is_number and not math.isfinite(value):
        raise ValueError
    if hint is float and is_number:
        return float(value)
    if hint is Decimal and is_number:
        return Decimal(str(value))
    if hint is datetime.date and isinstance(value, str | datetime.date):
        return datetime.date.fromisoformat(str(value)[:10])
    if type(value) is not hint:
        raise ValueError
    return value
