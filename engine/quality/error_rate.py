"""Character and word error: how much of a text a listener wrote down wrongly."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def normalised(text: str) -> str:
    """Lower case, without punctuation and signs, single spaces; digits stay digits."""
    kept = []
    for character in unicodedata.normalize("NFKC", text).casefold():
        if unicodedata.category(character)[0] in "LMN":
            kept.append(character)
        elif character not in "'’":  # an apostrophe joins: brother's is one word
            kept.append(" ")
    return " ".join("".join(kept).split())


def edits(said: Sequence[str], heard: Sequence[str]) -> int:
    """The least number of items to change, add or remove (Levenshtein 1966)."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        before, row = row, [i]
        for j, other in enumerate(heard, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (one != other)))
    return row[-1]


def error_rates(pairs: Sequence[tuple[str, str]]) -> tuple[float, float]:
    """Character and word error of pairs (said, heard), from 0 to 1.

    Characters are counted without spaces, so that languages that write none compare. A sentence counts at most all of
    its characters or words: recognisers repeat themselves without end where they understand nothing.

    Raises:
        ValueError: nothing was said in any pair.
    """
    texts = [(normalised(said), normalised(heard)) for said, heard in pairs]
    characters = [(said.replace(" ", ""), heard.replace(" ", "")) for said, heard in texts]
    return _rate(characters), _rate([(said.split(), heard.split()) for said, heard in texts])


def _rate(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> float:
    total = sum(len(said) for said, _heard in pairs)
    if not total:
        raise ValueError("nothing was said")
    return sum(min(len(said), edits(said, heard)) for said, heard in pairs) / total
