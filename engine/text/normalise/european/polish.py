"""Numbers, signs and abbreviations of Polish in words."""

from __future__ import annotations

from engine.text.normalise.european.polish_cases import (
    FEMININE,
    NEUTER,
    ending_for,
    ordinal,
    person,
    word_before,
    year_ending,
)
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

_SCORES = [
    "zera",
    "jednego",
    "dwóch",
    "trzech",
    "czterech",
    "pięciu",
    "sześciu",
    "siedmiu",
    "ośmiu",
    "dziewięciu",
    "dziesięciu",
]
_WOMEN = frozenset({"Elżbieta", "Katarzyna", "Izabela", "Małgorzata"})
_LETTERS = "a-ząćęłńóśźż"
_DECLINING_HOURS = frozenset({"o", "od", "do", "po", "około", "przed", "godzinie", "godziny", "godzinach"})
_A_FEMININE = Noun((), feminine=True)


class Polish(European):
    code = "pl"
    plain_needs = rf"(?:{ROMAN}|p\. [A-ZĆŁŚŻŹ])"

    def cardinal(self, number: int, noun: Noun | None = None) -> str:
        words = number_words(number, "pl")
        if noun is None:
            return words
        if number == 1:
            return "jedna" if noun.feminine else "jedno" if noun.forms == ("euro",) else words
        return words.removesuffix("dwa") + "dwie" if noun.feminine and words.endswith("dwa") else words

    def agreeing(self, number: int, following: str) -> str:
        if number == 1 and NEUTER.fullmatch(following):
            return "jedno"
        return self.cardinal(number, _A_FEMININE if FEMININE.fullmatch(following) else None)

    def form(self, number: Amount) -> int:
        """One; few after 2 to 4; many; a part of one after decimals."""
        if number.decimals:
            return 3
        if number.value == 1:
            return 0
        return 1 if number.value % 10 in (2, 3, 4) and number.value % 100 not in (12, 13, 14) else 2

    def day(self, day: int) -> str:
        return ordinal(day, "ego")

    def year(self, year: int) -> str:
        return ordinal(year, "ego")

    def ends(self, first: str, last: str, found: Match) -> str:
        """Hours after godzinach: od dziewiątej do siedemnastej."""
        before = word_before(found.string, found.start())
        hours = before == "godzinach" and first.isdecimal() and last.isdecimal()
        if hours and 0 < int(first) <= 24 and 0 < int(last) <= 24:
            return f"od {ordinal(int(first), 'ej')} do {ordinal(int(last), 'ej')}"
        if ":" not in first or before == "od":
            return super().ends(first, last, found)
        return f"od {first} do {last}"

    def clocks(self) -> list[str]:
        after = "(?:(?<=godzinie )|(?<=godziny )|(?<=godzina )|(?<=godzinach ))"
        return [f"{HOUR}:{MINUTE}", rf"{after}{HOUR}\.{MINUTE}", rf"{after}{HOUR}(?![\d:.,]\d|\d)"]

    def time(self, hour: int, minute: int, found: Match) -> str:
        """The hour is an ordinal: czternasta, o czternastej."""
        declines = word_before(found.string, found.start()) in _DECLINING_HOURS
        words = ordinal(hour, "ej" if declines else "a") if hour else "zero"
        if not minute:
            return words
        return f"{words} {'zero ' if minute < 10 else ''}{self.cardinal(minute)}"

    def first_rules(self) -> list[Rule]:
        """m. after the number of a house is a flat, p. before a name a man or a woman."""
        return [
            *super().first_rules(),
            (
                r"(?<!\w)((?:[Uu]l|[Aa]l|[Oo]s|[Pp]l)\. [^\d,.]{2,40} \d{1,4}[a-zA-Z]?) m\. ?(?=\d)",
                lambda found: f"{found[1]} mieszkanie ",
            ),
            (rf"(?<![\w.])p\. (?=([A-ZĆŁŚŻŹ][{_LETTERS}]+))", lambda found: person(found[1]) + " "),
        ]

    def own_rules(self) -> list[Rule]:
        months = any_of(self.months)
        century = r"(w\.(?!\w)|wiek\w*)"
        counted = r"(?:wojn|klas|edycj|lig|rund|częś|etap|tur|tom|rozdział|liceum|stopni)"
        return [
            (r"(?<![\w.,/])1(?: ?½| 1/2)(?![\w/])(?=(?: ([^\W\d_]+))?)", self._read_one_and_a_half),
            (rf"(?<![\w.,])(\d{{1,4}})\. ([{_LETTERS}]{{2,}})", self._read_ordinal),
            (
                rf"(?<![\w.,])(?:([0-3]?\d)-)?([0-3]?\d) ({months})(?: (\d{{3,4}})(?!\d))?(?!\w)",
                self._read_day,
            ),
            (r"(?<=ego) r\.", lambda found: " roku" + "." * self._ends_sentence(found, "r.")),
            (r"(?<![\w.,-])(\d{3,4}) (r\.|rok(?:u|iem)?(?!\w))", self._read_year),
            (r"(?<!\w)(rok|roku) (\d{3,4})(?![\w-]|[.,]\d)", self._read_year_after),
            (r"(?<!\w)(lata|lat|latach) (\d0)\.( (?=[IVX]))?", self._read_decade),
            (rf"(?<!\w)({ROMAN}) {century}", self._read_century),
            (rf"(?<!\w)([Ww]ieku?) ({ROMAN})", self._read_century_after),
            (rf"(?<!\w)({ROMAN}) ({counted}[{_LETTERS}]*)", self._read_ordinal),
            (rf"(?<!\w)([A-ZĆŁŚŻŹ][{_LETTERS}]+) ({ROMAN})(?!\.[A-Z])", self._read_ruler),
            (r"(?<![\w:.,])(\d{1,2}):(\d{1,2})(?![\w:]|[.,]\d)", self._read_score),
        ]

    def _read_one_and_a_half(self, found: Match) -> str:
        return "półtorej" if found[1] and FEMININE.fullmatch(found[1]) else "półtora"

    def _read_day(self, found: Match) -> str:
        if not 1 <= int(found[2]) <= 31:
            return found[0]
        days = [self.day(int(day)) for day in (found[1], found[2]) if day]
        return f"{'-'.join(days)} {found[3]}" + (f" {self.year(int(found[4]))}" if found[4] else "")

    def _read_year(self, found: Match) -> str:
        ending = {"rok": "y", "rokiem": "ym"}.get(
            found[2], year_ending(word_before(found.string, found.start()))
        )
        stop = "." * self._ends_sentence(found, found[2])
        return f"{ordinal(int(found[1]), ending)} {'roku' if found[2] == 'r.' else found[2]}{stop}"

    def _read_year_after(self, found: Match) -> str:
        ending = "y" if found[1] == "rok" else year_ending(word_before(found.string, found.start()))
        return f"{found[1]} {ordinal(int(found[2]), ending)}"

    def _read_decade(self, found: Match) -> str:
        stop = found[3] or "." * self._ends_sentence(found, ".")  # no sentence ends before XX wieku
        return f"{found[1]} {ordinal(int(found[2]), 'e' if found[1] == 'lata' else 'ych')}{stop}"

    def _read_century(self, found: Match) -> str:
        noun = "wieku" if found[2] == "w." else found[2]
        words = ordinal(roman_value(found[1]), ending_for(noun, word_before(found.string, found.start())))
        return f"{words} {noun}" + "." * self._ends_sentence(found, found[2])

    def _read_century_after(self, found: Match) -> str:
        before = word_before(found.string, found.start())
        return f"{found[1]} {ordinal(roman_value(found[2]), ending_for(found[1].lower(), before))}"

    def _read_ordinal(self, found: Match) -> str:
        number = int(found[1]) if found[1].isdecimal() else roman_value(found[1])
        ending = ending_for(found[2], word_before(found.string, found.start()))
        return f"{ordinal(number, ending)} {found[2]}" if number else found[0]

    def _read_ruler(self, found: Match) -> str:
        """Jan III, Jana III; X is a letter more often than a number."""
        name = found[1]
        if found[2] == "X" or name[-1] in "eiouyąę":
            return found[0]
        ending = "a" if name in _WOMEN else "ego" if name.endswith("a") else "y"
        return f"{name} {ordinal(roman_value(found[2]), ending).capitalize()}"

    def _read_score(self, found: Match) -> str:
        second = int(found[2])
        told = f" do {_SCORES[second]}" if second < len(_SCORES) else f" {self.cardinal(second)}"
        return self.cardinal(int(found[1])) + told


read = Polish().read
