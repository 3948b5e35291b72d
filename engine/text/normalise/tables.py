"""Words of a language from languages/CODE.toml: what is counted, money, abbreviations, signs.

The key of an entry lists all signs of one meaning: "l, L" = "liter, liters".
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "languages"


@dataclass(frozen=True)
class Noun:
    """What is counted. `forms`: one, many; in Polish one, few, many, a part."""

    forms: tuple[str, ...]
    feminine: bool = False

    def form(self, which: int) -> str:
        return self.forms[min(which, len(self.forms) - 1)]


@dataclass(frozen=True)
class Money:
    """A currency and its hundredth part."""

    whole: Noun
    cent: Noun


class Tables:
    """The files of a language; an entry of a later file replaces that of an earlier one."""

    def __init__(self, *codes: str) -> None:
        texts = ((_FOLDER / f"{code}.toml").read_text(encoding="utf-8") for code in codes)
        self._files = [tomllib.loads(text) for text in texts]

    def text(self, name: str) -> str:
        """A word or a template; "" where no file has it."""
        return next((str(file[name]) for file in reversed(self._files) if name in file), "")

    def listed(self, name: str) -> tuple[str, ...]:
        """A list of words, as the months."""
        return tuple(word for file in self._files for word in file.get(name, ()))

    def words(self, name: str) -> dict[str, str]:
        """What each sign or abbreviation stands for."""
        return dict(self._entries(name))

    def nouns(self, name: str) -> dict[str, Noun]:
        """Entries "form, form", or "(f) form, form" for a feminine noun."""
        return {sign: _noun(forms) for sign, forms in self._entries(name)}

    def pairs(self, name: str) -> dict[str, tuple[str, str]]:
        """Entries "first | second", as a currency and its hundredth part."""
        halves = ((sign, meaning.partition(" | ")) for sign, meaning in self._entries(name))
        return {sign: (first, second) for sign, (first, _, second) in halves}

    def money(self) -> dict[str, Money]:
        """Entries "one, many | cent, cents"."""
        return {sign: Money(_noun(whole), _noun(cent)) for sign, (whole, cent) in self.pairs("money").items()}

    def _entries(self, name: str) -> Iterator[tuple[str, str]]:
        for file in self._files:
            for signs, meaning in file.get(name, {}).items():
                yield from ((sign, meaning) for sign in signs.split(", "))


def _noun(forms: str) -> Noun:
    return Noun(tuple(forms.removeprefix("(f) ").split(", ")), feminine=forms.startswith("(f)"))


def with_capitals(words: Mapping[str, str]) -> dict[str, str]:
    """The table with entries for the beginning of a sentence."""
    return {key[0].upper() + key[1:]: word[0].upper() + word[1:] for key, word in words.items()} | dict(words)
