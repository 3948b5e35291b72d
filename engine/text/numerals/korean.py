"""Korean numerals: Sino-Korean in groups of four digits, native ones up to 99."""

from __future__ import annotations

DIGITS = "영일이삼사오육칠팔구"
SCALES = ("", "만", "억", "조", "경", "해")
LONGEST = 4 * len(SCALES)  # digits; longer ones have no name
_UNITS = ("", "십", "백", "천")
_NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")


def sino_groups(digits: str) -> list[tuple[str, str]]:
    """Each four digits that are not all zero in words, with their scale: 12000 is ("일", "만"), ("이천", "")."""
    ends = range(len(digits), 0, -4)
    groups = [(_group(digits[max(0, end - 4) : end]), SCALES[place]) for place, end in enumerate(ends)]
    return [(words, scale) for words, scale in reversed(groups) if words]


def _group(digits: str) -> str:
    words = ""
    for digit, unit in zip(digits, reversed(_UNITS[: len(digits)]), strict=True):
        if digit != "0":
            words += ("" if digit == "1" and unit else DIGITS[int(digit)]) + unit
    return words


def native(number: int) -> str:
    """A number up to 99 as it stands before a counter: 1 is 한, 20 스무, 21 스물한."""
    tens, ones = divmod(number, 10)
    return "스무" if number == 20 else _NATIVE_TENS[tens] + _NATIVE_ONES[ones]


def has_coda(word: str) -> bool:
    """Whether the last syllable of a word ends in a consonant: 은 after it, else 는."""
    return "가" <= word[-1:] <= "힣" and (ord(word[-1]) - ord("가")) % 28 > 0
