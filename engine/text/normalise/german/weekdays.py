"""Short names of German weekdays: Mo-Fr, Sa/So, Mo + Do, am Sa und So, So geschlossen."""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import Match, Rule
from engine.text.normalise.german.endings import ends_sentence
from engine.text.normalise.german.tables import WEEKDAYS
from engine.text.normalise.rules import listed

_DAY = "|".join(WEEKDAYS)
# "So, Fr. Müller kommt" names a woman
_JOINT = r"(?: ?[-–/&+] ?|(?:, ?| (?:und|u\.|oder|bis) )(?!Fr\. [A-ZÄÖÜ]))"
_PARTS = re.compile(rf"({_DAY})(?!\w)\.?({_JOINT})?")
_BEFORE = "[Aa]m|[Aa]b|[Bb]is|[Vv]on|[Vv]om|[Jj]eden|[Aa]ußer|[Ss]eit|[Nn]ächsten|[Ll]etzten|[Dd]iesen"
_CLOSED = "geschlossen|geöffnet|Ruhetag"
# without digits and signs, only these show that a day is meant
NEEDS = rf"(?:(?:{_BEFORE}) (?:{_DAY})(?!\w)|(?:{_DAY})\.?(?:[-–/,]|:? (?:u|oder|bis|{_CLOSED})))"


def first_rules() -> list[Rule]:
    """Before the abbreviations, as Fr. may be one."""
    return [(rf"(?<!\w)(?:{_DAY})(?!\w)\.?(?:{_JOINT}(?:{_DAY})(?!\w)\.?)+", _read_several)]


def rules(short_month: str) -> list[Rule]:
    return [
        (
            rf"(?<!\w)({_DAY})\.?([,:]?) (?=\d\d?(?:[.:-]\d| ?[-–] ?\d| Uhr|\. (?:{short_month})))",
            lambda found: f"{WEEKDAYS[found[1]]}{found[2]} ",
        ),
        (rf"(?<!\w)({_DAY})(?=\.?:? (?:{_CLOSED})(?!\w))\.?", lambda found: WEEKDAYS[found[1]]),
        (
            rf"(?<!\w)({_BEFORE}) ({_DAY})(?!\w)(\.?)",
            lambda found: f"{found[1]} {WEEKDAYS[found[2]]}" + _stop(found, found[3]),
        ),
    ]


def _stop(found: Match, written: str) -> str:
    return "." if written.endswith(".") and ends_sentence(found.string, found.end()) else ""


def _read_several(found: Match) -> str:
    said = listed(found[0], _PARTS, WEEKDAYS, " bis ", " und ").replace(" u. ", " und ")
    return said + _stop(found, found[0])
