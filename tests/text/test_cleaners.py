"""Cleaners by the family's names, and phonemes through espeak-ng."""

import json
import os
import subprocess
import sys

import pytest

from engine.errors import InputError
from engine.text.cleaners import english, espeak, registry
from engine.text.symbols import ENGLISH_178, table, unknown_symbols

KNOWN = table(ENGLISH_178)
SENTENCES = [
    "The government (in 1964) said so.",
    "a [b] {c} <d>",
    "Mrs. De Mohrenschildt thought that Dr. Oswald owed $5; didn't she?",
    "Zoë's café — naïve… “quoted” «too»!",
    "It costs 3.5 or 1,000.",
    "Versailles, déjà vu, hors d'œuvre",
]


def test_golden_texts_of_every_cleaner_that_is_here(reference):
    rows = json.loads((reference / "cleaners.json").read_text(encoding="utf-8"))["rows"]
    mine = [row for row in rows if row["cleaner"] in registry.names()]
    assert {row["cleaner"] for row in mine} >= {"basic_cleaners", "transliteration_cleaners"}
    for row in mine:
        assert registry.clean_all([row["text"]], [row["cleaner"]]) == [row["cleaned"]]


def test_unknown_cleaner_is_named_with_those_that_there_are():
    with pytest.raises(InputError, match=r'unknown cleaner "english_cleaners3".*english_cleaners2'):
        registry.clean_all(["x"], ["english_cleaners3"])


@pytest.mark.parametrize("name", ["english_cleaners", "english_cleaners2"])
def test_phonemes_of_difficult_sentences_are_all_in_the_table(name):
    for text, cleaned in zip(SENTENCES, registry.clean_all(SENTENCES, [name]), strict=True):
        assert unknown_symbols(cleaned, KNOWN) == [], text
        assert cleaned == cleaned.strip()
        assert "  " not in cleaned


def test_english_cleaners2_keeps_stress_and_marks_and_english_cleaners_neither():
    [plain] = registry.clean_all(["Hello, world! Why not?"], ["english_cleaners"])
    [full] = registry.clean_all(["Hello, world! Why not?"], ["english_cleaners2"])
    assert [mark for mark in full if mark in ",!?"] == [",", "!", "?"]
    assert "ˈ" in full
    assert not set(",!?ˈˌ") & set(plain)
    assert plain.split() == full.translate(dict.fromkeys(map(ord, ",!?ˈˌ"))).split()


def test_brackets_go_and_what_they_hold_stays():
    [with_brackets, without] = registry.clean_all(["say (it) now", "say it now"], ["english_cleaners2"])
    assert with_brackets == without


def test_decimal_number_at_the_end_of_a_sentence_is_spoken_whole():
    """phonemizer 3.4 alone gives two lines here and loses the point."""
    [ended, open_] = registry.clean_all(["It costs 3.5.", "It costs 3.5"], ["english_cleaners2"])
    assert ended == open_ + "."
    assert "pɔɪnt" in ended


@pytest.mark.parametrize(
    ("language", "corpus"), [("en-us", "librispeech"), ("en-us", "ljspeech"), ("de", "kerstin_de")]
)
def test_phonemes_are_those_of_phonemizers_backend(language, corpus, corpora):
    from phonemizer.backend import EspeakBackend

    espeak.versions()  # sets the library
    theirs = EspeakBackend(
        language,
        punctuation_marks=espeak.MARKS,
        preserve_punctuation=True,
        with_stress=True,
        language_switch="remove-flags",
    )
    lines = (corpora / corpus / "metadata.csv").read_text(encoding="utf-8").splitlines()
    texts = [line.split("|")[-1] for line in lines]
    if language == "en-us":
        texts = [english.written_words(text) for text in texts]
    texts += ['"quote" he said; "no"...', "wait... what?", "a,b, c", "?!", "hello .", "x ! ! y", "— dash"]
    ours = espeak.phonemize(texts, language, punctuation=True, stress=True)
    assert ours == [" ".join(theirs.phonemize([text], strip=True)) for text in texts]
    if language == "de":
        cleaner = registry.get("espeak:de")
        assert all(cleaner.looks_clean(line) for line in registry.clean_all(texts[:-7], ["espeak:de"]))
        assert not any(cleaner.looks_cleaned_already(text) for text in texts)


def test_abbreviations_are_spoken_as_words_only_with_their_point():
    assert english.expand_abbreviations("mrs. st. ltd. mst. dr") == "misess saint limited mst. dr"


def test_other_english_and_no_other_language():
    [british] = registry.clean_all(["bath"], ["english_cleaners2"], "en-gb")
    [american] = registry.clean_all(["bath"], ["english_cleaners2"])
    assert british != american
    with pytest.raises(InputError, match='cannot speak "de"'):
        registry.clean_all(["x"], ["english_cleaners2"], "de")
    with pytest.raises(InputError, match='espeak has no language "en-nowhere"'):
        registry.clean_all(["x"], ["english_cleaners2"], "en-nowhere")


def _in_a_process(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
        timeout=60,
    )


def test_nothing_is_printed_while_cleaning():
    code = (
        "from engine.text.cleaners.registry import clean_all\n"
        "clean_all(['one - two', 'x' * 500, '()', 'a b c 1,2,3'], ['english_cleaners2'])\n"
        "clean_all(['何を言う', 'ー', '・', 'ーあ', '㐂𠮷'], ['japanese_cleaners'])"
    )
    result = _in_a_process(code)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_data_path_longer_than_espeak_can_hold_works(tmp_path):
    """espeak ends the whole process when its data path does not fit into 160 bytes."""
    code = (
        "import espeakng_loader, pathlib\n"
        f"folder = pathlib.Path({str(tmp_path)!r}) / ('x' * 160)\n"
        "folder.mkdir()\n"
        "real = espeakng_loader.get_data_path()\n"
        "(folder / 'espeak-ng-data').symlink_to(real)\n"
        "espeakng_loader.get_data_path = lambda: str(folder / 'espeak-ng-data')\n"
        "from engine.text.cleaners.registry import clean_all\n"
        "print(clean_all(['hello'], ['english_cleaners']))"
    )
    result = _in_a_process(code)
    assert result.returncode == 0, result.stderr
    assert "oʊ" in result.stdout


def test_another_library_is_used_when_asked_for(tmp_path):
    import espeakng_loader

    code = "from engine.text.cleaners.registry import versions; print(versions())"
    missing = _in_a_process(code, PHONEMIZER_ESPEAK_LIBRARY=str(tmp_path / "none.so"))
    assert "PHONEMIZER_ESPEAK_LIBRARY names no file" in missing.stderr
    given = _in_a_process(
        code,
        PHONEMIZER_ESPEAK_LIBRARY=espeakng_loader.get_library_path(),
        ESPEAK_DATA_PATH=espeakng_loader.get_data_path(),
    )
    assert "espeak" in given.stdout, given.stderr
    with pytest.raises(InputError, match="no such espeak library"):
        espeak.use_library(tmp_path / "none.so")


def test_a_language_is_one_file(tmp_path):
    """A module in the package's path with a table CLEANERS is found without being named anywhere."""
    (tmp_path / "shouting.py").write_text(
        "from engine.text.cleaners.cleaner import Cleaner\n"
        "def shout(lines, language=None): return [line.upper() for line in lines]\n"
        "CLEANERS = {'shouting_cleaners': Cleaner(shout, str.isupper, str.isupper)}\n"
    )
    code = (
        "import engine.text.cleaners\n"
        f"engine.text.cleaners.__path__.append({str(tmp_path)!r})\n"
        "from engine.text.cleaners.registry import clean_all\n"
        "print(clean_all(['hey'], ['shouting_cleaners']))"
    )
    result = _in_a_process(code)
    assert result.stdout == "['HEY']\n", result.stderr
