"""A text of any length becomes stretches that a voice can speak, nothing is lost, and punctuation makes pauses."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from engine.text.sentences import CLAUSE_S, LONGEST, PARAGRAPH_S, SENTENCE_S, stretches
from tests.text.test_readings import rows


def texts(text: str, longest: int = LONGEST) -> list[str]:
    return [each.text for each in stretches(text, longest)]


def test_sentences_are_found_and_an_abbreviation_ends_none() -> None:
    """The columns of readings/sentences.tsv: a language, a text and its sentences."""
    found = [
        [text, *(each.text for each in stretches(text, language=code))]
        for code, text, *_ in rows("sentences")
    ]
    assert found == [row[1:] for row in rows("sentences")]


def test_a_stretch_that_is_too_long_is_cut_inside_and_keeps_its_language() -> None:
    sentence = "Das ist ein Satz, der lang ist, und noch länger"
    found = texts(f"He said [de: {', '.join([sentence] * 9)}. Gut. So.] and left.")
    said = [part for text in found for part in re.findall(r"\[de: [^\[\]]*\]|[^\s\[\]]+", text)]
    assert all(len(text) <= LONGEST for text in found) and len(found) > 2
    assert [each for each in said if not each.startswith("[de: ")] == ["He", "said", "and", "left."]
    inside = " ".join(each.removeprefix("[de: ").removesuffix("]") for each in said if each.startswith("["))
    assert inside == f"{', '.join([sentence] * 9)}. Gut. So."
    assert all(each[-2] in ",." for each in said if each.startswith("["))


def test_pauses_are_those_of_the_punctuation_and_none_is_behind_the_last() -> None:
    found = [each.pause_s for each in stretches("One. Two.\nThree, and four.", 8)]
    assert found == [SENTENCE_S, PARAGRAPH_S, CLAUSE_S, 0.0, 0.0]


def test_a_long_sentence_is_cut_at_clauses_then_between_words_then_anywhere() -> None:
    assert texts("one two, three four; five six", 16) == ["one two,", "three four;", "five six"]
    assert texts("one two three four", 9) == ["one two", "three", "four"]
    assert texts("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


def test_signs_behind_the_last_sentence_leave_no_pause() -> None:
    assert [each.pause_s for each in stretches("One. Two. –\n\n***")] == [SENTENCE_S, 0.0]


@given(st.text(alphabet="ab. ,\n!。A–", max_size=200), st.integers(1, 30))
def test_no_letter_is_lost_each_stretch_has_one_and_nothing_is_too_long(text: str, longest: int) -> None:
    found = texts(text, longest)
    assert all(0 < len(part) <= longest for part in found)
    assert all(re.search(r"[abA]", part) for part in found) or not re.search(r"[abA]", text)
    assert re.sub(r"[^abA]", "", "".join(found)) == re.sub(r"[^abA]", "", text)


@given(st.text(alphabet="ab. ,!。A–", max_size=200).map(lambda text: f"a{text}"))
def test_nothing_is_lost_of_a_line_that_needs_no_cut(text: str) -> None:
    assert re.sub(r"\s", "", "".join(texts(text))) == re.sub(r"\s", "", text)
