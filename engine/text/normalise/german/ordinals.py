"""Rules for German ordinals (3. Platz, im 19. Jahrhundert, II. Weltkrieg) and for rulers (Ludwig XIV.)."""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import ROMAN, Match, Rule
from engine.text.normalise.german.endings import (
    MONTHS,
    STARTERS,
    day_ending,
    decides,
    ending_for,
    ends_sentence,
    is_last,
    is_ordered,
    ordinal,
    word_before,
)
from engine.text.normalise.german.words import word_set
from engine.text.normalise.rules import roman_value

_AND = r"(?: ?[-–/] ?|,? (?:und|oder|bis|sowie|beziehungsweise) |, )"
_ONE = rf"(?:\d{{1,4}}|{ROMAN})\."
_ORDINALS = rf"(?<![\w.,/:–-])((?:{_ONE}{_AND}){{0,3}}{_ONE})(?! ?\d)(?= ?[^\W\d_]|\)|,|\s*$)"
_NEXT = re.compile(r" ?([^\W\d_]+)(?:-[^\W\d_]+)*(?: ([^\W\d_]+))?(?: ([^\W\d_]+))?")
_ADJECTIVE = re.compile(r"[a-zäöü]\w*[^\W\d_]e[nrsm]?")
_CAPITAL_ADJECTIVE = re.compile(r"\w+ischen")
_NO_ADJECTIVE = word_set(
    """der die das dem den des einer eine einen einem eines seine ihre unter über oder aber hinter immer wieder weiter
    sie wie gegen neben zwischen ohne wurde werden hatte haben alle sehr hier bevor nach außer sowie"""
)
_SHE = re.compile(r"(?<!\w)[Ss]ie (?:\w+ )?$")
_ALONE = word_set("am der zum vom dem den beim")  # before an ordinal without a noun: am 3.
_ENUMERATED = 12  # at the beginning of a text: erstens
_NAMES_OF_MEN = word_set(
    """Ludwig Karl Wilhelm Friedrich Heinrich Otto Georg Johannes Paul Benedikt Pius Leo Franz Joseph Josef Napoleon
    Nikolaus Alexander Peter Philipp Maximilian Ferdinand Leopold Rudolf Albrecht August Christian Gustav Adolf Jakob
    Eduard Richard Konrad Innozenz Urban Gregor Clemens Klemens Sixtus Bonifatius Konstantin Ramses Carlos Albert Harald
    Carl Oskar Ernst Johann Wenzel Sigismund Edward Henry Charles James Darius Ptolemäus Thutmosis Felipe Iwan"""
)
_NAMES_OF_WOMEN = word_set(
    "Elisabeth Margarethe Margrethe Katharina Maria Anna Isabella Beatrix Christina Viktoria Elizabeth Kleopatra"
)
_PARTS = (
    "Kapitel|Teil|Band|Akt|Buch|Klasse|Typ|Stufe|Phase|Abschnitt|Artikel|Gruppe|Anlage|Anhang|Modul|Szene|Kategorie|"
    "Block|Bauabschnitt|Vatikanum|Faust|Version|Nummer"
)
_TITLES = re.compile(
    r"(?:Kaiser(?:in|s)?|König(?:in|s)?|Papst|Papstes|Zar(?:in)?|Herzog|Fürst|Kurfürst) (?:\w+ )?$"
)
_CAPITAL = re.compile(" [A-ZÄÖÜ]")
_BEFORE_NAME = re.compile(r"(\w+) (?:[A-ZÄÖÜ]\w+ )*$")
_RULERS_DATIVE = word_set("unter von mit bei nach zu aus vor vom zum beim dem neben gegenüber seit")
_RULERS_ACCUSATIVE = word_set("für gegen durch ohne um den")


def _value(written: str) -> int:
    return int(written) if written.isdecimal() else roman_value(written)


def rules() -> list[Rule]:
    return [
        (
            r"(?<![\w.,/-])(\d{1,4})-?(?:te|ste)([rsnm]?)(?!\w)",
            lambda found: ordinal(int(found[1]), "e" + found[2]),
        ),
        (rf"(?<!\w)([A-ZÄÖÜ][a-zäöüß]+) ({ROMAN})(\.?)(?!\w)", _read_ruler),
        (
            r"(?<=zu )(\d{1,2})\.(?! ?[A-ZÄÖÜ\d])",
            lambda found: ordinal(int(found[1]), "") + "." * is_last(found.string, found.end()),
        ),  # zu viert
        (r"(?<=des )\d\d?\. Jahrhundert(?!\w)", lambda found: found[0] + "s"),
        (_ORDINALS, _read_ordinals),
        (rf"(?<!\w)({_PARTS}) (?=[IVX])({ROMAN})", _read_part),
        (rf"(?<= )(?=[IVX]{{2}}){ROMAN}(?!-)", lambda found: str(roman_value(found[0]))),
    ]


def _read_part(found: Match) -> str:
    """X is a letter in Typ X, but not in Kapitel X."""
    if found[2] == "X" and found[1] not in ("Kapitel", "Band", "Teil", "Buch"):
        return found[0]
    return f"{found[1]} {roman_value(found[2])}"


def _read_ordinals(found: Match) -> str:
    text, start, end = found.string, found.start(), found.end()
    before = word_before(text, start) if text.endswith((" ", "("), 0, start) else ""
    following = _NEXT.match(text, end)
    if following is None:
        if before.lower() not in _ALONE:
            return found[0]
        return _worded(found[1], "en" if before.lower() != "der" else "e") + "." * is_last(text, end)
    first = following[1]
    if first[0].isupper():
        return _before_noun(found, before, first)
    words = [word for word in following.groups() if word]
    adjective, noun = _adjective_and_noun(words)
    if not adjective and not decides(before) and _SHE.search(text, max(0, start - 25), start):
        return _spaced(found, _worded(found[1], "e"))  # sie wurde zweite
    return _spaced(found, _worded(found[1], ending_for(before, noun, adjective)))


def _before_noun(found: Match, before: str, noun: str) -> str:
    text, start = found.string, found.start()
    if noun in MONTHS:
        return _spaced(found, _worded(found[1], day_ending(text, start)))
    ordered = is_ordered(noun)
    if STARTERS.match(noun) or not (ordered or decides(before)):
        return _enumerated(found)
    adjective = noun if _CAPITAL_ADJECTIVE.fullmatch(noun) else ""  # die 10. Olympischen Spiele
    words = _worded(found[1], ending_for(before, noun, adjective))
    if noun.startswith(("Weltkrieg", "Vatikan")) and words.count(" ") == 0:
        words = words.capitalize()  # names
    return _spaced(found, words)


def _enumerated(found: Match) -> str:
    """The number of an item of a list, where a text begins with it."""
    number = found[1].removesuffix(".")
    if found.start() or not number.isdecimal() or not 0 < int(number) <= _ENUMERATED:
        return found[0]
    return ordinal(int(number), "ens").capitalize() + "."


def _adjective_and_noun(words: list[str]) -> tuple[str, str]:
    """The adjective at the beginning of some words, empty if there is none, and the noun after it."""
    if words[0] in _NO_ADJECTIVE or not _ADJECTIVE.fullmatch(words[0]):
        return "", words[0]
    noun = next((word for word in words if word[0].isupper()), "")
    return (words[0], noun) if noun else ("", words[0])


def _worded(ordinals: str, ending: str) -> str:
    """All ordinals of "3.-5." or "II. und III." in words."""
    words = re.sub(
        _ONE, lambda one: ordinal(_value(one[0][:-1]), ending) if _value(one[0][:-1]) else "nullte", ordinals
    )
    return re.sub(r" ?[-–] ?", " bis ", words).replace("/", " ")


def _spaced(found: Match, words: str) -> str:
    return words if found.string[found.end()] == " " else words + " "


def _read_ruler(found: Match) -> str:
    """Ludwig der Vierzehnte, in the case of the name. Other words keep the numeral, as Kapitel IV."""
    text, start, end = found.string, found.start(), found.end()
    name, numeral, dot = found[1], found[2], found[3]
    base = name[:-1] if name.endswith("s") and name not in _NAMES_OF_MEN else name
    known = base in _NAMES_OF_MEN | _NAMES_OF_WOMEN
    ends = bool(dot) and ends_sentence(text, end)
    if (
        re.fullmatch(_PARTS, name)
        or STARTERS.match(name)
        or not (known or (dot and not ends and len(numeral) > 1))
    ):
        return found[0]
    if not dot and len(numeral) == 1 and numeral != "V":
        return found[0]
    before = _BEFORE_NAME.search(text[max(0, start - 60) : start])
    initial = dot and len(numeral) == 1 and not ends and name == base and _CAPITAL.match(text, end)
    if initial and not _TITLES.search(text[max(0, start - 60) : start]):
        return found[0]  # Anna V. Schulz
    article, ending = _article(name, base, before[1].lower() if before else "")
    return f"{name} {article} {ordinal(roman_value(numeral), ending).capitalize()}" + ("." if ends else "")


def _article(name: str, base: str, before: str) -> tuple[str, str]:
    """The article and the ending after a ruler's name and the small word before it."""
    woman = base in _NAMES_OF_WOMEN
    if base != name or before in ("des", "eines"):
        return ("der" if woman else "des"), "en"
    if before in _RULERS_DATIVE:
        return ("der" if woman else "dem"), "en"
    if before in _RULERS_ACCUSATIVE and not woman:
        return "den", "en"
    return ("die" if woman else "der"), "e"
