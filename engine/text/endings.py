"""The forms of a word of pronunciations.txt in a text: typed otherwise, with 's or a Korean particle behind."""

from __future__ import annotations

import re
import unicodedata

from engine.text.normalise.forms import one_form

APOSTROPHES = "'\u2019\u2018\u02bc\u2032"
_HYPHENS = "-\u2010\u2011"
_SPACE = r"[\s\u00a0]+"
_MARKS = "\u0300-\u036f"  # of a letter that is typed in two characters
# Korean words take these without a space: plural or title, case, topic
_PARTICLES = (
    "(?:들|씨|님)?"
    "(?:이라고는|이라고|라고|이라는|라는|에게서|한테서|에서|에게|한테|께서|으로서|로서|으로써|로써|으로|로|까지|부터|처럼|보다|"
    "이랑|랑|하고|이며|이나|이나마|마다|조차|마저|밖에|이야|이여|이에요|예요|이었다|였다|입니다|이다|은|는|이|가|을|를|의|에|도|"
    "만|와|과|께|아|야|나)?"
    "(?:은|는|도|만|의|요)?"
)
# German names take an s without an apostrophe; in a short word it may be another word, as Da and das
_GERMAN_S = re.compile(r"[^\W\d_]{3,}[^\W\d_sxzß]")
_POSSESSIVE = re.compile(rf"[{APOSTROPHES}][sS](?!\w)")
_GENITIVE = re.compile(r"s(?!\w)")
_WITHOUT_S = ("ja", "ko", "zh")  # their voices have no symbol for it
_VOICELESS, _SIBILANTS = "ptkfθçxʔ", "szʃʒʂʐɕʑ"


def as_pattern(word: str, language: str) -> str:
    """Finds a word in all its forms; without its ending, but for those that `spoken_ending` does not know."""
    word = one_form(word)
    start = rf"(?<![\w{_MARKS}])" if _has_spaces(word[0]) else ""
    return f"{start}{''.join(map(_typed, word))}{_end(word, language)}"


def spoken_ending(text: str, place: int, language: str, phonemes: str) -> tuple[str, int]:
    """The phonemes of an s behind a word that ends at `place`, and where they end in the text; "" for none.

    Args:
        phonemes: of the word; after "tʃ" the ending is another syllable.
    """
    found = _POSSESSIVE.match(text, place) if language not in _WITHOUT_S else None
    if found is None and language == "de":
        found = _GENITIVE.match(text, place)
    if found is None:
        return "", place
    return _sibilant(phonemes, language), found.end()


def is_hangul(character: str) -> bool:
    """Whether it is a syllable of Korean."""
    return "\uac00" <= character <= "\ud7a3"


def _sibilant(phonemes: str, language: str) -> str:
    letters = [each for each in phonemes if unicodedata.category(each) in ("Ll", "Lo")]
    last = letters[-1] if letters else ""
    if language != "en":
        return "" if last in _SIBILANTS else "s"
    if last and last in _SIBILANTS:
        return "ᵻz"  # as espeak says "Max's"
    return "s" if last and last in _VOICELESS else "z"


def _typed(character: str) -> str:
    if character == "'":
        return f"[{APOSTROPHES}]"
    if character == "-":
        return f"[{_HYPHENS}]"
    if character == " ":
        return _SPACE
    apart = unicodedata.normalize("NFD", character)
    return re.escape(character) if apart == character else f"(?:{re.escape(character)}|{re.escape(apart)})"


def _end(word: str, language: str) -> str:
    """A whole word, but where the script has no spaces between words."""
    if not _has_spaces(word[-1]):
        return ""
    if len(word) > 1 and is_hangul(word[-1]):
        return rf"(?={_PARTICLES}(?!\w))"
    end = rf"(?![\w{_MARKS}])"
    return rf"(?:{end}|(?=s(?!\w)))" if language == "de" and _GERMAN_S.fullmatch(word) else end


def _has_spaces(character: str) -> bool:
    return character.isalnum() and not "\u3040" <= character <= "\u9fff"
