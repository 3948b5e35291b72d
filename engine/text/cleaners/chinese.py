"""Mandarin: characters to pinyin (pypinyin), numbers and Latin letters read out, tones as they are spoken.

    chinese_cleaners       ㄋㄧˊㄏㄠˇ.   bopomofo with a tone mark after every syllable, as forks of the family
                                        write it; its 42 symbols are appended to the English table
    chinese_ipa_cleaners   ni↗xɑʊ↓.     IPA with arrows for tones; both of the family's tables hold it all

Syllables follow each other without a space, as characters do. 一, 不 and third tones change as in `chinese_tones`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from engine.text.cleaners.chinese_numbers import read_out
from engine.text.cleaners.chinese_tones import spoken_tones
from engine.text.cleaners.cleaner import Clean, Cleaner, collapse_whitespace
from engine.text.symbols import ENGLISH_178

Syllable = tuple[str, str, int]  # initial, final (v stands for ü), tone 1 to 4 and 5 for none

MARKS = ';:,.!?…—“”"'
_HAN = r"〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff"
_PARTS = re.compile(rf"([{_HAN}]+|[A-Za-z])")
_POINTS = re.compile(r"\.{3,}|…+")
_MARKS = str.maketrans(
    {
        **dict.fromkeys("，、﹐,", ","),
        **dict.fromkeys("。．｡.", "."),
        **{"！": "!", "？": "?", "；": ";", "：": ":", "﹏": "…", "⋯": "…", "–": "—", "―": "—", "─": "—"},
        **dict.fromkeys("「『《〈【〔（(［[", "“"),
        **dict.fromkeys("」』》〉】〕）)］]", "”"),
    }
)

# initial, bopomofo, IPA
_INITIALS = (
    "b ㄅ p, p ㄆ pʰ, m ㄇ m, f ㄈ f, d ㄉ t, t ㄊ tʰ, n ㄋ n, l ㄌ l, g ㄍ k, k ㄎ kʰ, h ㄏ x, j ㄐ tɕ, "
    "q ㄑ tɕʰ, x ㄒ ɕ, zh ㄓ ʈʂ, ch ㄔ ʈʂʰ, sh ㄕ ʂ, r ㄖ ɻ, z ㄗ ts, c ㄘ tsʰ, s ㄙ s"
)
# final, bopomofo, IPA; -i after z and zh has no letter in bopomofo
_FINALS = (
    "a ㄚ a, o ㄛ o, e ㄜ ɤ, ê ㄝ ɛ, ai ㄞ ai, ei ㄟ ei, ao ㄠ ɑʊ, ou ㄡ oʊ, an ㄢ an, en ㄣ ən, ang ㄤ "
    "ɑŋ, eng ㄥ əŋ, er ㄦ ɚ, i ㄧ i, ia ㄧㄚ ia, io ㄧㄛ io, ie ㄧㄝ iɛ, iai ㄧㄞ iai, iao ㄧㄠ iɑʊ, iou "
    "ㄧㄡ ioʊ, ian ㄧㄢ iɛn, in ㄧㄣ in, iang ㄧㄤ iɑŋ, ing ㄧㄥ iŋ, u ㄨ u, ua ㄨㄚ ua, uo ㄨㄛ uo, uai "
    "ㄨㄞ uai, uei ㄨㄟ uei, uan ㄨㄢ uan, uen ㄨㄣ uən, uang ㄨㄤ uɑŋ, ueng ㄨㄥ uəŋ, ong ㄨㄥ ʊŋ, v ㄩ "
    "y, ve ㄩㄝ yɛ, van ㄩㄢ yɛn, vn ㄩㄣ yn, iong ㄩㄥ iʊŋ, m ㄇ m, n ㄣ n, ng ㄥ ŋ"
)
_APICAL = {**dict.fromkeys(("z", "c", "s"), "ɹ\u0329"), **dict.fromkeys(("zh", "ch", "sh", "r"), "ɻ\u0329")}
_TONES = {1: ("ˉ", "→"), 2: ("ˊ", "↗"), 3: ("ˇ", "↓"), 4: ("ˋ", "↘"), 5: ("˙", "")}
# how a Mandarin speaker names the letters
_LETTERS = (
    "a ei1, b bi4, c xi1, d di4, e yi4, f ai2 fu5, g ji4, h ei2 chi5, i ai4, j jie4, k kei4, l ai2 le5, "
    "m ai2 mu5, n en1, o ou1, p pi4, q kiu1, r a4 er5, s ai2 si5, t ti4, u you1, v wei1, w da2 bu5 liu5, "
    "x ai2 ke5 si5, y wai4, z zei4"
)


def chinese_cleaners(lines: Sequence[str], _language: str | None = None) -> list[str]:
    """Bopomofo with tone marks."""
    return [_written(line, bopomofo) for line in lines]


def chinese_ipa_cleaners(lines: Sequence[str], _language: str | None = None) -> list[str]:
    """IPA with arrows for tones."""
    return [_written(line, ipa) for line in lines]


def bopomofo(syllable: Syllable) -> str:
    """A syllable in bopomofo: ("zh", "ong", 1) is ㄓㄨㄥˉ."""
    initial, final, tone = syllable
    letters = "" if final == "i" and initial in _APICAL else _table(_FINALS)[final][0]
    return (_table(_INITIALS)[initial][0] if initial else "") + letters + _TONES[tone][0]


def ipa(syllable: Syllable) -> str:
    """A syllable in IPA: ("zh", "ong", 1) is ʈʂʊŋ→."""
    initial, final, tone = syllable
    letters = _APICAL[initial] if final == "i" and initial in _APICAL else _table(_FINALS)[final][1]
    return (_table(_INITIALS)[initial][1] if initial else "") + letters + _TONES[tone][1]


@functools.cache
def syllable(pinyin: str) -> Syllable | None:
    """Pinyin with a tone number taken apart ("zhong1"); None for what is no syllable of Mandarin."""
    from pypinyin.contrib.tone_convert import to_finals, to_initials

    plain, tone = pinyin[:-1], int(pinyin[-1])
    initial, final = to_initials(plain), to_finals(plain, strict=True)
    if plain in ("m", "n", "ng"):
        initial, final = "", plain  # sounds of agreement, all consonant
    elif plain == "yo":
        final = "io"
    known = final in _table(_FINALS) and (not initial or initial in _table(_INITIALS))
    return (initial, final, tone) if known else None


def _written(line: str, write: Callable[[Syllable], str]) -> str:
    text = unicodedata.normalize("NFKC", line.translate(_MARKS)).translate(_MARKS)
    text = read_out(_POINTS.sub("…", text))
    written = ""
    for place, part in enumerate(_PARTS.split(text)):
        if place % 2 == 0:
            written += "".join(mark for mark in _after_marks(part) if mark in MARKS or mark == " ")
        else:
            written += "".join(map(write, _letter(part) if part.isascii() else _syllables(part)))
    return collapse_whitespace(written).strip()


def _after_marks(part: str) -> str:
    """A space after marks that end something, as the family's other languages have it."""
    return re.sub(r"([,.!?;:…—”]+)\s*", r"\1 ", collapse_whitespace(part))


def _syllables(characters: str) -> Iterator[Syllable]:
    """A run of characters as syllables with the tones that are spoken."""
    from pypinyin import Style, lazy_pinyin
    from pypinyin.contrib.mmseg import seg

    words: list[str] = list(seg.cut(characters))
    pinyin = lazy_pinyin(words, Style.TONE3, _no_sounds, neutral_tone_with_five=True)
    found = [syllable(sound) if sound else None for sound in pinyin]
    tones = spoken_tones(words, [sound[2] if sound else 0 for sound in found])
    for sound, tone in zip(found, tones, strict=True):
        if sound:
            yield (*sound[:2], tone)


def _no_sounds(unknown: str) -> Any:
    """One empty syllable for each character that pypinyin does not know, so that places still fit."""
    return [""] * len(unknown)


@functools.cache
def _letter(letter: str) -> list[Syllable]:
    names = dict(entry.split(" ", 1) for entry in _LETTERS.split(", "))
    return [found for name in names[letter.lower()].split() if (found := syllable(name))]


@functools.cache
def _table(entries: str) -> dict[str, tuple[str, str]]:
    return {
        name: (letters, sounds) for name, letters, sounds in (entry.split() for entry in entries.split(", "))
    }


def _all(column: int) -> str:
    found = "".join(row[column] for entries in (_INITIALS, _FINALS) for row in _table(entries).values())
    return found + "".join(_APICAL.values()) * column + "".join(row[column] for row in _TONES.values())


BOPOMOFO = frozenset(_all(0))
IPA = frozenset(_all(1))
# in the order of the script, then tones
APPENDED = (*sorted(BOPOMOFO - set("ˉˊˇˋ˙")), *"ˉˊˇˋ˙")
_HAS_HAN = re.compile(rf"[{_HAN}]")


def _cleaner(clean: Clean, letters: frozenset[str], telling: str, appended: tuple[str, ...]) -> Cleaner:
    def looks(line: str) -> bool:
        return not _HAS_HAN.search(line) and not set(telling).isdisjoint(line)

    return Cleaner(
        clean, looks, looks, symbols=letters | set(MARKS + " "), appended=appended, libraries=("pypinyin",)
    )


CLEANERS = {
    "chinese_cleaners": _cleaner(chinese_cleaners, BOPOMOFO, "ˉˊˇˋ˙", APPENDED),
    "chinese_ipa_cleaners": _cleaner(chinese_ipa_cleaners, IPA, "→↗↓↘", ()),
}
if not IPA.issubset(ENGLISH_178):
    raise RuntimeError("chinese_ipa_cleaners must do with the family's tables")
