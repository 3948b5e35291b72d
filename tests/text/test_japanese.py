"""Japanese: textbook accents, phonemes, triphones, and what is written without being said."""

import subprocess
import sys

import pytest

from engine.text.cleaners import japanese
from engine.text.cleaners.registry import clean_all

# pairs that every dictionary of accents tells apart, with the particle が after them to hear the fall
ACCENTS = {
    "箸": "ha↓ʃiga.",
    "橋": "ha↑ʃi↓ga.",
    "端": "ha↑ʃiga.",
    "雨": "a↓mega.",
    "飴": "a↑mega.",
    "神": "ka↓miga.",
    "紙": "ka↑mi↓ga.",
    "柿": "ka↑kiga.",
    "牡蠣": "ka↓kiga.",
    "酒": "sa↑kega.",
    "鮭": "sa↓kega.",
    "心": "ko↑koro↓ga.",
    "桜": "sa↑kuraga.",
    "先生": "se↑Nse↓ega.",
}


def accented(text):
    return clean_all([text], ["japanese_cleaners2"])[0]


@pytest.mark.parametrize("word", ACCENTS)
def test_accents_of_the_dictionary(word):
    assert accented(word + "が") == ACCENTS[word]


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("切手", "ki↑Qte."),  # a doubled consonant
        ("来て", "ki↓te."),
        ("本", "ho↓N."),  # a syllabic n
        ("おばあさん", "o↑ba↓asaN."),  # a long vowel
        ("茶を", "ʧa↑o."),
        ("写真", "ʃa↑ʃiN."),
        ("机", "ʦU↑kue."),  # a devoiced vowel
        ("私は東京へ行く", "wa↑taʃiwa to↑okyooe i↑ku."),  # particles as they are spoken
    ],
)
def test_sounds(text, sounds):
    assert accented(text) == sounds


def test_numbers_are_read_whole():
    assert accented("1,000円です。") == accented("1000円です。")
    assert accented("2.5") == accented("2点5")
    assert accented("１２個") == accented("12個")


def test_letters_of_all_kinds_are_read():
    assert accented("café") == accented("cafe")
    assert accented("ｱｲｽ") == accented("アイス")
    assert accented("①番") == accented("1番")


def test_marks_come_back_where_they_stood():
    assert accented("はい、そう……です！") == "ha↓i, so↑o…… de↓sU!"
    assert clean_all(["はい...そう"], ["japanese_cleaners"]) == ["ha↓i... so↑o."]


@pytest.mark.parametrize("text", ["", "。", "ーー", "々", "・・・", "!!", "「」", "ゝ゛"])
def test_nothing_to_say_is_no_sound_and_no_warning(text):
    for name in ("japanese_cleaners", "japanese_cleaners2", "japanese_triphone_cleaners"):
        [cleaned] = clean_all([text], [name])
        assert not any(letter in japanese.LETTERS for letter in cleaned), cleaned


def test_triphones_are_single_sounds_with_their_neighbours():
    [cleaned] = clean_all(["茶。え、"], ["japanese_triphone_cleaners"])
    assert cleaned == "ʧ+a ʧ-a.e,"


def test_text_of_any_length_is_read():
    [cleaned] = clean_all(["今日の東京" * 3000], ["japanese_cleaners"])
    assert cleaned.count("to↑okyoo") == 3000


def test_nothing_is_printed_while_cleaning():
    code = (
        "from engine.text.cleaners.registry import clean_all\n"
        "clean_all(['何を言う', 'ー', '・', 'ーあ', '㐂𠮷'], ['japanese_cleaners'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
