"""The form of a rule: a pattern of what is written, and the words that are said for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

Found = re.Match[str]
Rule = tuple[re.Pattern[str], Callable[[Found], str] | str]
Group = tuple[Callable[[str], object], list[Rule]]  # whether a text has what the rules need, and the rules
ROMAN = [
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII",
    "XVIII", "XIX", "XX", "XXI", "XXII", "XXIII", "XXIV", "XXV", "XXVI", "XXVII", "XXVIII", "XXIX", "XXX",
]  # fmt: skip
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def rule(pattern: str, words: Callable[[Found], str] | str) -> Rule:
    """What is written, and what is said for it."""
    return re.compile(pattern), words


def is_drawn(text: str, place: int) -> bool:
    """Whether the sign at a place is one of a line, as =====, or part of an arrow: nobody says such signs."""
    sign, beside = text[place], text[max(place - 1, 0) : place] + text[place + 1 : place + 2]
    return sign in beside or (sign == "=" and any(tip in beside for tip in "<>"))


def applied(text: str, groups: Iterable[Group]) -> str:
    """`text` through the rules of each group, one after the other, where it has what they need."""
    for needs, rules in groups:
        if needs(text):
            for pattern, words in rules:
                text = pattern.sub(words, text)
    return text


def roman_value(numeral: str) -> int:
    """The number that a roman numeral means: 14 for XIV."""
    values = [_ROMAN_DIGITS[letter] for letter in numeral]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def any_of(words: Iterable[str]) -> str:
    """A pattern of all words, the longest first, branching by their first letter: that is several times faster."""
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        rests.setdefault(word[0], []).append(re.escape(word[1:]))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in rests.items()) or "(?!)"


def apart(found: Found, words: str) -> str:
    """Words with spaces where a letter or a digit touches the match."""
    text, start, end = found.string, found.start(), found.end()
    before = " " if start and text[start - 1].isalnum() else ""
    return before + words + (" " if end < len(text) and text[end].isalpha() else "")


def apart_from_marks(found: Found, words: str) -> str:
    """Words for a sign and the spaces around it: none at an end of the text, inside brackets and before marks."""
    text, start, end = found.string, found.start(), found.end()
    before = "" if start == 0 or text[start - 1] in " ([\"'" else " "
    return before + words + ("" if end == len(text) or text[end] in " .,;:!?)]\"'" else " ")


def not_in_a_word(written: str) -> str:
    """A pattern for an abbreviation of Latin letters that is not a part of another word."""
    before = r"(?<![A-Za-z\d.])" if written[0].isalnum() else ""
    after = r"(?![A-Za-z\d])" if written[-1].isascii() and written[-1].isalnum() else ""
    return before + re.escape(written) + after


def listed(written: str, parts: re.Pattern[str], names: Mapping[str, str], to: str, also: str) -> str:
    """Short names in full: Sat/Sun is Saturday and Sunday; of three, a comma stands between the first two.

    Args:
        parts: finds a short name, and what joins it to the next one.
        to, also: the words for - and for /, & and +, with their spaces.
    """
    found = parts.findall(written)
    following = [joint.strip() for _, joint in found[1:]] + [""]
    return "".join(
        names[name] + _joint(joint, after, to, also)
        for (name, joint), after in zip(found, following, strict=True)
    )


def _joint(joint: str, after: str, to: str, also: str) -> str:
    sign = joint.strip()
    if sign in ("-", "–"):
        return to
    if sign in ("/", "&", "+"):
        return ", " if after == sign else also
    return joint
