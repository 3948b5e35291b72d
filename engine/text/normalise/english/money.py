"""Money, units, fractions and ranges of English in words."""

from __future__ import annotations

import re
import unicodedata

from engine.text.normalise.english import numbers
from engine.text.normalise.english.patterns import NUMBER, article_before, stop_of_measure
from engine.text.normalise.english.tables import CENTS, DAYS, MONEY, MONTHS, SCALES, UNITS
from engine.text.normalise.rules import Found, Group, Rule, any_of, apart, rule
from engine.text.normalise.tables import Money, Noun

_UNIT = any_of(UNITS)
_FIRST = any_of(sign for sign in MONEY)
_CALENDAR = "|".join((*DAYS, *MONTHS))
_SCALE = rf"(?:((?: ?|-)(?:{any_of(word for word in SCALES if len(word) > 1)})|[kKmMbBt])(?!\w))?"
_PERIODS = {"mo": "month", "d": "day", "y": "year"}
_PER = rf"(?:/({_UNIT}|mo|[dy]|[a-z]{{3,}})(?!\w))?"
# 10m of them are ten million, not ten meters
_CROWDS = (
    "people|users|followers|subscribers|views|viewers|copies|customers|downloads|dollars|pounds|euros|jobs|households|"
    "tourists|visitors|voters|children|adults|members|hits|streams|residents|inhabitants|refugees|years|Americans"
)
_VULGAR = "[½⅓-⅞¼-¾⅐-⅒]"

_CONTINENTAL = r"(?:\d{1,3}(?:\.\d{3})+|\d+),\d\d"

# what follows an amount and is no noun: the $20 was lost, the 5 km we ran, my £5 back
_NO_NOUN = (
    "is|are|was|were|has|have|had|will|would|can|could|may|might|must|shall|should|do|does|did|goes|went|go|comes?|came|"
    "made?|makes|gave|gives?|takes?|took|buys?|bought|costs?|seems?|becomes?|became|gets?|got|feels?|felt|spent|lost|paid|"
    "left|sent|won|kept|held|brought|isn't|wasn't|aren't|won't|i|we|you|he|she|it|they|who|which|that|this|these|those|"
    "the|an?|my|your|his|her|our|their|its|of|in|on|at|to|for|from|by|with|without|into|onto|per|and|or|nor|but|as|than|"
    "between|before|after|above|below|under|over|off|up|down|out|away|back|ahead|apart|ago|later|earlier|around|about|"
    "across|along|through|towards?|until|till|since|during|because|when|while|where|if|so|then|though|too|also|again|not|"
    "never|always|now|today|yesterday|tomorrow|more|less|extra|each|all|both|alone|north|south|east|west|worth|free|available|here|there|ran|drove|rose|fell|sold|owing|remaining"
)
_NOUN = re.compile(rf" (?!(?:{_NO_NOUN})\b)(?![a-z]+(?:ed|ly)\b)[a-z]{{2}}")
_ANY_WORD = re.compile(" [a-z]")

# --- money ------------------------------------------------------------------------------------------------------------


def _is_attribute(found: Found) -> bool:
    """A 60 W bulb and the $20 bill: a noun that is counted stays in the singular before another noun."""
    article = article_before(found)
    if not article:
        return False
    after = _NOUN if article[1] else _ANY_WORD
    return after.match(found.string, found.end()) is not None


def _count(number: str, noun: Noun, found: Found | None = None) -> str:
    if found is not None and _is_attribute(found):
        return f"{numbers.words(number)} {noun.form(0)}"
    return f"{numbers.words(number)} {noun.form(int(not numbers.is_one(number)))}"


def _amount(number: str, scale: str, money: Money, found: Found) -> str:
    if scale:
        noun = money.whole.form(int(not _is_attribute(found)))
        return f"{numbers.words(number)} {SCALES[scale.strip(' -')]} {noun}"
    whole, _, decimals = number.partition(".")
    if not 0 < len(decimals) < 3:
        return _count(number, money.whole, found)
    cents = int(decimals.ljust(2, "0"))
    if not cents:
        return _count(whole, money.whole, found)
    said = f"{numbers.cardinal(cents)} {money.cent.form(int(cents != 1))}"
    if not int(whole.lstrip("-").replace(",", "") or 0):
        return ("minus " if whole.startswith("-") else "") + said
    # five dollars five would be heard as two amounts
    return f"{_count(whole, money.whole, found)} " + (
        f"and {said}" if cents < 10 else numbers.cardinal(cents)
    )


def _per(unit: str | None, found: Found) -> str:
    if not unit:
        return ""
    said = _PERIODS.get(unit) or (UNITS[unit].form(0) if unit in UNITS else unit)
    return f" per {said}{stop_of_measure(found, unit)}"


def _as_english(number: str) -> str:
    """€5,50 and €1.199,00 have the marks of the continent."""
    if re.fullmatch(_CONTINENTAL, number):
        return number.replace(".", "").replace(",", ".")
    return number


def _money_first(found: Found) -> str:
    number = _as_english(found[3].removeprefix("-"))
    sign = "-" if "-" in found[1] + found[3] else ""
    return apart(
        found, _amount(sign + number, found[4] or "", MONEY[found[2]], found) + _per(found[5], found)
    )


def _money_last(found: Found) -> str:
    number = _as_english(found[1])
    return apart(found, _amount(number, found[2] or "", MONEY[found[3]], found) + _per(found[4], found))


def _cents(found: Found) -> str:
    return _count(found[1], CENTS[found[2]])


def _lines(found: Found) -> str:
    """1080p counts the lines of a picture."""
    return f"{numbers.cardinal(int(found[1]))} {numbers.two(int(found[2]))} p"


def _scaled(found: Found) -> str:
    return apart(found, f"{numbers.words(found[1])} {SCALES[found[2]]}")


_MONEY: list[Rule] = [
    rule(r"(?<![\w.,])(4|5|7|10|14|21)(80|76|20|40|60)p(?!\w)", _lines),
    rule(
        rf"(?<![\w$])(-?)({_FIRST}) ?(-?{_CONTINENTAL}(?!\d|[.,]\d)|-?{NUMBER})(?:\.?-+(?!\w))?{_SCALE}{_PER}",
        _money_first,
    ),
    rule(rf"(?<![\w.,])({_CONTINENTAL})() ?({_FIRST})(?![\w$]){_PER}", _money_last),
    rule(rf"({NUMBER}){_SCALE} ?({_FIRST})(?![\w$]){_PER}", _money_last),
    rule(rf"({NUMBER}) ?(¢)(?!\w)", _cents),
    rule(rf"({NUMBER})(p|(?<=\d\d)c)(?![\w.]\w|\w)", _cents),
    rule(rf"({NUMBER}) ?(bn|mn|mln|trn|(?<=\d)M|(?<=\d)m(?= (?:{_CROWDS})\b))(?!\w)", _scaled),
]

# --- fractions --------------------------------------------------------------------------------------------------------


def _parts(found: Found) -> tuple[int, int]:
    count, _, number = unicodedata.normalize("NFKC", found["fraction"]).replace("\u2044", "/").partition("/")
    return int(count), int(re.sub("[a-zA-Z]", "", number))


def _and_fraction(found: Found) -> str:
    count, number = _parts(found)
    if not 1 <= count < number <= 100:
        return found[0]
    unit = f" {UNITS[found['unit']].form(1)}{stop_of_measure(found, found['unit'])}" if found["unit"] else ""
    return apart(found, f"{numbers.whole(found[1])} {numbers.and_fraction(count, number)}{unit}")


def _fraction(found: Found) -> str:
    """18/20 is eighteen out of twenty, unless a part of something follows; the greater over the smaller is a ratio."""
    count, number = _parts(found)
    following = found.string[found.end() : found.end() + 4]
    marks = (number in (10, 20, 100) and count > 1 and following != " of ") or count == number
    if marks and 0 < count <= number:
        said = f"{numbers.cardinal(count)} out of {numbers.cardinal(number)}"
    elif 1 <= count < number <= 1000:
        said = numbers.fraction(count, number)
    else:
        said = f"{numbers.whole(str(count))} over {numbers.whole(str(number))}"
    return apart(found, said)


def _part_before_noun(found: Found) -> str:
    """A 3/4-inch bolt is a three-quarter-inch bolt."""
    count, number = _parts(found)
    if not 1 <= count < number <= 100:
        return found[0]
    return (f"{numbers.cardinal(count)}-" if count > 1 else "") + numbers.denominator(number, 1)


def _part_of_unit(found: Found) -> str:
    """1/2 mi is half a mile, 3/4 lb three quarters of a pound."""
    count, number = _parts(found)
    if not 1 <= count < number <= 100:
        return found[0]
    unit = UNITS[found["unit"]].form(0)
    a = "an" if unit[0] in "aeio" or unit == "hour" else "a"
    said = "half" if (count, number) == (1, 2) else f"{numbers.fraction(count, number)} of"
    return apart(found, f"{said} {a} {unit}{stop_of_measure(found, found['unit'])}")


_SLASHED = r"\d{1,4}/\d{1,4}(?i:st|nd|rds?|ths?)?(?![\w/]|[.,]\d)"
_WITH_UNIT = rf" ?(?P<unit>(?![%°]){_UNIT})(?![\w/²³'])"
_FRACTIONS: list[Rule] = [
    rule(r"(?<![\w/.,])(\d+\.\d+)/(5|10|20|100)(?![\w/]|[.,]\d)", r"\1 out of \2"),
    rule(r"(?<![\w/.,])([2-9]|12)/([248])(?= (?:time|beat|meter|rhythm|bar|measure)s?\b)", r"\1 \2"),
    rule(r"(?<![\w/])24/7(?![\w/])", "twenty-four seven"),
    rule(r"(?<![\w/.,-])50[-/]50(?![\w/]|-\d)", "fifty-fifty"),
    rule(
        rf"(?<![\w/.,])(\d{{1,6}})(?: ?(?={_VULGAR})|[ -](?=\d))(?P<fraction>{_VULGAR}|{_SLASHED})(?:{_WITH_UNIT})?",
        _and_fraction,
    ),
    rule(rf"(?<![\w/.,])(?P<fraction>{_VULGAR}|{_SLASHED}){_WITH_UNIT}", _part_of_unit),
    rule(rf"(?<![\w/.,])(?P<fraction>{_VULGAR}|\d{{1,4}}/\d{{1,4}})(?=-[a-z])", _part_before_noun),
    rule(rf"(?<![\w/.,])(?P<fraction>{_VULGAR}|{_SLASHED})", _fraction),
    rule(rf"(?P<fraction>{_VULGAR})", _fraction),
    rule(r"(?<![\w/.,])(\d+)/(\d+)(?![\w/]|[.,]\d)", r"\1 over \2"),
]

# --- ranges -----------------------------------------------------------------------------------------------------------

_MARK = rf"(?:{any_of(sign for sign in MONEY if not sign.isalpha())})"
_END_OF_RANGE = r"\d+(?:[.,]\d+)*"


def _range(found: Found) -> str:
    """Marks are said once, after the last number: $20-$30 is twenty to thirty dollars."""
    if found[5][0] == "0" and found[5].isdecimal() and len(found[5]) > 1:  # an invoice 2024-0153
        return f"{found[0][: found.start(5) - found.start() - 1]} {numbers.digits(found[5])}"
    mark, first, after, last_mark, last = found[1] or "", found[2], found[3] or "", found[4] or "", found[5]
    following = found.string[found.end() : found.end() + 2]
    if mark and (not last_mark or mark == last_mark):
        if "." in first + last:
            return f"{mark}{first} to {mark}{last}"
        return f"{first} to {mark}{last}"
    if after and not following.lstrip().startswith(after):
        return f"{mark}{first}{after} to {last_mark}{last}"
    return f"{mark}{first} to {last_mark}{last}"


_RANGES: list[Rule] = [
    rule(r"(?<![\w/.,-])50-50(?![\w/]|-\d)", "fifty-fifty"),
    rule(
        rf"(?<![\w.,:/–-])({_MARK})?({_END_OF_RANGE})(%|°)?(?: ?[-–] ?|—)"
        rf"({_MARK})?({_END_OF_RANGE})(?![-–/]?\d|-[A-Z])",
        _range,
    ),
    rule(rf"(?<!\w)({_CALENDAR}) ?[-–] ?({_CALENDAR})(?!\w)", r"\1 to \2"),
]

# --- units ------------------------------------------------------------------------------------------------------------


def _unit(found: Found) -> str:
    return apart(found, _count(found[1], UNITS[found[2]], found) + stop_of_measure(found, found[2]))


def _many_units(found: Found) -> str:
    return f"{numbers.words(found[1])} {found[2]} {UNITS[found[3]].form(1)}{stop_of_measure(found, found[3])}"


def _hyphened(found: Found) -> str:
    """A 10-km race is a ten-kilometer race."""
    return f"{numbers.words(found[1])}-{UNITS[found[2]].form(0)}"


def _feet(found: Found) -> str:
    """5'10" is five foot ten."""
    return apart(found, f"{numbers.whole(found[1])} foot {numbers.whole(found[2])}")


def _inches(found: Found) -> str:
    """A quotation mark after a number means inches only where no quotation is open."""
    before = found.string[max(found.start() - 200, 0) : found.start()]
    if len(re.findall(r'(?<!\d)"', before)) % 2:
        return found[0]
    return apart(found, _count(found[1], UNITS["in."], found))


def _duration(found: Found) -> str:
    """1h 30m counts minutes, not meters."""
    counted = zip(found.groups(), ("h", "min", "s"), strict=True)
    return " ".join(_count(count, UNITS[unit]) for count, unit in counted if count)


_SECONDS = r"(?: ?(\d{1,2}) ?s(?:ecs?)?)"
# before the dates: 5m 30s is no decade
DURATIONS: list[Rule] = [
    rule(r"(?<![\w.,])(\d{1,2})h([0-5]\d)()(?!\w)", _duration),
    rule(rf"(?<![\w.,])(\d{{1,3}}) ?h(?:rs?)? ?(\d{{1,2}}) ?m(?:ins?)?{_SECONDS}?(?!\w)", _duration),
    rule(rf"(?<![\w.,])()(\d{{1,3}}) ?m(?:ins?)?{_SECONDS}(?!\w)", _duration),
]
_MEASURES: list[Rule] = [
    rule(r"(?<![\w.,'])(\d{1,2})' ?(\d{1,2})(?:\"|''|(?![\w'.]))", _feet),
    rule(
        rf"({NUMBER})'(?= (?:tall|long|wide|high|deep|by|x|×)\b)", lambda found: _count(found[1], UNITS["ft"])
    ),
    rule(rf"(?<!\w)({NUMBER})in(?!\w)", lambda found: _count(found[1], UNITS["in."], found)),
    rule(rf"({NUMBER})\"(?=[\s.,;)x×]|$)", _inches),
    rule(
        rf"({NUMBER})-({any_of(unit for unit in UNITS if len(unit) > 1 and unit.isalpha())})(?![\w/'])",
        _hyphened,
    ),
    rule(rf"({NUMBER}) ((?:thous|mill|bill|trill)(?:and|ion)) ({_UNIT})(?![\w/²³'])", _many_units),
    # 60 W 34th Street has no watts, and OW1 L no liters
    rule(rf"(?<![^\W\d_])({NUMBER}) ?({_UNIT})(?![\w/²³'])(?!(?<=\d [WVL]) (?:\d|[A-Z]))", _unit),
]
_CODES = any_of(sign for sign in MONEY if sign.isalnum() or sign[-1] == ".")
_MARKS = "".join({re.escape(sign[-1]) for sign in MONEY if not sign[-1].isalpha()} - {re.escape(".")})
# in the order in which they are tried, each group where a text has what its rules need
AMOUNTS: list[Group] = [
    (re.compile("[-–—]").search, _RANGES),
    (re.compile(rf"{_VULGAR}|\d/\d").search, _FRACTIONS),
    (re.compile(rf"[{_MARKS}¢]|\b(?:{_CODES})|\d ?(?:{_CODES}|[pcM]\b|bn|mn|mln|trn|m )").search, _MONEY),
    (re.compile(rf"\d['\"]|\d[- ]?(?:{_UNIT}|in)(?![a-z])|(?:thous|[mbt]r?ill)").search, _MEASURES),
]
