"""Japanese numbers in kanji, so that the dictionary of Open JTalk adds the sound changes: 三本 is さんぼん.

A few pairs of number and counter are other words in kanji: 五分 is ごぶ and 百足 is むかで. Those keep their digits,
which Open JTalk reads as a number: 5分 is ごふん. The same holds before a kanji that is no counter known here.
"""

from __future__ import annotations

import re

# whole numbers only, never a part of their digits: otherwise long ones take time by the square of their length
NUMBER = r"(?<!\d)(?:\d{1,3}(?:,\d{3})++(?!\d)|\d++)(?:\.\d++)?"
QUANTITY = rf"(?:{NUMBER}[百千]?[万億兆]?)++"  # 1億2,000万, 1万2500
_PLAIN = re.compile(NUMBER)
_DIGITS = "零一二三四五六七八九"
_ONE_BY_ONE = str.maketrans("0123456789", "〇一二三四五六七八九")
_IN_DECIMALS = str.maketrans("0123456789", _DIGITS)
_IN_KATAKANA = ["ゼロ", "イチ", "ニー", "サン", "ヨン", "ゴー", "ロク", "ナナ", "ハチ", "キュー"]
_UNITS = ("", "十", "百", "千")
_MYRIADS = ("", "万", "億", "兆", "京")
_LONGEST = 4 * len(_MYRIADS)  # digits; longer numbers are read one by one
_KANJI = re.compile("[々\u3400-\u4dbf\u4e00-\u9fff]")

# counters that Open JTalk reads right after kanji
_COUNTER_WORDS = """
    本 人 日 年 月 時 分 秒 回 個 匹 階 杯 冊 歳 才 つ 頭 台 軒 件 着 足 泊 枚 号 番 位 円 倍 割 度 点 週 週間
    か月 ヶ月 ヵ月 ケ月 カ月 箇月 番目 時間 分間 日間 年間 曲 章 話 巻 区 丁目 番地 組 名 票 羽 通 袋 膳 戸 品
    口 字 句 席 箱 畳 班 便 編 歩 勝 敗 段 級 部 両 号車 番線 時限 年生 年度 年代 条 項 節 行 列 文字 種 種類 色
    社 店 棟 か国 カ国 ヶ国 か所 カ所 ヶ所 箇所 世 世紀 代 代目 人組 人前 日目 回目 個目 本目 枚目 つ目 週目
    年目 度目 期 面 体 隻 機 発 株 束 粒 滴 玉 輪 基 語 単位 科目 問 限 桁 拍子 周 周年 次 乗 連勝 連敗 得点 校
    局 試合 画 画面 か条 枚組 人制 か年 カ年 回戦 刷 号機 次元 段階 等 割引 ぶ 厘 点台 以上 以下 未満 前後 程度
    万 億 兆 百 千 分目 分咲き 月号 画素 本立て 平方 立方 米ドル 人民元 元 気圧 馬力 大会 引く 割る 秒速 億円
    打席 安打 点差 数人 数年 数回 弱 強 版
"""
COUNTERS = _COUNTER_WORDS.split()
COUNTER = r"分の(?=\d)|[分日年](?=間隔)|" + "|".join(sorted(COUNTERS, key=len, reverse=True))
_COUNTER = re.compile(COUNTER)
# what is another word in kanji, found by reading both forms of every counter with 1 to 111 and round numbers
_MISREAD_NUMBERS = (
    "分 2,5,8,9,10,12; 分の 5,9,20,30,40,50,60,70,80,90; 頭 8,9,1000; 軒 7,10,17; 足 4,100; 号 800; 番 110; "
    "位 4; 曲 7; 巻 8; 組 2; 名 100; 戸 4,8; 品 9,1000; 字 9; 歩 80; 勝 10; 段 9; 段階 9; 部 50,500; 条 4,7,17; "
    "節 5; 行 1,3,100; 文字 1,8,10,17,31; 種 6,7,1000; 色 5,8; 社 7; 世 3; 代 3,8,1000; 人前 2; つ目 3,4,8; "
    "面 2,4,8,16; 発 100; 束 100,1000; 玉 99; 輪 7,9; 科目 100; 周 4; 次 53,100; 月号 1,5; 歳 1000; 才 1000; "
    "百 8; 未満 800; 程度 800; 膳 3; 厘 7"
)
_MISREAD = {
    counter: set(map(int, numbers.split(",")))
    for counter, numbers in (entry.split(" ") for entry in _MISREAD_NUMBERS.split("; "))
}
_MISREAD["月"] = set(range(13, 32))
_MISREAD_ALONE = {4: ("だけ", "で"), 13: ("",), 99: ("",), 800: ("",), 40000: ("",)}
_ZERO_IS_REI = re.compile("[度点]")


def counter(text: str) -> str:
    """The counter that a text begins with; "" where it begins with none."""
    found = _COUNTER.match(text)
    return found[0] if found else ""


def one_by_one(digits: str) -> str:
    """Each digit by itself, as in telephone numbers: 090 is 〇九〇.

    九〇一二 is read as a quantity, きゅうせんじゅうに, unless a zero comes first; so it is written in katakana.
    A 〇 alone is a circle, which is not read at all.
    """
    if digits == "0" or ("0" in digits and digits[0] != "0"):
        return "".join(_IN_KATAKANA[int(digit)] for digit in digits)
    return digits.translate(_ONE_BY_ONE)


def in_kanji(digits: str) -> str:
    """A whole number: 105 is 百五, 10000000 is 一千万."""
    digits = digits.lstrip("0")
    if not digits:
        return _DIGITS[0]
    if len(digits) > _LONGEST:
        return one_by_one(digits)
    words = ""
    for place, end in enumerate(range(len(digits), 0, -4)):
        group = _group(digits[max(0, end - 4) : end], place > 0)
        words = (group + _MYRIADS[place] if group else "") + words
    return words


def _group(digits: str, before_myriad: bool) -> str:
    if before_myriad and digits == "1000":
        return "一千"
    words = ""
    for digit, unit in zip(digits, reversed(_UNITS[: len(digits)]), strict=True):
        if digit != "0":
            words += ("" if digit == "1" and unit else _DIGITS[int(digit)]) + unit
    return words


def quantity(text: str, after: str) -> str:
    """A match of QUANTITY in kanji, or in digits where kanji are misread before what comes after it."""
    if _PLAIN.fullmatch(text):
        return _plain(text.replace(",", ""), after)
    if text in ("4万", "8百") and not counter(after):  # しま and やお
        return text
    return _PLAIN.sub(_before_myriads, text)


def _before_myriads(found: re.Match[str]) -> str:
    """A number inside a longer one: 1000万 is 一千万."""
    number = found[0].replace(",", "")
    return "一千" if number == "1000" and found.end() < len(found.string) else _words(number)


def _plain(number: str, after: str) -> str:
    if "." in number:
        return _before_minutes(_words(number), after)
    if len(number) > 1 and number[0] == "0":
        return one_by_one(number)
    value = int(number) if len(number) <= _LONGEST else -1
    if value == 0:
        return "零" if _ZERO_IS_REI.match(after) else "れい" if after.startswith("時") else "ゼロ"
    return number if _is_misread(value, after) else in_kanji(number)


def _is_misread(value: int, after: str) -> bool:
    following = counter(after)
    if following:
        return value in _MISREAD.get(following, ())
    if _KANJI.match(after):
        return True
    return value in _MISREAD_ALONE and after.startswith(_MISREAD_ALONE[value])


def _words(number: str) -> str:
    whole, point, part = number.partition(".")
    return in_kanji(whole) + (point and "点") + part.translate(_IN_DECIMALS)


def _before_minutes(words: str, after: str) -> str:
    """二点五分 is にてんごぶ; 二点5分 is にてんごふん."""
    if counter(after) == "分" and words[-1] in "二五八九":
        return words[:-1] + str(_DIGITS.index(words[-1]))
    return words
