"""The endings of German ordinals and of "ein", and the time of the rules; lines/de.tsv shows readings."""

from __future__ import annotations

import random

import pytest

from engine.text.normalise import normalise

PIECES = [
    *(
        "3.",
        "1",
        "5. ",
        "1.5.",
        "XIV.",
        "I.",
        " x ",
        "½",
        "1/2",
        "3/4-Takt",
        "%ig",
        "€-",
        "-mal",
        "-Jährige",
        "er",
        "4x",
    ),
    *(
        " Uhr",
        "am ",
        "der ",
        " und ",
        " bis ",
        "zu ",
        "des ",
        "Platz",
        " Mai",
        "Ludwig ",
        "Jahrhundert",
        " Stunde",
        "m",
    ),
    *(
        "Mo-",
        "Tel. ",
        "Kto. ",
        "IBAN ",
        "Notruf ",
        "Maßstab ",
        "www.",
        "a@b.",
        "Min.",
        "km/h",
        "14:30",
        "2024",
        "'80",
    ),
    *(" ", ",", ".", "-", "–", ":", "(", ")", "°C", "§", "<", "ß", "É", "٣"),
]


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("der 2. Mann", "der zweite Mann"),
        ("der 2. Frau", "der zweiten Frau"),
        ("dem 2. Mann", "dem zweiten Mann"),
        ("ein 2. Mann", "ein zweiter Mann"),
        ("ein 2. Kind", "ein zweites Kind"),
        ("eine 2. Frau", "eine zweite Frau"),
        ("einem 2. Kind", "einem zweiten Kind"),
        ("ins 2. Jahr", "ins zweite Jahr"),
        ("jeden 2. Tag", "jeden zweiten Tag"),
        ("2. Platz", "zweiter Platz"),
        ("2. Runde", "zweite Runde"),
        ("2. Kapitel", "zweites Kapitel"),
        ("in 2. Reihe", "in zweiter Reihe"),
        ("am 2. guten Tag", "am zweiten guten Tag"),
        ("vom 1. bis 3. Mai", "vom ersten bis dritten Mai"),
        ("am Montag, 3. Mai", "am Montag, dritten Mai"),
        ("Montag, 3. Mai", "Montag, dritter Mai"),
        ("für 1 Tag", "für einen Tag"),
        ("mit 1 Kind", "mit einem Kind"),
        ("seit 1 Woche", "seit einer Woche"),
        ("mit 1/2 Liter", "mit einem halben Liter"),
        ("Karls V. Reich", "Karls des Fünften Reich"),
        ("mit Karl V. sprechen", "mit Karl dem Fünften sprechen"),
        ("gegen Karl V. kämpfen", "gegen Karl den Fünften kämpfen"),
        ("die Krone Elisabeths II. glänzt", "die Krone Elisabeths der Zweiten glänzt"),
    ],
)
def test_the_words_around_a_number_give_it_its_ending(text: str, reading: str) -> None:
    assert normalise(text, "de") == reading


def test_no_mixture_of_signs_raises_or_keeps_a_digit() -> None:
    drawn = random.Random(17)
    for _ in range(3000):
        text = "".join(drawn.choices(PIECES, k=drawn.randint(2, 14)))
        assert not any(letter.isdecimal() for letter in normalise(text, "de")), text


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1-",
        "1.",
        "1. ",
        "1 ",
        "1, ",
        "1. und ",
        "1/",
        "½",
        "0 ",
        "a@b.",
        "a",
        "I. ",
        "1-1.",
        "1 Aa ",
        "1 km ",
        "z. B. ",
        "Sie 1. a ",
        "zu 1. ",
        "1. Platz ",
        "1.1. a ",
    ],
)
def test_a_long_text_is_read(piece: str) -> None:
    """One whose time grew with its square would run into the time limit of a test."""
    assert normalise((piece * 100_000)[:100_000], "de")
