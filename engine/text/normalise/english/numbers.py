"""Numbers, years and digits of English in words, with "and" after hundreds, as in one hundred and five."""

from __future__ import annotations

from engine.text.normalise.european.shared import number_words

_LONGEST = 15  # more digits are no quantity


def cardinal(number: int) -> str:
    return number_words(number, "en").replace(",", "")


def ordinal(number: int) -> str:
    return number_words(number, "en", "ordinal").replace(",", "")


def digits(text: str, zero: str = "zero") -> str:
    """One digit after the other."""
    return " ".join(cardinal(int(digit)) if int(digit) else zero for digit in text if digit.isdecimal())


def whole(written: str) -> str:
    """A run of digits as a number, or digit by digit where it is none (007, the number of a card)."""
    plain = written.replace(",", "")
    if len(plain) > _LONGEST or (len(plain) > 1 and int(plain[0]) == 0):
        return digits(plain)
    return cardinal(int(plain))


def words(written: str) -> str:
    """A number as it is written, with sign, groups and decimals."""
    sign = "minus " if written.startswith("-") else ""
    before, point, after = written.removeprefix("-").partition(".")
    said = [whole(before)] if before else []
    return sign + " ".join(said + (["point", digits(after)] if point else []))


def is_one(written: str) -> bool:
    """Whether what is counted stands in the singular."""
    return written.removeprefix("-") == "1"


def two(number: int) -> str:
    """The second half of a year or a time: oh five, ten."""
    return f"oh {cardinal(number)}" if number < 10 else cardinal(number)


def year(number: int) -> str:
    """In pairs of digits, except for 2000 to 2009 and the years that have no pairs."""
    hundreds, rest = divmod(number, 100)
    if not 1000 <= number < 10_000 or (hundreds % 10 == 0 and rest < 10):
        return cardinal(number)
    return f"{cardinal(hundreds)} {two(rest) if rest else 'hundred'}"


def many(word: str) -> str:
    """The plural of the last word of a number: twenty is twenties."""
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith("x") else "s")


def denominator(number: int, count: int) -> str:
    """The lower number of a fraction."""
    name = {2: "half", 4: "quarter"}.get(number) or ordinal(number).removeprefix("one ")
    if count == 1:
        return name
    return "halves" if number == 2 else name + "s"


def fraction(count: int, number: int) -> str:
    return f"{cardinal(count)} {denominator(number, count)}"


def and_fraction(count: int, number: int) -> str:
    """A fraction after a whole number."""
    return f"and {'a' if count == 1 else cardinal(count)} {denominator(number, count)}"
