"""Numbers, dates, signs and abbreviations of English in words.

A list of rules, grouped by what a text must hold for them; each is a pattern and a function that words one match. A
rule may leave numbers for a later one, as the ends of a range. Where the two sides of the ocean write alike and mean
something else, as in 1/9/2026, the American reading is taken.
"""

from __future__ import annotations

import re

from engine.text.normalise.english import numbers
from engine.text.normalise.english.dates import DATES, TIMES
from engine.text.normalise.english.identifiers import IDENTIFIERS, LONG_RUNS
from engine.text.normalise.english.money import AMOUNTS, DURATIONS
from engine.text.normalise.english.patterns import END, NUMBER
from engine.text.normalise.english.scripture import SCRIPTURE
from engine.text.normalise.english.tables import BEFORE_NUMBERS, FORENAMES, PARTS, RULERS, SIGNS
from engine.text.normalise.english.telephone import TELEPHONES
from engine.text.normalise.english.words import LEFT, WORDS, are_needed, is_plain
from engine.text.normalise.rules import (
    Found,
    Group,
    Rule,
    any_of,
    apart,
    apart_from_marks,
    applied,
    roman_value,
    rule,
)
from engine.text.normalise.tables import with_capitals

# --- roman numerals ---------------------------------------------------------------------------------------------------

_ROMAN = r"(?=[XVIL])(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?!\w|'(?!s))"
_PART_WORDS = {"Vol.": "Volume", "vol.": "volume", "Ch.": "Chapter", "ch.": "chapter", "Fig.": "Figure"}
_PART_WORDS |= {"Art.": "Article", "Sec.": "Section", "Vols.": "Volumes", "vols.": "volumes"}
# "Henry I think" is no king; "Charles I was" is
_PRONOUN = r"(?!(?<= I) (?:am|think|know|believe|hope|guess|mean|said|saw|met|love|"
_PRONOUN += r"want|will|would|can|could|do|have)\b)"
_SEVERAL = r"(?=[XVIL]{2})"  # X alone after a name is a letter more often than a number


def _part(found: Found) -> str:
    return f"{_PART_WORDS.get(found[1], found[1])} {numbers.cardinal(roman_value(found[2]))}"


def _numeral(found: Found) -> str:
    return numbers.ordinal(roman_value(found[1]))


def _ruler(found: Found) -> str:
    return f"{found[1]} the {numbers.ordinal(roman_value(found[2]))}"


_ROMANS: list[Rule] = [
    rule(r"(?<!\w)WW(II?|[12])(?!\w)", lambda found: "World War " + ("one" if found[1] in "I1" else "two")),
    rule(rf"(?<!\w)((?i:{PARTS})s?) ({_ROMAN})", _part),
    rule(rf"(?<!\w)({_ROMAN})(?= (?:century|centuries|Olympi\w+|Congress|Corps)\b)", _numeral),
    rule(rf"(?<!\w)((?:{FORENAMES})(?: [A-Z]\.)? [A-Z][a-z]+) ({_SEVERAL}{_ROMAN})", _ruler),
    rule(rf"(?<!\w)((?:{RULERS})) ({_ROMAN}{_PRONOUN})", _ruler),
    rule(rf"(?<!\w)([A-Z][a-z]+) ({_SEVERAL}{_ROMAN})", _part),
    rule(
        r"(?<!\w)M{1,2}(?:CM|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=\w{4})(?!\w)",
        lambda found: numbers.year(roman_value(found[0])),
    ),
    rule(rf"^({_SEVERAL}{_ROMAN})(?=[.):] )", lambda found: numbers.cardinal(roman_value(found[1]))),
]

# --- numbers ----------------------------------------------------------------------------------------------------------

# a capital and a full stop are the end of a sentence or an initial: vitamin C. 5 of them
_BEFORE = {
    short: word
    for short, word in with_capitals(BEFORE_NUMBERS).items()
    if not re.fullmatch("[A-Z]\\.", short)
}


def _before_number(found: Found) -> str:
    word = _BEFORE[found[1]]
    return (word.capitalize() if not found.start() else word.lower() if found[1][0] in "N#" else word) + " "


def _ordinal(found: Found) -> str:
    digits = found[1].replace(",", "")
    return apart(found, numbers.ordinal(int(digits)) if len(digits) <= 15 else numbers.digits(digits))


def _dotted(found: Found) -> str:
    """A version or an address: 2.0.1."""
    parts = found[0].split(".")
    if len(parts) > 3:
        return apart(found, " dot ".join(map(numbers.digits, parts)))
    return apart(found, " point ".join(map(numbers.whole, parts)))


def _in_pairs(found: Found) -> str:
    """Room 101 and Boeing 747 as one oh one, seven forty-seven."""
    first, rest = int(found[2][0]), int(found[2][1:])
    if not rest or not first:
        return f"{found[1]} {numbers.whole(found[2])}"
    return f"{found[1]} {numbers.cardinal(first)} {numbers.two(rest)}"


def _house(found: Found) -> str:
    """221B Baker Street as two twenty-one B."""
    said = f"{numbers.cardinal(int(found[1]))} {numbers.two(int(found[2]))}"
    return f"{said} {found[3]}" if found[3] else said


_STREET = r"(?:Street|Avenue|Road|Drive|Boulevard|Lane|Way|Court|Place|Terrace|Highway|Expressway)\b"
# after these words, "no. 5 minutes later" ends a sentence and begins another
_ANSWERS = (
    r"or|yes|said|says?|answer(?:s|ed)?|repl(?:y|ies|ied)|voted?|means?|meant|just|simply|oh|me|him|them|us"
)
_NAMES: list[Rule] = [
    rule(r"(?<![\w.,])[1-9]\d{0,2}(?: \d{3}){2,}(?![\d-]| \d)", lambda found: found[0].replace(" ", "")),
    rule(rf"(?<![\w.])({any_of(_BEFORE)}) ?(?=[$£€]?\d)", _before_number),
    rule(r"(?<!\w)v(?=\d+\.\d)", "version "),
    rule(r"(?<!\w)no\.(?=\d)", "number "),
    rule(rf"(?<!\w)(?!(?i:{_ANSWERS}),? )([A-Za-z]+),? no\. ?(?=\d)", r"\1 number "),
    rule(r"(?:(?<=[\d)][,;] )|(?<=\())no\. ?(?=\d)", "number "),
]
_NUMBERS: list[Rule] = [
    rule(
        r"(?<!\w)((?i:room|flight|boeing|route|interstate|highway|suite|studio|area)) (\d{3})(?![\w-]|[.,]\d)",
        _in_pairs,
    ),
    rule(r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+)(?:(?i:st|nd|rd|th))(?![^\W_])", _ordinal),
    rule(rf"(?<![\d.,-])\d+(?:\.\d+){{2,}}{END}", _dotted),
    rule(r"(?<![\w.])401\(k\)", "four oh one k"),
    rule(rf"(?<![\w.,])(\d{{1,2}})([1-9]\d)([A-Z]?)(?= (?:[A-Z][a-z]+ ){{1,3}}(?:{_STREET}))", _house),
    rule(NUMBER, lambda found: apart(found, numbers.words(found[0]))),
    rule(r"\d+", lambda found: apart(found, numbers.whole(found[0]))),
]

# --- signs ------------------------------------------------------------------------------------------------------------

_OPERAND = r"(?:\d[\d.,]*|\b[a-z])"
_TIMES = dict.fromkeys("×x*", "times")
_MATHS = {"+": "plus", "-": "minus", "=": "equals", "÷": "divided by", "/": "divided by", **_TIMES}


def _equation(found: Found) -> str:
    return re.sub(" ?([-+×x*÷/=]) ?", lambda sign: f" {_MATHS[sign[1]]} ", found[0])


def _compared(found: Found) -> str:
    """x > 5 is an assertion, >5 is not."""
    than = "greater than" if found[1][0] == ">" else "less than"
    words = f"{than} or equal to" if found[1].endswith("=") else than
    named = re.search(r"(?<!\w)[A-Za-z]$", found.string[max(found.start() - 2, 0) : found.start()])
    return " " * bool(found.start()) + ("is " if named else "") + f"{words} "


def _sign(found: Found) -> str:
    text, end, sign = found.string, found.end(), found.start(1)
    if found[1] in (text[sign - 1 : sign], text[sign + 1 : sign + 2]):  # a line of ====
        return found[0]
    word = SIGNS[found[1]]
    said = apart_from_marks(found, word if found.start() else word.capitalize())
    # the rule of a sign behind it brings the space
    return said.rstrip() if text[end : end + 1] in SIGNS and not found[0].endswith(" ") else said


_EQUATIONS: list[Rule] = [
    rule(rf"(?<![\w.,]){_OPERAND}(?: ?[-+×x*÷/] ?{_OPERAND}){{1,9}} ?= ?(?=[-\d])", _equation),
    rule(r"(?<=\d)\^(?=\d)", " to the power of "),
    rule(r"(?<!\b0)(?<=\d) ?[x×] ?(?=\d)", " by "),
    rule(r"(?<=\d)[x×](?![\w])", " times"),
    rule(r"(?<![<>=-]) ?([<>]=?) ?(?=[-$£€]?\d)", _compared),
]
_SIGNS: list[Rule] = [
    rule(r"(?<![\w&])#(?=[^\W\d_])", "hashtag "),
    rule(r"(?<=[^\W_])\+\+(?!\+)", " plus plus"),
    rule(r" ?[™®]", ""),
    rule(rf" ?({any_of(SIGNS)}) ?", _sign),
]
# in the order in which they are tried, each group where a text has what its rules need
_DIGIT = re.compile(r"\d")
_ANY_NUMBER = re.compile(r"[\d½⅓-⅞¼-¾]")
_WORDS: list[Group] = [(are_needed, WORDS)]
_OF_DIGITS: list[Group] = [
    (_DIGIT.search, _NAMES),
    (re.compile(r"\d{4}|\d{3}[ -]\d|#[A-Z]|[A-Z]-\d|IBAN").search, IDENTIFIERS),
    (re.compile(r"\d{3}|[+(]\d|\d[- ]\d").search, TELEPHONES),
    (re.compile(r"[=^×<>÷*]|\d ?x").search, _EQUATIONS),
    (re.compile(r"\d ?[hm][a-z]{0,3} ?\d").search, DURATIONS),
    (re.compile(r"\d{3}|\d[-/.'–s]|[-/.'–]\d|\d[a-z]{0,2}(?: of)? ?[A-Z]|[A-Z]\w*\.? \d").search, DATES),
    (re.compile(r"[a-z]\.? \d{1,3}:\d").search, SCRIPTURE),
    (re.compile(r"[:.]\d|\d ?[aApP]\.? ?[mM]|\d{4} h|\d-\d|m\.[-–]").search, TIMES),
]
_NUMERALS: list[Group] = [(re.compile(r"\b(?:WWII?|WW[12]|[XVILMCD]{2,}|[XVI])\b").search, _ROMANS)]
_COUNTED: list[Group] = [*AMOUNTS, (re.compile(r"\d{7}").search, LONG_RUNS), (_DIGIT.search, _NUMBERS)]
_LAST: list[Group] = [
    (re.compile(r"\.").search, LEFT),
    (re.compile(f"[#™®{''.join(map(re.escape, SIGNS))}]").search, _SIGNS),
]


def read(text: str) -> str:
    """`text` with its numbers, signs and abbreviations in words."""
    if is_plain(text):
        return text
    text = applied(text, _WORDS)
    if _DIGIT.search(text):
        text = applied(text, _OF_DIGITS)
    text = applied(text, _NUMERALS)
    if _ANY_NUMBER.search(text):
        text = applied(text, _COUNTED)
    return applied(text, _LAST)
