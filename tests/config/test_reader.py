"""The settings reader: both formats, every type it knows, and the place of every fault."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

from engine.config import reader
from engine.config.reader import FROM_0, one_of, setting
from engine.errors import InputError


@dataclass(frozen=True, slots=True)
class Row:
    provider: str = setting("Who is paid.", rule=one_of("google", "whisper"))
    price: Decimal = setting("Of a minute.", rule=FROM_0)
    api: str | None = setting("Its version.", None)
    since: datetime.date = setting("When it was looked up.", datetime.date(2026, 1, 1), key="dated")
    kind: Literal["v1", "v2"] = "v1"
    sizes: dict[str, tuple[int, ...]] = setting("Some sizes.", None)
    free: bool = setting("Whether it costs nothing.", False)
    span: tuple[float, float] = setting("From and to.", (1.0, 2.0))


@dataclass(frozen=True, slots=True)
class Job:
    folder: str
    stamps: tuple[int, ...] = setting("Times.", ())


TOML = '[[price]]\nprovider = "google"\nprice = 0.016\ndated = 2026-03-01\n\n[[price]]\n# ours\n'


def _row(line: str, number: int = 1) -> Row:
    source = reader.parse(TOML + 'provider = "whisper"\nprice = 0\n' + line, "prices.toml")
    return source.section(Row, source.tree["price"][number], f"price[{number}]")


def test_toml_rows_become_dataclasses() -> None:
    assert _row("", 0) == Row("google", Decimal("0.016"), None, datetime.date(2026, 3, 1))
    read = _row('dated = "2026-02-01"\nsizes = { a = [1, 2] }\nkind = "v2"\n')
    assert read == Row("whisper", Decimal(0), None, datetime.date(2026, 2, 1), "v2", {"a": (1, 2)})


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("pric = 2", "10: price[1].pric: unknown key; did you mean price?"),
        ('kind = "v3"', '10: price[1].kind: is "v3"; it must be one of v1, v2'),
        ('dated = "May"', '10: price[1].dated: is "May"; it must be a date, as 2026-01-31'),
        ("sizes = { a = [0.5] }", "10: price[1].sizes.a[0]: is 0.5; it must be a whole number"),
        ("sizes = { a = [true] }", "10: price[1].sizes.a[0]: is true; it must be a whole number"),
        ("sizes = 3", "10: price[1].sizes: is 3; it must be a table with keys"),
        ("zzz = 1", "10: price[1].zzz: unknown key; remove it"),
        ("api = 3", "10: price[1].api: is 3; it must be a text in quotes"),
        ("free = 1", "10: price[1].free: is 1; it must be true or false"),
        ("span = [1]", "10: price[1].span: has 1 entries; it must have 2"),
        ("span = 0.8", "10: price[1].span: is 0.8; it must be a list"),
        ("span = [1, nan]", "10: price[1].span[1]: is NaN; it must be a finite number"),
        ("span = [1, true]", "10: price[1].span[1]: is true; it must be a finite number"),
        ("span = [1, 0]", "10: price[1].span[1]: is 0.0; it must be above 0"),
    ],
)
def test_fault_in_a_toml_row_has_the_line_of_its_own_key(line: str, fault: str) -> None:
    with pytest.raises(InputError) as caught:
        _row(line)
    assert str(caught.value) == f"prices.toml:{fault}"


def test_missing_key_is_named_with_its_meaning() -> None:
    source = reader.parse(TOML, "prices.toml")
    with pytest.raises(InputError) as caught:
        source.section(Row, source.tree["price"][1], "price[1]")
    assert str(caught.value) == "prices.toml:6: price[1]: has no provider; add it: Who is paid."


def test_rule_of_a_list_item_in_json(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_text('\ufeff{"folder": "a",\n "stamps": [3, 0]}', encoding="utf-8")
    source = reader.read(path)
    with pytest.raises(InputError, match=r"job.json:2: stamps\[1\]: is 0; it must be above 0"):
        source.section(Job, source.tree)
    assert source.section(Job, {"folder": "a"}) == Job("a")


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.json", b"[]", "must be a JSON object"),
        ("a.json", b"{", "a.json:1: is not JSON"),
        ("a.json", b'{"a": 1,\n "a": 2}', "a.json:2: a: is there twice; remove one"),
        ("a.json", b"[" * 100_000, "nested too deeply"),
        ("a.json", b'{"a": "\xff"}', "is not UTF-8"),
        ("a.toml", b"a = 1\n[b]\nc = \n", "a.toml:3: is not TOML"),
        (".", b"", "cannot be read"),
    ],
)
def test_file_that_cannot_be_parsed_is_refused(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    if content:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        reader.read(tmp_path / name)
    assert fault in str(caught.value)
