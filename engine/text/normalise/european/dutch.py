"""Numbers, signs and abbreviations of Dutch in words."""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import HOUR, MINUTE, ROMAN, European, Match, Rule, number_words
from engine.text.normalise.rules import roman_value
from engine.text.normalise.tables import Noun

_PARTS = "plan|hoofdstuk|deel|boek|fase|akte|type|wereldoorlog"


class Dutch(European):
    code = "nl"
    plain_needs = rf"(?:{ROMAN}|[A-Z][a-z]{{1,20}}str\.)"

    def cardinal(self, number: int, noun: Noun | None = None) -> str:  # noqa: ARG002
        """From 1100 to 1999 in hundreds; a space follows duizend."""
        hundreds, rest = divmod(number, 100)
        if 10 < hundreds < 20:
            return number_words(hundreds, "nl") + "honderd" + (number_words(rest, "nl") if rest else "")
        return re.sub(r"duizend(?=\w)", "duizend ", number_words(number, "nl"))

    def ordinal(self, number: int) -> str:
        return number_words(number, "nl", "ordinal")

    def clocks(self) -> list[str]:
        hour = r"(?: ?(?:uur|u\.?|h)(?!\w))"
        return [
            rf"{HOUR}:{MINUTE}{hour}?",
            rf"{HOUR}\.{MINUTE}(?:{hour}|(?= tot \d\d?\.\d\d{hour}))",
            rf"{HOUR} ?u ?{MINUTE}",
        ]

    def time(self, hour: int, minute: int, found: Match) -> str:  # noqa: ARG002
        return f"{self.cardinal(hour)} uur" + (f" {self.cardinal(minute)}" if minute else "")

    def first_rules(self) -> list[Rule]:
        return [
            *super().first_rules(),
            (r"(?<=[a-z])str\.", lambda found: "straat" + "." * self._ends_sentence(found, "str.")),
        ]

    def own_rules(self) -> list[Rule]:
        return [
            (r"(?<![\w.,])(\d{1,4})(?:e|de|ste)(?!\w)", lambda found: self.ordinal(int(found[1]))),
            (r"(?<!\w)([IVX]+)(?:e|de|ste)(?= eeuw)", self._read_century),
            (r"(?<![\w.,/])1(?: ?½| 1/2)(?= (uur|jaar)|)(?!/)", self._read_one_and_a_half),
            (
                rf"(?<!\w)((?i:{_PARTS})) ({ROMAN})",
                lambda found: f"{found[1]} {self.cardinal(roman_value(found[2]))}",
            ),
            (rf"(?<!\w)([A-Z][a-zë]+) ({ROMAN})(?!\.[A-Z])", self._read_ruler),
        ]

    def _read_century(self, found: Match) -> str:
        return self.ordinal(roman_value(found[1])) if re.fullmatch(ROMAN, found[1]) else found[0]

    def _read_one_and_a_half(self, found: Match) -> str:
        return "anderhalf" if found[1] else "anderhalve"

    def _read_ruler(self, found: Match) -> str:
        """X after a name is a letter more often than a number."""
        return (
            found[0]
            if found[2] == "X"
            else f"{found[1]} de {self.ordinal(roman_value(found[2])).capitalize()}"
        )


read = Dutch().read
