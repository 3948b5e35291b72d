"""What the rules of English are made of: patterns of numbers, and the spaces around words."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.text.normalise.rules import Found, Rule

Group = tuple[Callable[[str], object], list[Rule]]  # whether a text has what rules need, and the rules

# A minus sign stands alone before its number; a number does not begin inside another one.
START = r"(?:(?<![\w).,\]/%€$£°-])-|(?<!\d)(?<!\d[.,]))"
END = r"(?![.,]?\d)"
WHOLE = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?!\d)"
NUMBER = rf"(?=[-.\d])(?:{START}{WHOLE}(?:\.\d+)?|(?<![\w.,)])-?\.\d+){END}"
STARTERS = (
    "The|They|He|She|It|I|We|You|In|On|At|But|And|This|That|There|A|An|His|Her|Its|My|Our|When|If|For|As|What"
)
STARTERS += (
    "|So|Then|Now|Not|No|To|From|After|Before|Who|Why|How|Where|Please|These|Those|Their|Your|Is|Are|Do|Did"
)
STARTER = re.compile(rf"(?:{STARTERS})\b")  # after a full stop, it begins a sentence
_SENTENCE_ENDS = re.compile(rf"[\"')\]]*(?:\s*$|\s+[\"'(]?(?:{STARTERS})\b)")


def apart(found: Found, words: str) -> str:
    """Words with spaces where a letter touches the match."""
    text, start, end = found.string, found.start(), found.end()
    before = " " if start and text[start - 1].isalnum() else ""
    return before + words + (" " if end < len(text) and text[end].isalpha() else "")


def spelt(letters: str) -> str:
    """Letters said one by one. A hyphen keeps A from being the article, and the cleaner from hearing full stops."""
    return "-".join(letter for letter in letters if letter.isalpha())


def stop(found: Found, abbreviation: str) -> str:
    """The full stop of an abbreviation at the end of a match, where it is that of the sentence, too."""
    return "." if abbreviation.endswith(".") and _SENTENCE_ENDS.match(found.string, found.end()) else ""
