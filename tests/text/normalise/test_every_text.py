"""What holds for every text in every language with rules; lines/*.tsv and ../readings/*.tsv show readings."""

from __future__ import annotations

import itertools
import random

import pytest

from engine.text.cleaners.english import ABBREVIATIONS, expand_abbreviations
from engine.text.cleaners.registry import clean_all
from engine.text.normalise import normalise
from engine.text.normalise.japanese.numbers import COUNTERS
from engine.text.normalise.japanese.reading import read as read_japanese
from engine.text.numerals.korean import has_coda
from tests.text.normalise.test_lines import LANGUAGES, rows
from tests.text.test_readings import kana

SIGNS = [*"0123456789 .,:-/+%&€$£°½²eIVX'\"()٣–", "1/2", "12:30", "000", "km"]
EUROPEAN = [*SIGNS, *"ºªabhr", "p.", "zł", " r."]
# pieces of a language that its rules look at, one a word; _ is a space
OWN = {
    "en": "1st £ 5' a.m. No._ May_ _of_ in_ # ~ < in. Dr._ '90s",
    "de": "3. 5._ 1.5. XIV. _x_ 3/4-Takt %ig €- -mal -Jährige er 4x _Uhr am_ der_ _und_ _bis_ zu_ des_ Platz "
    "_Mai Ludwig_ Jahrhundert _Stunde m Mo- Tel._ Kto._ IBAN_ Notruf_ Maßstab_"
    " www. a@b. Min. km/h 14:30 2024 '80 °C § < ß É",
    "ko": "₩ ③ ~ · = × 만 억_ 시 월 개 번째 명 대 제 번호 분의 °C",
    "zh": "¥ # @ ~ × ÷ = ^ 第 年 月 日 号 点 分 元 个 两 比 到 万 亿 周 岁 楼 後 ① ₂ 千 百 "
    "No. vs 2024 110 电话 公元 小时 PM HK$",
    "ja": "¥ ~ 〜 × = 第 年 月 日 時 分 個 人 万 億 ① ▲ ○ № 令和 R6 円 回 つ目 番号 PM 割",
}
# what a text of 100,000 characters may hold again and again, with / between them
LONG = {
    "en": "1|1-|1,|1.|1/|1:|1 |1'|1\"|$1|May 1|X |A.|1x|½",
    "de": "1|1-|1.|1. |1 |1, |1. und |1/|½|0 |a@b.|a|I. |1-1.|1 Aa |1 km |z. B. |Sie 1. a |zu 1. |1. Platz |1.1. a ",
    "ko": "1|1-|1.|1,|1/|1:|1 |1~|1+|1만|1만 |1억|1km|1분의 |$|제|~|V|A&|a.|a@|1대|1개|-|010-|A |#|=|가=|번호",
    "zh": "1|1-|1.|1,|1/|1:|1×|1万|1 |1年|-|~|V|$1|11-|1个~|0",
    "ja": "1|1-|1,|1.|1/|1:|1×|1万|1 |〜|V",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_raises_or_keeps_a_digit(language: str) -> None:
    drawn = random.Random(13)
    pieces = [piece.replace("_", " ") for piece in OWN.get(language, "").split()] + EUROPEAN
    lines = [text for _, text, *_ in rows(language)]
    noise = ("".join(drawn.choices(pieces, k=drawn.randint(2, 14))) for _ in range(4000))
    cut = (line[: drawn.randrange(len(line))] + line[drawn.randrange(len(line)) :] for line in lines * 5)
    for text in itertools.chain(noise, cut):
        assert not any(letter.isdecimal() for letter in normalise(text, language)) or language == "ja", text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_stays_when_it_is_read_again(language: str) -> None:
    readings = [reading for _, _, reading, *_ in rows(language)]
    assert [normalise(reading, language) for reading in readings] == readings


@pytest.mark.parametrize(
    ("language", "piece"), [(code, piece) for code in LONG for piece in LONG[code].split("|")]
)
def test_a_long_text_is_read(language: str, piece: str) -> None:
    """One whose time grew with its square would run into the time limit of a test."""
    many = piece * (100_000 // len(piece))
    around = f"a ¥%°':=²第3米V~ {many} 电话{many} ~-/.%°'\"=km²#" if language == "zh" else many
    found = normalise(around, language)
    assert found
    assert language == "ja" or not any(letter.isdecimal() for letter in found)


def test_the_english_cleaner_finds_no_abbreviation_in_what_is_read() -> None:
    readings = [reading for _, _, reading, *_ in rows("en")]
    for abbreviation, text in itertools.product(
        ABBREVIATIONS, ("Ask {} Hill.", "They saw {} there.", "We met the {}")
    ):
        written = (abbreviation, abbreviation.capitalize(), abbreviation.upper())
        readings += [normalise(text.format(f"{each}."), "en") for each in written]
    assert [expand_abbreviations(reading) for reading in readings] == readings


@pytest.mark.parametrize("cleaner", ["korean_cleaners", "korean_pronounced_cleaners"])
def test_the_korean_cleaners_find_no_number_to_read(cleaner: str) -> None:
    """They say 영 for 0 and 육월 for 6월, so all that they could read is in words before."""
    for text in ("010-1234-5678", "6월 10일 3시 30분", "3번째", "007", "1,234.5"):
        assert clean_all([normalise(text, "ko")], [cleaner]) != clean_all([text], [cleaner])


def test_syllables_with_a_coda() -> None:
    assert [has_coda(word) for word in ("육", "오", "A")] == [True, False, False]


# here Open JTalk misreads the digits (14つ), or both readings are said (はたち and にじゅっさい)
DIGITS_DIFFER = {*"つ月票組歳", "つ目", "月号", "人組", "分咲き", "分目", "次元", "拍子", "時間"}


@pytest.mark.parametrize("counter", sorted(set(COUNTERS) - DIGITS_DIFFER))
def test_kanji_before_a_counter_are_spoken_as_the_digits_are(counter: str) -> None:
    texts = [f"その{number}{counter}です" for number in (*range(1, 13), 14, 20, 100)]
    assert [kana(read_japanese(text)) for text in texts] == [kana(text) for text in texts]


DIGITS = "ゼロ イチ ニー サン ヨン ゴー ロク ナナ ハチ キュー"


@pytest.mark.parametrize(
    "number",
    ["090-1234-5678", "0120-117-117", "0466-27-5000", "089-907-7071", "(03)5253-1111", "100-0001"],
)
def test_every_group_of_a_japanese_telephone_number_is_spoken_digit_by_digit(number: str) -> None:
    names = dict(zip("0123456789", DIGITS.split(), strict=True))
    digits = "".join(names.get(sign, "の" if sign in ")-" else "") for sign in number)
    spoken = kana(normalise(f"電話は{number}", "ja")).replace("maru", "zero")  # まる is a word for 0, too
    assert spoken == kana(f"電話は{digits}")
