"""Numbers, signs and abbreviations of Italian in words."""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import HOUR, MINUTE, ROMAN, European, Match, Rule, number_words
from engine.text.normalise.rules import roman_value
from engine.text.normalise.tables import Noun

_NOT_COUNTED = re.compile(
    r"\w\w?|alla?|alle|agli|che|come|con|contro|da[li]?|dalla|della?|dei|degli|delle|dopo|era|fra|nella?|non|per|però|prima|"
    r"poi|quando|sono|tra|una"
)
_NEEDS_UNO = re.compile(r"s[^aeiou]|z|gn|ps|x|y")
_SOME, _SOME_FEMININE = Noun(()), Noun((), feminine=True)
# What follows ° where it is an ordinal: 1° piano, 3° A; but 25° all'ombra.
_NOT_DEGREES = r"(?:(?!all|nord|sud|est|ovest|sotto|sopra|con|per)[a-zà-ù]{3}|[ABDE](?!\w))"
# an S. before another name is an initial
_SAINTS = (
    "Pietro|Paolo|Giovanni|Marco|Maria|Lucia|Antonio|Francesco|Giuseppe|Agostino|Andrea|Ambrogio|Lorenzo|Stefano|"
    "Giorgio|Martino|Michele|Nicola|Chiara|Caterina|Rita|Teresa|Anna|Agata|Croce|Domenico|Benedetto|Gennaro|Siro|"
    "Donato|Vito|Biagio|Rocco|Matteo|Luca|Tommaso|Vincenzo|Elena|Cecilia|Barbara|Monica|Margherita|Sofia"
)
_MEN = frozenset({"Andrea", "Luca", "Nicola", "Mattia", "Papa"})


class Italian(European):
    code = "it"
    plain_needs = rf"(?:{ROMAN}|[Ss]\. ?[A-Z])"

    def cardinal(self, number: int, noun: Noun | None = None) -> str:
        if number == 1 and noun:
            return "una" if noun.feminine else "un"
        words = _spelt(number_words(number, "it"))
        words = re.sub(r"(?<=\w)tre$", "tré", words)
        return re.sub(r"(milion[ei]|miliard[oi]|bilion[ei]) e ", r"\1 ", words)

    def agreeing(self, number: int, following: str) -> str:
        if number != 1 or not following or _NOT_COUNTED.fullmatch(following) or _NEEDS_UNO.match(following):
            feminine = number == 1 and following.endswith("a") and not _NOT_COUNTED.fullmatch(following)
            return "una" if feminine else self.cardinal(number)
        return self.cardinal(number, _SOME_FEMININE if following.endswith("a") else _SOME)

    def day(self, day: int) -> str:
        return "primo" if day == 1 else self.cardinal(day)

    def clocks(self) -> list[str]:
        after = "(?:(?<=lle )|(?<=[Oo]re )|(?<=ll'))"  # alle, dalle, delle, ore, all'
        return [f"{HOUR}:{MINUTE}", rf"{after}{HOUR}\.{MINUTE}"]

    def time(self, hour: int, minute: int, found: Match) -> str:  # noqa: ARG002
        words = "una" if hour == 1 else self.cardinal(hour)
        return f"{words} e {self.cardinal(minute)}" if minute else words

    def part(self, words: str, following: str) -> str:
        feminine = following.endswith("a") and not _NOT_COUNTED.fullmatch(following)
        return "mezza" if words == "mezzo" and feminine else words

    def telephones(self) -> list[str]:
        return [*super().telephones(), r"(?<![\w.,+])3\d\d[ ./-]?\d{3} ?\d{3,4}(?!\w| \d)"]

    def ordinal(self, number: int, feminine: bool = False) -> str:
        words = _spelt(number_words(number, "it", "ordinal"))
        return words[:-1] + "a" if feminine else words

    def first_rules(self) -> list[Rule]:
        return [
            *super().first_rules(),
            (rf"(?<![\w.])(?:S\.|s\.) ?(?=({_SAINTS})(?!\w))", lambda found: _saint(found[1])),
        ]

    def own_rules(self) -> list[Rule]:
        months = "|".join(self.months)
        return [
            (rf"(?<![\w.,])1[°º]?(?= (?:{months})(?!\w))", lambda _: "primo"),
            (rf"(?<![\w.,])(\d{{1,4}})\.?(º|ª|°(?= {_NOT_DEGREES}))(?!\w| ?[CF](?!\w))", self._read_ordinal),
            (
                rf"(?<!\w)({ROMAN})(?= (?i:{months})(?!\w))",
                lambda found: self.cardinal(roman_value(found[1])),
            ),
            (rf"(?<!\w)({ROMAN}) sec\.", self._read_century),
            (rf"(?<!\w)()({ROMAN})(?= secol[oi](?!\w))", self._read_roman),
            (rf"(?<!\w)((?i:secol[oi]|capitolo|tomo|titolo|volume|atto|libro)) ({ROMAN})", self._read_roman),
            (rf"(?<!\w)([A-ZÀ-Ù][a-zà-ù]+) ({ROMAN})(?!\.[A-Z])", self._read_roman),
        ]

    def _read_ordinal(self, found: Match) -> str:
        return self.ordinal(int(found[1]), feminine=found[2] == "ª")

    def _read_century(self, found: Match) -> str:
        stop = "." * self._ends_sentence(found, ".")
        return f"{self.ordinal(roman_value(found[1]))} secolo{stop}"

    def _read_roman(self, found: Match) -> str:
        """Centuries, kings, chapters. I after a name may be an article, X a letter."""
        name, numeral = found[1], found[2]
        if name and numeral in "IX" and found.end() < len(found.string) and found.string[found.end()] == " ":
            return found[0]
        feminine = name.endswith("a") and name not in _MEN
        return f"{name} {self.ordinal(roman_value(numeral), feminine)}".lstrip()


read = Italian().read


def _saint(name: str) -> str:
    """San Pietro, Santo Stefano, Santa Lucia, Sant'Antonio"""
    if name[0] in "AE":
        return "Sant'"
    if name == "Croce" or (name.endswith("a") and name not in _MEN):
        return "Santa "
    return "Santo " if name == "Stefano" else "San "


def _spelt(words: str) -> str:
    """num2words loses a vowel in 118 and 1918."""
    return words.replace("dicott", "diciott")
