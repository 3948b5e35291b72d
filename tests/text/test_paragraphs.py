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


def test_a_line_that_ends_with_a_number_goes_on_with_a_capital_letter() -> None:
    text = "»Nein«, sagte er. »Es kamen am Montag ca. 20\nLeute aus Hamburg.«\n\n»Ja.«"
    assert list(paragraphs(text)) == [text.partition("\n\n")[0].replace("\n", " "), "»Ja.«"]


def test_a_korean_text_that_was_broken_at_a_width_is_one() -> None:
    text = (
        "오늘은 학교에 갔다가 집에 돌아와서 저녁을 먹고\n책을 읽었다. 그리고 잠을 잤는데 꿈속에서 할머니를\n"
        "만났다. 나를 보고 웃으셨다."
    )
    assert list(paragraphs(text)) == [text.replace("\n", " ")]


VERSES = [
    """Of Man's first disobedience, and the fruit
Of that forbidden tree whose mortal taste
Brought death into the World, and all our woe,
With loss of Eden, till one greater Man
Restore us, and regain the blissful seat,
Sing, Heavenly Muse, that, on the secret top""",
    """Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date;
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm'd;
And every fair from fair sometime declines,
By chance or nature's changing course untrimm'd.""",
    "Because I could not stop for Death –\nHe kindly stopped for me –\nThe Carriage held but just Ourselves –",
    "1. Open the door of the machine and wait for it\n2. Put in the plates, the cups and the glasses\n3. Close it",
    "Chapter One: The Return of the Old King\nHe came home late.\nHe slept.",
]


@pytest.mark.parametrize("text", VERSES)
def test_verses_lists_and_headings_stay_apart(text: str) -> None:
    assert list(paragraphs(text)) == text.splitlines()


def test_verses_inside_a_text_that_was_broken_stay_apart() -> None:
    prose = filled(
        "It was late and the old man had read to us from a book that nobody else would open. " * 4, 72, 1
    )
    found = list(paragraphs(f"{prose}\n\n{VERSES[0]}\n\n{prose}"))
    assert found[1:-1] == VERSES[0].splitlines() and found[0] == found[-1] == " ".join(prose.split())
