"""Abbreviations of English in words, and addresses of mail and pages."""

from __future__ import annotations

import re

from engine.text.normalise.english import calendar
from engine.text.normalise.english.patterns import STARTER, STARTERS, spelt, stop, stop_of_measure
from engine.text.normalise.english.tables import (
    ABBREVIATIONS,
    CALENDAR,
    LETTERS,
    MONTHS_SHORT,
    ROOMS,
    STREET_NAMES,
    STREET_PLACES,
    STREETS,
    TITLES,
    TITLES_ANYWHERE,
    UNDOTTED,
    UNITS_ALONE,
    UNITS_UNDOTTED,
)
from engine.text.normalise.rules import Found, Rule, any_of, rule

_CAPITAL = r"(?=[A-Z][a-z'])"
# a word with a capital, or 42nd, stands before an abbreviated street
_STREET_NAME = r"(?:[A-Z][a-z]+|\d+(?:st|nd|rd|th))"

# "vitamin C. Oranges" has two sentences
_BEFORE_INITIAL = (
    r"(?!Vitamin|Plan|Hepatitis|Group|Class|Grade|Option|Team)[A-Z][a-z]+|"
    r"by|and|with|of|to|from|for|when|that|said|like|is|was"
)

_BEFORE_SENTENCES = ("P.S.", "P.P.S.", "N.B.")


def _title(found: Found) -> str:
    return TITLES[found[1]] + " "


def _street(found: Found) -> str:
    return f"{found[1]} {STREETS[found[2]]}{stop(found, found[0])}"


def _undotted_street(found: Found) -> str:
    return f"{found[1]} {STREETS[found[2]]}"


def _room(found: Found) -> str:
    return ROOMS[found[1]] + " "


def _direction(found: Found) -> str:
    return {"N": "North", "S": "South", "E": "East", "W": "West"}[found[1]] + " "


def _abbreviation(found: Found) -> str:
    return ABBREVIATIONS[found[0]] + stop(found, found[0])


def _included(found: Found) -> str:
    """Tax incl. is included at the end; incl. tax goes on, so its full stop ends no sentence."""
    ends = re.compile(rf"[,;:)]|\s*$| (?:{STARTERS})\b").match(found.string, found.end())
    if ends and found.string[max(found.start() - 2, 0) : found.start()].strip(" ,;:("):
        return f"{found[1]}uded{stop(found, found[0])}"
    return f"{found[1]}uding"


def _anywhere(found: Found) -> str:
    word = TITLES_ANYWHERE[found[1].lower()]
    return (word if found[1].islower() else word.capitalize()) + stop(found, found[0])


def _letters(found: Found) -> str:
    ends = stop_of_measure if found[0] in _BEFORE_SENTENCES else stop
    return spelt(found[0].upper()) + ends(found, found[0])


def _firm(found: Found) -> str:
    """AT&T"""
    return f"{spelt(found[1])} and {spelt(found[2])}"


def _initials(found: Found) -> str:
    following = found.string[found.end() : found.end() + 12]
    return found[0] if STARTER.match(following) else found[1] + " ".join(re.findall("[A-Z]", found[2])) + " "


def _et_cetera(found: Found) -> str:
    ends = re.compile(r"[\"')\]]*(?:\s*$|\s+[\"'(]?[A-Z])").match(found.string, found.end())
    return ("Et" if found[0][0] == "E" else "et") + " cetera" + ("." if ends else "")


def _address(found: Found) -> str:
    """Mail and pages: the point is said, and so is the sign."""
    said = (
        re.sub("^https?://|/$", "", found[0])
        .replace("@", " at ")
        .replace(".", " dot ")
        .replace("_", " underscore ")
    )
    return said.replace("/", " slash ").replace("-", " dash ")


WORDS: list[Rule] = [
    rule(r"(?<![\w.@-])[A-Za-z][\w.-]{0,60}@[A-Za-z\d][A-Za-z\d-]{0,40}(?:\.[A-Za-z]{2,10}){1,3}", _address),
    rule(
        r"(?<![\w.@/-])(?:https?://)?(?:[A-Za-z\d][A-Za-z\d-]{0,40}\.){1,3}(?:com|org|net|edu|gov|co\.uk|io)"
        r"(?![\w@-])(?:/(?:[\w/~-]{0,80}[\w~-])?)?",
        _address,
    ),
    *calendar.RULES,
    rule(
        rf"(?<=\d )([NSEW])\.? (?=(?:{_STREET_NAME} ){{1,2}}(?:{any_of(STREETS)}|Street|Avenue)\b)",
        _direction,
    ),
    rule(r"(?<![\w.])([NSEW])\. (?=\d+(?:st|nd|rd|th)\b)", _direction),
    # a house number, a name and St.: a street whatever follows
    rule(
        rf"(?<=\d )((?:(?:North|South|East|West) )?(?:{_STREET_NAME} ){{0,2}}{_STREET_NAME}) "
        rf"({any_of(STREETS)})\b\.?",
        _street,
    ),
    rule(rf"(?<![\w.])({_STREET_NAME}) ({any_of(STREETS)})\.(?! (?!(?:{STARTERS})\b)[A-Z][a-z])", _street),
    rule(rf"(?<![\w.])({_STREET_NAME}) (St)\.?(?= (?:{STREET_PLACES})\b)", _street),
    rule(rf"(?<![\w.])({STREET_NAMES}) (St)\b\.?(?= [A-Z])", _street),
    # Park Ave and Wall St; a name after it may be that of a saint or a doctor
    rule(
        rf"(?<![\w.])({_STREET_NAME}) (Ave(?! Maria\b| Verum\b)|Rd|Blvd|Hwy|Pkwy|Ln|(?:St|Dr)(?! [A-Z]))\b(?!['.\w])",
        _undotted_street,
    ),
    rule(rf"(?<![\w.])({any_of(ROOMS)})\b\.? ?(?=#?\d{{1,4}}[A-Z]?(?!\w)|[A-Z](?![\w']))", _room),
    rule(r"(?<=\d[snrt][tdh] )Fl\b\.?(?! [A-Z][a-z])", "Floor"),
    rule(rf"(?<![\w.])({any_of(TITLES)})\. ?{_CAPITAL}", _title),
    rule(rf"(?<![\w.])({any_of(UNDOTTED)}) {_CAPITAL}", _title),
    rule(r"(?<![\w.])[Ee]tc\.?(?!\w)", _et_cetera),
    rule(
        r"(?<![\w.])[Ww]/(?= ?[a-z])(?!o\b)",
        lambda found: "with" if found.string[found.end()] == " " else "with ",
    ),
    rule(r"(?<![\w.])((?:[Ii]n|[Ee]x)cl)\.(?!\w)", _included),
    rule(rf"(?<![\w.])(?:{any_of(ABBREVIATIONS)})(?!\w)", _abbreviation),
    rule(
        rf"(?<![\w.])(?<!\d )({any_of(UNITS_UNDOTTED)})(?!\w|\.(?! *$))",
        lambda found: UNITS_UNDOTTED[found[0]],
    ),
    rule(r"(?<=[a-z] )v\.(?= [A-Z])", "versus"),
    rule(r"(?<![\w.])max\.(?!\w)", "maximum"),
    # a.m. after a number is for the times
    rule(
        r"(?<![\w.])(?!(?<=\d )[AaPp]\.[Mm]\.)(?:[A-Z]\.){2,}(?!\w)|(?<![\w.])(?<!\d )[ap]\.m\.|Ph\.D\.",
        _letters,
    ),
    rule(r"(?<![\w&])([A-Z]{1,3})&([A-Z]{1,3})(?![\w&])", _firm),
    # an initial before a name is no end of a sentence; A would be the article, I, V and X may be numbers
    rule(
        rf"(^|(?<=[.!?] )|(?<![\w.])(?:{_BEFORE_INITIAL}) |"
        r"(?<![\w.])(?=[A-Z]\. ?[A-Z]\.))((?:[B-HJ-UWYZ]\. ?){1,5})(?=[A-Z][a-z])",
        _initials,
    ),
    rule(rf"(?<![A-Z.&-] )(?<![\w&.-])(?:{LETTERS})(?![\w&$-]| \$|\.\w| [A-Z]{{2}})", _letters),
]

# after the numbers, which have units of their own
LEFT: list[Rule] = [
    rule(rf"(?<![\w.])((?i:{'|'.join(TITLES_ANYWHERE)}))\.(?!\w)", _anywhere),
    rule(
        rf"(?<![\w.])({any_of(UNITS_ALONE)})(?!\w)",
        lambda found: UNITS_ALONE[found[0]] + stop_of_measure(found, found[0]),
    ),
]

_WORD = re.compile(r"\w+")
_SHORT = {
    word.rstrip(".")
    for table in (TITLES, STREETS, ABBREVIATIONS, CALENDAR, ROOMS, UNITS_UNDOTTED)
    for word in table
}
_SHORT |= {"al", "etc", "Etc", "max", "incl", "Incl", "excl", "Excl", *LETTERS.split("|")}
_SHORT |= {
    form
    for word in (*TITLES_ANYWHERE, *(unit.rstrip(".") for unit in UNITS_ALONE))
    for form in (word, word.capitalize(), word.upper())
}
_UNUSUAL = re.compile(r"[^A-Za-z ,;:!?'\"().-]")
_CAPITALS = re.compile(r"[A-Z]{2}|\b[XVI]\b")
_INNER_STOP = re.compile(r"\b[A-Za-z]\.|\.[A-Za-z]")


_SIGNS = re.compile(r"[@&]|[A-Za-z]/|\b[A-Za-z]\.|[a-z\d]\.[a-z]")
_NEAR_DIGITS = re.compile(rf"\d (?i:{MONTHS_SHORT})\b|\b(?i:{MONTHS_SHORT})\W{{1,2}}\d|[NSEW] \d")


def are_needed(text: str) -> bool:
    """Whether some rule of WORDS may read something."""
    if _SIGNS.search(text) or not _SHORT.isdisjoint(_WORD.findall(text)):
        return True
    return _NEAR_DIGITS.search(text) is not None


def is_plain(text: str) -> bool:
    """Whether a text is so ordinary that no rule may read anything; most sentences are."""
    if _UNUSUAL.search(text) or _CAPITALS.search(text) or not _SHORT.isdisjoint(_WORD.findall(text)):
        return False
    return text.find(".", 0, -1) < 0 or _INNER_STOP.search(text) is None
