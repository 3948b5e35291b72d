"""Korean spelling to pronunciation, by the rules of the Standard Pronunciation (표준 발음법, sections 5 to 30).

Syllables are taken apart into onset, vowel and coda, each coda meets the onset after it, and they are put together
again: 값이 becomes 갑씨, 먹는 멍는. Within words, and between a numeral and what it counts (십 분, 백 원): whether
other neighbours are linked depends on a speaker's pauses.
What depends on words, not on letters, is in `korean_words`. Not told apart are homographs (신고, to wear and
report) and stems in ㄴ and ㅁ before tensed endings, beyond the forms that are listed there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.text.cleaners.korean_numerals import apart, joined
from engine.text.cleaners.korean_words import respelt

ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
CODAS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_FIRST = ord("가")
_WORD = re.compile("[가-힣]+")

# 8 to 11: the seven sounds that a syllable can end in
_NEUTRAL = {
    **dict.fromkeys("ㄲㅋㄳㄺ", "ㄱ"),
    **dict.fromkeys("ㅅㅆㅈㅊㅌㅎ", "ㄷ"),
    **dict.fromkeys("ㅍㅄㄿ", "ㅂ"),
    **{"ㄵ": "ㄴ", "ㄶ": "ㄴ", "ㄼ": "ㄹ", "ㄽ": "ㄹ", "ㄾ": "ㄹ", "ㅀ": "ㄹ", "ㄻ": "ㅁ"},
}
# 13, 14: what stays and what moves when a vowel follows
_LINKED = {
    pair[0]: (pair[1], pair[2])
    for pair in ("ㄳㄱㅆ", "ㄵㄴㅈ", "ㄺㄹㄱ", "ㄻㄹㅁ", "ㄼㄹㅂ", "ㄽㄹㅆ", "ㄾㄹㅌ", "ㄿㄹㅍ", "ㅄㅂㅆ")
}
_H_CODAS = {"ㅎ": "", "ㄶ": "ㄴ", "ㅀ": "ㄹ"}
_BEFORE_H = {  # 12.1: coda and ㅎ become one aspirated consonant
    **{"ㄱ": ("", "ㅋ"), "ㄲ": ("", "ㅋ"), "ㅋ": ("", "ㅋ"), "ㄳ": ("", "ㅋ"), "ㄺ": ("ㄹ", "ㅋ")},
    **{"ㄷ": ("", "ㅌ"), "ㅅ": ("", "ㅌ"), "ㅆ": ("", "ㅌ"), "ㅊ": ("", "ㅌ"), "ㅌ": ("", "ㅌ")},
    **{"ㅈ": ("", "ㅊ"), "ㄵ": ("ㄴ", "ㅊ"), "ㄾ": ("ㄹ", "ㅌ")},
    **{"ㅂ": ("", "ㅍ"), "ㅍ": ("", "ㅍ"), "ㅄ": ("", "ㅍ"), "ㄼ": ("ㄹ", "ㅍ"), "ㄿ": ("ㄹ", "ㅍ")},
}
_ASPIRATED = {"ㄱ": "ㅋ", "ㄷ": "ㅌ", "ㅈ": "ㅊ"}
_TENSE = {"ㄱ": "ㄲ", "ㄷ": "ㄸ", "ㅂ": "ㅃ", "ㅅ": "ㅆ", "ㅈ": "ㅉ"}
_PALATAL = {"ㄷ": "ㅈ", "ㅌ": "ㅊ"}
_NASAL = {"ㄱ": "ㅇ", "ㄷ": "ㄴ", "ㅂ": "ㅁ"}
_TENSING_STEMS = frozenset("ㄵㄻㄼㄽㄾ")  # 24, 25; they are verbs but for the nouns below
_NOUNS = ("여덟", "삶", "앎")
_NOUN_ENDINGS = "과도보조부"
_NOUNS_IN_LG = ("닭", "흙", "칡", "탉", "슭")  # 11: verbs alone keep the ㄹ before ㄱ


@dataclass(slots=True)
class Syllable:
    """One syllable; the onset ㅇ is silent, the coda "" is none."""

    onset: str
    vowel: str
    coda: str

    @classmethod
    def of(cls, character: str) -> Syllable:
        """A written syllable taken apart."""
        onset, rest = divmod(ord(character) - _FIRST, 21 * 28)
        return cls(ONSETS[onset], VOWELS[rest // 28], CODAS[rest % 28])

    def __str__(self) -> str:
        place = ONSETS.index(self.onset) * 21 + VOWELS.index(self.vowel)
        return chr(_FIRST + place * 28 + CODAS.index(self.coda))


def pronounced(text: str) -> str:
    """Hangul words as they are spoken, in Hangul; everything else stays as it is."""
    text, spaces = joined(text)
    return apart(_WORD.sub(lambda found: _word(found[0]), respelt(text)), spaces)


def _word(word: str) -> str:
    syllables = [Syllable.of(character) for character in word]
    for syllable in syllables:
        if syllable.vowel == "ㅢ" and syllable.onset != "ㅇ":
            syllable.vowel = "ㅣ"  # 5.3: 희망 is 히망
    for place, left in enumerate(syllables[:-1]):
        _meet(left, syllables[place + 1], word[: place + 1], word[place + 1])
    last = syllables[-1]
    last.coda = _NEUTRAL.get(last.coda, last.coda)
    for syllable in syllables:
        if syllable.vowel == "ㅕ" and syllable.onset in "ㅈㅉㅊ":
            syllable.vowel = "ㅓ"  # 5.1: 가져 is 가저
    return "".join(map(str, syllables))


def _meet(left: Syllable, right: Syllable, before: str, after: str) -> None:
    """Change a coda and the onset that follows it; `before` and `after` are the spelling on both sides."""
    if not left.coda:
        return
    if left.coda in _H_CODAS:
        _after_h(left, right)
    elif right.onset == "ㅎ" and left.coda in _BEFORE_H:
        _aspirate(left, right)
    elif right.onset == "ㅇ":
        _link(left, right)
    else:
        _assimilate(left, right, before, after)


def _after_h(left: Syllable, right: Syllable) -> None:
    """12: ㅎ as the last letter of a syllable."""
    rest = _H_CODAS[left.coda]
    if right.onset in _ASPIRATED:
        left.coda, right.onset = rest, _ASPIRATED[right.onset]
    elif right.onset in "ㅅㅎ":
        left.coda, right.onset = rest, "ㅆ" if right.onset == "ㅅ" else "ㅎ"
    elif right.onset == "ㅇ":
        left.coda, right.onset = "", rest or "ㅇ"
    else:
        left.coda = rest or "ㄷ"
        _nasalise(left, right)


def _aspirate(left: Syllable, right: Syllable) -> None:
    """12.1; 17: before 히 and 혀 what would be ㅌ is ㅊ, in 맏형, another word, it is not."""
    is_suffix = right.vowel == "ㅣ" or (right.vowel == "ㅕ" and right.coda in ("", "ㅆ"))
    palatal = left.coda in "ㄷㅌㄾ" and is_suffix
    left.coda, onset = _BEFORE_H[left.coda]
    right.onset = "ㅊ" if palatal else onset


def _link(left: Syllable, right: Syllable) -> None:
    """13, 14: a coda becomes the onset of a vowel; 17: ㄷ and ㅌ before 이 become ㅈ and ㅊ."""
    if left.coda == "ㅇ":
        return
    stays, moves = _LINKED.get(left.coda, ("", left.coda))
    if right.vowel in "ㅣㅕ" and moves in _PALATAL and left.coda in "ㄷㅌㄾ":
        moves = _PALATAL[moves]
    left.coda, right.onset = stays, moves


def _assimilate(left: Syllable, right: Syllable, before: str, after: str) -> None:
    """Two consonants meet: tensing (23 to 25), neutral codas (9 to 11), nasals and laterals (18 to 20)."""
    written = left.coda
    left.coda = _coda_before_consonant(written, before, after, right.onset)
    is_noun = before.endswith(_NOUNS) and (before.endswith("여덟") or after in _NOUN_ENDINGS)
    if left.coda in "ㄱㄷㅂ" or (written in _TENSING_STEMS and not is_noun) or written == "ㄺ":
        right.onset = _TENSE.get(right.onset, right.onset)
    _nasalise(left, right)


def _coda_before_consonant(coda: str, before: str, after: str, onset: str) -> str:
    if coda == "ㄺ" and onset == "ㄱ" and not before.endswith(_NOUNS_IN_LG):
        return "ㄹ"
    if coda == "ㄼ" and (before.endswith("밟") or (before.endswith("넓") and after in "죽둥적")):
        return "ㅂ"
    return _NEUTRAL.get(coda, coda)


def _nasalise(left: Syllable, right: Syllable) -> None:
    """18 to 20."""
    if right.onset == "ㄹ":
        if left.coda == "ㄴ":
            left.coda = "ㄹ"
        elif left.coda != "ㄹ":
            right.onset = "ㄴ"
    elif right.onset == "ㄴ" and left.coda == "ㄹ":
        right.onset = "ㄹ"
    if right.onset in "ㄴㅁ":
        left.coda = _NASAL.get(left.coda, left.coda)
