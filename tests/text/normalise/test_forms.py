"""All ways to type the same text are cleaned alike, by every cleaner behind the normaliser."""

from __future__ import annotations

import unicodedata

import pytest

from engine.languages import LANGUAGES, NORMALISE, find
from engine.text.cleaners.registry import clean_all

OTHERS = {
    "english_cleaners": "en",
    "korean_pronounced_cleaners": "ko",
    "japanese_cleaners2": "ja",
    "japanese_triphone_cleaners": "ja",
    "chinese_ipa_cleaners": "zh",
    "basic_cleaners": "en",
    "transliteration_cleaners": "de",
}
CLEANERS = {row.cleaner: row.code for row in LANGUAGES} | OTHERS
TEXTS = {
    "ko": "그는 '네'라고 12번 말했다, 정말.",
    "ja": "ガギグとコーヒーを12本、'はい'とパーティー.",
    "zh": "他说'好', 一共12个人.",
    "ru": "Он сказал 'да', и ещё раз: йод.",
    "uk": "Він сказав 'так', і ще раз: їжак.",
    "el": "Είπε 'ναι', και ξανά.",
}
LATIN = "The café's fine office, he said: 'yes', naïve flowers of course."
TO_FULL_WIDTH = {ord(character): chr(ord(character) + 0xFEE0) for character in "0123456789abcdefgh"}
HALF_WIDTH = str.maketrans({"ガ": "ｶﾞ", "ギ": "ｷﾞ", "グ": "ｸﾞ", "コ": "ｺ", "ー": "ｰ", "ヒ": "ﾋ", "パ": "ﾊﾟ"})
FORMS = {
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "full width": lambda text: text.translate(TO_FULL_WIDTH),
    "half width": lambda text: text.translate(HALF_WIDTH),
    "curly quotes": lambda text: text.replace("'s", "’s").replace(" '", " ‘").replace("',", "’,"),
    "zero width": lambda text: text.replace(",", "\u200b,") + "\ufeff",
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "ligatures": lambda text: text.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ"),
}


@pytest.mark.parametrize("cleaner", CLEANERS)
def test_each_way_to_type_a_text_is_cleaned_alike(cleaner: str) -> None:
    code = CLEANERS[cleaner]
    text = TEXTS.get(code, LATIN)
    typed = {name: form(text) for name, form in FORMS.items()}
    assert sum(other != text for other in typed.values()) >= 4
    names = (NORMALISE + find(code).normaliser, cleaner)
    (plain, *others) = clean_all([text, *typed.values()], names)
    assert plain
    assert dict(zip(typed, others, strict=True)) == dict.fromkeys(typed, plain)
