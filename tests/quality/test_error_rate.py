"""Character and word error."""

from __future__ import annotations

import pytest

from engine.quality.error_rate import edits, error_rates, normalised


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  Nobody's home -- at 7 o'clock! ", "nobodys home at 7 oclock"),
        ("Größe: ÄRGER", "grösse ärger"),
        ("你好，世界。", "你好 世界"),
        ("…", ""),
    ],
)
def test_case_and_punctuation_do_not_count(text: str, plain: str) -> None:
    assert normalised(text) == plain


@pytest.mark.parametrize(
    ("said", "heard", "count"), [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("ab", "ba", 2)]
)
def test_edits_are_counted(said: str, heard: str, count: int) -> None:
    assert edits(said, heard) == count


def test_rates_are_those_of_all_sentences_together() -> None:
    pairs = [("The cat sat.", "the cat sat"), ("A dog", "a log")]
    assert error_rates(pairs) == (pytest.approx(1 / 13), pytest.approx(1 / 5))


def test_a_word_in_two_pieces_is_no_wrong_character() -> None:
    assert error_rates([("lighthouse keeper", "light house keeper")]) == (0.0, 1.0)


def test_a_recogniser_that_repeats_itself_counts_as_nothing_understood() -> None:
    assert error_rates([("yes", "no no no no no no no"), ("fine", "fine")]) == (
        pytest.approx(3 / 7),
        pytest.approx(1 / 2),
    )


def test_no_words_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="nothing was said"):
        error_rates([("...", "a")])
