"""The form of a rule: a pattern of what is written, and the words that are said for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

Found = re.Match[str]
Rule = tuple[re.Pattern[str], Callable[[Found], str] | str]


def rule(pattern: str, words: Callable[[Found], str] | str) -> Rule:
    """What is written, and what is said for it."""
    return re.compile(pattern), words


def is_drawn(text: str, place: int) -> bool:
    """Whether the sign at a place is one of a line, as =====, or part of an arrow: nobody says such signs."""
    sign, beside = text[place], text[max(place - 1, 0) : place] + text[place + 1 : place + 2]
    return sign in beside or (sign == "=" and any(tip in beside for tip in "<>"))


def any_of(words: Iterable[str]) -> str:
    """A pattern of all words, the longest first, branching by their first letter: that is several times faster."""
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        rests.setdefault(word[0], []).append(re.escape(word[1:]))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in rests.items()) or "(?!)"
