"""Numbers in Chinese text, written in characters as they are read: 2024年 as 二〇二四年, 3.5% as 百分之三点五."""

from __future__ import annotations

import re

DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿", "亿亿")
# counters before which 2 is 两
_COUNTERS = "个位名只条张本件次天块人斤公小种家辆座棵头匹双岁杯瓶碗句段篇首部台层间把支枝根颗片页步遍趟回下点分秒周倍元"
_NUMBER = r"\d+(?:\.\d+)?"
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_LONGEST_NUMBER = 6  # digits in a row; longer ones are dialled or numbered, and read one by one
_LONGEST_BEFORE_WORD = 16


def read_out(text: str) -> str:
    """The text with its numbers in characters."""
    text = _THOUSANDS.sub("", text)
    text = re.sub(r"(\d{4})(?=年)", lambda found: one_by_one(found[1]), text)
    text = re.sub(r"(?<!\d)(\d{1,2}):(\d{2})(?::\d{2})?(?!\d)", _clock, text)
    text = re.sub(rf"({_NUMBER})[%％]", lambda found: "百分之" + number(found[1]), text)
    text = re.sub(
        r"(?<!\d)(\d{1,4})/(\d{1,4})(?!\d)",
        lambda found: f"{cardinal(found[2])}分之{cardinal(found[1])}",
        text,
    )
    text = re.sub(r"(?<![\d\w.-])-(?=\d)", "负", text)
    text = re.sub(rf"(?<![\d.])2(?=[{_COUNTERS}])(?!点\d|分之)", "两", text)
    return re.sub(_NUMBER, lambda found: number(found[0]), text)


def number(digits: str) -> str:
    """A number with or without a decimal point; long ones and those that begin with 0 digit by digit."""
    whole, _, part = digits.partition(".")
    read = (
        one_by_one(whole) if len(whole) > _LONGEST_NUMBER + 2 or re.match(r"0\d", whole) else cardinal(whole)
    )
    return f"{read}点{one_by_one(part)}" if part else read


def one_by_one(digits: str) -> str:
    """Each digit by its name."""
    return "".join(DIGITS[int(digit)] for digit in digits)


def cardinal(digits: str) -> str:
    """A whole number up to 20 digits: 10 is 十, 101 一百零一, 20300 二万零三百."""
    digits = digits.lstrip("0")
    if not digits:
        return DIGITS[0]
    if len(digits) > 4 * len(_GROUPS):
        return one_by_one(digits)
    padded = digits.zfill(len(digits) + -len(digits) % 4)
    spoken = ""
    gap = False
    for position in range(0, len(padded), 4):
        four = padded[position : position + 4]
        if four == "0000":
            gap = bool(spoken)
            continue
        needs_zero = spoken and (gap or four[0] == "0")
        spoken += (DIGITS[0] if needs_zero else "") + _below_ten_thousand(four)
        spoken += _GROUPS[(len(padded) - position) // 4 - 1]
        gap = False
    return spoken.removeprefix("一") if spoken.startswith("一十") else spoken


def _below_ten_thousand(four: str) -> str:
    spoken = ""
    for digit, unit in zip(four.lstrip("0"), reversed(_UNITS[: len(four.lstrip("0"))]), strict=True):
        if digit != "0":
            spoken += DIGITS[int(digit)] + unit
        elif not spoken.endswith(DIGITS[0]):
            spoken += DIGITS[0]
    return spoken.rstrip(DIGITS[0])


def _clock(found: re.Match[str]) -> str:
    hours = "两" if found[1] in ("2", "02") else cardinal(found[1])
    minutes = found[2]
    if minutes == "00":
        return f"{hours}点"
    return f"{hours}点{'零' if minutes[0] == '0' else ''}{cardinal(minutes)}分"
