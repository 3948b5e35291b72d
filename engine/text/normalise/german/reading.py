"""Numbers, signs and abbreviations of German in words."""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import HOUR, MINUTE, ROMAN, Amount, European, Match, Rule
from engine.text.normalise.german import compounds, dates, ordinals, tables, weekdays
from engine.text.normalise.german.endings import MONTHS, STARTERS, day_ending, ends_sentence, ordinal
from engine.text.normalise.german.words import cardinal, hour_words, year_words
from engine.text.normalise.rules import any_of
from engine.text.normalise.tables import Money, Noun, Tables

_MONTHS = {month[:3]: month for month in MONTHS} | {"Febr": "Februar", "Sept": "September"}
_SHORT_MONTH = "|".join(sorted(_MONTHS, reverse=True))
_CODES = (
    r"(?:IBAN|BLZ|PLZ|Postleitzahl|Umsatzsteuer-Identifikationsnummer|Steuer-Identifikationsnummer|"
    r"(?:Konto|Kunden|Rechnungs|Bestell|Mitglieds|Personal)(?:nummer|-Nummer|-Nr)?|"
    r"(?:Auftrags|Sendungs|Steuer|Vertrags|Vorgangs|Artikel|Ausweis|Versicherungs|Kreditkarten|Karten|Matrikel|Serien|"
    r"Buchungs|Inventar)(?:nummer|-Nummer|-Nr)|"
    r"(?:Konto|Bestellung|Auftrag|Sendung|Rechnung|Vorgang|Ticket) Nummer)"
)
# two numbers after these words are no range; after other numbers, where the second is smaller or far larger
_PAPERS = (
    r"(?:(?:Auftrags?|Rechnungs?|Bestell(?:ung)?|Vorgangs?|Kunden|Vertrags?|Angebots?|Artikel|Liefer(?:schein)?|Ticket|"
    r"Sendungs?|Mitglieds|Serien|Akten|Inventar)(?:nummer|[- ]Nummer|-?Nr\.?|zeichen)|(?:Akten|Geschäfts)zeichen|Az\.)"
)
_PAPER = rf"(?<!\w)({_PAPERS}|Nummer)(:? )(\d{{1,9}})-(\d{{1,9}})(?![\w/–-]|[.,]\d)"
# so many digits without a point are no quantity, unless they are round or something is counted
_ABOUT = "".join(rf"(?<!{word} )" for word in ("von", "etwa", "über", "rund", "circa", "knapp", "[€$£]"))
_COUNTED = any_of({**tables.UNITS, **tables.MONEY})
_LONG_RUN = (
    rf"(?<![\w.,/:€$£+-]){_ABOUT}(?<!(?:EUR|USD|CHF|GBP) )(?!\d+000(?!\d))\d{{7,}}"
    rf"(?![\w%]|[.,:/-]\d| ?[€$£%°]| [A-ZÄÖÜ]| ?(?:{_COUNTED})(?!\w))"
)
# < and > compare only before a number: then they are wide until the signs are read, else they are of a tag or an arrow
_COMPARED = {"<": "＜", ">": "＞", "<=": "≤", ">=": "≥"}
# names with Sankt that may follow the number of a table: 1 St. Pauli
_SAINTS = (
    "(?:Pauli|Gallen|Pölten|Moritz|Georg|Martin|Peter|Petri|Nikola|Johann|Anna|Maria|Michael|Josef|Ingbert)"
)
_WOMAN = re.compile(r"(?<!\w)(?:Frau|Fr\.|Ehefrau|Gattin|Witwe|Mutter|Tochter)(?: [\w.-]+){0,5},? \(?$")
_NO_NAME = re.compile(rf" (?:(?:{'|'.join(MONTHS)})(?!\w)|{STARTERS.pattern})")
_EMERGENCY = r"Notruf|Notfall|Polizei|Feuerwehr|Rettungsdienst|Nummer|wählen|wähle|wählt"


class German(European):
    code = "de"
    plain_needs = rf"(?:{ROMAN}|u\. |\w+(?:str|nr)\.|www\.|{weekdays.NEEDS})"

    def load(self, tables: Tables) -> None:
        super().load(tables)
        self.months = MONTHS
        # an abbreviation is found without its spaces, too: z. B., z.B.
        self._abbreviations |= {key.replace(" ", ""): word for key, word in self._abbreviations.items()}
        # only to find them: the rules of compounds read them
        self.fractions = self.and_fractions = compounds.SLASHES

    def cardinal(self, number: int, noun: Noun | None = None) -> str:
        if number == 1 and noun:
            return "eine" if noun.feminine else "ein"
        return cardinal(number)

    def year(self, year: int) -> str:
        return year_words(year)

    def clocks(self) -> list[str]:
        hour = r" ?(?:Uhr|h)(?!\w)"
        return [
            rf"{HOUR}[:.]([0-5]\d){hour}",
            rf"{HOUR}:{MINUTE}",
            rf"(?:(?<=[Uu]m )|(?<=[Gg]egen )|(?<=[Aa]b )|(?<=[Bb]is )){HOUR} ?h(?!\w)",
        ]

    def time(self, hour: int, minute: int, found: Match) -> str:  # noqa: ARG002
        return hour_words(hour, minute)

    def telephone(self, number: str) -> str:
        return super().telephone(number.replace("(0)", "") if number[0] == "+" else number)

    def ends(self, first: str, last: str, found: Match) -> str:
        """2024-0815 is the number of a paper."""
        if last[0] == "0" and last.isdecimal() and len(last) > 1:
            return f"{first} {last}"
        return super().ends(first, last, found)

    def telephones(self) -> list[str]:
        return [
            r"(?<![\w.,+])\+\d[\d ()/.-]{6,}\d(?!\w)",
            r"(?<![\w.,(])\(0\d{1,5}\) ?[/-]? ?\d[\d -]{3,}\d(?!\w|[.,]\d)",
            r"(?<![\w.,])0\d{1,5}(?: ?[/-] ?| )(?!\d\d?-\d{4}(?!\d))\d[\d -]{3,}\d(?!\w|[.,]\d)",
        ]

    def first_rules(self) -> list[Rule]:
        compared = r"(?<![<>=-])([<>]=?)(?= ?[-€$£]?\d)"
        return [
            (compared, lambda found: _COMPARED[found[1]]),
            (rf"(?<=\d) St\.(?= (?!{_SAINTS})[A-ZÄÖÜ])", lambda _: " Stück"),
            (r"(?<!\w)geb\.(?= [A-ZÄÖÜ][a-zäöüß])", self._read_born),
            *weekdays.first_rules(),
        ]

    def _early_rules(self) -> list[Rule]:
        return [
            (r"(?<![\w.+-])(?:[\w.+-]+@[\w-]+(?:\.[\w-]+)+|www\.[\w./-]*\w)", self._read_address),
            (r"(?<![\w.,'])\d{1,3}(?:'\d{3})+(?![\d'])", lambda found: found[0].replace("'", ".")),  # 10'000
            (r"(?<=[a-zäöüß])(str|nr)\.", self._read_street),
            (r"(?<=\d) f\.(?!\w)", self._read_following),
            (r"(?<= )u\.(?= )", lambda _: "und"),
            (rf"(?<!\w)v\. (?=\d\d?\. ?(?:\d\d?\.|(?:{_SHORT_MONTH})))", lambda _: "vom "),
            *weekdays.rules(_SHORT_MONTH),
            (_PAPER, self._read_paper),
            (
                rf"(?<!\w)({_CODES}[ :.]*(?:[A-Z]{{1,4}}-?)?)(\d[\d ]{{2,}}\d)(?!\w|[.,/-]\d)",
                self._read_after_name,
            ),
            (
                rf"(?<=\d\. )({_SHORT_MONTH})(?:\.|(?!\w))|(?<!\w)({_SHORT_MONTH})\.(?= \d{{4}}(?!\d))",
                lambda found: _MONTHS[found[1] or found[2]],
            ),
            (
                rf"(?<!\w)((?i:{_EMERGENCY})\D{{0,25}}?)(11[0-9])(?!\w|[.,]\d| [A-ZÄÖÜ])",
                self._read_after_name,
            ),
            (r"(?<=, )\d{5}(?= [A-ZÄÖÜ])|(?<!\w)D-\d{5}(?!\d)", self._read_postcode),
            (r"(?<=\d),[-–—]+(?!\d)", lambda _: ""),  # 12,– €
            *dates.rules_of_times(),
            *dates.rules_of_dates(),
            *super()._early_rules(),
        ]

    def own_rules(self) -> list[Rule]:
        return [
            *ordinals.rules(),
            *compounds.rules(),
            *dates.rules_of_years(),
            *compounds.rules_of_one(),
            (_LONG_RUN, lambda found: self.digits(found[0])),
        ]

    def _decimals(self, digits: str) -> str:
        return self.digits(digits)

    def _amount_of_money(self, number: Amount, scale: str, money: Money) -> str:
        """Three digits after the comma are a part of a cent, as at a petrol station."""
        if len(number.decimals) == 3 and not scale and money == self.money["€"]:
            return self.count(number, money.whole)
        return super()._amount_of_money(number, scale, money)

    @staticmethod
    def _ends_sentence(found: Match, abbreviation: str) -> bool:
        return abbreviation.endswith(".") and ends_sentence(found.string, found.end())

    def _read_address(self, found: Match) -> str:
        return found[0].replace(".", " Punkt ").replace("@", " at ").replace("/", " Schrägstrich ")

    def _read_born(self, found: Match) -> str:
        """Frau Huber geb. Klein: the name she was born with."""
        before = found.string[max(0, found.start() - 60) : found.start()]
        is_name = _WOMAN.search(before) and not _NO_NAME.match(found.string, found.end())
        return "geborene" if is_name else found[0]

    def _read_street(self, found: Match) -> str:
        return {"str": "straße", "nr": "nummer"}[found[1]] + "." * self._ends_sentence(found, found[0])

    def _read_following(self, found: Match) -> str:
        return " folgende" + "." * self._ends_sentence(found, found[0])

    def _read_after_name(self, found: Match) -> str:
        before = found[1] + (" " if found[1][-1].isalpha() else "")
        return before + self.digits(found[2])

    def _read_paper(self, found: Match) -> str:
        """Nummer 2024-117 as two numbers; Nummer 3-5 is a range."""
        first, last = found[3], found[4]
        start, end = int(first), int(last)
        if found[1] == "Nummer" and (first[0] == "0" or start < end <= 10 * max(start, 10)):
            return found[0]
        return f"{found[1]}{found[2]}{self._part_of_paper(first)} {self._part_of_paper(last)}"

    def _part_of_paper(self, number: str) -> str:
        """A number that may be a year; a long one is said digit by digit."""
        if len(number) > 4:
            return self.digits(number)
        return year_words(int(number)) if re.fullmatch(r"(?:19|20)\d\d", number) else self._whole(number)

    def _read_postcode(self, found: Match) -> str:
        return ("D " if found[0][0] == "D" else "") + self.digits(found[0])

    def _read_date(self, found: Match) -> str:
        year, month, day = (found[1], found[2], found[3]) if found[1] else (found[7], found[6], found[4])
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return found[0]
        ending = day_ending(found.string, found.start())
        return f"{ordinal(int(day), ending)} {MONTHS[int(month) - 1]} {year_words(int(year))}"

    def _read_day_and_month(self, found: Match) -> str:
        """3/04 is no date in German."""
        return found[0]

    def _read_money_first(self, found: Match) -> str:
        """A word goes after its number: Euro 6 is a norm."""
        return found[0] if found[2][-1].islower() else super()._read_money_first(found)


read = German().read
