"""Korean, Mandarin and Japanese cleaners: letters, syllables, marks; readings/*.tsv hold what is read."""

import pytest

from engine.text.cleaners import chinese, japanese, korean
from engine.text.cleaners.registry import clean_all


def test_numbers_that_stand_alone_are_read_whole_only_by_our_own_cleaner():
    assert korean.read_out("값은 3.5, 답은 42") == "값은 삼.오, 답은 사이"
    assert korean.read_out("값은 3.5, 답은 42", numbers=True) == "값은 삼점오, 답은 사십이"


def test_letters_of_every_code_block_are_the_same():
    joined, halfwidth = "\u1112\u1161\u11ab", "\uffbe"
    assert clean_all([joined], ["korean_cleaners"]) == clean_all(["한"], ["korean_cleaners"])
    assert clean_all([halfwidth], ["korean_cleaners"]) == ["ㅎ."]
    assert clean_all(["ㅋㅋㅠㅠ"], ["korean_cleaners"]) == ["ㅋㅋㅣㅜㅣㅜ."]


def test_real_sentences_are_pronounced():
    [said] = clean_all(["값이 3.5배 올라서 살 수 없는 꽃잎 12개"], ["korean_pronounced_cleaners"])
    [same] = clean_all(["갑씨 삼저모배 올라서 살 쑤 엄는 꼰닙 열두개"], ["korean_cleaners"])
    assert said == same


def test_every_syllable_is_written_as_the_table_of_bopomofo_writes_it():
    """Against pypinyin's own table, over all syllables that it knows for a character."""
    from pypinyin import Style
    from pypinyin.constants import PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_tone3
    from pypinyin.style import convert

    sounds = {sound for readings in PINYIN_DICT.values() for sound in readings.split(",")}
    checked = 0
    for sound in sounds:
        found = chinese.syllable(to_tone3(sound, neutral_tone_with_five=True))
        theirs = convert(sound, Style.BOPOMOFO, strict=True, default=sound)
        if found is None or found[1] in ("m", "n", "ng"):
            continue  # hm, ng and the like: sounds of agreement, which no table of syllables has
        assert chinese.bopomofo(found).rstrip("ˉ˙") == theirs.strip("ˉ˙"), sound
        checked += 1
    assert checked > 1200


def test_every_syllable_differs_in_ipa_as_it_does_in_bopomofo():
    finals = chinese._table(chinese._FINALS)
    both = {
        (chinese.bopomofo(s), chinese.ipa(s)) for f in finals for s in [("", f, 1), ("l", f, 4), ("zh", f, 2)]
    }
    assert len({ipa for _, ipa in both}) >= len({letters for letters, _ in both})


def test_characters_with_several_readings_follow_their_word():
    assert clean_all(["银行", "旅行", "音乐", "快乐", "重庆", "重要"], ["chinese_cleaners"]) == [
        "ㄧㄣˊㄏㄤˊ",
        "ㄌㄩˇㄒㄧㄥˊ",
        "ㄧㄣˉㄩㄝˋ",
        "ㄎㄨㄞˋㄌㄜˋ",
        "ㄔㄨㄥˊㄑㄧㄥˋ",
        "ㄓㄨㄥˋㄧㄠˋ",
    ]


def test_letters_and_marks():
    assert clean_all(["AB型（好）……《书》"], ["chinese_ipa_cleaners"]) == ["ei→pi↘ɕiŋ↗“xɑʊ↓”… “ʂu→”"]


def accented(text):
    return clean_all([text], ["japanese_cleaners2"])[0]


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
