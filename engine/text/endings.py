"""Variants of a word from pronunciations.txt in a text: other ways to type it, an s or a Korean particle after it."""

from __future__ import annotations

import re
import unicodedata

from engine.text.normalise.forms import one_form
from engine.text.numerals.korean import has_coda

APOSTROPHES = "'\u2019\u2018\u02bc\u2032"
_HYPHENS = "-\u2010\u2011"
_SPACE = r"[\s\u00a0]+"
_MARKS = "\u0300-\u036f"  # combining accents
# Korean particles, written without a space. A name that ends in a consonant takes 이 before them: 이준이가
_TITLES = "(?:씨|님|군|양|네)?들?"
_CASES = (
    "에게서|에게|에서|에|한테서|한테|께서|께|으?로서|으?로써|으?로|까지|부터|처럼|보다|이랑|랑|하고|과|와|마다|조차|마저|밖에|"
    "만큼|만|뿐|대로|같이|[은는]?커녕"
)
_TOPICS = "은|는|이나마|이나|이야말로|이야|이여|이|가|을|를|의|도|아|야|나|요"
_PAST = (
    "(?:다[고는면며가지]?|습니다|습니까|고|으며|으나|으니까?|으면|지만|지|죠|는데|는[지가]|던|어|을까|을지?|음|네|군|구나|"
    "거든|기)"
)
_COPULA = (  # 이다; after a vowel it has no 이
    "이?(?:다|고|며|지만|지|죠|니까?|네|군|구나|거든|든[지가]?|던|자|세요|십니다|신|"
    "라(?:서|도|면서?|며|니|던|더니|더라|고|는데?|든지)?|란다?|랍니다|래)|"
    "이어[서도야요]|이?에요|예요|여[서도야]|인(?:데|지|가|들|즉)?|일(?:까|지라도|지|수록|뿐|텐데)?|임[을이은]?|입니다만?|입니까|"
    f"(?:이었|였|이?셨|이?겠){_PAST}"
)
_PARTICLES = f"{_TITLES}(?:{_CASES}){{0,2}}(?:{_TOPICS}|{_COPULA})?[은는도만의요]?"
# the genitive of German names has no apostrophe; a short word with an s may be another word, as Da and das
_GERMAN_S = re.compile(r"[^\W\d_]{3,}[^\W\d_sxzß]")
_POSSESSIVE = re.compile(rf"[{APOSTROPHES}][sS](?!\w)")
_GENITIVE = re.compile(r"s(?!\w)")
_WITHOUT_S = ("ja", "ko", "zh")  # their voices have no symbol for it
_VOICELESS, _SIBILANTS = "ptkfθçxʔ", "szʃʒʂʐɕʑ"


def as_pattern(word: str, language: str) -> str:
    """A regular expression for all variants of a word; it matches no ending that `spoken_ending` speaks."""
    word = one_form(word)
    start = rf"(?<![\w{_MARKS}])" if _has_spaces(word[0]) else ""
    return f"{start}{''.join(map(_typed, word))}{_end(word, language)}"


def spoken_ending(text: str, place: int, language: str, phonemes: str) -> tuple[str, int]:
    """The phonemes of an s after the word that ends at `place`, "" for none, and the place after that s.

    Args:
        phonemes: of the word; after "tʃ" the ending is a syllable of its own.
    """
    found = _POSSESSIVE.match(text, place) if language not in _WITHOUT_S else None
    if found is None and language == "de":
        found = _GENITIVE.match(text, place)
    if found is None:
        return "", place
    return _sibilant(phonemes, language), found.end()


def is_hangul(character: str) -> bool:
    """Whether a character is a Korean syllable."""
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
    """The end of a whole word; nothing in a script without spaces between words."""
    if not _has_spaces(word[-1]):
        return ""
    if len(word) > 1 and is_hangul(word[-1]):
        of_name = "이?" if has_coda(word) else ""
        return rf"(?={of_name}{_PARTICLES}(?!\w))"
    end = rf"(?![\w{_MARKS}])"
    return rf"(?:{end}|(?=s(?!\w)))" if language == "de" and _GERMAN_S.fullmatch(word) else end


def _has_spaces(character: str) -> bool:
    return character.isalnum() and not "\u3040" <= character <= "\u9fff"
