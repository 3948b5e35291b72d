"""Chinese numerals in characters: 101 is 一百零一, digit by digit 一零一."""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿", "亿亿")
_HUNDRED_MILLION = 8  # digits below 亿


def one_by_one(digits: str) -> str:
    """Each digit by its name: 2024 is 二零二四."""
    return "".join(DIGITS[int(digit)] for digit in digits)


def cardinal(digits: str) -> str:
    """A whole number up to 20 digits, four by four: 10 is 十, 101 一百零一, 20300 二万零三百."""
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


def cardinal_by_eight(digits: str) -> str:
    """A whole number in parts of eight digits, as 一万二千亿 for what `cardinal` calls 一万亿二千亿."""
    high, low = digits[:-_HUNDRED_MILLION], digits[-_HUNDRED_MILLION:]
    if not high:
        return cardinal(digits)
    words = cardinal_by_eight(high) + "亿"
    if not int(low):
        return words
    rest = cardinal(low)
    return words + ("零" if low[0] == "0" else "") + ("一" if rest[0] == "十" else "") + rest


def _below_ten_thousand(four: str) -> str:
    spoken = ""
    for digit, unit in zip(four.lstrip("0"), reversed(_UNITS[: len(four.lstrip("0"))]), strict=True):
        if digit != "0":
            spoken += DIGITS[int(digit)] + unit
        elif not spoken.endswith(DIGITS[0]):
            spoken += DIGITS[0]
    return spoken.rstrip(DIGITS[0])
