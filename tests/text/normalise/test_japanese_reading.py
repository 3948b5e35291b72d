"""What is said in the end: normalised Japanese through the real cleaner, against a spelling in kana."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.text.cleaners.registry import clean_all
from engine.text.normalise import normalise
from engine.text.normalise.japanese.numbers import COUNTERS, in_kanji
from engine.text.normalise.japanese.reading import read

# sound changes of counters that a learner's grammar lists
SOUND_CHANGES = {
    "1本": "いっぽん",
    "3本": "さんぼん",
    "6匹": "ろっぴき",
    "8杯": "はっぱい",
    "1人": "ひとり",
    "2人": "ふたり",
    "3人": "さんにん",
    "4人": "よにん",
    "20日": "はつか",
    "4月": "しがつ",
    "9月": "くがつ",
    "4時": "よじ",
    "7時": "しちじ",
    "9時": "くじ",
    "3階": "さんがい",
    "第3回": "だいさんかい",
    "10個": "じゅっこ",
    "100円": "ひゃくえん",
    "3つ": "みっつ",
    "3つ目": "みっつめ",
}
# in kanji these are other words, so they keep their digits
OTHER_WORDS = {
    "5分": "ごふん",
    "8分": "はちふん",
    "9分": "きゅうふん",
    "10分": "じゅっぷん",
    "9頭": "きゅうとう",
    "4足": "よんそく",
    "100足": "ひゃくそく",
    "8戸": "はちこ",
    "4位": "よんい",
    "9段": "きゅうだん",
    "3世": "さんせい",
    "100名": "ひゃくめい",
    "1月号": "いちがつごう",
    "110番": "ひゃくとおばん",
    "800": "はっぴゃく",
}
READINGS = {
    "午前0時": "ごぜんれいじ",
    "5分の1": "ごぶんのいち",
    "9分の2": "きゅうぶんのに",
    "3/4拍子": "よんぶんのさんびょうし",
    "10分の休憩": "じゅっぷんのきゅうけい",
    "10分の1": "じゅうぶんのいち",
    "3割2分": "さんわりにぶ",
    "2.5分": "にてんごふん",
    "3対2": "さんたいに",
    "10時〜18時": "じゅうじからじゅうはちじ",
    "3.14": "さんてんいちよん",
    "0.5": "れいてんご",
    "-5℃": "マイナスごど",
    "50％": "ごじゅっパーセント",
    "5㎞": "ごキロメートル",
    "￥100": "ひゃくえん",
    "㈱": "かぶしきがいしゃ",
    "2024年5月3日": "にせんにじゅうよねんごがつみっか",
    "令和6年": "れいわろくねん",
    "4/1": "しがつついたち",
    "ｶﾞｷﾞｸﾞ": "ガギグ",
    "ｺｰﾋｰ": "コーヒー",
    "ﾊﾟｰﾃｨｰ": "パーティー",
    "ルイXIV世": "ルイじゅうよんせい",
}
DIALLED = ["090-1234-5678", "0120-117-117", "0466-27-5000", "089-907-7071", "(03)5253-1111", "100-0001"]
SAID = dict(
    zip(
        "0123456789",
        ["ゼロ", "イチ", "ニー", "サン", "ヨン", "ゴー", "ロク", "ナナ", "ハチ", "キュー"],
        strict=True,
    )
)


def sounds(text: str) -> str:
    """The phonemes without pitch, gaps and devoicing; ei and ee are one sound, as ou and oo."""
    spoken = re.sub("[↑↓ .]", "", clean_all([text], ["japanese_cleaners"])[0]).replace("Q", "q").lower()
    return spoken.replace("ei", "ee").replace("ou", "oo")


@pytest.mark.parametrize("text", SOUND_CHANGES | OTHER_WORDS | READINGS)
def test_text_is_spoken_as_its_kana(text: str) -> None:
    kana = (SOUND_CHANGES | OTHER_WORDS | READINGS)[text]
    assert sounds(normalise(f"はい、{text}です", "ja")) == sounds(f"はい、{kana}です")


@pytest.mark.parametrize("number", DIALLED)
def test_every_group_of_a_telephone_number_is_spoken_digit_by_digit(number: str) -> None:
    groups = re.findall(r"\d+", number)
    digits = "の".join("".join(SAID[digit] for digit in group) for group in groups)
    spoken = sounds(normalise(f"電話は{number}です", "ja")).replace(
        "maru", "zero"
    )  # まる is a word for 0, too
    assert spoken == sounds(f"電話は{digits}です")


# here Open JTalk misreads the digits (14つ), or both readings are said (はたち and にじゅっさい)
DIGITS_DIFFER = {"つ", "つ目", "月", "月号", "票", "組", "人組", "分咲き", "分目", "次元", "拍子"}
DIGITS_DIFFER |= {"歳", "時間"}


@pytest.mark.parametrize("counter", sorted(set(COUNTERS) - DIGITS_DIFFER))
def test_kanji_before_a_counter_are_spoken_as_the_digits_are(counter: str) -> None:
    numbers = [*range(1, 13), 14, 20, 100]
    texts = [f"その{number}{counter}です" for number in numbers]
    assert [sounds(read(text)) for text in texts] == [sounds(text) for text in texts]


@pytest.mark.parametrize(
    ("number", "kanji"),
    [
        ("0", "零"),
        ("10", "十"),
        ("105", "百五"),
        ("1111", "千百十一"),
        ("10000", "一万"),
        ("10000000", "一千万"),
        ("100000000", "一億"),
        ("120003040", "一億二千万三千四十"),
    ],
)
def test_numbers_in_kanji(number: str, kanji: str) -> None:
    assert in_kanji(number) == kanji


def test_text_is_read_once_and_long_texts_in_time_by_their_length() -> None:
    lines = (Path(__file__).parent / "lines/ja.tsv").read_text(encoding="utf-8").splitlines()
    readings = [line.split("\t")[2] for line in lines]
    again = [(once, twice) for once in readings if (twice := read(once)) != once]
    assert not again
    for piece in ("1", "1-", "1,", "1.", "1/", "1:", "1×", "1万", "1 ", "〜", "V"):
        assert isinstance(read(piece * 20_000), str)
