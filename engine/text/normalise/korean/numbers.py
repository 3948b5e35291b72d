"""Korean numbers: Sino-Korean and native numerals, and which of them a counter takes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.text.normalise.korean.tables import AMOUNT_WORDS, MOST_NATIVE, NATIVE_COUNTERS, NUMBERED
from engine.text.numerals.korean import DIGITS, LONGEST, native, sino_groups

_ONE_BY_ONE = str.maketrans("0123456789", "공일이삼사오육칠팔구")
_BEFORE_JJAE = {1: "첫", 2: "둘", 3: "셋", 4: "넷"}  # 첫째, 둘째
_ABOUT = ("", "한두", "두세", "서너", "네다섯", "대여섯", "예닐곱", "일고여덟", "여덟아홉")
_MOST = 99

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
# 1억 and 2천만; 3조각 are three pieces, 1만큼 is as much as 1
_SCALE = r"(?:[십백천](?=[만억조])[만억조]|[백천십]|[만억조경](?!큼|각|금씩|기|사))"
QUANTITY = rf"{NUMBER}(?:{_SCALE}(?: ?{NUMBER}{_SCALE})*(?: ?{NUMBER}(?![\d.]|{_SCALE}))?)?"
_PART = re.compile(rf"({NUMBER})({_SCALE})?")


def _counters(words: Mapping[str, str]) -> str:
    """A pattern for one of the words, none where it begins another word."""
    return "|".join(
        word + (f"(?!{words[word]})" if words[word] else "") for word in sorted(words, key=len, reverse=True)
    )


NATIVE = _counters(NATIVE_COUNTERS)
AMOUNT = _counters(AMOUNT_WORDS)
COUNTED = (
    rf"(?P<number_of>번(?= (?:{NUMBERED}))|장(?= ?\d{{1,3}} ?절))|"
    rf"(?P<native>{NATIVE})|(?P<amount>{AMOUNT})"
)


def one_by_one(digits: str) -> str:
    """Each digit by itself, as in telephone numbers: 010 is 공일공."""
    return digits.translate(_ONE_BY_ONE)


def sino(digits: str) -> str:
    """A whole number in Sino-Korean: 15000 is 만 오천."""
    digits = digits.replace(",", "")
    if (len(digits) > 1 and digits[0] == "0") or len(digits) > LONGEST:
        return one_by_one(digits)
    if digits == "0":
        return DIGITS[0]
    return " ".join(_with_scale(words, scale) for words, scale in sino_groups(digits))


def _with_scale(group: str, scale: str) -> str:
    """만, 천만 and 백 alone, but 일억 and 일조."""
    return scale if group == "일" and scale[:1] in ("만", "천", "백", "십") and scale else group + scale


def number(written: str) -> str:
    """A number with or without decimals: 1.5 is 일 점 오."""
    whole, point, part = written.replace(",", "").partition(".")
    if not point:
        return sino(whole)
    return f"{sino(whole.lstrip('0') or '0')} 점 {' '.join(DIGITS[int(digit)] for digit in part)}"


def quantity(written: str) -> str:
    """What QUANTITY matched: 1억 2천만 is 일억 이천만."""
    words = ""
    for found in _PART.finditer(written):
        apart = "" if not words or words[-1] in "십백천" else " "
        words += apart + _with_scale(number(found[1]), found[2] or "")
    return words


def takes_native(written: str, counter: str) -> bool:
    """Whether a number is a native numeral before the counter."""
    return (
        written.isdecimal()
        and written[0] != "0"
        and len(written) < 3
        and int(written) <= MOST_NATIVE.get(counter, _MOST)
    )


def counted(value: int, counter: str) -> str:
    """A native numeral and its counter: 스무 살, 스물한 살, 첫 번째, 둘째."""
    if counter == "째" and value in _BEFORE_JJAE:
        return _BEFORE_JJAE[value] + counter
    if counter == "번째" and value == 1:
        return "첫 번째"
    return native(value) + ("" if counter == "째" else " ") + counter


def span(first: str, second: str, counter: str) -> str:
    """A range before a counter with native numerals: 서너 명, 세 명에서 다섯 명."""
    if not (takes_native(first, counter) and takes_native(second, counter)):
        return f"{sino(first)}에서 {sino(second)} {counter}"
    low, high = int(first), int(second)
    if high == low + 1 and low < len(_ABOUT) and counter not in ("시", "째", "번째"):
        return f"{_ABOUT[low]} {counter}"
    return f"{counted(low, counter)}에서 {counted(high, counter)}"


def about(first: str, second: str) -> str:
    """Sino-Korean numbers one after the other: 2~3일 is 이삼일."""
    return sino(first) + sino(second)
