"""Portuguese of Brazil: what it words otherwise than European Portuguese."""

from __future__ import annotations

from engine.text.normalise.european.portuguese import Portuguese
from engine.text.normalise.european.tables import Noun, moneys


def _spelt(noun: Noun) -> Noun:
    return Noun(tuple(form.replace("quilóm", "quilôm") for form in noun.forms), noun.feminine)


class Brazilian(Portuguese):
    code = "pt_BR"
    over = "de"
    units = {sign: _spelt(noun) for sign, noun in Portuguese.units.items()}  # noqa: RUF012
    money = Portuguese.money | moneys("""
        €, EUR: euro, euros | centavo, centavos
        $, US$, USD: dólar, dólares | centavo, centavos
    """)

    def day(self, day: int) -> str:
        return "primeiro" if day == 1 else self.cardinal(day)


_BRAZILIAN = Brazilian()


def read(text: str) -> str:
    """`text` with its numbers, signs and abbreviations in words."""
    return _BRAZILIAN.read(text)
