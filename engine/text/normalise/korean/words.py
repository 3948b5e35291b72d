"""Korean abbreviations, Latin letters, addresses and Roman numerals in words."""

from __future__ import annotations

import re

from engine.text.normalise.korean.numbers import sino
from engine.text.normalise.korean.tables import ABBREVIATIONS, ENGLISH, LABELS, LETTERS
from engine.text.normalise.rules import ROMAN, Found, Rule, any_of, rule

_ROMAN = ROMAN[:23]


def _abbreviations() -> str:
    """A pattern for any abbreviation that is not a part of another word."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for written in ABBREVIATIONS:
        before = r"(?<![A-Za-z\d.&])" if written[0].isalnum() else ""
        after = r"(?![A-Za-z\d&])" if written[-1].isascii() and written[-1].isalnum() else ""
        after += "(?! ?=)" if "+1" in written else ""  # 1+1=2 is a sum
        kinds.setdefault((before, after), []).append(written)
    in_order = sorted(kinds, key=lambda kind: kind[1])  # vs. before vs
    return "|".join(f"{before}(?:{any_of(kinds[before, after])}){after}" for before, after in in_order)


def _short(found: Found) -> str:
    words = ABBREVIATIONS[found[0]]
    if found[0][0] != "(":
        return words
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return (
        (" " if before.isalnum() else "") + words + (" " if after.isalnum() and not before.isalnum() else "")
    )


def _address(found: Found) -> str:
    """help@korea.kr: the signs in words, the rest stays."""
    text = re.sub("^https?://", "", found[0])
    return text.replace("@", " 골뱅이 ").replace(".", " 점 ").replace("/", " 슬래시 ").strip()


_ORDERED = r"[세장부권조항편과절차회호단급판집막형기번위학]"


def _roman(found: Found) -> str:
    """Sino-Korean where it counts parts, the English word after a title (대부 III)."""
    value = _ROMAN.index(found["roman"]) + 1
    counts = found["before"] or re.match(rf"\.? ?{_ORDERED}|\.", found.string[found.end() :][:3])
    return found["before"] + (sino(str(value)) if counts or value > len(ENGLISH) else ENGLISH[value - 1])


def _spelt(found: Found) -> str:
    """KBS is 케이비에스, R&D 알앤디; a number after the letters follows them."""
    parts = ("".join(LETTERS[letter] for letter in part) for part in found["letters"].split("&"))
    number, after = found["number"], found.string[found.end() :][:1]
    gap = " " if found["hyphen"] and (after.isdecimal() or after.isascii()) else ""
    return (sino(number) if number else "") + "앤".join(parts) + gap


def _pages(found: Found) -> str:
    return f"{found[1]}에서 {found[2]} 쪽" if found[2] else f"{found[1]} 쪽"


_ROMAN_ANY = any_of(_ROMAN)
_ROMAN_LONG = any_of(numeral for numeral in _ROMAN if len(numeral) > 1 and numeral not in ("XX",))
# a name in letters and dots, as korea.kr, and what stands before and after it
_HOST = r"[A-Za-z\d][A-Za-z\d-]{0,60}(?:\.[A-Za-z\d-]{1,60}){0,5}\.[A-Za-z]{2,10}(?![A-Za-z\d@])"
WORDS: list[Rule] = [
    rule(rf"(?<![A-Za-z\d.@_+-])[A-Za-z\d._+-]{{1,60}}@{_HOST}", _address),
    rule(rf"(?:https?://|(?<![A-Za-z\d.@-])){_HOST}(?:/[A-Za-z\d._/-]{{1,80}})?", _address),
    rule(_abbreviations(), _short),
    rule(rf"(?<![A-Za-z])({any_of(LABELS)})\.? ?(?=\d)", lambda found: LABELS[found[1]] + " "),
    rule(r"(?<![A-Za-z])pp?\. ?(\d+)(?:[-~–](\d+))?", _pages),
    rule(r"(?<![A-Za-z])B(\d)[~–-](?=(?:B\d|\d{1,2})(?:층|F))", r"지하 \1층에서 "),
    rule(r"(?<![A-Za-z])B(\d)(?:F(?![A-Za-z\d])|층)", r"지하 \1층"),
    rule(r"(?<![A-Za-z\d.])(\d{1,3})F(?![A-Za-z\d])", r"\1층"),
    rule(rf"(?P<before>제 ?)(?P<roman>{_ROMAN_ANY})(?![A-Za-z])", _roman),
    rule(
        rf"(?<![A-Za-z\d&.-])(?P<before>)(?P<roman>{_ROMAN_ANY})(?=세(?![가-힣])|장(?![가-힣])|부에|\. ?[가-힣])",
        _roman,
    ),
    rule(r"(?<![A-Za-z\d&.-])I(?=[,·~] ?II)", "원"),
    rule(
        r"(?<![A-Za-z\d])([A-Z])2([A-Z])(?![A-Za-z\d])",
        lambda found: f"{LETTERS[found[1]]}투{LETTERS[found[2]]}",
    ),
    rule(rf"(?<![A-Za-z\d&.-])(?P<before>)(?P<roman>{_ROMAN_LONG})(?![A-Za-z\d&-])", _roman),
]
# capital letters, but not those of an English sentence
SPELT: list[Rule] = [
    rule(
        r"(?<![A-Za-z\d])([A-Z])-?([1-9]\d{0,3})번", lambda found: f"{LETTERS[found[1]]}{sino(found[2])} 번"
    ),
    rule(
        r"(?<![A-Za-z&])(?<![a-z] )(?P<number>(?<![A-Za-z\d.,])\d+)?"
        r"(?P<letters>(?:[A-Z]{1,5}&)?[A-Z]{1,5})(?P<hyphen>-(?=[\dA-Z가-힣]))?"
        r"(?:(?<=-)|(?![A-Za-z&]| [A-Za-z]{0,30}[a-z]))",
        _spelt,
    ),
]
