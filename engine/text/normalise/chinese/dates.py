"""Chinese years, dates and times of day."""

from __future__ import annotations

import re

from engine.text.normalise.chinese.numbers import cardinal
from engine.text.normalise.east_asian import is_fraction
from engine.text.normalise.rules import Found, Rule, rule
from engine.text.numerals.chinese import one_by_one

RANGE = r" ?[-~～–—] ?"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_BEFORE, _AFTER = r"(?<![\d./-])", r"(?![\d/-]|\.\d)"
_AM_PM = r"[AaPp]\.?[Mm]\.?"
_SEASON = "学年|學年|年|赛季|賽季|奥运|奧運|世界杯|亚运|亞運|春晚|款|版|财年"
_PART_OF_YEAR = "(?:[初末](?!心|恋|衷|级)|底(?!蕴|子|层|薪)|上半年|下半年|第?[一二三四1-4]季度)"
_DURATION = re.compile("年(?:前|来|來|间|間|的?[历歷]史|的?文明|以上|之久|左右)")


def _full_date(found: Found) -> str:
    return f"{one_by_one(found['year'])}年{int(found['month'])}月{int(found['day'])}日"


def _month_and_day(found: Found) -> str:
    return f"{int(found[1])}月{int(found[2])}日"


def _day_or_share(found: Found) -> str:
    return found[0] if is_fraction(found) else _month_and_day(found)


def _year(found: Found) -> str:
    """2024年 is a year; round numbers as in 2000年前 count years."""
    counts = found[0].endswith("00") and _DURATION.match(found.string, found.end())
    return found[0] if counts else one_by_one(found[0])


def _years(found: Found) -> str:
    first, last = found[1], found[2]
    return f"{one_by_one(first)}到{one_by_one(last)}" if int(first) < int(last) else found[0]


def _half(written: str | None) -> str:
    return {"a": "上午", "p": "下午"}.get((written or "")[:1].lower(), "")


def _clock(found: Found) -> str:
    minute, second = found["minute"], found["second"]
    words = f"{_half(found['before'] or found['after'])}{int(found['hour'])}点"
    if minute != "00" or (second or "00") != "00":
        words += f"{two_digits(minute)}分"
    return words + (f"{two_digits(second)}秒" if second and second != "00" else "")


def two_digits(digits: str) -> str:
    """Minutes after hours, seconds after minutes: 05 is 零五."""
    return f"零{digits[1]}" if digits[0] == "0" and digits[1] != "0" else str(int(digits))


def _named_day(found: Found) -> str:
    """3·15 is 三一五, and 10.1 is 十一."""
    return cardinal(found[1]) + (cardinal(found[2]) if found[1] == "10" else one_by_one(found[2]))


def _digits(found: Found) -> str:
    return one_by_one(found[0])


DATES: list[Rule] = [
    rule(
        rf"{_BEFORE}(?P<year>\d{{4}})(?P<sign>[/.-])(?P<month>{_MONTH})(?P=sign)(?P<day>{_DAY})(?![\d/]|\.\d|-\d(?!\d?[./]\d))",
        _full_date,
    ),
    rule(rf"{_BEFORE}(?P<month>{_MONTH})/(?P<day>{_DAY})/(?P<year>\d{{4}}){_AFTER}", _full_date),
    rule(
        rf"{_BEFORE}(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01]){_AFTER}",
        _full_date,
    ),
    rule(
        rf"{_BEFORE}(\d{{4}})[/-](\d\d)(?={_SEASON})",
        lambda found: f"{one_by_one(found[1])}到{one_by_one(found[2])}",
    ),
    rule(
        rf"{_BEFORE}((?:19|20)\d\d)(?:[/-](?=\d\d)|/)(0?[1-9]|1[0-2]){_AFTER}",
        lambda found: f"{one_by_one(found[1])}年{int(found[2])}月",
    ),
    rule(rf"{_BEFORE}([12]\d{{3}})(?:年?{RANGE}|[到至])([12]\d{{3}})(?={_SEASON})", _years),
    # the ends of a span without 年 are years unless something is counted
    rule(rf"{_BEFORE}(1[5-9]\d\d|20\d\d){RANGE}(1[5-9]\d\d|20\d\d)(?=[^\d/.,一-鿿A-Za-z%°=-]|$)", _years),
    # a comma before four digits separates no thousands: the number before it ends a clause
    rule(rf"(?<!\d)(?<!\d\.)(?:1\d|20)\d\d(?={_SEASON})", _year),
    rule(r"(?:(?<=公元)|(?<=公元前)|(?<=西元)|(?<=西元前))\d{1,4}(?=年)", _digits),
    rule(
        r"(?<!\d)(?<!\d[.,])'?(0\d|[89][1-9])(?=年(?![级級龄齡来來间間前后後多的以]))",
        lambda found: one_by_one(found[1]),
    ),
    rule(
        rf"(?<!\d)(?<!\d\.)'?([0-39]\d)(?=年(?:{_MONTH}月|{_PART_OF_YEAR}))",
        lambda found: one_by_one(found[1]),
    ),
    rule(r"(?<!\d)(?:[05-9][05]|10)(?=后(?!来|天|再))", _digits),  # 90后 are those born in the nineties
    rule(
        rf"{_BEFORE}({_MONTH})/({_DAY})(?=前|起|开始|開始|上午|下午|晚上|早上|截止|\([周一二三四五六日星])",
        _month_and_day,
    ),
    rule(rf"(?<=[从從])({_MONTH})/({_DAY}){_AFTER}", _month_and_day),
    rule(rf"(?<=日[到至~～–—-])({_MONTH})[/.]({_DAY}){_AFTER}", _month_and_day),
    rule(rf"(?<=年)({_MONTH})\.({_DAY})(?![\d.%万亿])", _month_and_day),
    rule(r"(?<!\d)(\d{1,2})[·•](\d{1,2})(?!\d)", _named_day),
    rule(r"(?<![\d.])(\d{1,2})\.(\d{1,2})(?=晚会|假期|黄金周|小长假|大促|事件|汶川)", _named_day),
    rule(rf"{_BEFORE}({_MONTH})/({_DAY})[日号號]", _month_and_day),
    rule(rf"{_BEFORE}({_MONTH})/({_DAY}){_AFTER}(?! ?[A-Za-z%])", _day_or_share),
    rule(
        r"(?:(?<=成绩)|(?<=用时)|(?<=耗时)|(?<=跑出))(\d{1,2}):([0-5]\d):([0-5]\d)(?![\d:])",
        lambda found: f"{int(found[1])}小时{int(found[2])}分{int(found[3])}秒",
    ),
    rule(
        rf"(?<!\d)(?<!\d[.:])(?:(?<![A-Za-z])(?P<before>{_AM_PM}) ?)?(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)"
        rf"(?::(?P<second>[0-5]\d))?(?![\d:]|\.\d)(?: ?(?P<after>{_AM_PM})(?![A-Za-z]))?",
        _clock,
    ),
    rule(
        rf"(?<!\d)(?<!\d[.,:])(\d{{1,2}}) ?({_AM_PM})(?![A-Za-z])",
        lambda found: f"{_half(found[2])}{found[1]}点",
    ),
    rule(r"(?<=[点點时時分])0([1-9])(?=[分秒])", r"零\1"),
    rule(r"(?<!\d)0(?=[1-9]?\d[月日号號时時点點分秒]|[1-9][月日号號时時点點分秒])", ""),
]
