"""Words and stretches with a pronunciation of their own: read, refused, spoken, stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import workspace
from engine.errors import InputError
from engine.text import pronunciations
from engine.text.cleaners import clean_all
from engine.text.preprocess import preprocess
from engine.text.pronunciations import FILE_NAME, Pronunciations, around, read, store
from engine.text.symbols import ENGLISH_178

ENGLISH, GERMAN = ("english_cleaners2",), ("espeak:de",)


def words(folder: Path, text: str, language: str = "en") -> Pronunciations:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    return read(folder / FILE_NAME, language)


@pytest.mark.parametrize(
    ("line", "text", "spoken"),
    [
        ("Nguyen|wˈɪn", "Nguyen sat down.", "wˈɪn sˈæt dˈaʊn."),
        ("Nguyen|wˈɪn", "It is NGUYEN, not Nguyens.", "ɪɾ ˈɪz wˈɪn, nˌɑːt nˈuːjɛnz."),
        ("Siobhan|=Shivawn", "Siobhan!", None),
        ("New York|nˈoɪ jˈɔɹk", "To New York.", "tuː nˈoɪ jˈɔɹk."),
        ("Nguyen|wˈɪn|de", "Nguyen.", "nˈuːjɛn."),
    ],
)
def test_a_word_is_spoken_as_the_file_says(tmp_path: Path, line: str, text: str, spoken: str | None) -> None:
    found = clean_all([text, "plain"], ENGLISH, words=words(tmp_path, f"# names\n{line}\n"))
    assert found == [spoken or clean_all(["Shivawn!"], ENGLISH)[0], clean_all(["plain"], ENGLISH)[0]]


def test_a_word_of_a_script_without_spaces_is_found_inside_a_line(tmp_path: Path) -> None:
    assert words(tmp_path, "東京|toːkjoː\n", "ja").pattern.search("私は東京へ")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Anna\n", ":1: is no word with its pronunciation; write word|phonemes"),
        ("# a\nAnna|\n", ":2: is no word with its pronunciation"),
        ("Anna|=\n", ":1: is no word with its pronunciation"),
        ("a|b|de|c\n", ":1: is no word with its pronunciation"),
        ("a|b|xx9\n", ':1: no language is called "xx9"'),
    ],
)
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


def test_the_workspaces_word_decides_over_that_of_the_run(tmp_path: Path) -> None:
    place = workspace.init(tmp_path)
    run = place.logs_dir / "anna"
    run.mkdir(parents=True)
    (run / FILE_NAME).write_text("One|a\nTwo|b\n")
    (tmp_path / FILE_NAME).write_text("two|c\n")
    found = around(run / "G_1.pth", ENGLISH)
    assert {word: each.said for word, each in found.words.items()} == {"one": "a", "two": "c"}


def test_a_correction_is_stored_in_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_text("# mine\nAnna|a\nAnna|b|de\n")
    store(path, "anna", "ana")
    store(path, "Bert", "=Burt")
    assert path.read_text() == "# mine\nAnna|b|de\nanna|ana\nBert|=Burt\n"
    for word, said in (("", "a"), ("a", ""), ("a|b", "c")):
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
    from engine.text.preprocess import is_current

    (tmp_path / "list.txt").write_text("a.wav|Bert is here.\n")
    found = words(tmp_path, "Bert|bˈɜːt\n")
    (report,) = preprocess([tmp_path / "list.txt"], words=found)
    assert "bˈɜːt" in report.target.read_text()
    assert is_current(tmp_path / "list.txt", ENGLISH, found)
    assert not is_current(tmp_path / "list.txt", ENGLISH, pronunciations.Pronunciations())
