"""Polish ordinals in their cases, and the ending that a following noun asks for.

An ending is that of pierwsz-y: "y", "ego", "ym", "a", "ej", "ą", "e", "ych".
"""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import number_words

FEMININE = re.compile(
    r"(?:osob|osób|kobiet|godzin|minut|sekund|stron|książ|noc|córk|córek|siostr|klas|ulic|drog|sztuk|butel|łyż|szklan|"
    r"rocznic|edycj|częś|lekcj|kolejk|dywizj|pozycj|rund|lig|wojn|kategori|generacj|tur|połow|wersj|pętl|linii|lini|"
    r"pani|dziewczyn|rodzin|firm|szkoł|szkół|gmin|bramk|piosen|fal|dek)\w*"
)
NEUTER = re.compile(
    r"miejsce|pole|wydanie|zdanie|spotkanie|okrążenie|posiedzenie|pytanie|zadanie|zdjęcie|piętro|dziecko|okno|auto|jajko|"
    r"piwo|słowo|euro|kółko|krzesło|pudełko|łóżko|liceum|centrum|muzeum"
)
# What the ending of a noun that is not feminine tells alone, tried in this order.
_ENDINGS = (
    (re.compile(rf"{NEUTER.pattern}|.*(?:o|um)"), "e"),
    (re.compile(r"dnia|miejsca|piętra|miesiąca|tygodnia|pola|wydania|zdania|spotkania"), "ego"),
    (re.compile(r".*(?:ach|ych)"), "ych"),
    (re.compile(r".*em"), "ym"),
)
_LOCATIVE_WORDS = frozenset({"w", "we", "na", "o", "po", "przy"})


# pan or pani in the case that the name shows, tried in this order; another name is that of a man
_PERSONS = (
    (
        re.compile(
            r".*(?:[scz]k|dzk)a|Anna|Maria|Ewa|Katarzyna|Małgorzata|Barbara|Krystyna|Joanna|Agnieszka"
        ),
        "pani",
    ),
    (re.compile(r".*(?:[scz]k|dzk)iej|Ann[yie]|Marii|Ewy|Ewie"), "pani"),
    (re.compile(r".*(?:[scz]k|dzk)ą|Ann[ęą]|Mari[ęą]|Ew[ęą]"), "panią"),
    (re.compile(r".*(?:[scz]k|dzk)iego"), "pana"),
    (re.compile(r".*(?:[scz]k|dzk)iemu|.*owi"), "panu"),
    (re.compile(r".*(?:[scz]k|dzk)im|.*em"), "panem"),
)


def person(name: str) -> str:
    """The word for a man or a woman before a name."""
    return next((word for pattern, word in _PERSONS if pattern.fullmatch(name)), "pan")


def ordinal(number: int, ending: str) -> str:
    """The last two words decline where they are tens and ones, otherwise the last one."""
    words = number_words(number, "pl", "ordinal").split(" ") if number else ["zerowy"]
    words[-1] = _declined(words[-1], ending)
    if len(words) > 1 and re.search(r"(?:dziesty|dziesiąty)$", words[-2]):
        words[-2] = _declined(words[-2], ending)
    return " ".join(words)


def _declined(word: str, ending: str) -> str:
    if word.endswith("y"):
        return word[:-1] + ending
    if word == "drugi" and ending[0] in "aą":
        return "drug" + ending
    return word + ending.removeprefix("y")  # drugi, trzeci


def word_before(text: str, place: int) -> str:
    """The word that ends before a place of a text, in small letters."""
    found = re.search(r"([^\W\d_]+)\W?$", text[max(0, place - 20) : place])
    return found[1].lower() if found else ""


def ending_for(noun: str, before: str) -> str:
    """The ending of an ordinal before a noun and after a word, guessed from the noun's own ending."""
    last = {"a": "a", "ę": "ą", "ą": "ą"}.get(noun[-1], "")
    if FEMININE.fullmatch(noun):
        return last or "ej"
    for pattern, ending in _ENDINGS:
        if pattern.fullmatch(noun):
            return ending
    if noun[-1] in "ue":
        return "ym" if before in _LOCATIVE_WORDS else {"u": "ego", "e": "e"}[noun[-1]]
    return last or "y"


def year_ending(before: str) -> str:
    """w 1985 roku, but od 1985 roku."""
    return "ym" if before in _LOCATIVE_WORDS else "ego"
