"""What the rules of Korean, Japanese and Chinese share: days against fractions, prices, currencies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.text.normalise.rules import Found, any_of


def is_fraction(found: Found) -> bool:
    """Whether 1/2 or 3/4 is a part of a whole; 5/3 and 12/25 are a month and a day."""
    part, whole = int(found[1]), int(found[2])
    return part == 1 or part < whole <= 10


def price(found: Found, currencies: Mapping[str, tuple[str, str]], minus: str, gap: str) -> str:
    """An amount before its currency; two decimals count the hundredth part, as ten dollars 50 cents.

    Args:
        currencies: the name of each sign, and of its hundredth part.
        gap: between a number and its currency.
    """
    name, hundredth = currencies[found["sign"]]
    amount, sign = found["amount"], minus if found["minus"] else ""
    whole, _, part = amount.partition(".")
    if hundredth and len(part) == 2 and part.isdigit():
        return f"{sign}{whole}{gap}{name}" + (f"{gap}{int(part)}{gap}{hundredth}" if int(part) else "")
    return f"{sign}{amount}{gap}{name}"


def currency_patterns(currencies: Iterable[str]) -> tuple[str, str]:
    """Patterns of the signs, as €, and of the codes, as EUR."""
    written = list(currencies)
    return any_of(sign for sign in written if not sign.isalpha()), any_of(filter(str.isalpha, written))
