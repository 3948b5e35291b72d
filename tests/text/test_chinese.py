"""Mandarin: every syllable, the textbook's tone changes, numbers."""

import pytest

from engine.text.cleaners import chinese
from engine.text.cleaners.chinese_numbers import read_out
from engine.text.cleaners.registry import clean_all
from engine.text.numerals.chinese import cardinal
from engine.text.symbols import ENGLISH_178, MULTILINGUAL_205

TONES = {"ˉ": "1", "ˊ": "2", "ˇ": "3", "ˋ": "4", "˙": "5"}


def tones(text):
    [cleaned] = clean_all([text], ["chinese_cleaners"])
    return "".join(TONES.get(symbol, "") for symbol in cleaned)


def test_every_syllable_is_written_as_the_table_of_bopomofo_writes_it():
    """Against pypinyin's own table, over all syllables that it knows for a character."""
    from pypinyin import Style
    from pypinyin.constants import PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_tone3
    from pypinyin.style import convert

    sounds = {sound for readings in PINYIN_DICT.values() for sound in readings.split(",")}
    checked = 0
    for sound in sounds:
        found = chinese.syllable(to_tone3(sound, neutral_tone_with_five=True))
        theirs = convert(sound, Style.BOPOMOFO, strict=True, default=sound)
        if found is None or found[1] in ("m", "n", "ng"):
            continue  # hm, ng and the like: sounds of agreement, which no table of syllables has
        assert chinese.bopomofo(found).rstrip("ˉ˙") == theirs.strip("ˉ˙"), sound
        checked += 1
    assert checked > 1200


def test_every_syllable_differs_in_ipa_as_it_does_in_bopomofo():
    finals = chinese._table(chinese._FINALS)
    both = {
        (chinese.bopomofo(s), chinese.ipa(s)) for f in finals for s in [("", f, 1), ("l", f, 4), ("zh", f, 2)]
    }
    assert len({ipa for _, ipa in both}) >= len({letters for letters, _ in both})


def test_ipa_needs_no_symbols_beyond_both_tables():
    assert set(ENGLISH_178) >= chinese.IPA
    assert set(MULTILINGUAL_205) >= chinese.IPA


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("不好", "43"),  # 不 falls
        ("不是", "24"),  # but rises before a falling tone
        ("不对", "24"),
        ("好不好", "353"),
        ("对不起", "453"),
        ("一天", "41"),  # 一 falls before level, rising and low tones
        ("一年", "42"),
        ("一起", "43"),
        ("一个", "24"),  # and rises before a falling one
        ("一样", "24"),
        ("第一", "41"),  # counting it keeps its tone
        ("十一", "21"),
        ("统一", "31"),
        ("看一看", "454"),
        ("你好", "23"),  # a low tone rises before a low tone
        ("水果", "23"),
        ("展览馆", "223"),
        ("我很好", "223"),
        ("妈妈", "15"),  # the second of these has no tone
        ("朋友", "25"),
        ("我们的", "355"),
    ],
)
def test_tones_of_the_textbook(text, spoken):
    assert tones(text) == spoken


def test_characters_with_several_readings_follow_their_word():
    assert clean_all(["银行", "旅行", "音乐", "快乐", "重庆", "重要"], ["chinese_cleaners"]) == [
        "ㄧㄣˊㄏㄤˊ",
        "ㄌㄩˇㄒㄧㄥˊ",
        "ㄧㄣˉㄩㄝˋ",
        "ㄎㄨㄞˋㄌㄜˋ",
        "ㄔㄨㄥˊㄑㄧㄥˋ",
        "ㄓㄨㄥˋㄧㄠˋ",
    ]


@pytest.mark.parametrize(
    ("digits", "characters"),
    [
        ("0", "零"),
        ("10", "十"),
        ("15", "十五"),
        ("110", "一百一十"),
        ("1001", "一千零一"),
        ("1010", "一千零一十"),
        ("10000", "一万"),
        ("20300", "二万零三百"),
        ("100001", "十万零一"),
        ("10010001", "一千零一万零一"),
        ("1200000000", "十二亿"),
    ],
)
def test_numbers(digits, characters):
    assert cardinal(digits) == characters


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("2024年3月1日", "二零二四年三月一日"),
        ("3.5%", "百分之三点五"),
        ("1/2", "二分之一"),
        ("12:05", "十二点零五分"),
        ("2:00", "两点"),
        ("2个", "两个"),
        ("2.5个", "二点五个"),
        ("1,234", "一千二百三十四"),
        ("-5", "负五"),
        ("13800138000", "一三八零零一三八零零零"),
        ("第2", "第二"),
    ],
)
def test_numbers_in_text(text, spoken):
    assert read_out(text) == spoken


def test_letters_and_marks():
    assert clean_all(["AB型（好）……《书》"], ["chinese_ipa_cleaners"]) == ["ei→pi↘ɕiŋ↗“xɑʊ↓”… “ʂu→”"]
