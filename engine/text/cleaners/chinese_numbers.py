"""Numbers in Chinese text, written in characters as they are read: 2024年 as 二〇二四年, 3.5% as 百分之三点五."""

from __future__ import annotations

import re

from engine.text.numerals.chinese import cardinal, one_by_one

# counters before which 2 is 两
_COUNTERS = "个位名只条张本件次天块人斤公小种家辆座棵头匹双岁杯瓶碗句段篇首部台层间把支枝根颗片页步遍趟回下点分秒周倍元"
_NUMBER = r"\d+(?:\.\d+)?"
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_LONGEST_NUMBER = 6  # digits in a row; longer ones are dialled or numbered, and read one by one


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


def _clock(found: re.Match[str]) -> str:
    hours = "两" if found[1] in ("2", "02") else cardinal(found[1])
    minutes = found[2]
    if minutes == "00":
        return f"{hours}点"
    return f"{hours}点{'零' if minutes[0] == '0' else ''}{cardinal(minutes)}分"
