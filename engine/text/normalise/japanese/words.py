"""Japanese abbreviations and roman numerals in words."""

from __future__ import annotations

import re

from engine.text.normalise.japanese.numbers import counter
from engine.text.normalise.japanese.tables import ABBREVIATIONS, ENGLISH, LABELS
from engine.text.normalise.rules import ROMAN, Found, Rule, any_of, not_in_a_word, rule

_ROMAN = ROMAN[:20]


def _roman(found: Found) -> str:
    """Kanji before a counter or after 第 and a kanji; the English word after the name of a product."""
    number, before = _ROMAN.index(found["roman"]) + 1, found["before"]
    is_product = re.match("[ァ-ヺー]", before) and not counter(found.string[found.end() :])
    return before + (ENGLISH[number - 1] if is_product and number <= len(ENGLISH) else str(number))


_ROMAN_ANY = any_of(_ROMAN)
_ROMAN_LONG = any_of(number for number in _ROMAN if len(number) > 1 and number != "XX")
WORDS: list[Rule] = [
    rule(r"(?<![A-Za-z])(?:No\.|№) ?1(?![\d.])", "ナンバーワン"),
    rule(r"(?<![A-Za-z])(?:No\.|№) ?2(?![\d.])", "ナンバーツー"),
    rule(
        "|".join(not_in_a_word(word) for word in sorted(ABBREVIATIONS, key=len, reverse=True)),
        lambda found: ABBREVIATIONS[found[0]],
    ),
    rule(rf"(?<![A-Za-z])({any_of(LABELS)})\.? ?(?=\d)", lambda found: LABELS[found[1]]),
    rule(r"(?<![A-Za-z])pp?\. ?(\d+)[-~〜–](\d+)", r"\1ページから\2ページ"),
    rule(r"(?<![A-Za-z])[Pp]p?\. ?(\d+)", r"\1ページ"),
    rule(r"(?<![A-Za-z])B(\d)(?:F(?![A-Za-z\d])|階)", r"地下\1階"),
    rule(r"(?<![A-Za-z\d.])(\d{1,3})F(?![A-Za-z\d])", r"\1階"),
    rule(rf"(?P<before>第)(?P<roman>{_ROMAN_ANY})(?![A-Za-z])", _roman),
    rule(rf"(?<![A-Za-z])(?P<before>)(?P<roman>{_ROMAN_ANY})(?=世(?!代|界))", _roman),
    rule(rf"(?P<before>[^A-Za-z\d\s]?)(?<![A-Za-z])(?P<roman>{_ROMAN_LONG})(?![A-Za-z\d])", _roman),
]
