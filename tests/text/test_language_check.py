"""Texts in another language than they are said to be in: named once for a list, silent where nothing is wrong."""

from pathlib import Path

import pytest

from engine import languages
from engine.errors import InputError
from engine.text.language_check import LEAST_WORDS, other_language, refuse_other_language

# sentences of everyday life, about the same ones in every language
TEXTS = {
    path.stem: path.read_text(encoding="utf-8").splitlines()
    for path in sorted((Path(__file__).parent / "languages").glob("*.txt"))
}
ENGLISH = languages.find("en")
UMLAUTS = str.maketrans({"ü": "ue", "ö": "oe", "ä": "ae", "ß": "ss"})
ACCENTS = """We met at the café on the corner, where the crème brûlée is good.
It was naïve of him to think that his résumé would be read.
The façade of the hotel was painted by a protégé of the master.
Her fiancé ordered an entrée and a glass of rosé à la carte.
They had a soirée with pâté and jalapeño, and it was a cliché.
The doppelgänger had a certain je ne sais quoi, and said über twice."""
NAMES = "Johann von der Heide and Ludwig van der Berg met in Die Zeit of Köln."
SHARED = {
    "without umlauts": ("de", [line for line in TEXTS["de"] if line.isascii()] * 2),
    "written as ue": ("de", [line.translate(UMLAUTS) for line in TEXTS["de"]]),
    "café and naïve": ("en", ACCENTS.splitlines()),
    "names in English": ("en", [NAMES, *TEXTS["en"]]),
    "Korean with English words": ("ko", [*TEXTS["ko"], "이것은 iPhone 입니다", "LG TV 를 샀다"]),
    "Swedish in Norwegian, which has no word list": (
        "nb",
        ["det är inte så och jag har en bok till dig"] * 9,
    ),
}
SAID = [
    "de:en",
    "fr:en",
    "nl:en",
    "pl:en",
    "en:de",
    "ja:ko",
    "de:ko",
    "ko:en",
    "zh:ja",
    "ja:zh",
    "nl:de",
    "de:ru",
]


@pytest.mark.parametrize(("spoken", "said"), [pair.split(":") for pair in SAID])
def test_texts_of_another_language_are_named(spoken, said):
    texts, language = TEXTS[spoken], languages.find(said)
    with pytest.raises(InputError) as caught:
        refuse_other_language(texts, language, "metadata.csv")
    name = languages.find(spoken).name
    assert str(caught.value) == (
        f"metadata.csv: the texts are not {language.name}; is this {name}? --language {spoken}"
    )


@pytest.mark.parametrize("code", TEXTS)
def test_every_language_passes_for_itself(code):
    assert other_language(TEXTS[code], languages.find(code)) == ""


@pytest.mark.parametrize("name", SHARED)
def test_foreign_words_and_missing_accents_are_no_other_language(name):
    code, texts = SHARED[name]
    assert sum(len(text.split()) for text in texts) >= LEAST_WORDS or code == "ko"
    assert other_language(texts, languages.find(code)) == ""


def test_a_handful_of_words_is_never_judged():
    words = " ".join(TEXTS["de"]).split()
    assert other_language([" ".join(words[: LEAST_WORDS - 1])], ENGLISH) == ""
    assert other_language([" ".join(words[: LEAST_WORDS + 20])], ENGLISH) != ""


def test_letters_that_no_known_language_reads_are_named_as_such():
    english_in_thai = other_language(["xyzzy plugh frotz gnusto rezrov " * 10], languages.find("th"))
    assert english_in_thai == "they are in Latin letters: name their language with --language"


def test_real_corpora_pass_for_their_language_and_for_no_other(corpora):
    for corpus, code in (("kerstin_de", "de"), ("ljspeech", "en"), ("librispeech", "en")):
        lines = (corpora / corpus / "metadata.csv").read_text(encoding="utf-8").splitlines()
        texts = [line.split("|")[-1] for line in lines]
        assert other_language(texts, languages.find(code)) == ""
        for other in {"de", "en", "fr", "nl", "pl", "es", "it", "pt", "sv", "da", "ko", "ru"} - {code}:
            assert other_language(texts, languages.find(other)).endswith(f"--language {code}")


def test_ukrainian_is_told_from_russian() -> None:
    texts = ["Їжак іде до лісу, бо там є гриби.", "Сьогодні гарна погода, і діти граються надворі."]
    assert other_language(texts, ENGLISH) == "is this Ukrainian? --language uk"
    russian = ["Сегодня хорошая погода, и дети играют во дворе.", "Он уже ушёл домой."]
    assert other_language(russian, ENGLISH) == "is this Russian? --language ru"
