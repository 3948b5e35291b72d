"""Chinese numbers in characters, as quantities (二百零五) and digit by digit (二零五, dialled 幺二零)."""

from __future__ import annotations

import re

from engine.text.normalise.chinese.tables import COUNTERS, NOT_COUNTED
from engine.text.numerals.chinese import cardinal_by_eight, one_by_one

# whole numbers only, never a part of their digits: otherwise long ones take time by the square of their length
NUMBER = r"(?<!\d)(?:\d{1,3}(?:,\d{3})++(?!\d)|\d++)(?:\.\d++)?"
MYRIAD = "[万萬亿億]"
QUANTITY = rf"(?:{NUMBER}[百千仟]?{MYRIAD}*+){{1,4}}+"  # 1亿2000万, 3千万
_PARTS = re.compile(rf"({NUMBER})")
_DIALLED = str.maketrans("0123456789", "零幺二三四五六七八九")
_LONGEST = 16
_LONGEST_WITHOUT_GROUPS = 8  # longer ones are numbers of something, unless they are round
_COUNTER = re.compile(
    rf"[多余餘几幾]?(?:[到至、或~-]\d+{MYRIAD}?|或者\d+)?(?!{NOT_COUNTED})"
    rf"(?:{'|'.join(sorted(COUNTERS, key=len, reverse=True))})"
)


def dialled(digits: str) -> str:
    """Each digit as it is said on the telephone, with 幺 for 1: 110 is 幺幺零."""
    return digits.translate(_DIALLED)


def cardinal(digits: str) -> str:
    """A whole number: 10 is 十, 2000 两千, 22000 两万二千, 200 二百."""
    digits = digits.lstrip("0") or "0"
    if len(digits) > _LONGEST:
        return one_by_one(digits)
    return re.sub("^二(?=[千万亿])", "两", cardinal_by_eight(digits))


def quantity(text: str, after: str) -> str:
    """A match of QUANTITY in characters.

    Args:
        after: the text behind it, which tells 两 (2个) from 二 (2号).
    """
    parts = _PARTS.split(text)
    if len(parts) == 3 and text == "2" and _COUNTER.match(after):
        return "两"
    for place in range(1, len(parts), 2):
        following = parts[place + 1]
        if parts[place] == "2" and following[:1] not in ("", "百"):
            parts[place] = "两"
        else:
            parts[place] = _number(parts[place])
    return "".join(parts)


def _number(written: str) -> str:
    whole, _, part = written.partition(".")
    digits = whole.replace(",", "")
    is_code = len(digits) > _LONGEST_WITHOUT_GROUPS and digits == whole and not digits.endswith("000")
    words = one_by_one(digits) if is_code or (len(digits) > 1 and digits[0] == "0") else cardinal(digits)
    return f"{words}点{one_by_one(part)}" if part else words
