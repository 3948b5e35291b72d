"""Tables of a language: what is counted, money, and words for abbreviations and signs.

A table is a text, one entry a line: `sign, sign: word`. All signs of a line mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Noun:
    """What is counted. `forms`: one, many; in Polish one, few, many, a part."""

    forms: tuple[str, ...]
    feminine: bool = False

    def form(self, which: int) -> str:
        return self.forms[min(which, len(self.forms) - 1)]


def nouns(table: str) -> dict[str, Noun]:
    """A line is `sign, sign: form, form`, or `sign, sign: (f) form, form` for a feminine noun."""
    return {sign: _noun(forms) for signs, forms in _entries(table) for sign in signs.split(", ")}


def _noun(forms: str) -> Noun:
    return Noun(tuple(forms.removeprefix("(f) ").split(", ")), feminine=forms.startswith("(f)"))


@dataclass(frozen=True)
class Money:
    whole: Noun
    cent: Noun


def moneys(table: str) -> dict[str, Money]:
    """A line is `sign, sign: one, many | cent, cents`, with (f) before feminine forms."""
    found = {}
    for signs, forms in _entries(table):
        whole, cent = forms.split(" | ")
        found.update(dict.fromkeys(signs.split(", "), Money(_noun(whole), _noun(cent))))
    return found


def words(table: str) -> dict[str, str]:
    """A line is `sign, sign: word`."""
    return {sign: word for signs, word in _entries(table) for sign in signs.split(", ")}


def _entries(table: str) -> Iterator[tuple[str, str]]:
    for line in table.strip().splitlines():
        signs, _, meaning = line.strip().partition(": ")
        yield signs, meaning


def with_capitals(words: Mapping[str, str]) -> dict[str, str]:
    """The table with entries for the beginning of a sentence."""
    return {key[0].upper() + key[1:]: word[0].upper() + word[1:] for key, word in words.items()} | dict(words)
