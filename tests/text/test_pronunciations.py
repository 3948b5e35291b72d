"""Words and stretches with a pronunciation of their own: read, refused, spoken, stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import languages, workspace
from engine.errors import InputError
from engine.languages import NORMALISE
from engine.text import pronunciations
from engine.text.cleaners.registry import clean_all
from engine.text.preprocess import preprocess
from engine.text.pronunciations import FILE_NAME, Pronunciations, around, read, store
from engine.text.symbols import ENGLISH_178
from tests.text.test_readings import rows

ENGLISH, GERMAN = ("english_cleaners2",), ("espeak:de",)


def words(folder: Path, text: str, language: str = "en") -> Pronunciations:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    return read(folder / FILE_NAME, language)


def test_a_word_is_spoken_as_the_file_says_however_it_is_typed_and_with_its_ending(tmp_path: Path) -> None:
    """readings/pronunciations.tsv: lines of the file with / between them, a text, and its phonemes."""
    for file, text, spoken in rows("pronunciations"):
        found = words(tmp_path, "# names\n" + file.replace("/", "\n") + "\n")
        assert clean_all([text, "plain"], ENGLISH, words=found) == [spoken, clean_all(["plain"], ENGLISH)[0]]


def test_the_guides_words_are_spoken_as_they_should_be(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs/guide/speak.md").read_text(encoding="utf-8")
    found = words(tmp_path, guide.partition("```text\n")[2].partition("```")[0])
    assert clean_all(["Saoirse Nguyen's"], ENGLISH, words=found) == ["sˈɪɹʃə wˈɪnz"]


def test_a_german_name_takes_its_s(tmp_path: Path) -> None:
    found = words(tmp_path, "Torben|tˈɔʁbən\nDa|dˈa\nUwes|ˈuːv\n", "de")
    assert clean_all(["Torbens Da"], GERMAN, words=found) == ["tˈɔʁbəns dˈa"]
    assert clean_all(["das", "Torbensen"], GERMAN, words=found) == clean_all(["das", "Torbensen"], GERMAN)


@pytest.mark.parametrize(("word", "found", "longer"), rows("korean_endings"))
def test_a_korean_word_is_found_before_every_ending_and_in_no_longer_word(
    tmp_path: Path, word: str, found: str, longer: str
) -> None:
    pattern = words(tmp_path, f"{word}|=가\n", "ko").pattern
    assert [text for text in found.split() if not pattern.match(text)] == []
    assert [text for text in longer.split() if pattern.search(text)] == []


def test_a_part_in_another_language_has_the_words_of_its_own(tmp_path: Path) -> None:
    found = words(tmp_path, "Xan|zˈæn\nMio|mˈaɪoʊ|de\nTao|a\nTao|ə|de\nTao|i|fr\n")
    und, mio = clean_all(["und"], GERMAN)[0], clean_all(["Mio"], ENGLISH)[0]
    (spoken,) = clean_all(["Mio Xan Tao [de: Xan und Mio Tao]"], ENGLISH, words=found)
    assert spoken == f"{mio} zˈæn a zˈæn {und} mˈaɪoʊ ə"
    german = words(tmp_path, "Xan|zˈæn\nMio|mˈaɪoʊ|de\nMio|mˈiː|en\n", "de")
    (spoken,) = clean_all(["Xan Mio [en: Mio's Xan]"], GERMAN, words=german)
    assert spoken == "zˈæn mˈaɪoʊ mˈiːz zˈæn"


def test_a_word_of_a_script_without_spaces_is_found_inside_a_line(tmp_path: Path) -> None:
    assert words(tmp_path, "東京|toːkjoː\n", "ja").pattern.search("私は東京へ")


@pytest.mark.parametrize(("text", "fault"), rows("pronunciation_faults"))
def test_a_line_that_is_no_pronunciation_is_named(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError) as caught:
        words(tmp_path, text)
    assert f"{FILE_NAME}{fault}" in str(caught.value)


def test_phonemes_that_the_voice_lacks_are_refused_with_their_line(tmp_path: Path) -> None:
    found = words(tmp_path, "Anna|anna\nBert|b§rt\n")
    with pytest.raises(InputError, match=rf"{FILE_NAME}:2: bert: the voice has no symbol '§'"):
        found.check(ENGLISH_178)
    (tmp_path / "list.txt").write_text("a.wav|Bert is here.\n")
    with pytest.raises(InputError, match="bert"):
        preprocess([tmp_path / "list.txt"], words=found)


def test_in_a_workspace_its_file_decides_alone_and_outside_the_copy_beside_the_run(tmp_path: Path) -> None:
    place = workspace.init(tmp_path / "voices")
    run = place.logs_dir / "anna"
    run.mkdir(parents=True)
    (run / FILE_NAME).write_text("One|a\nTwo|b\n")
    assert not around(run / "G_1.pth", ENGLISH).words
    (place.root / FILE_NAME).write_text("two|c\n")
    found = around(run / "G_1.pth", ENGLISH).words
    assert {word: each.said for word, each in found.items()} == {"two": "c"}
    alone = run.rename(tmp_path / "anna")
    found = around(alone / "G_1.pth", ENGLISH).words
    assert {word: each.said for word, each in found.items()} == {"one": "a", "two": "b"}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "Dr. Smith met St. Mary and Henry VIII."),
        ("de", "Dr. Smith traf z. B. Mary und Henry VIII."),
    ],
)
def test_a_pronunciation_changes_its_own_word_alone(tmp_path: Path, code: str, text: str) -> None:
    spoken = languages.find(code)
    names = (NORMALISE + spoken.normaliser, spoken.cleaner)
    said = {word: clean_all([word], names)[0] for word in ("Smith", "Mary", "Henry")}
    path = tmp_path / FILE_NAME
    path.write_text("".join(f"{word}|{sounds}\n" for word, sounds in said.items()), encoding="utf-8")
    spoken_text, plain = (clean_all([text], names, words=found)[0] for found in (read(path, code), None))
    assert spoken_text.replace("ˈ", "") == plain.replace("ˈ", ""), "espeak stresses the first word of a part"


def test_a_correction_is_stored_in_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_text("# mine\nAnna|a\nAnna|b|de\n")
    store(path, "anna", "ana")
    store(path, "Bert", "=Burt")
    assert path.read_text() == "# mine\nAnna|b|de\nanna|ana\nBert|=Burt\n"
    store(path, "Anna", "ann", "de")
    assert path.read_text() == "# mine\nBert|=Burt\nAnna|ann\n"
    for word, said in (("", "a"), ("a", ""), ("a|b", "c"), ("=a", "b")):
        with pytest.raises(InputError):
            store(path, word, said)


@pytest.mark.parametrize("names", [ENGLISH, ("normalise:en-1", *ENGLISH)])
def test_a_stretch_of_another_language_is_spoken_by_its_cleaner(names: tuple[str, ...]) -> None:
    (found,) = clean_all(["She said [de: Guten Tag] to me."], names)
    german, english = clean_all(["Guten Tag"], GERMAN)[0], clean_all(["She said"], ENGLISH)[0]
    assert found.startswith(f"{english} {german} ") and found.endswith(".")


@pytest.mark.parametrize("text", ["he [sic] said", "[10:30] then", "[ftp://a] here", "[note: one] here"])
def test_other_brackets_are_the_texts_own(text: str) -> None:
    assert clean_all([text], ENGLISH) == clean_all([text, "[de: x]"], ENGLISH)[:1]
    assert clean_all([text], ENGLISH)[0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "So [xx: Guten Tag].",
            r'\[xx: …\] is no stretch of a language: no language is called "xx"; .*xx: and \]',
        ),
        ("So [de: Auf Wiedersehen.", r"\[de: has no \] behind its text; write \[de: TEXT\]"),
        ("So [de: Auf [sic] Wiedersehen].", r"\[de: has no \] behind its text"),
    ],
)
def test_a_stretch_without_a_language_or_an_end_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        clean_all([text], ENGLISH)
    (tmp_path / "list.txt").write_text(f"a.wav|Fine.\nb.wav|{text}\n")
    with pytest.raises(InputError, match=rf"list\.txt:2: {fault}"):
        preprocess([tmp_path / "list.txt"])


def test_another_dictionary_makes_a_cleaned_list_out_of_date(tmp_path: Path) -> None:
    from engine.text.sidecar import is_current

    (tmp_path / "list.txt").write_text("a.wav|Bert is here.\n")
    found = words(tmp_path, "Bert|bˈɜːt\n")
    (report,) = preprocess([tmp_path / "list.txt"], words=found)
    assert "bˈɜːt" in report.target.read_text()
    assert is_current(tmp_path / "list.txt", ENGLISH, found)
    assert not is_current(tmp_path / "list.txt", ENGLISH, pronunciations.Pronunciations())
