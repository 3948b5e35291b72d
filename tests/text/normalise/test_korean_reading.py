"""What holds for every Korean text; lines/ko.tsv shows the readings."""

from __future__ import annotations

import itertools
import random

import pytest

from engine.text.cleaners.registry import clean_all
from engine.text.normalise import normalise
from engine.text.normalise.korean.numbers import sino
from engine.text.normalise.korean.reading import read
from engine.text.numerals.korean import has_coda
from tests.text.normalise.test_lines import rows

PIECES = [*"0123456789 .,:-/+%&€$₩£°½²③eIVX'\"()abhr٣–~·=×", "1/2", "12:30", "000", "km", "만", "억 "]
PIECES += ["시", "월", "개", "번째", "명", "대", "제", "번호", "분의", "°C"]


def test_no_text_raises_or_keeps_a_digit() -> None:
    drawn = random.Random(13)
    lines = [text for _, text, *_ in rows("ko")]
    noise = ("".join(drawn.choices(PIECES, k=12)) for _ in range(6000))
    cut = (line[: drawn.randrange(len(line))] + line[drawn.randrange(len(line)) :] for line in lines * 5)
    for text in itertools.chain(noise, cut):
        assert not any(letter.isdecimal() for letter in normalise(text, "ko")), text


def test_what_is_read_stays_when_it_is_read_again() -> None:
    readings = [reading for _, _, reading, *_ in rows("ko")]
    assert [normalise(reading, "ko") for reading in readings] == readings


PIECES_OF_LONG_TEXTS = (
    "1",
    "1-",
    "1.",
    "1,",
    "1/",
    "1:",
    "1 ",
    "1~",
    "1+",
    "1만",
    "1만 ",
    "1억",
    "1km",
    "1분의 ",
)
PIECES_OF_LONG_TEXTS += (
    "$",
    "제",
    "~",
    "V",
    "A&",
    "a.",
    "a@",
    "1대",
    "1개",
    "-",
    "010-",
    "A ",
    "#",
    "=",
    "가=",
    "번호",
)


@pytest.mark.parametrize("piece", PIECES_OF_LONG_TEXTS)
def test_a_long_text_is_read(piece: str) -> None:
    """One whose time grew with its square would run into the time limit of a test."""
    assert read(piece * (100_000 // len(piece)))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0", "영"),
        ("10", "십"),
        ("110", "백십"),
        ("10000", "만"),
        ("15000", "만 오천"),
        ("10,010,000", "천일만"),
        ("100000000", "일억"),
        ("123456789", "일억 이천삼백사십오만 육천칠백팔십구"),
        ("1000000000000", "일조"),
    ],
)
def test_numbers_in_hangul(number: str, words: str) -> None:
    assert sino(number) == words


def test_syllables_with_a_coda() -> None:
    assert has_coda("육")
    assert not has_coda("오")
    assert not has_coda("A")


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("6월 16일", "유월 심뉴길"),
        ("10월 6일", "시월 유길"),
        ("20살", "스무 살"),
        ("010-1234-5678", "공일공 이리삼사 오육칠팔"),
        ("10만 원", "심마 눤"),
        ("3번째", "세 번째"),
        ("1.5배", "일 저 모 배"),
    ],
)
def test_the_pronouncing_cleaner_speaks_what_is_normalised(text: str, spoken: str) -> None:
    normalised = clean_all([normalise(text, "ko")], ["korean_pronounced_cleaners"])
    assert normalised == clean_all([spoken], ["korean_cleaners"])


@pytest.mark.parametrize("cleaner", ["korean_cleaners", "korean_pronounced_cleaners"])
def test_the_cleaners_find_no_number_to_read(cleaner: str) -> None:
    """They say 영 for 0 and 육월 for 6월, so all that they could read is in words before."""
    for text in ("010-1234-5678", "6월 10일 3시 30분", "3번째", "007", "1,234.5"):
        normalised = normalise(text, "ko")
        assert not any(letter.isdecimal() for letter in normalised)
        assert clean_all([normalised], [cleaner]) != clean_all([text], [cleaner])
