"""What the rules of French, Spanish, Italian, Portuguese, Dutch and Polish share.

A language is a subclass of `European`: tables (nouns of units and money, abbreviations, months, signs) and the
methods in which it differs. `read` runs the rules one after the other; each is a pattern and a method that words one
match. A rule may leave numbers for a later one, as the ends of a range.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from engine.text.normalise.european.weekdays import Weekdays
from engine.text.normalise.rules import any_of, apart, apart_from_marks, is_drawn
from engine.text.normalise.tables import Money, Noun, Tables, with_capitals

Match = re.Match[str]
Rule = tuple[str, Callable[[Match], str]]

# A minus sign stands alone before its number; a number does not begin inside another one.
_START = r"(?=[-\d])(?:(?<![\w).,\]/%€$£°-])-|(?<!\d)(?<!\d[.,]))"
_END = r"(?![.,]?\d)"
# Digits in groups of three, English groups only before a decimal point, or digits without groups.
_WHOLE = r"(?:\d{1,3}(?:\.\d{3})+|[1-9]\d{0,2}(?: \d{3})+|\d{1,3}(?:,\d{3})+(?=\.\d)|\d+)(?!\d)"
# A point is decimal unless three digits follow, as in a group.
NUMBER = rf"{_START}{_WHOLE}(?:,\d+|\.(?!\d{{3}}(?!\d))\d+)?{_END}"
DATE = r"(?<![\w.,/-])(?:(\d{4})-(\d\d)-(\d\d)|(\d\d?)([./-])(\d\d?)\5(\d{4}))(?![\w/-])"
HOUR, MINUTE = r"(?<![\w.,:/-])([01]?\d|2[0-4])", r"([0-5]\d)(?![\w:]|[.,]\d)"
ROMAN = r"(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3})(?!\w)"
_AMOUNT = re.compile(rf"(-?)({_WHOLE})(?:[.,](\d+))?")
_END_OF_RANGE = r"\d+(?:[.,:h]\d+)*h?"
_LETTERS = r"[^\W\d_]"
_NEXT_WORD = re.compile(rf" ({_LETTERS}+)")
_SENTENCE_ENDS = re.compile(r"[\"')\]]*(?:\s*$|\s+[\"'(¿¡]?[A-ZÀ-ÖØ-ÞĄĆĘŁŃŚŹŻ])")
_LONGEST = 15  # more digits are no quantity


@dataclass(frozen=True)
class Amount:
    """A number as it is written: sign, digits before and after the decimal sign."""

    negative: bool
    whole: str
    decimals: str

    @property
    def value(self) -> int:
        return int(self.whole)

    @classmethod
    def of(cls, written: str) -> Amount:
        """Take apart what NUMBER matched."""
        found = _AMOUNT.fullmatch(written)
        if found is None:
            return cls(False, re.sub(r"\D", "", written), "")
        return cls(bool(found[1]), re.sub(r"\D", "", found[2]), found[3] or "")


@lru_cache(maxsize=4096)
def number_words(number: int, code: str, to: str = "cardinal") -> str:
    """Words of a whole number as num2words knows them."""
    from num2words import num2words

    return str(num2words(number, lang=code, to=to))


class European:
    """The shared rules, with the tables and methods that a language fills in."""

    code: ClassVar[str]  # of num2words
    files: ClassVar[tuple[str, ...]] = ()  # of words, where they are not called as the code
    # what else must be read in a text without digits, signs and abbreviations
    plain_needs: ClassVar[str] = ROMAN

    def __init__(self) -> None:
        self.load(Tables(*self.files or (self.code,)))
        self._compile()

    def load(self, tables: Tables) -> None:
        """The words of the language."""
        self.point = tables.text("point")  # before decimals
        self.dot = tables.text("dot")  # between the parts of a version or an address
        self.minus, self.plus = tables.text("minus"), tables.text("plus")
        self.over = tables.text("over")  # 18/20
        self.per = tables.text("per")  # 2 €/kg
        self.to = tables.text("to")  # between the ends of a range, with its spaces
        self.score = tables.text("score")  # between the goals of two teams, with its spaces
        self.of = tables.text("of")  # between millions and what is counted, with its space
        self.price = tables.text("price")  # an amount with cents, from {whole}, {cents} and {noun}
        self.months = tables.listed("months")
        self.days = tables.text("days") or "{day} {month}"
        self.years = tables.text("years") or " {year}"  # after the day
        self.phone_words = any_of(tables.listed("phone_words"))  # the number after them is no quantity
        self.weekdays = Weekdays(tables) if tables.text("span_of_days") else None
        self.units, self.money = tables.nouns("units"), tables.money()
        self.scales = tables.nouns("scales")  # million, as it stands between a number and a currency
        self.signs = tables.words("signs")
        self.fractions = tables.words("fractions")
        self.and_fractions = tables.words("and_fractions")  # after a whole number
        self._titles = with_capitals(tables.words("titles"))  # a name follows: no end of a sentence
        self._abbreviations = with_capitals(tables.words("abbreviations"))
        self._before_numbers = with_capitals(tables.words("before_numbers"))  # only before a number

    def _compile(self) -> None:
        titles, short = any_of(self._titles), any_of(self._abbreviations)
        abbreviation = rf"(?<![\w.&])(?:({short})(?!\w)|({titles})(?:(?<=[./-]) ?| )(?={_LETTERS}))"
        signs = "".join(map(re.escape, [*self.signs, *self.fractions]))
        self._needs = re.compile(
            rf"[\d{signs}]|{abbreviation}|(?<!\w){self.plain_needs}{self._days_needed()}"
        )
        self._rules = [
            (re.compile(pattern), method)
            for pattern, method in [
                *self.first_rules(),
                (abbreviation, self._read_abbreviation),
                *self._early_rules(),
                *self.own_rules(),
                *self._late_rules(),
            ]
        ]

    def _days_needed(self) -> str:
        return rf"|(?<!\w)(?:{self.weekdays.names})\.? ?[-–/]" if self.weekdays else ""

    def read(self, text: str) -> str:
        if self._needs.search(text) is None:
            return text
        for pattern, method in self._rules:
            text = pattern.sub(method, text)
        return text

    # -- what a language may word in its own way

    def cardinal(self, number: int, noun: Noun | None = None) -> str:  # noqa: ARG002
        """`noun` is what is counted, where the number agrees with it."""
        return number_words(number, self.code)

    def agreeing(self, number: int, following: str) -> str:  # noqa: ARG002
        """A number before a word that no table knows; the word may be empty."""
        return self.cardinal(number)

    def part(self, words: str, following: str) -> str:  # noqa: ARG002
        """The words of a fraction before what it is a part of."""
        return words

    def form(self, number: Amount) -> int:
        """Which form of a noun the number asks for."""
        return int(number.value != 1 or bool(number.decimals))

    def day(self, day: int) -> str:
        return self.cardinal(day)

    def year(self, year: int) -> str:
        return self.cardinal(year)

    def of_many(self, noun: str) -> str:
        """A noun after millions."""
        return self.of + noun

    def time(self, hour: int, minute: int, found: Match) -> str:
        raise NotImplementedError

    def clocks(self) -> list[str]:
        """Patterns of times, whose first groups are hour and minute."""
        return [f"{HOUR}:{MINUTE}"]

    def telephone(self, number: str) -> str:
        plus = f"{self.plus} " if number.startswith("+") else ""
        return plus + self.digits(number)

    def telephones(self) -> list[str]:
        return [
            r"(?<![\w.,+])\+\d[\d ()/.-]{6,}\d(?!\w)",
            r"(?<![\w.,])0\d{1,3}[ /-]\d[\d -]{4,}\d(?!\w|[.,]\d)",
        ]

    def ends(self, first: str, last: str, found: Match) -> str:  # noqa: ARG002
        """The ends of a range: later rules read the numbers in them."""
        return first + self.to + last

    def first_rules(self) -> list[Rule]:
        """Rules before the abbreviations, as a day may be one."""
        if self.weekdays is None:
            return []
        days = self.weekdays
        return [(days.several, days.read_several), (days.before_number, days.read_one)]

    def own_rules(self) -> list[Rule]:
        """Rules between times and fractions: ordinals, days, roman numerals."""
        return []

    # -- numbers

    def digits(self, text: str) -> str:
        return " ".join(self.cardinal(int(digit)) for digit in text if digit.isdecimal())

    def _whole(self, digits: str, noun: Noun | None = None, following: str = "") -> str:
        """A run of digits as a number, or digit by digit where it is none (007, the number of a card)."""
        if len(digits) > _LONGEST or (len(digits) > 1 and int(digits[0]) == 0):
            return self.digits(digits)
        return self.cardinal(int(digits), noun) if noun else self.agreeing(int(digits), following)

    def _decimals(self, digits: str) -> str:
        """Zeros one by one, the rest as a number where it is short."""
        rest = digits.lstrip("0")
        if not 0 < len(rest) <= 3:
            return self.digits(digits)
        return " ".join([self.cardinal(0)] * (len(digits) - len(rest)) + [self.cardinal(int(rest))])

    def words(self, number: Amount, noun: Noun | None = None, following: str = "") -> str:
        sign = f"{self.minus} " if number.negative else ""
        if number.decimals:
            return f"{sign}{self._whole(number.whole)} {self.point} {self._decimals(number.decimals)}"
        return sign + self._whole(number.whole, noun, following)

    def count(self, number: Amount, noun: Noun) -> str:
        name = noun.form(self.form(number))
        millions = not number.decimals and number.value >= 1_000_000 and number.value % 1_000_000 == 0
        return f"{self.words(number, noun)} {self.of_many(name) if millions else name}"

    def _amount_of_money(self, number: Amount, scale: str, money: Money) -> str:
        if scale:
            many = money.whole.form(2)
            of_many = (
                many if scale == "mil" else self.of_many(many)
            )  # cinco mil euros, cinco millones de euros
            return f"{self.count(number, self.scales[scale])} {of_many}"
        if len(number.decimals) == 3 and number.value:  # $1,250
            number = Amount(number.negative, number.whole + number.decimals, "")
        if not 0 < len(number.decimals) < 3:
            return self.count(number, money.whole)
        cents = Amount(False, str(int(number.decimals.ljust(2, "0"))), "")
        whole = self.count(Amount(number.negative, number.whole, ""), money.whole)
        if not cents.value:
            return whole
        if not number.value:
            return (f"{self.minus} " if number.negative else "") + self.count(cents, money.cent)
        noun = money.cent.form(self.form(cents))
        return self.price.format(whole=whole, cents=self.cardinal(cents.value, money.cent), noun=noun)

    # -- rules

    def _early_rules(self) -> list[Rule]:
        ends = rf"(?<![\w.,:/–-])({_END_OF_RANGE})( ?)[-–] ?({_END_OF_RANGE})(?![-–/]?\d)"
        named_phone = rf"(?<!\w)((?i:{self.phone_words})\D{{0,15}}?)(\d[\d /-]{{5,}}\d)(?!\w|[.,]\d)"
        return [
            (r"(?<=\d) / (?=\d[\d ,./+×÷*-]{0,30}= ?-?\d)", lambda _: " ÷ "),
            (rf"(?<![\w.])({any_of(self._before_numbers)}) ?(?=\d|{ROMAN})", self._read_before_number),
            *((pattern, lambda found: self.telephone(found[0])) for pattern in self.telephones()),
            (named_phone, lambda found: found[1] + self.telephone(found[2])),
            (DATE, self._read_date),
            (r"(?<![\w/.,])(\d\d?)/(0[1-9])(?![\w/]|[.,]\d)", self._read_day_and_month),
            (r"(?<!\w)'(?=\d\d(?![\d']))", lambda _: ""),  # '80
            (r"(?<![\w.,/-])\d+(?:-\d+){2,}(?![\w/-])", lambda found: self.digits(found[0])),
            (ends, self._read_range),
            *((pattern, self._read_time) for pattern in self.clocks()),
        ]

    def _late_rules(self) -> list[Rule]:
        money, units = any_of(self.money), any_of(self.units)
        money_first = any_of(sign for sign in self.money if not sign.islower())  # zł never comes first
        scale = rf"(?: ?({any_of(self.scales)})(?!\w))?"
        return [
            (
                rf"(?<![\w/.,])(\d+)(?: ?(?=[¼-¾⅓-⅞])| )({any_of(self.and_fractions)})(?![\w/])",
                self._read_and_fraction,
            ),
            (rf"(?<![\w/.,])({any_of(self.fractions)})(?![\w/])", self._read_fraction),
            (r"(?<![\w/.,])(\d+)/(\d+)(?![\w/]|[.,]\d)", self._read_over),
            (r"(?<![\d.,])(\d{1,3}) ?€ ?(\d\d)(?!\w|[.,]\d)", lambda found: f"{found[1]},{found[2]} €"),
            (rf"(?<!\w)(-?)({money_first}) ?({NUMBER})(?:,-+)?{scale}", self._read_money_first),
            (
                rf"({NUMBER})(?:,-+)?{scale}(?: d(?:'|[ei] )| )?({money})(?!\w)(?:/({units})(?!\w))?",
                self._read_money_last,
            ),
            (rf"({NUMBER}) ?({units})(?![\w/²³'])", self._read_unit),
            (rf"{_START}\d+(?:\.\d+)+{_END}", self._read_dotted),
            (NUMBER, self._read_number),
            (r"\d+", lambda found: apart(found, self._whole(found[0]))),
            (r"(?<=[^\W_])\+\+(?!\+)", lambda _: f" {self.plus} {self.plus}"),  # C++
            (rf" ?({any_of(self.signs)}) ?", self._read_sign),
        ]

    def _read_abbreviation(self, found: Match) -> str:
        if found[2]:
            return self._titles[found[2]] + " "
        return self._abbreviations[found[1]] + "." * self._ends_sentence(found, found[1])

    @staticmethod
    def _ends_sentence(found: Match, abbreviation: str) -> bool:
        """Whether the full stop of an abbreviation at the end of a match is that of the sentence, too."""
        return abbreviation.endswith(".") and _SENTENCE_ENDS.match(found.string, found.end()) is not None

    def _read_before_number(self, found: Match) -> str:
        return self._before_numbers[found[1]] + " "

    def _read_date(self, found: Match) -> str:
        year, month, day = (found[1], found[2], found[3]) if found[1] else (found[7], found[6], found[4])
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return found[0]
        return self._day_and_month(int(day), int(month)) + self.years.format(year=self.year(int(year)))

    def _read_day_and_month(self, found: Match) -> str:
        return self._day_and_month(int(found[1]), int(found[2])) if 1 <= int(found[1]) <= 31 else found[0]

    def _day_and_month(self, day: int, month: int) -> str:
        return self.days.format(day=self.day(day), month=self.months[month - 1])

    def _read_range(self, found: Match) -> str:
        first, space, last = found[1], found[2], found[3]
        if space and found.string[found.end() :].lstrip().startswith("="):
            return f"{first} {self.minus} {last}"
        if not (first.isdecimal() and last.isdecimal()):
            return self.ends(first, last, found)
        if len(first) > 1 and first[0] == "0":
            return f"{self.digits(first)} {self.digits(last)}"
        if int(last) <= int(first) < 100:
            return first + self.score + last
        return self.ends(first, last, found)

    def _read_time(self, found: Match) -> str:
        minute = found[2] if found.re.groups > 1 else "0"
        return self.time(int(found[1]), int(minute), found)

    def _read_and_fraction(self, found: Match) -> str:
        return f"{found[1]} {self.and_fractions[found[2]]}"

    def _read_fraction(self, found: Match) -> str:
        following = _NEXT_WORD.match(found.string, found.end())
        return self.part(self.fractions[found[1]], following[1] if following else "")

    def _read_over(self, found: Match) -> str:
        if len(found[1]) == len(found[2]) == 4:  # a season, 2023/2024
            return f"{found[1]} {found[2]}"
        return f"{found[1]} {self.over} {found[2]}"

    def _read_money_first(self, found: Match) -> str:
        sign = "-" if "-" in found[1] + found[3] else ""
        number = Amount.of(sign + found[3].removeprefix("-"))
        return self._amount_of_money(number, found[4] or "", self.money[found[2]])

    def _read_money_last(self, found: Match) -> str:
        words = self._amount_of_money(Amount.of(found[1]), found[2] or "", self.money[found[3]])
        return apart(found, f"{words} {self.per} {self.units[found[4]].form(0)}" if found[4] else words)

    def _read_unit(self, found: Match) -> str:
        stop = "." * self._ends_sentence(found, found[2])
        return apart(found, self.count(Amount.of(found[1]), self.units[found[2]]) + stop)

    def _read_dotted(self, found: Match) -> str:
        if re.fullmatch(NUMBER, found[0]) and re.fullmatch(r"-?[1-9]\d{0,2}(?:\.\d{3})+", found[0]):
            return found[0]  # in groups: the next rule reads it
        sign = f"{self.minus} " if found[0][0] == "-" else ""
        parts = [self._whole(part) for part in found[0].removeprefix("-").split(".")]
        return apart(found, sign + f" {self.dot} ".join(parts))

    def _read_number(self, found: Match) -> str:
        following = _NEXT_WORD.match(found.string, found.end())
        return apart(found, self.words(Amount.of(found[0]), None, following[1] if following else ""))

    def _read_sign(self, found: Match) -> str:
        if is_drawn(found.string, found.start(1)):
            return found[0]
        return apart_from_marks(found, self.signs[found[1]])
