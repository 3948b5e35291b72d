"""Sentences to record: which ones a text gives, which are chosen, and what they cover."""

from __future__ import annotations

import itertools
import random
import tomllib
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.languages import find
from engine.text import prompts
from engine.text.cleaners.registry import clean_all
from engine.text.language_check import other_language
from engine.text.normalise import MODULES
from engine.text.prompts import choose, phonemes, sentences_of

CLEANERS = {"de": "espeak:de", "en": "english_cleaners2"}
CORPORA = {"de": ("kerstin_de",), "en": ("ljspeech", "librispeech")}


def _cleaned(sentences, language):
    return clean_all(sentences, [CLEANERS[language]])


def _corpus(corpora, language):
    lists = [(corpora / name / "metadata.csv").read_text(encoding="utf-8") for name in CORPORA[language]]
    return sentences_of("\n".join(lists)).sentences


@pytest.mark.parametrize(
    ("source", "language", "count"),
    [("ours", code, count) for code in ("de", "en") for count in (30, 60, 100)]
    + [("corpus", "de", 12), ("corpus", "en", 15), ("corpus", "en", 30)],
)
def test_chosen_sentences_cover_more_than_as_many_others(source, language, count, corpora):
    is_ours = source == "ours"
    sentences = prompts.own_sentences(language).sentences if is_ours else _corpus(corpora, language)
    cleaned = _cleaned(sentences, language)
    chosen = choose(sentences, cleaned, count)
    assert len(chosen.places) == len(set(chosen.places)) == count
    assert not chosen.coverage.missing
    seconds = [sum(map(len, phonemes(text))) / prompts.PHONEMES_A_SECOND for text in cleaned]
    assert sum(seconds[place] for place in chosen.places) == pytest.approx(chosen.seconds)
    others = [random.Random(seed).sample(range(len(sentences)), count) for seed in range(3)]
    others = [*others, range(count)] if is_ours else []
    others.append([place for place, end in enumerate(itertools.accumulate(seconds)) if end <= chosen.seconds])
    assert all(chosen.coverage.share > _share(cleaned, places) + 0.01 for places in others)


def _share(cleaned, places):
    """Of all occurrences of pairs, those of pairs that occur at these places; counted anew."""
    pairs = [[two for part in phonemes(text) for two in itertools.pairwise(part)] for text in cleaned]
    held = {two for place in places for two in pairs[place]}
    every = [two for twos in pairs for two in twos]
    return sum(two in held for two in every) / len(every)


@pytest.mark.parametrize("language", ["de", "en"])
def test_our_sentences_read_well_and_hold_every_phoneme_of_real_recordings(language, corpora):
    source = prompts.own_sentences(language)
    assert len(source.sentences) == 160 and not source.left_out
    assert not other_language(source.sentences, find(language))
    cleaned = _cleaned(source.sentences, language)
    assert all(3 <= len(sentence.split()) <= 15 for sentence in source.sentences)
    spoken = [sum(map(len, phonemes(text))) / prompts.PHONEMES_A_SECOND for text in cleaned]
    assert min(spoken) >= 2 and max(spoken) <= 8
    recorded = _sounds(_cleaned(_corpus(corpora, language), language))
    assert recorded <= _sounds(cleaned)


def _sounds(cleaned):
    return {sound for text in cleaned for part in phonemes(text) for sound in part}


def test_a_hundred_of_ours_hold_every_common_pair():
    for language in ("de", "en"):
        sentences = prompts.own_sentences(language).sentences
        coverage = choose(sentences, _cleaned(sentences, language), 100).coverage
        assert coverage.common == coverage.of_common
        assert coverage.share > 0.99


def test_the_same_text_gives_the_same_choice_and_fewer_are_its_beginning():
    sentences = prompts.own_sentences("en").sentences
    cleaned = _cleaned(sentences, "en")
    long = choose(sentences, cleaned, 120)
    assert choose(list(sentences), list(cleaned), 120) == long
    assert choose(sentences, cleaned, 20).places == long.places[:20]


def test_when_everything_occurs_the_cover_begins_again():
    sentences = ["ab.", "ab ab.", "cd.", "xyz."]
    chosen = choose(sentences, sentences, 10)
    assert sorted(chosen.places) == [0, 1, 2, 3]
    assert (chosen.coverage.share, chosen.coverage.missing) == (1.0, ())
    few = choose(sentences, sentences, 1)
    assert few.coverage.phonemes == 3 and set(few.coverage.missing) == set("abcd")
    assert "ab" in few.coverage.missing_pairs
    assert choose(["...", "!"], ["...", "!"], 5).places == ()


def test_phonemes_keep_length_and_tone_and_pauses_part_them():
    assert phonemes("hˈaloː, vˈɛlt.") == [["h", "a", "l", "oː"], ["v", "ɛ", "l", "t"]]
    assert phonemes("ni2 xˈɑu2") == [["n", "i2", "x", "ɑ", "u2"]]
    assert phonemes("bˈʌtn̩ ɔ̃") == [["b", "ʌ", "t", "n̩", "ɔ̃"]]
    assert phonemes("ㄊㄧㄢˉㄑㄧˋ") == [["ㄊ", "ㄧ", "ㄢˉ", "ㄑ", "ㄧˋ"]]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("He was born in 1912.", "digits"),
        ("It fell by ½ of an inch.", "digits"),
        ("It costs less than a £ in all.", "signs, as '£' U+00A3"),
        ("See the list [below] for more.", "signs, as '['"),
        ("THE END OF THE BOOK", "capitals"),
        ("“…”", "no letters"),
        ("word " * 60 + "end.", "longer than 200"),
        ("the CAT sat, on a mat!", "the same again"),
    ],
)
def test_what_is_read_in_several_ways_is_left_out_with_its_reason(sentence, reason):
    source = sentences_of(f"The cat sat on a mat.\n{sentence}\n")
    assert source.sentences == ("The cat sat on a mat.",)
    assert [count for why, count in source.left_out.items() if why.startswith(reason)] == [1]


def test_lines_of_a_list_are_sentences_and_those_of_a_paragraph_are_joined():
    broken = "The old man went down to the river,\nwhere he waited. Nobody knew why.\n"
    assert sentences_of(broken).sentences == (
        "The old man went down to the river, where he waited.",
        "Nobody knew why.",
    )
    listed = "good morning to all of you\nit is a very fine day\nwe shall see him on the way to the town hall\nyes\n"
    assert len(sentences_of(listed).sentences) == 4
    assert sentences_of("# heading\na/1.wav|One of them.\na/2.wav|anna|Two of them.").sentences == (
        "One of them.",
        "Two of them.",
    )


def test_a_text_that_cannot_be_read_is_refused_with_its_line(tmp_path):
    path = tmp_path / "book.txt"
    path.write_bytes("Gut.\nSchön.\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"book\.txt:2: is not UTF-8; save the file as UTF-8"):
        prompts.read(path)
    path.write_text("1912\n1913\n", encoding="utf-8")
    with pytest.raises(InputError, match="holds no sentence to read") as refused:
        prompts.read(path)
    assert list(refused.value.details) == ["2 left out: digits, which people read in several ways"]
    path.write_text("\ufeffÄpfel sind gesund.\r\n", encoding="utf-8")
    assert prompts.read(path).sentences == ("Äpfel sind gesund.",)


def test_the_wheel_takes_our_sentences_and_the_words_of_every_language_along():
    root = Path(prompts.__file__).parent.parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["engine"]
    found = {path for pattern in patterns for path in (root / "engine").glob(pattern)}
    data = {path for path in (root / "engine/text").rglob("*.*") if path.suffix in (".txt", ".toml")}
    assert data <= found
    assert (
        sorted(path.stem for path in data if path.suffix == ".txt") == prompts.own_languages() == ["de", "en"]
    )
    assert {path.stem for path in data if path.suffix == ".toml"} == set(MODULES)
