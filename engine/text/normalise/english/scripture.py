"""Chapter and verse after the name of a book: Psalm 23:4, 1 Cor. 13:4-7."""

from __future__ import annotations

from engine.text.normalise.english import numbers
from engine.text.normalise.english.tables import TABLES
from engine.text.normalise.rules import Found, Rule, any_of, rule

_SHORT, _NUMBERED_SHORT = TABLES.words("short_books"), TABLES.words("short_numbered_books")
_ONE = any_of((*TABLES.listed("books"), *_SHORT))
# these only behind their own number: "the Kings 3:2" is the end of a match
_ONE_OF_SEVERAL = any_of((*TABLES.listed("numbered_books"), *_NUMBERED_SHORT))
_FULL = _SHORT | _NUMBERED_SHORT
_VERSES = r"(\d{1,3}):([1-9]\d{0,2})(?: ?[-–] ?(?:(\d{1,3}):)?(\d{1,3}))?"
_NO_TIME = r"(?![\w:]|[.,]\d|[-–]\d| ?[aApP]\.?[mM]\b)"


def _read(found: Found) -> str:
    written = found[2] or found[3]
    book = _FULL.get(written, written)
    if found[1]:
        book = f"{numbers.ordinal(int(found[1])).capitalize()} {book}"
    chapter, verse, last_chapter, last = (int(part or 0) for part in found.groups()[3:])
    verses = "verses" if last and not last_chapter else "verse"
    said = f"{book} {numbers.cardinal(chapter)}, {verses} {numbers.cardinal(verse)}"
    if last_chapter:
        said += f" to chapter {numbers.cardinal(last_chapter)}, verse"
    elif last:
        said += " to"
    return f"{said} {numbers.cardinal(last)}" if last else said


SCRIPTURE: list[Rule] = [
    rule(rf"(?<![\w.-])(?:([1-3]) ({_ONE_OF_SEVERAL})|({_ONE}))\.? {_VERSES}{_NO_TIME}", _read)
]
