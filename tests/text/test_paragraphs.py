"""Lines that were broken at a width are one paragraph, and lines that stand for themselves are not."""

from __future__ import annotations

import pytest

from engine.text.paragraphs import paragraphs

WRAPPED = """CHAPTER ONE
The old man went down to the river, where he
waited until the ferry came. Nobody knew the
ferryman, who had come from far away when it
was still winter.
He stayed.
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "It was a dark and\nstormy night and the\nrain fell in torrents.\n",
            ["It was a dark and stormy night and the rain fell in torrents."],
        ),
        ("One line here.\nAnother line there.", ["One line here.", "Another line there."]),
        ("milk\nbread\neggs", ["milk", "bread", "eggs"]),
        ("To buy:\n- milk\n- bread", ["To buy:", "- milk", "- bread"]),
        ("first\n\n  second \n", ["first", "second"]),
        ("It was a long\nday.\n  It ended\nlate.", ["It was a long day.", "It ended late."]),
        ("She is a well-\nknown\nsinger.", ["She is a well-known singer."]),
        ("Er nahm die Vor-\nund Nachteile\nhin.", ["Er nahm die Vor- und Nachteile hin."]),
        (
            WRAPPED,
            [
                "CHAPTER ONE",
                "The old man went down to the river, where he waited until the ferry came. Nobody knew the "
                "ferryman, who had come from far away when it was still winter.",
                "He stayed.",
            ],
        ),
        (
            "昔々、ある所に、おじいさんとおばあさんが、\n住んでいました。おじいさんは、毎日山へ行って\nいました。",
            [
                "昔々、ある所に、おじいさんとおばあさんが、住んでいました。おじいさんは、毎日山へ行っていました。"
            ],
        ),
        ("", []),
    ],
)
def test_a_paragraph_ends_where_its_writer_ended_it(text: str, found: list[str]) -> None:
    assert list(paragraphs(text)) == found
