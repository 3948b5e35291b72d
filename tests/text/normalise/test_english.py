"""What holds for every English text; lines/en.tsv shows the readings."""

from __future__ import annotations

import itertools
import random

import pytest

from engine.text.cleaners.english import ABBREVIATIONS, expand_abbreviations
from engine.text.normalise import normalise
from tests.text.normalise.test_european import PIECES
from tests.text.normalise.test_lines import rows

OWN_PIECES = [
    "1st",
    "£",
    "½",
    "5'",
    '"',
    "a.m.",
    "No. ",
    "May ",
    " of ",
    "in ",
    "#",
    "~",
    "<",
    "in.",
    "Dr. ",
    "'90s",
]


def test_no_text_raises_or_keeps_a_digit() -> None:
    drawn = random.Random(13)
    lines = [text for _, text, *_ in rows("en")]
    noise = ("".join(drawn.choices(PIECES + OWN_PIECES, k=12)) for _ in range(5000))
    cut = (line[: drawn.randrange(len(line))] + line[drawn.randrange(len(line)) :] for line in lines * 5)
    for text in itertools.chain(noise, cut):
        assert not any(letter.isdecimal() for letter in normalise(text, "en")), text


def test_what_is_read_stays_when_it_is_read_again() -> None:
    readings = [reading for _, _, reading, *_ in rows("en")]
    assert [normalise(reading, "en") for reading in readings] == readings


def test_the_english_cleaner_finds_no_abbreviation_in_what_is_read() -> None:
    readings = [reading for _, _, reading, *_ in rows("en")]
    assert [expand_abbreviations(reading) for reading in readings] == readings


@pytest.mark.parametrize("abbreviation", ABBREVIATIONS)
@pytest.mark.parametrize("text", ["Ask {} Hill.", "They saw {} there.", "We met the {}"])
def test_abbreviations_of_the_english_cleaner_are_words(abbreviation: str, text: str) -> None:
    for written in (abbreviation, abbreviation.capitalize(), abbreviation.upper()):
        read = normalise(text.format(written + "."), "en")
        assert expand_abbreviations(read) == read


@pytest.mark.parametrize(
    "piece", ["1", "1-", "1,", "1.", "1/", "1:", "1 ", "1'", '1"', "$1", "May 1", "X ", "A.", "1x", "½"]
)
def test_long_texts_take_time_by_their_length(piece: str) -> None:
    assert isinstance(normalise(piece * (200_000 // len(piece)), "en"), str)
