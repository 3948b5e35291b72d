"""Chapter and verse after the name of a book: Psalm 23:4, 1 Cor. 13:4-7."""

from __future__ import annotations

from engine.text.normalise.english import numbers
from engine.text.normalise.rules import Found, Rule, any_of, rule

_BOOKS = (
    *(
        "Genesis",
        "Exodus",
        "Leviticus",
        "Numbers",
        "Deuteronomy",
        "Joshua",
        "Judges",
        "Ruth",
        "Ezra",
        "Nehemiah",
    ),
    *(
        "Esther",
        "Job",
        "Psalm",
        "Psalms",
        "Proverbs",
        "Ecclesiastes",
        "Isaiah",
        "Jeremiah",
        "Lamentations",
        "Ezekiel",
    ),
    *(
        "Daniel",
        "Hosea",
        "Joel",
        "Amos",
        "Obadiah",
        "Jonah",
        "Micah",
        "Nahum",
        "Habakkuk",
        "Zephaniah",
        "Haggai",
    ),
    *("Zechariah", "Malachi", "Matthew", "Mark", "Luke", "John", "Acts", "Romans", "Galatians", "Ephesians"),
    *(
        "Philippians",
        "Colossians",
        "Titus",
        "Philemon",
        "Hebrews",
        "James",
        "Jude",
        "Revelation",
        "Surah",
        "Quran",
    ),
)
_SHORT = {
    **{
        "Exod": "Exodus",
        "Deut": "Deuteronomy",
        "Ps": "Psalm",
        "Prov": "Proverbs",
        "Isa": "Isaiah",
        "Jer": "Jeremiah",
    },
    **{
        "Ezek": "Ezekiel",
        "Matt": "Matthew",
        "Rom": "Romans",
        "Eph": "Ephesians",
        "Heb": "Hebrews",
        "Jn": "John",
    },
}
# these only behind their own number: "the Kings 3:2" is the end of a match
_NUMBERED = ("Samuel", "Kings", "Chronicles", "Corinthians", "Thessalonians", "Timothy", "Peter", "John")
_NUMBERED_SHORT = {
    **{
        "Sam": "Samuel",
        "Chron": "Chronicles",
        "Cor": "Corinthians",
        "Thess": "Thessalonians",
        "Tim": "Timothy",
    },
    **{"Pet": "Peter", "Jn": "John"},
}
_ONE = any_of((*_BOOKS, *_SHORT))
_ONE_OF_SEVERAL = any_of((*_NUMBERED, *_NUMBERED_SHORT))
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
    rule(
        rf"(?<![\w.-])(?:([1-3]) ({_ONE_OF_SEVERAL})|({_ONE}))\.? {_VERSES}{_NO_TIME}",
        _read,
    ),
]
