"""Japanese through Open JTalk (pyopenjtalk-plus), in the seed family's notation.

    japanese_cleaners            ko↑Nniʧiwa, se↓kai.     one letter a sound, ↑ and ↓ where the pitch steps, a space
                                                         between accent phrases, capital vowels where they are devoiced
    japanese_cleaners2           the same with ʦ for ts and … for three points
    japanese_triphone_cleaners   s+e s-e+k e-k+a k-a     each sound with its neighbours, no accents, no devoicing

The text is cut at marks, so that each part is analysed by itself and the marks come back where they stood.
"""

from __future__ import annotations

import contextlib
import functools
import io
import re
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

from engine.text.cleaners.cleaner import Clean, Cleaner, collapse_whitespace

LETTERS = "AEINOQUabdefghijkmnoprstuvwyzʃʧ"
MARKS = ".,!?…;:\"'~-[]()"
ACCENTS = "↑↓"
_APPENDED_MARKS = tuple("-~[]()")
SYMBOLS = frozenset(LETTERS + ACCENTS + MARKS + " ")
SYMBOLS2 = SYMBOLS | {"ʦ"}
TRIPHONE_SYMBOLS = frozenset((LETTERS + MARKS + "+- ").translate(str.maketrans("", "", "AEIOU")))

# what Open JTalk reads; everything else is a mark
_SPOKEN = r"A-Za-z\d々ぁ-ヿ\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff１-９Ａ-Ｚａ-ｚｦ-ﾝ"
_PARTS = re.compile(rf"([{_SPOKEN}]+)")
_LONG_VOWEL_OF_NOTHING = re.compile("(?<![ぁ-ゖァ-ヺ一-鿿ｦ-ﾝー])ー+")
_SPELT_OUT = str.maketrans(
    {"％": "パーセント", "%": "パーセント", "℃": "度", "＋": "プラス", "+": "プラス", "&": "アンド"}
)
# a comma and a point that belong to a number must not cut it into several
_THOUSANDS = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")
_DECIMAL_POINT = re.compile(r"(?<=\d)(?<![.．]\d)[.．](?=\d)")
_NOTATION = (("ch", "ʧ"), ("sh", "ʃ"), ("cl", "Q"))
_VOICED = str.maketrans("AEIOU", "aeiou")
_BRACKETS = str.maketrans("{}<>", "[][]")
_PAUSES = ("sil", "pau", "xx")
_LONGEST_PART = 400  # characters; analysis takes time by the square of them, and beyond 10,000 it fails
# a label's fields: the sound, moras from the accent's fall, place in the accent phrase from its start and from its end
_LABEL = re.compile(r"-([^+]*)\+.*?/A:(xx|-?\d+)\+(xx|\d+)\+(xx|\d+)/")


@dataclass(frozen=True, slots=True)
class _Sound:
    """One sound: `fall` 0 is the mora before the pitch falls; `start` and `end` count moras of the phrase from 1."""

    name: str
    fall: int
    start: int
    end: int
    before_pause: bool


_Notation = Callable[[Sequence[_Sound]], str]


def japanese_cleaners(lines: Sequence[str], _language: str | None = None) -> list[str]:
    """Sounds with accents."""
    return [_written(line, _with_accents, " ", SYMBOLS) for line in lines]


def japanese_cleaners2(lines: Sequence[str], _language: str | None = None) -> list[str]:
    """Sounds with accents; ʦ and … are one symbol each."""
    return [line.replace("ts", "ʦ").replace("...", "…") for line in japanese_cleaners(lines)]


def japanese_triphone_cleaners(lines: Sequence[str], _language: str | None = None) -> list[str]:
    """Sounds with their neighbours."""
    return [_written(line, _triphones, "", TRIPHONE_SYMBOLS) for line in lines]


def _written(line: str, notation: _Notation, gap: str, symbols: frozenset[str]) -> str:
    """The parts of a line in a notation, with the marks that stood between them."""
    written = ""
    for place, part in enumerate(_PARTS.split(_prepared(line))):
        if place % 2 == 0:
            written += _marks(part, symbols)
            continue
        for start in range(0, len(part), _LONGEST_PART):
            sounds = _sounds(part[start : start + _LONGEST_PART])
            if sounds:
                written += (gap if written else "") + notation(sounds)
    written = collapse_whitespace(written).strip()
    return written + "." if re.search(r"[A-Za-z]$", written) else written


def _with_accents(sounds: Sequence[_Sound]) -> str:
    text = ""
    for sound, following in zip(sounds, [*sounds[1:], None], strict=True):
        next_start = -1 if following is None or sound.before_pause else following.start
        text += sound.name
        if sound.end == 1 and next_start == 1:
            text += " "  # inside a phrase of one mora, too: the family's notation writes "to" as "t o" there
        elif sound.fall == 0 and next_start == sound.start + 1:
            text += "↓"
        elif sound.start == 1 and next_start == 2:
            text += "↑"
    return text


def _triphones(sounds: Sequence[_Sound]) -> str:
    letters = "".join(sound.name for sound in sounds).translate(_VOICED)
    before = ["", *(f"{letter}-" for letter in letters)]
    after = [*(f"+{letter}" for letter in letters[1:]), ""]
    return " ".join(map("".join, zip(before, letters, after, strict=False)))


def _sounds(part: str) -> list[_Sound]:
    """What Open JTalk makes of a part without marks; [] where nothing in it has a sound."""
    jtalk = _library()
    with warnings.catch_warnings():  # it calls its dictionary by a name that newer ones call old
        warnings.simplefilter("ignore", DeprecationWarning)
        words = jtalk.run_frontend(part, predict_nani=False)
    if not any(word["mora_size"] for word in words):
        return []  # to make labels of this prints a warning
    fields = [found.groups() for label in jtalk.make_label(words) if (found := _LABEL.search(label))]
    pauses = [name in _PAUSES for name, *_ in fields] + [True]
    return [
        _Sound(_name(name), int(fall), int(start), int(end), before_pause)
        for (name, fall, start, end), pause, before_pause in zip(fields, pauses, pauses[1:], strict=False)
        if not pause
    ]


def _name(name: str) -> str:
    for theirs, ours in _NOTATION:
        name = name.replace(theirs, ours)
    return name


def _prepared(line: str) -> str:
    """The line with everything that is a letter or a digit written so that Open JTalk reads it."""
    line = unicodedata.normalize("NFC", line).translate(_SPELT_OUT)
    line = _DECIMAL_POINT.sub("点", _THOUSANDS.sub("", line))
    return _LONG_VOWEL_OF_NOTHING.sub("", "".join(_readable(character) for character in line))


def _readable(character: str) -> str:
    category = unicodedata.category(character)
    if _PARTS.fullmatch(character) or category[0] not in "LN":
        return character
    from unidecode import unidecode

    compatible = unicodedata.normalize("NFKC", character)
    if _PARTS.fullmatch(compatible):
        return compatible
    return "".join(letter for letter in unidecode(character) if letter.isalnum())


def _marks(text: str, symbols: frozenset[str]) -> str:
    """Marks in ASCII, as the family writes them; 「 is [. Those that the symbols lack are left out."""
    from unidecode import unidecode

    known = (character for character in text if unicodedata.category(character) != "Cs")
    marks = unidecode("".join(known)).replace(" ", "").translate(_BRACKETS)
    return "".join(mark for mark in marks if mark in MARKS and mark in symbols)


@functools.cache
def _library() -> ModuleType:
    with contextlib.redirect_stdout(io.StringIO()):  # it prints that an optional library is missing
        import pyopenjtalk
    return pyopenjtalk


_JAPANESE = re.compile("[々ぁ-ヿ㐀-䶿一-鿿]")


def _has_accents(line: str) -> bool:
    return not _JAPANESE.search(line) and not set("↑↓ʧʃʦ").isdisjoint(line)


def _has_triphones(line: str) -> bool:
    return re.search(r"\S-\S\+\S", line) is not None


def _accented(clean: Clean, symbols: frozenset[str], appended: tuple[str, ...]) -> Cleaner:
    looks = _has_accents, _has_accents
    return Cleaner(clean, *looks, symbols=symbols, appended=appended, libraries=_LIBRARIES)


_LIBRARIES = ("pyopenjtalk-plus", "Unidecode")
CLEANERS = {
    "japanese_cleaners": _accented(japanese_cleaners, SYMBOLS, _APPENDED_MARKS),
    "japanese_cleaners2": _accented(japanese_cleaners2, SYMBOLS2, ("ʦ", *_APPENDED_MARKS)),
    "japanese_triphone_cleaners": Cleaner(
        japanese_triphone_cleaners,
        _has_triphones,
        _has_triphones,
        symbols=TRIPHONE_SYMBOLS,
        appended=("+", *_APPENDED_MARKS),
        libraries=_LIBRARIES,
    ),
}
