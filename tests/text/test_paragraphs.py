"""Lines that were broken at a width are one paragraph, and lines that stand for themselves are not."""

from __future__ import annotations

import pytest

from engine.text.paragraphs import paragraphs
from tests.text.test_readings import rows


def test_a_paragraph_ends_where_its_writer_ended_it() -> None:
    """The columns of readings/paragraphs.tsv: a text and its paragraphs; verses, lists and headings stay apart."""
    assert [[text, *paragraphs(text)] for text, *_ in rows("paragraphs")] == rows("paragraphs")
    assert list(paragraphs("")) == []


DIALOGUE = """“Good evening,” said Mary. “I met Dr. Lee at St. Mary's. He said that you would have a room for us.”

“Did he now?”

The clerk turned a page. Outside, the Thames lay flat under Waterloo Bridge, and nobody moved on it but Mr. Harris.

“There is one,” he said at last. “It has a window on King Street and no fire.”

“We will take it.”

»Es kamen ca. 20 Leute aus Hamburg und Bremen, dazu Dr. Weber mit seiner Frau.«

»Dann sprach Prof. Klein über Europa, und alle hörten ihm zu, bis die Kirche Mitternacht schlug.«
"""


def filled(paragraph: str, width: int, bytes_of_a_letter: int) -> str:
    """Broken at a width by a program that may count a letter as several."""
    lines = [""]
    for word in paragraph.split():
        line = f"{lines[-1]} {word}".strip()
        cells = sum(1 if each.isascii() else bytes_of_a_letter for each in line)
        lines[-1:] = [line] if cells <= width else [lines[-1], word]
    return "\n".join(lines)


@pytest.mark.parametrize("bytes_of_a_letter", [1, 3])
@pytest.mark.parametrize("width", [56, 60, 62, 66, 72])
def test_a_dialogue_that_was_broken_at_a_width_is_as_it_was(width: int, bytes_of_a_letter: int) -> None:
    spoken = DIALOGUE.strip().split("\n\n")
    broken = [filled(each, width, bytes_of_a_letter) for each in spoken]
    assert any("\n" in each for each in broken)
    assert list(paragraphs("\n\n".join(broken))) == spoken


def test_verses_inside_a_text_that_was_broken_stay_apart() -> None:
    prose = filled(
        "It was late and the old man had read to us from a book that nobody else would open. " * 4, 72, 1
    )
    verses = next(lines for text, *lines in rows("paragraphs") if text.startswith("Of Man's first"))
    found = list(paragraphs("\n\n".join((prose, "\n".join(verses), prose))))
    assert found[1:-1] == verses and found[0] == found[-1] == " ".join(prose.split())
