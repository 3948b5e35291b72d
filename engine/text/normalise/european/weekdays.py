"""Short names of weekdays: lun.-ven. and sam./dim. in French, and the like in other languages."""

from __future__ import annotations

import re

from engine.text.normalise.rules import Found, any_of
from engine.text.normalise.tables import Tables, with_capitals


class Weekdays:
    """The days of a language's tables, and how spans and lists of them are said."""

    def __init__(self, tables: Tables) -> None:
        self.short = tables.words("weekdays")
        self._span_of = tables.text("span_of_days")  # from {first} and {last}
        self._and = tables.text("and_days")  # with its spaces
        self._of = tables.words("of_days")  # the days in a span, where they differ from their names
        names = any_of(with_capitals(self.short))
        self.names = names
        self.several = rf"(?<![\w.])(?:{names})(?!\w)\.?(?: ?[-–/&+] ?(?:{names})(?![\w-])\.?)+"
        self.before_number = rf"(?<![\w.])({names})\.(?=,? \d)"

    def read_several(self, found: Found) -> str:
        """The full stop of the last day goes, unless the text ends with it."""
        parts = re.split(r"\.? ?([-–/&+]) ?", found[0].removesuffix("."))
        days = [self._day(short) for short in parts[::2]]
        said = self._joined(days, parts[1::2])
        ends = found[0].endswith(".") and not found.string[found.end() :].strip()
        return (said.capitalize() if found[0][0].isupper() else said) + "." * ends

    def read_one(self, found: Found) -> str:
        day = self._day(found[1])
        return day.capitalize() if found[1][0].isupper() else day

    def _day(self, short: str) -> str:
        return self.short[short.lower()]

    def _joined(self, days: list[str], signs: list[str]) -> str:
        """Spans first, then what is listed: lun.-ven./dim."""
        groups, place = [], 0
        while place < len(days):
            if place < len(signs) and signs[place] in "-–":
                groups.append(self._span(days[place], days[place + 1]))
                place += 2
            else:
                groups.append(days[place])
                place += 1
        return ", ".join(groups[:-1]) + self._and * (len(groups) > 1) + groups[-1]

    def _span(self, first: str, last: str) -> str:
        return self._span_of.format(first=self._of.get(first, first), last=self._of.get(last, last))
