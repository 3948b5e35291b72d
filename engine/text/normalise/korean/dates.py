"""Korean dates and times: the signs between their numbers in words."""

from __future__ import annotations

from engine.text.normalise.east_asian import is_fraction
from engine.text.normalise.korean.numbers import one_by_one, sino
from engine.text.normalise.rules import Found, Rule, rule

_MONTH = r"(?:0?[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12]\d|3[01]|[1-9])"
_START = r"(?<![\d./-])(?<![A-Za-z])"
_END = r"(?![\d/-]|\.\d)"
# 24.3.15 after these is a version
_SOFTWARE = (
    r"버전 )(?<![A-Za-z] )(?<!에스 )(?<!로이드 )(?<!윈도 )(?<!윈도우 )(?<!우분투 )(?<!크롬 )"
    "(?<!파이썬 )(?<!펌웨어 "
)
# what is said after a day of history, as 6.25 전쟁
_EVENTS = (
    "절|전쟁|민주|운동|혁명|항쟁|사태|테러|선언|쿠데타|사건|참사|정신|광복|비상계엄|계엄|합의|군사|의거|학살|정변|"
    "대지진|기념|때|참전|당시|세대|총선|대선|지방|재보"
)


def _full_date(found: Found) -> str:
    return f"{found['year']}년 {int(found['month'])}월 {int(found['day'])}일"


def _month_and_day(found: Found) -> str:
    return f"{int(found[1])}월 {int(found[2])}일"


def _day_or_share(found: Found) -> str:
    return found[0] if is_fraction(found) else _month_and_day(found)


def _event(found: Found) -> str:
    """5·18 is 오일팔, 12·12 십이십이."""
    month, day = found[1], found[2]
    return sino(month) + (sino(day) if day in (month, "10", "20", "30") and len(day) > 1 else one_by_one(day))


def _half(written: str | None) -> str:
    """오전 and 오후 for AM and PM and for themselves."""
    if not written:
        return ""
    return written + " " if written in ("오전", "오후") else {"a": "오전 ", "p": "오후 "}[written[0].lower()]


def _clock(found: Found) -> str:
    minutes, seconds = int(found["minute"]), int(found["second"] or 0)
    words = f"{_half(found['before'] or found['after'])}{int(found['hour'])}시"
    return words + (f" {minutes}분" if minutes or seconds else "") + (f" {seconds}초" if seconds else "")


_AM_PM = r"[AaPp]\.?[Mm]\.?"
DATES: list[Rule] = [
    rule(
        rf"{_START}'?(?P<year>\d{{4}})(?P<sign>[/.-] ?)(?P<month>{_MONTH})(?P=sign)(?P<day>{_DAY})(?:\.(?!\d))?{_END}",
        _full_date,
    ),
    rule(
        rf"'(?P<year>\d\d)(?P<sign>[/.-] ?)(?P<month>{_MONTH})(?P=sign)(?P<day>{_DAY})(?:\.(?!\d))?{_END}",
        _full_date,
    ),
    rule(rf"{_START}((?:19|20)\d\d)[./-](0[1-9]|1[0-2])\.?(?![\d/-])", r"\1년 \2월"),
    rule(
        rf"{_START}(?P<year>\d\d)\.(?P<month>0[1-9]|1[0-2])\.(?P<day>0[1-9]|[12]\d|3[01])(?:\.(?!\d))?{_END}",
        _full_date,
    ),
    rule(
        rf"{_START}(?<!{_SOFTWARE})(?P<year>1[5-9]|2\d|3[0-5])\.(?P<month>{_MONTH})\.(?P<day>{_DAY})"
        rf"(?:\.(?!\d))?{_END}(?! ?버전| ?업데이트)",
        _full_date,
    ),
    rule(
        rf"(?<=요일)( ?\()({_MONTH})/({_DAY})(?=\))",
        lambda found: f"{found[1]}{int(found[2])}월 {int(found[3])}일",
    ),
    rule(rf"{_START}((?:19|20)\d\d)\. ?({_MONTH})\.(?! ?\d)", r"\1년 \2월"),
    rule(r"((?:19|20)\d\d)[-/](\d\d)(?= ?시즌)", r"\1 \2"),
    rule(r"(?<!\d)(911)(?=테러| 테러)", lambda found: one_by_one(found[1])),
    rule(r"(?<![\d/])([1-4])/4(?=분기)", r"\g<1>사"),
    rule(
        rf"{_START}({_MONTH})\. ?({_DAY})\.?(?= ?\([월화수목금토일]\)| ?[~–] ?{_MONTH}\. ?{_DAY}\.)",
        _month_and_day,
    ),
    rule(rf"{_START}({_MONTH})\. ({_DAY})\.(?! ?\d)", _month_and_day),
    rule(
        rf"(?<=일)( ?[~–] ?)({_MONTH})[./] ?({_DAY})\.?{_END}",
        lambda found: found[1] + f"{int(found[2])}월 {int(found[3])}일",
    ),
    rule(rf"(?<![\d.·])({_MONTH})[·.ㆍ∙](\d{{1,2}})(?= ?(?:{_EVENTS}))", _event),
    rule(r"(?<![\d.·])(1[0-2]|[1-9])[·ㆍ∙]([12]\d|3[01]|[1-9])(?![\d·ㆍ∙]| ?[%가-힣]?월)", _event),
    rule(
        rf"{_START}({_MONTH})/({_DAY})(?= ?\([월화수목금토일]|\s?[~–]\s?{_MONTH}/{_DAY}(?!\d)| \d{{1,2}}[:시])",
        _month_and_day,
    ),
    rule(rf"(?<=일[~–])({_MONTH})/({_DAY})(?![\d/])", _month_and_day),
    rule(rf"{_START}({_MONTH})/({_DAY})(?![\d/-]|\.\d|\s?[A-Za-z%])", _day_or_share),
    rule(r"(?<=\d일) ?\(([월화수목금토일])\)", r" \1요일"),
    rule(r"(?<=요일) ?[~–] ?(?=\d)|(?<=월 [초중말]) ?[~–] ?(?=\d)", "에서 "),
    rule(r"(?<=\d시) ?00분", ""),
    rule(
        r"(?<![가-힣])([월화수목금토일])[~–-]([월화수목금토일])(?![가-힣])",
        lambda found: f"{found[1]}요일에서 {found[2]}요일",
    ),
    rule(r"'(?=\d\d(?:년|학번))", ""),
    rule(
        r"(?<![\d:.,])(\d{1,2}):([0-5]\d):([0-5]\d)(?=의 ?기록| ?만에|[에로] 완주)",
        lambda found: f"{int(found[1])}시간 {int(found[2])}분 {int(found[3])}초",
    ),
    rule(
        rf"(?<![\d:.,])(?:(?<![A-Za-z])(?P<before>{_AM_PM}|오전|오후) ?)?(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)"
        rf"(?::(?P<second>[0-5]\d))?(?![\d:])(?! ?으?로 (?:이|졌|끝|승|비|앞))(?: ?(?P<after>{_AM_PM})(?![A-Za-z]))?",
        _clock,
    ),
    rule(rf"(?<![A-Za-z])({_AM_PM}) ?(?=\d{{1,2}}시)", lambda found: _half(found[1])),
    rule(rf"(?<![\d:.,])(\d{{1,2}}) ?({_AM_PM})(?![A-Za-z])", lambda found: f"{_half(found[2])}{found[1]}시"),
    rule(r"(?<![\d.])0(?=[1-9] ?[월일시분초](?!리즈))|(?<![\d.])0(?=0[시분초])", ""),
]
