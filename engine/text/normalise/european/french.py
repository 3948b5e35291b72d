"""Numbers, signs and abbreviations of French in words."""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import (
    HOUR,
    MINUTE,
    ROMAN,
    Amount,
    European,
    Match,
    Rule,
    number_words,
)
from engine.text.normalise.rules import any_of, roman_value
from engine.text.normalise.tables import Noun

_FEMININE = re.compile(
    r"(?:fois|heure|minute|seconde|personne|page|année|semaine|journée|femme|fille|voiture|maison|place|chambre|"
    r"tonne|ligne|école|ville|question|photo|bouteille|table|porte|nuit|voix|livre sterling)s?"
)


class French(European):
    code = "fr"
    plain_needs = r"(?:[IVX]+(?:ers?|res?|ères?|es?|èmes?)?(?!\w)|c\. à )"

    def cardinal(self, number: int, noun: Noun | None = None) -> str:
        words = number_words(number, "fr")
        return words + "e" if noun and noun.feminine and words.endswith("un") else words

    def agreeing(self, number: int, following: str) -> str:
        return self.cardinal(number, Noun((), feminine=_FEMININE.fullmatch(following) is not None))

    def form(self, number: Amount) -> int:
        return int(number.value >= 2)

    def of_many(self, noun: str) -> str:
        return f"d'{noun}" if noun[0] in "aehiou" else f"de {noun}"

    def day(self, day: int) -> str:
        return "premier" if day == 1 else self.cardinal(day)

    def clocks(self) -> list[str]:
        return [
            f"{HOUR}:{MINUTE}(?: ?h(?!\\w))?",
            rf"{HOUR} ?[hH] ?([0-5]\d)(?: ?min(?!\w)|(?![\w:]|[.,]\d))",
        ]

    def time(self, hour: int, minute: int, found: Match) -> str:  # noqa: ARG002
        words = self.count(Amount(False, str(hour), ""), self.units["h"])
        return f"{words} {self.cardinal(minute, self.units['min'])}" if minute else words

    def telephones(self) -> list[str]:
        return [
            r"(?<![\w.,+])\+33[\d .()]{9,16}\d(?!\w)",
            r"(?<![\w.,])0\d(?:[ .-]?\d\d){4}(?!\w)",
            *super().telephones(),
        ]

    def telephone(self, number: str) -> str:
        """In pairs, as French numbers are told: 06 12 as "zéro six douze"."""
        national = re.sub(r"\(0\)|\D", "", number)
        if number.startswith("+33"):
            first, pairs = f"plus trente-trois {self.cardinal(int(national[2]))}", national[3:]
        elif len(national) == 10 and national.startswith("0"):
            first, pairs = f"zéro {self.cardinal(int(national[1]))}", national[2:]
        else:
            return super().telephone(number)
        told = [pairs[place : place + 2] for place in range(0, len(pairs), 2)]
        return " ".join([first, *(self._whole(pair) for pair in told)])

    def ordinal(self, number: int, ending: str) -> str:
        """`ending` as written after the number, with the plural's s."""
        plural = "s" if ending.endswith("s") else ""
        ending = ending.removesuffix("s")
        if number == 1 and ending != "ième":
            return ("première" if ending in ("re", "ère", "e") else "premier") + plural
        if number == 2 and ending in ("nd", "nde", "d", "de"):
            return ("seconde" if ending.endswith("e") else "second") + plural
        words = number_words(number, "fr", "ordinal").replace("centsième", "centième")
        return words.replace("vingtsième", "vingtième") + plural

    def own_rules(self) -> list[Rule]:
        endings = "ers?|res?|ères?|emes?|èmes?|ièmes?|es?|nds?|ndes?|de?"
        return [
            (r"(?<!\w)(?:(?<!\d )|(?<=/\d ))c\. à (?=café|soupe)", lambda _: "cuillère à "),
            (r"(?<![\w.,])(24 ?h|7 ?j)/(24|7)(?!\w)", self._read_always),
            (rf"(?<![\w.,])1(?= (?:{any_of(self.months)})(?!\w))", lambda _: "premier"),
            (rf"(?<![\w.,])(\d{{1,4}})({endings})(?!\w|')", self._read_ordinal),
            (r"(?<!\w)([IVX]+)(ers?|res?|ères?|es?|èmes?)(?!\w)", self._read_roman_ordinal),
            (rf"(?<!\w)([^\W\d_]+) ({ROMAN})", self._read_roman),
        ]

    def _read_always(self, found: Match) -> str:
        return f"{found[1].rstrip('hj ')} {'heures' if 'h' in found[1] else 'jours'} sur {found[2]}"

    def _read_ordinal(self, found: Match) -> str:
        return self.ordinal(int(found[1]), found[2])

    def _read_roman_ordinal(self, found: Match) -> str:
        if re.fullmatch(ROMAN, found[1]) is None:
            return found[0]
        return self.ordinal(roman_value(found[1]), found[2])

    def _read_roman(self, found: Match) -> str:
        """Kings, chapters, parts. One letter is a numeral only where it is V after a name."""
        if len(found[2]) == 1 and not (found[2] == "V" and found[1][0].isupper()):
            return found[0]
        return f"{found[1]} {self.cardinal(roman_value(found[2]))}"


read = French().read
