"""Numbers, signs and abbreviations of Spanish in words."""

from __future__ import annotations

import re

from engine.text.normalise.european.iberian import SOME_FEMININE, Iberian
from engine.text.normalise.european.shared import HOUR, MINUTE, Match, Rule, number_words
from engine.text.normalise.tables import Noun

# Singular nouns, or plural ones without their s.
_FEMININE = re.compile(
    r"(?!día|\w*(?:gram|lem|tem|clim|map|idiom)a)\w+(?:a|ción|cione|dad|dade)|vez|vece|noche|mujere?|partes?|clase|calle|"
    r"tarde|voce?|vocale?|razone?|tribu|serie|especie"
)
_NOT_COUNTED = re.compile(
    r"con|contra|como|cuando|del?|desde|donde|entre|era|está|fue|hasta|hay|las?|los|m[aá]s|menos|para|pero|por|porque|"
    r"que|según|ser|sin|sobre|son|tras|tres|\w\w?"
)


class Spanish(Iberian):
    code = "es"
    feminine, not_counted = _FEMININE, _NOT_COUNTED
    halves = ("medio", "media")
    parts, joints = r"siglos?|capítulo|tomo|título|volumen|acto|parte|libro|fase", r" [yae] |-"

    def cardinal(self, number: int, noun: Noun | None = None) -> str:
        """`uno` is shortened before mil and before a masculine noun; it and the hundreds agree with a feminine one."""
        words = _short(number_words(number, "es"), "(?= mil)")
        if noun is None:
            return words
        if not noun.feminine:
            return _short(words, "$")
        words = re.sub(r"(cient|quinient)os(?!.*mill)", r"\1as", words)
        return re.sub(r"uno$", "una", words)

    def telephones(self) -> list[str]:
        national = r"(?<![\w.,])(?:[89]\d \d{3} \d\d \d\d|[6-9]\d\d \d\d \d\d \d\d)(?![\w]| \d)"
        return [*super().telephones(), national]

    def clocks(self) -> list[str]:
        return [rf"{HOUR}:{MINUTE}( ?(?:h|hs|hrs|horas)(?!\w))?"]

    def time(self, hour: int, minute: int, found: Match) -> str:
        words = [self.cardinal(hour, SOME_FEMININE)]
        if 0 < minute < 10:
            words.append("cero")
        if minute:
            words.append(self.cardinal(minute))
        if found[3]:
            words.append("hora" if hour == 1 and not minute else "horas")
        return " ".join(words)

    def ordinal(self, number: int, feminine: bool, short: bool = False) -> str:
        """`short` is the form before a masculine noun: primer, tercer."""
        words = number_words(number, "es", "ordinal")
        words = words.replace("décimoprimer", "undécim").replace("décimosegund", "duodécim")
        words = re.sub(r"décimo(?=\w)", "decimo", words)
        if feminine:
            return re.sub(r"o\b", "a", words)
        return re.sub(r"(primer|tercer)o$", r"\1", words) if short else words

    def own_rules(self) -> list[Rule]:
        return [
            (r"(?<=\b[Ll]a )1(?![\w:/]|[.,]\d|\.?[ºª])", lambda _: "una"),
            (r"(?<=\b[Ll]as )(\d\d?)(?![\w:/]|[.,]\d|\.?[ºª]| ?[h%])", self._read_hour),
            (
                r"(?<![\w.,])(\d{1,4})\.?(º|ª|er|°(?= [a-z]))(?!\w| ?[CF](?!\w))( [^\W\d_]+)?",
                self._read_ordinal,
            ),
            *super().own_rules(),
        ]

    def _read_ordinal(self, found: Match) -> str:
        following = found[3] or ""
        short = found[2] == "er" or (following != "" and _NOT_COUNTED.fullmatch(following, 1) is None)
        return self.ordinal(int(found[1]), feminine=found[2] == "ª", short=short) + following


read = Spanish().read


def _short(words: str, where: str) -> str:
    return re.sub(rf"uno{where}", "un", re.sub(rf"veintiuno{where}", "veintiún", words))
