"""Every line of lines/LANGUAGE.tsv is read as its source says.

Columns: class, text, reading, source, judge, why. `judge` is what nemo-text-processing makes of the text: "=" the same
reading, "-" it has no grammar for the language. `why` explains a difference.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from engine.text.normalise import normalise

LINES = Path(__file__).parent / "lines"
WHOLE = {"en", "de", "ko", "ja", "zh"}  # languages with rules for every class
CLASSES = {"cardinal", "decimal", "ordinal", "year", "date", "time", "currency", "unit", "fraction", "range"}
CLASSES |= {"telephone", "abbreviation", "roman", "sign"}
LANGUAGES = sorted(path.stem for path in LINES.glob("*.tsv"))


def rows(language: str) -> list[list[str]]:
    text = (LINES / f"{language}.tsv").read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_is_read_as_its_source_says(language: str) -> None:
    wrong = [
        (text, reading, found)
        for _, text, reading, *_ in rows(language)
        if (found := normalise(text, language)) != reading
    ]
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_are_many_and_each_names_its_source_and_the_judges_reading(language: str) -> None:
    found = rows(language)
    assert all(len(row) == 6 and all(row[:5]) for row in found)
    assert all(bool(why) == (judge not in ("=", "-")) for *_, judge, why in found)
    assert len({text for _, text, *_ in found}) == len(found) >= (200 if language in WHOLE else 60)
    counts = Counter(kind for kind, *_ in found)
    if language in WHOLE:
        assert set(counts) == CLASSES
        assert min(counts.values()) > 5
