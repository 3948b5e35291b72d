"""Numbers, signs and abbreviations of European Portuguese in words."""

from __future__ import annotations

import re

from engine.text.normalise.european.iberian import SOME_FEMININE, Iberian
from engine.text.normalise.european.shared import HOUR, MINUTE, Match, Rule, number_words
from engine.text.normalise.tables import Noun

# Singular nouns, or plural ones without their s.
_FEMININE = re.compile(
    r"(?!dia|\w*(?:gram|lem|tem|clim|map|idiom|poet)a)\w+(?:a|ção|çõe|são|sõe|dade|gem|gen)|vez|veze|noite|mulher|mulhere|colher|colhere|"
    r"parte|classe|tarde|voz|voze|série|espécie"
)
_NOT_COUNTED = re.compile(
    r"ao?s?|ante|como|com|contra|d[aeo]s?|desde|em|entre|era|está|foi|há|mas|mais|menos|n[ao]s?|ou|para|pela?|pelo|por|que|"
    r"são|se|sem|sobre|um|uma|\w"
)


class Portuguese(Iberian):
    code = "pt"
    feminine, not_counted = _FEMININE, _NOT_COUNTED
    halves = ("meio", "meia")
    parts, joints = r"séculos?|capítulo|tomo|título|volume|ato|parte|livro|fase", r" [ae] |-"

    def cardinal(self, number: int, noun: Noun | None = None) -> str:
        """Below a million um, dois and the hundreds agree with what is counted."""
        words = number_words(number, self.code).replace(",", "")
        if noun is None or not noun.feminine:
            return words
        below = re.split(r"(?<=lhão|lião)|(?<=lhões|liões)", words)[-1]
        agreeing = re.sub(r"\bum\b", "uma", re.sub(r"\bdois\b", "duas", re.sub(r"entos\b", "entas", below)))
        return words[: len(words) - len(below)] + agreeing

    def telephones(self) -> list[str]:
        brazil = r"(?<![\w.,+])\(?\d\d\)? 9?\d{4}-\d{4}(?![\w-])"
        postcodes = r"(?<![\w.,-])\d{4,5}-\d{3}(?![\w-]|[.,]\d)"
        return [*super().telephones(), r"(?<![\w.,])2\d \d{3} \d\d \d\d(?!\w| \d)", brazil, postcodes]

    def clocks(self) -> list[str]:
        return [rf"{HOUR}(?::| ?[hH] ?){MINUTE}(?: ?h(?!\w))?"]

    def time(self, hour: int, minute: int, found: Match) -> str:
        words = self.cardinal(hour, SOME_FEMININE)
        if minute:
            return f"{words} e {self.cardinal(minute)}"
        return words if found[0].endswith(":00") else f"{words} {'hora' if hour == 1 else 'horas'}"

    def ordinal(self, number: int, feminine: bool) -> str:
        words = number_words(number, self.code, "ordinal")
        return re.sub(r"o\b", "a", words) if feminine else words

    def own_rules(self) -> list[Rule]:
        return [
            (r"(?<=\b[AaÀà]s )(\d\d?)(?![\w:/]|[.,]\d| ?[h%])", self._read_hour),
            (r"(?<![\w.,])(\d{1,4})\.?(º|ª|°(?= [a-zà-ú]{3}))(?!\w| ?[CF](?!\w))", self._read_ordinal),
            *super().own_rules(),
        ]

    def _read_ordinal(self, found: Match) -> str:
        return self.ordinal(int(found[1]), feminine=found[2] == "ª")


read = Portuguese().read
