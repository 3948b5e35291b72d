"""Every line of readings/*.tsv is read as it says: reader, text, what is read, and where it is from.

readings/ko.tsv holds the published table of the Standard Pronunciation (표준 발음법, its own examples by section; where
it allows two, the one that rules give). In readings/others.tsv the reader is a language of the normaliser; its last
lines are troubles that users of this family reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from engine.text.cleaners import chinese_numbers, korean
from engine.text.cleaners.korean_rules import pronounced
from engine.text.cleaners.registry import clean_all
from engine.text.normalise import normalise
from engine.text.normalise.chinese import numbers as chinese
from engine.text.normalise.japanese.numbers import in_kanji
from engine.text.normalise.korean import numbers as normalised_korean
from engine.text.numerals.chinese import cardinal

FOLDER = Path(__file__).parent / "readings"
TONES = {"ˉ": "1", "ˊ": "2", "ˇ": "3", "ˋ": "4", "˙": "5"}
Reader = Callable[[str], str]


def rows(name: str) -> list[list[str]]:
    """The lines of a table of readings; \\n in it is the end of a line."""
    lines = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n").split("\t") for line in lines]


def cleaned(text: str, cleaner: str) -> str:
    return clean_all([text], [cleaner])[0]


def tones(text: str) -> str:
    return "".join(TONES.get(symbol, "") for symbol in cleaned(text, "chinese_cleaners"))


def kana(text: str) -> str:
    """The phonemes without pitch, gaps and devoicing; ei and ee are one sound, as ou and oo."""
    spoken = re.sub("[↑↓ .]", "", cleaned(f"はい、{text}です", "japanese_cleaners")).replace("Q", "q")
    return spoken.lower().replace("ei", "ee").replace("ou", "oo")


READERS: dict[str, dict[str, Reader]] = {
    "ko": {
        "pronounced": pronounced,
        "pronounced number": lambda text: pronounced(korean.read_out(text, numbers=True)),
        "sino": korean.sino,
        "read out": lambda text: "|".join({korean.read_out(text), korean.read_out(text, numbers=True)}),
        "normalised number": normalised_korean.sino,
        "spoken": lambda text: cleaned(normalise(text, "ko"), "korean_pronounced_cleaners"),
    },
    "zh": {
        "cardinal": cardinal,
        "normalised number": chinese.cardinal,
        "read out": chinese_numbers.read_out,
        "tones": tones,
        "spoken": lambda text: cleaned(normalise(text, "zh"), "chinese_cleaners"),
    },
    "ja": {
        "accents": lambda text: cleaned(text, "japanese_cleaners2"),
        "normalised number": in_kanji,
        "kana": lambda text: kana(normalise(text, "ja")),
    },
    "others": {
        code: partial(normalise, language=code) for code in ("en", "de", "pt", "pt-br", "ko", "ja", "zh")
    },
}
# readings that are a text in letters go through the cleaner as well
SPOKEN: dict[tuple[str, str], Reader] = {
    ("ko", "spoken"): lambda text: cleaned(text, "korean_cleaners"),
    ("zh", "spoken"): lambda text: cleaned(text, "chinese_cleaners"),
    ("ja", "kana"): kana,
}


@pytest.mark.parametrize(("file", "reader"), [(file, reader) for file in READERS for reader in READERS[file]])
def test_every_line_is_read_as_it_says(file: str, reader: str) -> None:
    read, spoken = READERS[file][reader], SPOKEN.get((file, reader), str)
    wrong = [
        (text, said, read(text))
        for name, text, said, *_ in rows(file)
        if name == reader and read(text) != spoken(said)
    ]
    assert not wrong
    assert any(name == reader for name, *_ in rows(file))
