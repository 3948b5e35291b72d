"""Short names of days and months: Mon-Fri, Sat/Sun, closed Sun, Jan. 2 and 5 Dec."""

from __future__ import annotations

import re

from engine.text.normalise.english.patterns import stop
from engine.text.normalise.english.tables import ALWAYS, CALENDAR, MONTHS, MONTHS_SHORT
from engine.text.normalise.rules import Found, Rule, any_of, listed, rule

_SHORT = any_of(CALENDAR)
_DAYS = any_of(short for short, word in CALENDAR.items() if word.endswith("day"))
_MONTHS = "|".join(MONTHS)
_JOINT = r"(?: ?[-–/&+] ?|, | (?:and|or|to|through|thru) )"
_PARTS = re.compile(rf"({_SHORT})\b\.?({_JOINT})?")
# before a day without a full stop; the sun is a star after most of them
_BEFORE_SUN = "on|every|each|closed|next|until|till|except|open"
_BEFORE_DAY = rf"{_BEFORE_SUN}|this|last|from|since|by|to|before|after|through|thru"
_BEFORE_MONTH = "in|since|until|till|last|next|early|late|every"
# Sun Microsystems, the Sun's rays
_NO_NAME = r"(?!\w|'|-\w| (?!I\b)[A-Z])"


def _day_or_month(found: Found) -> str:
    return CALENDAR[found[1]] + stop(found, found[0])


def _after_word(found: Found) -> str:
    return f"{found[1]} {CALENDAR[found[2]]}{stop(found, found[0])}"


def _several(found: Found) -> str:
    return listed(found[0], _PARTS, CALENDAR, " to ", " and ") + stop(found, found[0])


RULES: list[Rule] = [
    rule(rf"(?<![\w.])(?:{_SHORT})\b\.?(?:{_JOINT}(?:{_SHORT})\b\.?)+", _several),
    rule(rf"(?<![\w.])({_SHORT})\.?(?= \d)", _day_or_month),
    rule(rf"(?<![\w.])({_SHORT})\.(?=,? (?:{_SHORT}|{_MONTHS})\b|,)", _day_or_month),
    rule(rf"(?<![\w.])({_DAYS})\b(?=,? (?:{_MONTHS}) \d|, \d\d? (?:{_SHORT}|{_MONTHS})\b)", _day_or_month),
    rule(rf"(?<![\w.])({_DAYS})\b(?=: ?\d|:? [Cc]losed\b)", _day_or_month),
    rule(rf"(?<=\d )({_SHORT})\b\.?", _day_or_month),
    rule(rf"(?<![\w.])({ALWAYS})\.(?!\w)", _day_or_month),
    rule(rf"(?<![\w.])({_SHORT})\.(?= (?:morning|afternoon|evening|night)\b)", _day_or_month),
    rule(rf"(?<!\w)((?i:{_BEFORE_SUN})) (Sun)\b\.?{_NO_NAME}", _after_word),
    rule(rf"(?<!\w)((?i:{_BEFORE_DAY})) ((?!Sun)(?:{_DAYS}))\b\.?{_NO_NAME}", _after_word),
    rule(rf"(?<!\w)((?i:{_BEFORE_MONTH})) ({MONTHS_SHORT})\b\.?{_NO_NAME}", _after_word),
    rule(
        rf"(?<![\w.])((?i:{MONTHS_SHORT}))\b(?:\. ?| |-)(?=\d\d?(?!\d))",
        lambda found: CALENDAR[found[1].capitalize()] + " ",
    ),
    rule(
        rf"(?<=\d )((?i:{MONTHS_SHORT}))\b\.?",
        lambda found: CALENDAR[found[1].capitalize()] + stop(found, found[0]),
    ),
]
