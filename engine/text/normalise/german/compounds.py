"""Rules for numbers that are part of a word (3-mal, 18-jährig, 5%ige, 90er, 3-Zimmer-Wohnung) and for fractions."""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import Match, Rule
from engine.text.normalise.german.endings import ends_sentence, one, ordinal, word_before
from engine.text.normalise.german.tables import MONEY, UNITS
from engine.text.normalise.german.words import cardinal, word_set, year_words
from engine.text.normalise.rules import any_of

_SUFFIXES = (
    "jährig|tägig|stündig|minütig|wöchig|monatig|köpfig|teilig|stellig|fach|mal|stöckig|seitig|prozentig|sprachig|bändig|"
    "spurig|türig|gleisig|eckig|stufig|geschossig|zeilig|sitzig|beinig"
)
_NUMBER = r"(?<![\w.,/:-])(\d{1,15}(?:,\d+)?)"
_SIGN_FRACTIONS = "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
SLASHES = {"¼": "1/4", "½": "1/2", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5"}
SLASHES |= {"⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}
_DENOMINATORS = {*range(2, 21), 24, 25, 30, 32, 40, 50, 60, 64, 100, 1000}
_UNITS = any_of(UNITS)
_LISTED_BEFORE = re.compile(r"(?:^|[,:] )(?:eine?|1) \w+ und $")
_GOVERNED = re.compile(r"[^\W\d_] $")
_SERIES = word_set(
    "Formel Platz Aufgabe Gruppe Klasse Kapitel Seite Gleis Teil Band Linie Raum Zimmer Haus Tor "
    "Absatz Satz Artikel Paragraf Paragraph Ziffer Buchstabe Abschnitt Nummer Randnummer Anlage Anhang Tabelle "
    "Abbildung Bahnsteig Terminal Halle Aufgang Eingang Ausgang Tisch Schalter Kasse Zone Ebene Level Etage Block "
    "Stufe Phase Schritt Punkt Lektion Folge Staffel Runde Route Version Typ Position Variante Option Frage Übung Akt "
    "Szene Modul Hausnummer"
)
# after them, a slash stands between two numbers that belong together, as of two houses or the years of a season
_PAIRED = re.compile(
    r".*(?:straße|gasse|allee|weg|platz|ring|damm|nummer)|WS|SS|SoSe|WiSe|(?:Winter|Sommer)?[Ss]emester|Saison|Spielzeit|"
    r"Schuljahr|Winter|Jahreswechsel|Geschäftsjahr|Wirtschaftsjahr"
)
_COUNTED = any_of(key for key in {**UNITS, **MONEY} if key not in ("€", "$", "£"))


def _stem(number: str) -> str:
    """A number before the rest of its word."""
    if number == "1":
        return "ein"
    whole, _, decimals = number.partition(",")
    words = cardinal(int(whole))
    return words if not decimals else f"{words} Komma {' '.join(cardinal(int(digit)) for digit in decimals)}"


def rules() -> list[Rule]:
    nouns = any_of({**UNITS, **MONEY})
    return [
        (rf"{_NUMBER} ?-?%-?ig", lambda found: _stem(found[1]) + "prozentig"),
        (rf"{_NUMBER}-?(?=(?:{_SUFFIXES}))", lambda found: _stem(found[1])),
        (rf"{_NUMBER}-?J(?=ährige)", lambda found: _stem(found[1]).capitalize() + "j"),
        (rf"{_NUMBER}-({nouns}|[A-ZÄÖÜ][a-zäöüß]+)(?=-[A-ZÄÖÜ])", _read_joined),
        (r"(?<![\w.,/:-])(\d{1,4})-?er(n?)(?![a-zäöüß])(?= ([A-ZÄÖÜ])|-|)", _read_decade),
        (
            rf"{_NUMBER}x(?!\w)|{_NUMBER} x(?= (?:täglich|pro|am|im|in|wöchentlich|jährlich)(?!\w))",
            _read_times,
        ),
        (r"(?: x |(?<=\d)x|(?<=\d) ?· ?)(?=\d)", lambda _: " mal "),
        (
            rf"(?:(\d) ?)?([{_SIGN_FRACTIONS}])",
            lambda found: f"{found[1] or ''} {SLASHES[found[2]]}".lstrip(),
        ),
        (
            r"(?<![\w/.,])(\d)/(\d)-Takt",
            lambda found: _fraction(int(found[1]), int(found[2])).replace(" ", "").capitalize() + "takt",
        ),
        (
            rf"(?<![\w/.,:-])(?:(\d{{1,3}}) )?(\d{{1,4}})/(\d{{1,4}})(?![\w/]|[.,]\d)"
            rf"(?: ?({_UNITS})(?!\w)| ([A-ZÄÖÜ][a-zäöüß]+))?",
            _read_fraction,
        ),
    ]


def _read_joined(found: Match) -> str:
    """3-Zimmer-, 20-€-: words of a compound noun."""
    noun = found[2]
    if noun in UNITS:
        noun = UNITS[noun].form(int(found[1] != "1"))
    elif noun in MONEY:
        noun = MONEY[noun].whole.form(0)
    return f"{_stem(found[1]).capitalize()}-{noun}".replace(" ", "-")


def _read_decade(found: Match) -> str:
    number = int(found[1])
    words = ("eins" if number == 1 else year_words(number)) + "er" + found[2]
    return words if found[3] or found.string.startswith("-", found.end()) else words.capitalize()


def _read_times(found: Match) -> str:
    return _stem(found[1] or found[2]) + "mal"


def _fraction(number: int, of: int) -> str:
    part = "halbe" if of == 2 else ordinal(of, "el").capitalize()
    return f"{cardinal(number) if number != 1 else 'ein'} {part}"


def _read_fraction(found: Match) -> str:
    whole, number, of, unit, noun = found.groups()
    counted = UNITS[unit].form(0) if unit else noun or ""
    after = f" {counted}" if counted else ""
    before = word_before(found.string, found.start())
    if not unit and (before in _SERIES or _PAIRED.fullmatch(before)):
        return f"{whole or ''} {number} {of}{after}".lstrip()
    if int(of) not in _DENOMINATORS or not 0 < int(number) < 100 or found[0].startswith("24/7"):
        return f"{whole or ''} {number} {of}{after}".lstrip()
    if whole:
        many = UNITS[unit].form(1) if unit else noun
        return _mixed(int(whole), int(number), int(of)) + (f" {many}" if many else "")
    return _part_of(int(number), int(of), counted, before)


def _part_of(number: int, of: int, counted: str, before: str) -> str:
    """A fraction of what is counted, if anything is; `before`: the word before it."""
    if not counted:
        return "ein halb" if of == 2 and number == 1 else _fraction(number, of)
    if counted == "Stunde" and of == 4 and number in (1, 3):
        noun = f"{'Dreiv' if number == 3 else 'V'}iertelstunde"
        return noun if before.lower().startswith("eine") else f"{one(before, noun)} {noun}"
    if of == 2 and number == 1:
        return f"{one(before, counted, 'halb')} {counted}"
    words = _fraction(number, of).lower()
    if number == 1:
        words = one(before, counted) + words.removeprefix("ein")
    return f"{words} {counted}"


def _mixed(whole: int, number: int, of: int) -> str:
    """zweieinhalb, zweidreiviertel"""
    first = "ein" if whole == 1 else cardinal(whole)
    if of == 2:
        return f"{first}einhalb"
    return f"{first} {_fraction(number, of)}".lower().replace(" ", "" if of == 4 else " ")


def rules_of_one() -> list[Rule]:
    """ "1" before what is counted: ein Kilogramm, eine Stunde, vor einem Tag."""
    start = r"(?<![\w.,/:–-])(?<!\d )1"
    return [
        (
            rf"{start}(?= (?:bis|oder) \d+(?:,\d+)? ?(?:(?:{_COUNTED})(?!\w)|[€$£%]|[A-ZÄÖÜ][a-zäöüß]))",
            lambda _: "ein",
        ),
        (rf"{start} ?((?>{_COUNTED})|[€$£])(?![\w/²³'])(?!(?<!\.) ?\d)", _read_one_unit),
        (rf"{start} ([a-zäöüß]+e[rsnm]?)(?= [A-ZÄÖÜ][a-zäöüß])", _read_one_and_adjective),
        (rf"{start} (?!(?:{_COUNTED})(?!\w))([A-ZÄÖÜ][a-zäöüß]+)(?!\w)", _read_one_noun),
    ]


def _read_one_unit(found: Match) -> str:
    written = found[1]
    noun = UNITS[written].form(0) if written in UNITS else MONEY[written].whole.form(0)
    if noun == "tausend":
        return noun
    stop = "." * (written.endswith(".") and ends_sentence(found.string, found.end()))
    return f"{_one_before(found, noun.split(' ')[0])} {noun}{stop}"


def _one_before(found: Match, noun: str) -> str:
    """After a sign (Kurs: 1 Euro) no word governs the noun."""
    text, start = found.string, found.start()
    if _LISTED_BEFORE.search(text, max(0, start - 40), start):
        return one("", noun)
    return one(word_before(text, start) if _GOVERNED.search(text, max(0, start - 2), start) else "", noun)


def _read_one_and_adjective(found: Match) -> str:
    """The ending of the adjective tells that of ein: eine kleine, ein kleiner, einen kleinen."""
    ending = {"e": "e", "n": "en", "m": "em"}.get(found[1][-1], "")
    return f"ein{ending} {found[1]}"


def _read_one_noun(found: Match) -> str:
    """Uhr has no gender here, and after the name of a series (Formel 1) it is a number."""
    before, noun = word_before(found.string, found.start()), found[1]
    if noun == "Uhr":
        return "ein Uhr"
    if before in _SERIES or before.lower() == "nummer":
        return found[0]
    return f"{_one_before(found, noun)} {noun}"
