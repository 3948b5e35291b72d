"""What holds for every Chinese text; lines/zh.tsv shows the readings."""

from __future__ import annotations

import itertools
import random
import re

import pytest

from engine.text.cleaners.registry import clean_all
from engine.text.normalise import normalise
from engine.text.normalise.chinese.numbers import cardinal, dialled
from engine.text.normalise.chinese.reading import read
from tests.text.normalise.test_lines import rows

PIECES = [
    *"0123456789 .,:-/+%&€$¥£°½²eIVX'\"()#@~×÷=^第年月日号点分元个两比到万亿周岁楼後",
    "٣",
    "–",
    "①",
    "₂",
    "千",
    "百",
]
PIECES += ["1/2", "12:30", "000", "km", "°C", "No.", "vs", "2024", "110", "电话", "公元", "小时", "PM", "HK$"]


def test_no_text_raises_or_keeps_a_digit() -> None:
    drawn = random.Random(13)
    lines = [text for _, text, *_ in rows("zh")]
    noise = ("".join(drawn.choices(PIECES, k=12)) for _ in range(3000))
    cut = (line[: drawn.randrange(len(line))] + line[drawn.randrange(len(line)) :] for line in lines * 5)
    for text in itertools.chain(noise, cut):
        assert not any(letter.isdecimal() for letter in normalise(text, "zh")), text


def test_what_is_read_stays_when_it_is_read_again() -> None:
    readings = [reading for _, _, reading, *_ in rows("zh")]
    assert [normalise(reading, "zh") for reading in readings] == readings


@pytest.mark.parametrize(
    "piece",
    ["1", "1-", "1.", "1,", "1/", "1:", "1×", "1万", "1 ", "1年", "-", "~", "V", "$1", "11-", "1个~", "0"],
)
def test_long_texts_take_time_by_their_length(piece: str) -> None:
    many = piece * (40_000 // len(piece))
    for text in (many, f"a ¥%°':=²第3米V~ {many}", f"电话{many} ~-/.%°'\"=km²#"):
        assert not re.search(r"\d", read(text))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0", "零"),
        ("10", "十"),
        ("110", "一百一十"),
        ("1005", "一千零五"),
        ("2000", "两千"),
        ("2222", "两千二百二十二"),
        ("10010", "一万零一十"),
        ("200000", "二十万"),
        ("100005000", "一亿零五千"),
        ("100100000", "一亿零一十万"),
        ("1234567890123", "一万二千三百四十五亿六千七百八十九万零一百二十三"),
    ],
)
def test_numbers_in_characters(number: str, words: str) -> None:
    assert cardinal(number) == words


def test_a_dialled_one_is_yao() -> None:
    assert dialled("110") == "幺幺零"


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("2024年5月1日", "二零二四年五月一日"),
        ("14:30", "十四点三十分"),
        ("-5℃", "零下五摄氏度"),
        ("￥100", "一百元"),
    ],
)
def test_the_cleaner_says_what_is_written_in_characters(text: str, spelled: str) -> None:
    said, expected = clean_all([normalise(text, "zh"), spelled], ["chinese_cleaners"])
    assert said == expected
