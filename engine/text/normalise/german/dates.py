"""Rules for German dates (3. 10. 1990, 14.-16.6.), years, and times and ratios (14.30 Uhr, 3:1)."""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import HOUR, MINUTE, Match, Rule
from engine.text.normalise.german.endings import (
    MONTHS,
    day_ending,
    ends_sentence,
    is_last,
    ordinal,
    word_before,
)
from engine.text.normalise.german.tables import MONEY, UNITS
from engine.text.normalise.german.words import cardinal, hour_words, word_set, year_words

_DAY = r"(0?[1-9]|[12]\d|3[01])"
_MONTH = r"(0?[1-9]|1[0-2])"
_NUMERIC = (
    rf"(?<![\w.,/:-])(?:{_DAY}\.(?: ?([-–]|und|bis) ?))?{_DAY}\. ?{_MONTH}\."
    r"(?: ?(\d{4}(?!\d)|(?<=\.)\d\d(?![\d.:])))?(?![\w/]|-(?!(?!Version|Release|Update|Beta)[A-ZÄÖÜ])|[.,:]\d)"
)
_AFTER_A_DAY = re.compile(r",|\)| [a-zäöü]")
# before them, two numbers with full stops are a date, whatever follows
_DATED = re.compile(
    r"(?:.*(?:tag|abend|frist|termin|datum|schluss|beginn|start|anreise|abreise)|stand|ende|abgabe|lieferung|fällig|"
    r"treffen|sonnabend|mittwoch)",
    re.IGNORECASE,
)
# after them they are none
_NUMBERED = word_set(
    """Version Kapitel Abschnitt Punkt Ziffer Nummer Teil Paragraf Absatz Artikel Satz Aufgabe Übung Abbildung Tabelle
    Release Update Anlage Anhang Seite Unterkapitel Modul Lektion Schritt Ebene Formel Gleichung"""
)
_CLOCK = r"([01]?\d|2[0-4])(?:[:.]([0-5]\d))?"
_YEARLY = re.compile(
    r"(?i:jahr\w*|frühjahr|frühling|sommer|herbst|winter|jahrgang|saison|anno|spielen?|em|wm|olympia|wahl\w*|baujahr|"
    + "|".join(MONTHS)
    + ")"
)
_SINCE = word_set("seit ab bis von um vor nach zwischen wurde wurden war starb trat")
_COUNTED = re.compile(
    r"(?:Jahre|Tage|Stunde|Minute|Meter|Kilometer|Euro|Mensch|Person|Seite|Mitarbeiter|Einwohner|Besucher|Zuschauer|"
    r"Teilnehmer|Mitglied|Metern|Soldat|Wort|Wörter|Arbeit|Beschäftig|Kilo|Liter|Gramm|Grad|Stück)\w*"
)
_PLURAL = re.compile(r".*(?:[nersl]|stück|mann|paar|euro|prozent|grad|kilo|pfund|gramm)", re.IGNORECASE)
_SCALE = re.compile("Maßstab|Verhältnis")
_RATIO_WORDS = word_set("mit endstand halbzeit spielstand stand es")


def rules_of_dates() -> list[Rule]:
    return [(_NUMERIC, _read_numeric)]


def _read_numeric(found: Match) -> str:
    """3.10.1990, 3. 10., 14.-16.6.; without a year only where a preposition or the like goes before."""
    text, start, end = found.string, found.start(), found.end()
    first, joint, day, month, year = found.groups()
    ending = day_ending(text, start)
    if not year and not _is_date(word_before(text, start), ending, text, end):
        return found[0]
    words = f"{ordinal(int(day), ending)} {MONTHS[int(month) - 1]}"
    if first:
        words = f"{ordinal(int(first), ending)} {joint if joint.isalpha() else 'bis'} {words}"
    if year:
        return f"{words} {year_words(int(year))}"
    return words + "." * ends_sentence(text, end)


def _is_date(before: str, ending: str, text: str, end: int) -> bool:
    """Whether two numbers without a year are a day, by the word before and what follows at `end`."""
    if before in _NUMBERED:
        return False
    return ending != "er" or bool(_AFTER_A_DAY.match(text, end) or _DATED.fullmatch(before))


def rules_of_times() -> list[Rule]:
    return [
        (
            rf"(?<![\w.,:/–-]){_CLOCK}(?: Uhr)?(?: ?([-–]) ?| (bis|und|oder) ){_CLOCK} ?(?:Uhr|h)(?!\w)",
            _read_span,
        ),
        (
            r"(?<![\w.,:/-])(\d{1,2}):([0-5]\d):([0-5]\d)(?: (Uhr|Stunden|Std\.|h)(?!\w))?(?![\w:]|[.,]\d)",
            _read_seconds,
        ),
        (r"(?<![\w:.,])(\d{1,3}):([0-5]\d) ((?:Min|Std)\.|Minuten|Stunden)", _read_duration),
        (r"(?<![\w:.,])(\d{1,3})(?::| : )(\d{1,3}(?:[. ]\d{3})+|\d+)(?![\w:]|[.,]\d)", _read_ratio),
    ]


def _read_span(found: Match) -> str:
    """8.30-12.00 Uhr; Uhr is said once where both hours are full."""
    hour, minute, _, joint, last_hour, last_minute = found.groups()
    first = hour_words(int(hour), int(minute or 0))
    if not int(minute or 0) and not int(last_minute or 0):
        first = first.removesuffix(" Uhr")
    return f"{first} {joint or 'bis'} {hour_words(int(last_hour), int(last_minute or 0))}"


def _read_seconds(found: Match) -> str:
    hour, minute, second = (int(part) for part in found.group(1, 2, 3))
    seconds = f"{cardinal(second)} Sekunden" if second != 1 else "eine Sekunde"
    if found[4] == "Uhr":
        return f"{hour_words(hour, minute)} und {seconds}"
    hours = "eine Stunde" if hour == 1 else f"{cardinal(hour)} Stunden"
    minutes = "eine Minute" if minute == 1 else f"{cardinal(minute)} Minuten"
    return f"{hours} {minutes} und {seconds}"


def _read_duration(found: Match) -> str:
    """2:30 Min.: zwei Minuten dreißig"""
    noun = "Minute" if found[3][0] == "M" else "Stunde"
    first = f"eine {noun}" if int(found[1]) == 1 else f"{cardinal(int(found[1]))} {noun}n"
    stop = "." * (found[3][-1] == "." and is_last(found.string, found.end()))
    return first + (f" {cardinal(int(found[2]))}" if int(found[2]) else "") + stop


def _read_ratio(found: Match) -> str:
    """3:1, 1:25.000. What may be a time is one, unless the word before tells of a match or a scale."""
    first, last = found[1], found[2]
    before = word_before(found.string, found.start()).lower()
    a_time = re.fullmatch(rf"{HOUR}:{MINUTE}", found[0]) is not None
    if (
        a_time
        and before not in _RATIO_WORDS
        and not _SCALE.search(found.string, max(0, found.start() - 25), found.start())
    ):
        return found[0]
    return f"{cardinal(int(first))} zu {cardinal(int(re.sub(r'[. ]', '', last)))}"


def rules_of_years() -> list[Rule]:
    return [
        (r"(?<![\w.,])(1[1-9]\d\d|20\d\d)/(\d\d)(?!\w|[.,/]\d)", _read_season),
        (r"(?<![\w.,/:-])(1[1-9]\d\d)(?![\w²³%€$£°-]|[.,:]\d| ?[%€$£°])(?: ([^\W\d_]+))?", _read_year),
    ]


def _read_season(found: Match) -> str:
    return f"{year_words(int(found[1]))} {cardinal(int(found[2])) if found[2][0] != '0' else found[2]}"


def _read_year(found: Match) -> str:
    """Four digits are a year, unless something is counted: a noun in the plural follows."""
    following = found[2] or ""
    before = word_before(found.string, found.start())
    words = year_words(int(found[1])) + (f" {following}" if following else "")
    if following in UNITS or following in MONEY:
        return found[0]
    if _YEARLY.fullmatch(before) or not following:
        return words
    if _COUNTED.fullmatch(following):
        return found[0]
    a_year = following[0].islower() or before.lower() in _SINCE or not _PLURAL.fullmatch(following)
    return words if a_year else found[0]
