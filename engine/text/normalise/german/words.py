"""German numbers, years and hours in words."""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import number_words


def word_set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def cardinal(number: int) -> str:
    """Nobody says "ein" before hundert or before tausend alone, except to be very clear."""
    words = number_words(number, "de").replace("einstausend", "eintausend")
    return "tausend" if number == 1000 else re.sub(r"^einhundert", "hundert", words)


def year_words(year: int) -> str:
    """From 1100 to 1999 in hundreds."""
    hundreds, rest = divmod(year, 100)
    if not 10 < hundreds < 20:
        return cardinal(year)
    return cardinal(hundreds) + "hundert" + (cardinal(rest) if rest else "")


def hour_words(hour: int, minute: int) -> str:
    words = f"{'ein' if hour == 1 else cardinal(hour)} Uhr"
    return f"{words} {cardinal(minute)}" if minute else words
