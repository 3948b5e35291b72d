"""Dates, years and times of English in words."""

from __future__ import annotations

import re

from engine.text.normalise.english import numbers
from engine.text.normalise.english.patterns import spelt, stop, stop_of_measure
from engine.text.normalise.english.tables import MONEY, MONTHS, UNITS
from engine.text.normalise.rules import Found, Rule, any_of, rule

# small "may" and "march" before a number are words of their own more often
_MONTH = "|".join(
    [*MONTHS, *(month.upper() for month in MONTHS), *(month.lower() for month in MONTHS if month[0] != "M")]
)
_ANY_MONTH = rf"{_MONTH}|march|may"
_YEAR = r"(?:1\d|20)\d\d"
_NO_MORE = r"(?![\w/]|[.,:-]\d)"
# What is counted, not dated: 1500 people, 1200 meters; a noun in the plural, but not "census" or "class". Where nothing
# tells, four digits without a comma are a year: so they are most often, and fifteen hundred is no wrong number.
COUNTED = (
    r"(?! (?:(?!perhaps|towards|always|does|goes|sales|elections)[a-z]{2,}[a-hj-rtv-z]s|people|men|women|children|more|"
    r"euro|yen|yuan|baht|million|billion|feet|percent|of (?:the|them|these|those|us|all|my|his|her|their|our))\b)"
)
_SINCE = r"(?i:in|since|until|till|by|during|circa|year|early|late|mid|summer|spring|autumn|winter)"
_NO_UNIT = rf"(?! ?(?:{any_of((*UNITS, *MONEY, '¢'))})(?![\w']))"
_CODES = "|".join(sign for sign in MONEY if re.fullmatch("[A-Z]{3}", sign))
_MARKS = "".join({sign[-1] for sign in MONEY if not sign[-1].isalpha() and sign[-1] != "."})
# an amount of money is no year: $ 1500, ¥1999, EUR 1000
_NO_MONEY = rf"(?<![{_MARKS}])(?<![{_MARKS}] )(?<!\b(?:{_CODES}))(?<!\b(?:{_CODES}) )(?<!\bRs)(?<!\bRs[. ])(?<!\bRs\. )"


def _day_first(day: int, month: int, year: str, the: str = "the ") -> str:
    return f"{the}{numbers.ordinal(day)} of {MONTHS[month - 1]}" + (f" {year}" if year else "")


def _month_first(day: int, month: int, year: str) -> str:
    return f"{MONTHS[month - 1]} {numbers.ordinal(day)}" + (f", {year}" if year else "")


def _full_year(written: str) -> str:
    """Of two digits, those to 49 are of this century."""
    year = int(written)
    return numbers.year(year if len(written) > 2 else year + (2000 if year < 50 else 1900))


def _iso(found: Found) -> str:
    year, month, day = found[1], int(found[3]), int(found[4])
    return (
        _month_first(day, month, numbers.year(int(year))) if 1 <= month <= 12 and 1 <= day <= 31 else found[0]
    )


def _slashed(found: Found) -> str:
    """3/14/2024 as in America, 25/12/2023 and 5.3.2024 with the day first."""
    first, second, year = int(found[1]), int(found[3]), _full_year(found[4])
    the = "" if found.string.endswith(("the ", "The "), 0, found.start()) else "the "
    if found[2] != "." and 1 <= first <= 12 and 1 <= second <= 31:
        return _month_first(second, first, year)
    return _day_first(first, second, year, the) if 1 <= first <= 31 and 1 <= second <= 12 else found[0]


def _named(found: Found) -> str:
    """May 5, 2024: the comma stays, a year without one follows without."""
    month, day, comma, year = found[1], int(found[2]), found[3], found[4]
    if not 1 <= day <= 31:
        return found[0]
    comma = comma.replace("-", " ") if comma else ""
    return f"{month.capitalize()} {numbers.ordinal(day)}" + (
        f"{comma}{numbers.year(int(year))}" if year else ""
    )


def _named_range(found: Found) -> str:
    return f"{found[1]} {numbers.ordinal(int(found[2]))} to {numbers.ordinal(int(found[3]))}"


def _day_and_month(found: Found) -> str:
    the = (
        ""
        if re.search(
            r"\b(?:[Tt]he|[Tt]his|[Ee]very) $", found.string[max(found.start() - 6, 0) : found.start()]
        )
        else "the "
    )
    first = f"{numbers.ordinal(int(found[1]))} to {the}" if found[1] else ""
    year = f"{found[4]}{numbers.year(int(found[5]))}" if found[5] else ""
    return f"{the}{first}{numbers.ordinal(int(found[2]))} of {found[3].capitalize()}{year}"


def _month_and_year(found: Found) -> str:
    return f"{MONTHS[int(found[1]) - 1]} {numbers.year(int(found[2]))}"


def _decade(found: Found) -> str:
    if len(found[1]) == 2:
        return numbers.many(numbers.cardinal(int(found[1])))
    number = int(found[1])
    return "two thousands" if number == 2000 else numbers.many(numbers.year(number))


def _short_year(found: Found) -> str:
    return numbers.two(int(found[1]))


def _year(found: Found) -> str:
    return numbers.year(int(found[0]))


def _years(found: Found) -> str:
    first, second = int(found[1]), int(found[2])
    last = second if len(found[2]) == 4 else first // 100 * 100 + second
    if last <= first:
        return found[0]
    in_full = len(found[2]) == 4 or second < 10
    return f"{numbers.year(first)} to {numbers.year(last) if in_full else numbers.cardinal(second)}"


def _era(found: Found) -> str:
    return f"{numbers.year(int(found[1]))} {spelt(found[2])}{stop(found, found[2])}"


DATES: list[Rule] = [
    rule(r"(?<=\d\d-\d\d)T(?=\d\d:\d\d)", " "),
    rule(r"(?<='\d\d)[-–](?='\d\d(?!\d))", " to "),
    rule(r"(?<![\w.,:])(100|1000)s(?!\w)", lambda found: "hundreds" if found[1] == "100" else "thousands"),
    rule(rf"(?<![\w.,/-])(\d{{4}})([-/])(\d\d?)\2(\d\d?){_NO_MORE}", _iso),
    rule(rf"(?<![\w.,/-])(\d\d?)([./-])(\d\d?)\2({_YEAR}){_NO_MORE}", _slashed),
    rule(rf"(?<![\w.,/-])(\d\d?)(/)(\d\d?)\2(\d\d){_NO_MORE}", _slashed),
    rule(rf"(?<![\w.,/-])(0?[1-9]|1[0-2])/({_YEAR}){_NO_MORE}", _month_and_year),
    rule(r"(?<![\w/])9/11(?![\w/])", "nine eleven"),
    rule(rf"(?<!\w)({_MONTH}) (3[01]|[12]?\d) ?[-–] ?(3[01]|[12]?\d){_NO_MORE}", _named_range),
    rule(
        rf"(?<!\w)({_MONTH}) (3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?:(,? |-)({_YEAR}))?(?![\w/:%]|[.,:-]\d)",
        _named,
    ),
    rule(
        rf"(?<![\w.,/-])(?:(3[01]|[12]?\d)(?:st|nd|rd|th)? ?[-–] ?)?(3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
        rf"(?: of)? ({_ANY_MONTH})(?!\w)(?:(,? )({_YEAR}){_NO_MORE})?",
        _day_and_month,
    ),
    rule(r"(?<=\d0s) ?[-–] ?(?='?\d{0,2}\d0s)", " to "),
    rule(rf"(?<![\w.,])'?({_YEAR[:-2]}0|[2-9]0)'?s(?!\w)", _decade),
    rule(r"(?<!\w)'(\d\d)(?![\d'\"])", _short_year),
    rule(r"(?<!\w)AD(?= \d)", spelt("AD")),
    rule(r"(?<![\w.,])(\d{1,4}) ?(BCE?|AD|CE|B\.C\.(?:E\.)?|A\.D\.|C\.E\.)(?!\w)", _era),
    rule(rf"(?<![\w.,/:–-]){_NO_MONEY}({_YEAR}) ?[-–] ?({_YEAR}|\d\d){_NO_MORE}{_NO_UNIT}{COUNTED}", _years),
    rule(rf"(?<![\w.,])({_YEAR})/(\d\d|{_YEAR}){_NO_MORE}", _years),
    rule(
        rf"(?<!\w)({_SINCE} )((?!\d\d00){_YEAR}){_NO_MORE}{_NO_UNIT}",
        lambda found: found[1] + numbers.year(int(found[2])),
    ),
    rule(rf"(?<![\w.,/:#-]){_NO_MONEY}{_YEAR}(?![\w/%°$€£]|[.,:]\d|-\d){_NO_UNIT}{COUNTED}", _year),
]

# --- times ------------------------------------------------------------------------------------------------------------

_HOUR, _MINUTE = r"(?<![\w.:/-])(?<!\d,)([01]?\d|2[0-4])", r"([0-5]\d)"
_HALF = r" ?([aApP])(?:\. ?[mM]\.?|[mM])(?!\w)"


def _clock(hour: str, minute: str, half: str = "") -> str:
    """8:00 is eight o'clock, with a.m. eight, and 17:00 seventeen hundred."""
    said = numbers.cardinal(int(hour))
    if int(minute):
        said += f" {numbers.two(int(minute))}"
    elif not half:
        said += " o'clock" if 1 <= int(hour) <= 12 else " hundred"
    return f"{said} {spelt(half + 'M')}" if half else said


def _time(found: Found) -> str:
    return _clock(found[1], found[2])


def _half_time(found: Found) -> str:
    return _clock(found[1], found[2] or "0", found[3].upper()) + stop_of_measure(found, found[0])


def _military(found: Found) -> str:
    minute = numbers.two(int(found[2])) if int(found[2]) else "hundred"
    return f"{numbers.two(int(found[1]))} {minute}"


def _of_day(found: Found) -> str:
    """18:10hrs is eighteen ten hours, 08:00 hrs oh eight hundred hours."""
    hour = numbers.two(int(found[1])) if found[1][0] == "0" else numbers.cardinal(int(found[1]))
    minute = numbers.two(int(found[2])) if int(found[2]) else "hundred"
    return f"{hour} {minute} hours{stop_of_measure(found, found[0])}"


def _times(found: Found) -> str:
    """7:00-7:30 pm: the first hour goes without o'clock, since pm is said for both."""
    first, minute = found[1], found[2] or "0"
    said = numbers.cardinal(int(first)) + (f" {numbers.two(int(minute))}" if int(minute) else "")
    return f"{said} to {found[3]}"


def _duration(found: Found) -> str:
    """2:15:30 counts hours, minutes and seconds."""
    parts = [
        f"{numbers.cardinal(int(count))} {noun}" + "s" * (int(count) != 1)
        for count, noun in zip(found.groups()[:3], ("hour", "minute", "second"), strict=True)
        if int(count)
    ]
    return " ".join([*parts[:-1], "and", parts[-1]] if len(parts) > 1 else parts) or "zero seconds"


TIMES: list[Rule] = [
    rule(r"(?<![\w.,:/-])([01]\d|2[0-4])([0-5]\d)(?= (?:hours|hrs)\b)", _military),
    rule(r"(?<=[ap]\.m\.)[-–](?=noon|midnight)|(?<=[ap]m)[-–](?=noon|midnight)", " to "),
    rule(rf"(?<![\w.,:/-])(\d{{1,2}}):([0-5]\d):([0-5]\d)(?![\w:]|[.,]\d)(?!{_HALF})", _duration),
    rule(rf"{_HOUR}(?:[:.]{_MINUTE})? ?[-–] ?(\d\d?(?:[:.][0-5]\d)?{_HALF})", _times),
    rule(
        r"(?:(?<=\d[apAP][mM])|(?<=\d [apAP][mM])|(?<=[ap]\.m\.)) ?[-–] ?(?=\d)|"
        r"(?<=\d:\d\d) ?[-–] ?(?=\d\d?:\d\d)",
        " to ",
    ),
    rule(rf"{_HOUR}(?:[:.]{_MINUTE}(?::00)?)?{_HALF}", _half_time),
    rule(rf"{_HOUR}:{_MINUTE} ?(?:hours|hrs?\b\.?)(?!\w)", _of_day),
    rule(rf"{_HOUR}:{_MINUTE}(?![\w:]|[.,]\d)", _time),
    rule(r"(?<![\w.,:/])(\d{1,9}):(\d{1,3}(?:,\d{3})+|\d{1,9})(?![\w:]|[.,]\d)", r"\1 to \2"),
]
