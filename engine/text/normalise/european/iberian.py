"""What Spanish and Portuguese share: agreement with what is counted, hours, parts of books, rulers."""

from __future__ import annotations

import re
from typing import ClassVar

from engine.text.normalise.european.shared import ROMAN, European, Match, Rule
from engine.text.normalise.rules import roman_value
from engine.text.normalise.tables import Noun

SOME, SOME_FEMININE = Noun(()), Noun((), feminine=True)


class Iberian(European):
    """The rules of both languages, with what each fills in."""

    feminine: ClassVar[re.Pattern[str]]  # singular nouns, or plural ones without their s
    not_counted: ClassVar[re.Pattern[str]]  # words after a number that are no noun
    halves: ClassVar[tuple[str, str]]  # half, masculine and feminine
    parts: ClassVar[str]  # a pattern of nouns before roman numerals
    joints: ClassVar[str]  # of two roman numerals

    def ordinal(self, number: int, feminine: bool) -> str:
        raise NotImplementedError

    def agreeing(self, number: int, following: str) -> str:
        plural = number != 1
        if not following or self.not_counted.fullmatch(following) or (plural and following[-1] != "s"):
            return self.cardinal(number)
        singular = following.removesuffix("s") if plural else following
        return self.cardinal(number, SOME_FEMININE if self.feminine.fullmatch(singular) else SOME)

    def part(self, words: str, following: str) -> str:
        is_feminine = self.feminine.fullmatch(following) and not self.not_counted.fullmatch(following)
        return self.halves[1] if words == self.halves[0] and is_feminine else words

    def own_rules(self) -> list[Rule]:
        return [
            (rf"(?<!\w)((?i:{self.parts})) ({ROMAN})(?:({self.joints})({ROMAN}))?", self._read_part),
            (rf"(?<!\w)([A-ZÀ-Ú][a-zà-ú]+) ({ROMAN})(?!\.[A-Z])", self._read_roman),
        ]

    def _read_hour(self, found: Match) -> str:
        return self.cardinal(int(found[1]), SOME_FEMININE)

    def _read_part(self, found: Match) -> str:
        words = f"{found[1]} {self.cardinal(roman_value(found[2]))}"
        return f"{words}{found[3]}{self.cardinal(roman_value(found[4]))}" if found[4] else words

    def _read_roman(self, found: Match) -> str:
        """Kings and popes: an ordinal up to ten, then a cardinal. X is a letter more often than a king."""
        number, name = roman_value(found[2]), found[1]
        if found[2] == "X":
            return found[0]
        feminine = name.endswith("a") or name == "Isabel"
        return f"{name} {self.ordinal(number, feminine) if number <= 10 else self.cardinal(number)}"
