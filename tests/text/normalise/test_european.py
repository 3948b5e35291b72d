"""What holds for every text in the languages that share their rules; lines/*.tsv show the readings."""

from __future__ import annotations

import itertools
import random

import pytest

from engine.text.normalise import normalise
from tests.text.normalise.test_lines import rows

LANGUAGES = ["fr", "es", "it", "pt", "nl", "pl", "de"]
PIECES = [*"0123456789 .,:-/+%&€$£°½ºª²eIVX'\"()abhr٣–", "1/2", "12:30", "000", "km", "p.", "zł", " r."]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_raises_or_keeps_a_digit(language: str) -> None:
    drawn = random.Random(13)
    lines = [text for _, text, *_ in rows(language)]
    noise = ("".join(drawn.choices(PIECES, k=12)) for _ in range(1500))
    cut = (line[: drawn.randrange(len(line))] + line[drawn.randrange(len(line)) :] for line in lines * 5)
    for text in itertools.chain(noise, cut):
        assert not any(letter.isdecimal() for letter in normalise(text, language)), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_stays_when_it_is_read_again(language: str) -> None:
    readings = [reading for _, _, reading, *_ in rows(language)]
    assert [normalise(reading, language) for reading in readings] == readings
