"""Japanese numbers that name something: telephones, accounts, books, versions and places, digit by digit."""

from __future__ import annotations

import re

from engine.text.normalise.japanese.numbers import in_kanji, one_by_one
from engine.text.normalise.rules import Found, Rule, rule


def _groups(found: Found) -> str:
    """090-1234-5678 and (03)1234-5678 with の between the groups, as people say them."""
    plus = "プラス" if found[0].startswith("+") else ""
    return plus + "の".join(map(one_by_one, re.findall(r"\d+", found[0])))


def _hyphened(found: Found) -> str:
    """Groups of a number: short ones are a place (4-2-8), long ones are dialled."""
    groups = found[0].split("-")
    if len(groups) == 2:
        return found[0]
    short = len(groups) < 5 and all(len(group) < 4 and group[0] != "0" for group in groups)
    return "の".join(map(in_kanji, groups)) if short else _groups(found)


def _pair(found: Found) -> str:
    """1234-5678 is dialled, 1939-1945 is a span of years."""
    first, second = found[1], found[2]
    if len(first) == 4 and 1000 <= int(first) < int(second) < 2100:
        return f"{first}から{second}"
    return _groups(found)


def _dotted(found: Found) -> str:
    """A version or an address: 2.0.1 is 二点零点一."""
    return "点".join(map(in_kanji, found[0].split(".")))


def _isbn(found: Found) -> str:
    return "ISBN" + "の".join(part if part == "X" else one_by_one(part) for part in found[1].split("-"))


DIALLED: list[Rule] = [
    rule(r"ISBN(?:-1[03])?[: ]{0,2}(\d[\d-]{8,15}[\dX])(?![\dA-Za-z-])", _isbn),
    rule(
        r"(番号|コード)([はが: ]{0,3}\d{3,}(?:-\d{1,12}){1,4})(?![\d.-])",
        lambda found: (
            found[1] + re.sub(r"\d+", lambda part: one_by_one(part[0]), found[2]).replace("-", "の")
        ),
    ),
    rule(r"(?<=\d桁)([はが: ]?)(\d{3,4})(?!\d)", lambda found: found[1] + one_by_one(found[2])),
    rule(r"(?<=普通|当座) ?(\d{6,8})(?!\d|[,円人台件])", lambda found: one_by_one(found[1])),
    rule(r"\+\d{1,3}[- ]\(?\d{1,4}\)?[- ]\d{1,4}[- ]\d{3,4}(?!\d)", _groups),
    rule(r"(?<![\d-])\(?0\d{1,4}(?:\) ?|-| ?\(| )\d{1,4}(?:\) ?|-| )\d{3,4}(?![\d-])", _groups),
    rule(r"(?<!\d)0\d{8,10}(?!\d)", lambda found: one_by_one(found[0])),
    rule(r"#(\d{4})(?!\d)", lambda found: "シャープ" + one_by_one(found[1])),
    rule(
        r"(番号|内線|コード|パスワード|ID)([はが: ]{0,3}[A-Z]{0,2})(\d{3,})(?![\d,.-]|番|件|人|円|個)",
        lambda found: found[1] + found[2] + one_by_one(found[3]),
    ),
]
HYPHENED: list[Rule] = [
    rule(r"(?<![\d./-])\d{1,3}(?:\.\d{1,3}){2,}(?![\d/-]|\.\d)", _dotted),
    rule(r"(?<![A-Za-z\d./-])\d+(?:-\d+)+(?![\d/]|-\d|\.\d)", _hyphened),
    rule(r"(?<![\d./-])(\d{2,4})-(\d{4})(?![\d/年-]|\.\d)", _pair),
]
