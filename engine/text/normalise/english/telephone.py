"""Telephone numbers of English: digit by digit, with a short break between groups; zero is "oh"."""

from __future__ import annotations

import re

from engine.text.normalise.english.numbers import digits
from engine.text.normalise.rules import Found, Rule, rule

_NAMED = r"tel\.?|phone|telephone|call|calls|dial|ring|fax|mobile|cell|text|hotline|extension"
_CODES = "ending in|PIN|pin|OTP|otp|passcode|password|PIN code|zip code|ZIP code|postcode|code|extension"
_EMERGENCY = "911|999|112|411|311|101|111|211|000"
_HUNDREDS = {"800": "eight hundred", "900": "nine hundred"}  # of calls that cost nothing, or more


def _in_groups(number: str) -> str:
    found = re.findall(r"\d+", number)
    pause = ", " if max(map(len, found)) > 1 else " "  # 9-1-1 in one breath
    groups = pause.join(_HUNDREDS.get(group) or digits(group, "oh") for group in found)
    return f"plus {groups}" if number.startswith("+") else groups


def _whole(found: Found) -> str:
    return _in_groups(found[0])


def _named(found: Found) -> str:
    return found[1] + _in_groups(found[2])


TELEPHONES: list[Rule] = [
    rule(r"(?<=\b[A-Z]{2} )\d{5}(?:-\d{4})?(?=[\s.,;)]|$)", _whole),  # a postcode after its state
    rule(r"(?<![\w.,+])\+\d[\d ()./-]{6,20}\d(?!\w)", _whole),
    rule(r"(?<!\w)(?:\+?1[ -])?\(\d{2,5}\)[ -]?\d[\d -]{4,10}\d(?!\w|[.,]\d)", _whole),
    rule(r"(?<![\w.,$£€-])(?:1[-. ])?\d{3}([-. ])\d{3}\1\d{4}(?!\w|[-.,]\d)", _whole),
    rule(r"(?<![\w.,$£€-])0\d{2,4}[ -]\d{3,4}(?:[ -]\d{3,6})?(?!\w|[-.,]\d)", _whole),
    # 100-1500 is a range
    rule(r"(?<![\w.,$£€-])\d{3}-(?!\d\d00)\d{4}(?!\w|[-.,]\d|%)", _whole),
    rule(rf"(?<!\w)((?i:{_NAMED})\b\D{{0,15}}?)(\d[\d -]{{5,20}}\d)(?!\w|[.,]\d)", _named),
    rule(
        rf"(?<!\w)((?i:call|calls|called|dial|dialed|phone|ring|rang) )({_EMERGENCY})(?![\w,-]|\.\d)", _named
    ),
    rule(rf"(?<![\w.,])({_EMERGENCY})(?= (?:call|calls|operator|dispatcher)\b)", _whole),
    rule(rf"(?<!\w)((?:{_CODES}) (?:is |are |was )?)(\d{{3,12}})(?!\w|[.,-]\d)", _named),
    # the number of a book or an insurance
    rule(
        r"(?<![\w.,/$£€-])(?!\d{4}-\d\d-\d\d(?!\d)|\d\d?-\d\d?-(?:19|20)\d\d(?!\d))\d+(?:-\d+){2,}(?![\w/-])",
        _whole,
    ),
]
