"""Korean: digits and Latin letters read out, syllables taken apart into the letters of the multilingual table.

`korean_cleaners` writes what is spelt, as the seed family does: compound letters become their two parts (ㅘ is
ㅗㅏ, ㄳ is ㄱㅅ), and a text that ends in a letter gets a full stop. `korean_pronounced_cleaners` writes the same
letters after the rules of `korean_rules`, so that the model need not learn what every reader of Korean knows.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence

from engine.text.cleaners.cleaner import Clean, Cleaner, collapse_whitespace
from engine.text.cleaners.korean_rules import CODAS, ONSETS, VOWELS, Syllable, pronounced
from engine.text.cleaners.korean_words import pairs
from engine.text.numerals.korean import DIGITS, LONGEST, SCALES, native, sino_groups
from engine.text.symbols import KOREAN_LETTERS, MULTILINGUAL_205

# marks that stay where they stand; the last two are not in the family's table, but its cleaners let them through
MARKS = ".,!?;:…—¡¿«»“”" + "\"'" + "~-"
APPENDED = ("~", "-")
SYMBOLS = frozenset(KOREAN_LETTERS + MARKS + " ")

_LETTER_NAMES = pairs(
    "a 에이 b 비 c 시 d 디 e 이 f 에프 g 지 h 에이치 i 아이 j 제이 k 케이 l 엘 m 엠 n 엔 o 오 p 피 q 큐 "
    "r 아르 s 에스 t 티 u 유 v 브이 w 더블유 x 엑스 y 와이 z 제트"
)
_COMPOUNDS = str.maketrans(
    {
        **{"ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ"},
        **{"ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ"},
        **{"ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ"},
        **{"ㅑ": "ㅣㅏ", "ㅒ": "ㅣㅐ", "ㅕ": "ㅣㅓ", "ㅖ": "ㅣㅔ", "ㅛ": "ㅣㅗ", "ㅠ": "ㅣㅜ"},
    }
)
_SYLLABLE = re.compile("[가-힣]")
# letters of a syllable that stand alone, in Unicode's block for letters to be joined
_LONE_LETTERS = {
    **{0x1100 + place: letter for place, letter in enumerate(ONSETS)},
    **{0x1161 + place: letter for place, letter in enumerate(VOWELS)},
    **{0x11A7 + place: letter for place, letter in enumerate(CODAS) if letter},
}
_SPOKEN_MARKS = {"%": "퍼센트", "&": "앤드", "+": "플러스", "@": "골뱅이", "℃": "도"}

# counters that take native numerals up to 99
_COUNTERS = (
    "군데 마리 모금 그루 방울 송이 시간 가지 사람 켤레 움큼 포기 줄기 바퀴 걸음 보루 발짝 권 개 닢 대 두 "
    "모 뭇 발 번 벌 살 수 술 시 쌈 정 짝 채 척 첩 축 통 톨 명 곡 장 병 잔 집 달 해 쌍 줄 칸 판 편 곳"
)
# words that begin as a counter does and still take Sino-Korean numerals
_NOT_COUNTERS = "개월 개년 대회 대학 번지 번길 번호 번대 시즌 시리즈 장조 정도 수능 통계 해리 달러 대대 판결"
_MOST_NATIVE = 99
_LAST_HOUR = 12
_GROUPED = r"\d{1,3}(?:,\d{3})+|\d+"
_BEFORE_WORD = re.compile(rf"({_GROUPED})( ?)([가-힣A-Za-z]+)")
_WITH_THOUSANDS = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?![\d,])")
_DECIMAL = re.compile(rf"(?<![\d.,])({_GROUPED})\.(\d+)(?![\d.])")
_ALONE = re.compile(r"(?<![\d-])[1-9]\d{0,5}(?![\d-])")  # longer ones, or with hyphens, are numbers to dial


def korean_cleaners(lines: Sequence[str], _language: str | None = None) -> list[str]:
    """Letters as they are spelt, the seed family's way."""
    return [_finished(take_apart(read_out(line))) for line in lines]


def korean_pronounced_cleaners(lines: Sequence[str], _language: str | None = None) -> list[str]:
    """Letters as they are spoken: linked, nasalised, tensed and so on by the standard's rules."""
    return [_finished(take_apart(pronounced(read_out(line, numbers=True)))) for line in lines]


def read_out(text: str, *, numbers: bool = False) -> str:
    """Numbers and Latin letters written in Hangul.

    A number is read as one where a word follows it, digit by digit elsewhere, which is the seed family's way
    and right for telephone numbers. With `numbers` those that stand alone are read as numbers, too, and a
    point between digits is spoken: 3.5 is 삼점오.
    """
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[^\W\d_]|\d", lambda found: _plain(found[0]), text)
    if numbers:
        text = _DECIMAL.sub(lambda found: f"{_whole(found[1])}점{_one_by_one(found[2])}", text)
    text = _BEFORE_WORD.sub(_counted, text)
    text = _WITH_THOUSANDS.sub(lambda found: _whole(found[0]), text)
    if numbers:
        text = _ALONE.sub(lambda found: _whole(found[0]), text)
    return "".join(_spelt(character) for character in text)


def sino(digits: str) -> str:
    """Digits as a Sino-Korean number: 1234 is 천이백삼십사. What begins with 0 is read digit by digit."""
    if (digits.startswith("0") and len(digits) > 1) or len(digits) > LONGEST:
        return _one_by_one(digits)
    groups = sino_groups(digits)
    if groups and groups[0] == ("일", "만"):  # 10000 is 만, while 100000000 is 일억
        groups[0] = ("", "만")
    return "".join(words + scale for words, scale in groups) or DIGITS[0]


def take_apart(text: str) -> str:
    """Syllables as letters; what the symbols lack goes, or becomes what it is a variant of."""
    return "".join(letter if letter in SYMBOLS else _nearest(letter) for letter in _letters(text))


def _letters(text: str) -> str:
    return (
        _SYLLABLE.sub(lambda found: _letters_of(found[0]), text)
        .translate(_LONE_LETTERS)
        .translate(_COMPOUNDS)
    )


@functools.cache
def _letters_of(character: str) -> str:
    syllable = Syllable.of(character)
    return syllable.onset + syllable.vowel + syllable.coda


def _finished(text: str) -> str:
    text = collapse_whitespace(text).strip()
    return text + "." if text and text[-1] in KOREAN_LETTERS else text


def _plain(character: str) -> str:
    """Digits and letters of every width and script style as the ASCII ones that they stand for."""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKD", character)
    return plain[0] if plain[0].isascii() and plain[0].isalnum() else character


def _counted(found: re.Match[str]) -> str:
    number, space, word = found.groups()
    counter = next((counter for counter in _COUNTERS.split() if word.startswith(counter)), "")
    if space and not counter and not word.startswith(SCALES[1:]):
        return found[0]  # the next word, no unit of this number
    digits = number.replace(",", "")
    most = _LAST_HOUR if counter == "시" else _MOST_NATIVE
    is_native = counter and not word.startswith(tuple(_NOT_COUNTERS.split())) and not digits.startswith("0")
    if is_native and len(digits) <= len(str(most)) and int(digits) <= most:
        return native(int(digits)) + space + word
    return sino(digits) + space + word


def _whole(number: str) -> str:
    return sino(number.replace(",", ""))


def _one_by_one(digits: str) -> str:
    return "".join(DIGITS[int(digit)] for digit in digits)


def _spelt(character: str) -> str:
    if character.isascii() and character.isdigit():
        return DIGITS[int(character)]
    return _SPOKEN_MARKS.get(character) or _LETTER_NAMES.get(character.lower(), character)


def _nearest(character: str) -> str:
    """What stands for a character outside the symbols: a compatible form, a space, or nothing."""
    if character.isspace():
        return " "
    plain = "".join(map(_spelt, unicodedata.normalize("NFKC", character)))
    return "".join(letter for letter in _letters(plain) if letter in SYMBOLS)


def _looks_clean(line: str) -> bool:
    return SYMBOLS.issuperset(line)


def _looks_cleaned_already(line: str) -> bool:
    return SYMBOLS.issuperset(line) and not _JAMO.isdisjoint(line)


_JAMO = frozenset(KOREAN_LETTERS)


def _cleaner(clean: Clean) -> Cleaner:
    return Cleaner(
        clean, _looks_clean, _looks_cleaned_already, symbols=SYMBOLS, base=MULTILINGUAL_205, appended=APPENDED
    )


CLEANERS = {
    "korean_cleaners": _cleaner(korean_cleaners),
    "korean_pronounced_cleaners": _cleaner(korean_pronounced_cleaners),
}
