"""Short names of weekdays: lun.-ven. and sam./dim. in French, and the like in other languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.text.normalise.european.tables import with_capitals
from engine.text.normalise.rules import Found, any_of


@dataclass(frozen=True)
class Weekdays:
    """`short`: the day for each short name; `span`: words for {first} to {last}; `also`: and, with its spaces.

    `of`: what stands for the first and the last day in `span`, where it differs from the name.
    """

    short: Mapping[str, str]
    span: str
    also: str
    of: Mapping[str, str] | None = None

    @property
    def names(self) -> str:
        return any_of(with_capitals(self.short))

    @property
    def several(self) -> str:
        """A pattern of days that signs join."""
        return rf"(?<![\w.])(?:{self.names})(?!\w)\.?(?: ?[-–/&+] ?(?:{self.names})(?![\w-])\.?)+"

    @property
    def before_number(self) -> str:
        """A pattern of a day with its full stop before a number."""
        return rf"(?<![\w.])({self.names})\.(?=,? \d)"

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
        return ", ".join(groups[:-1]) + self.also * (len(groups) > 1) + groups[-1]

    def _span(self, first: str, last: str) -> str:
        of = self.of or {}
        return self.span.format(first=of.get(first, first), last=of.get(last, last))
