"""Which tones Mandarin syllables are spoken with: 一, 不, third tones before one another, and neutral tones.

The rules are those of textbooks (and of the Hanyu Pinyin orthography's notes on tone change): 不 rises before a
falling tone; 一 rises before a falling tone and falls before the others, unless it counts; a third tone rises
before a third tone, inside a word first, then between words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_DIGITS = frozenset("零〇一二三四五六七八九十")
# 一 keeps its tone after and before these: in numbers and dates, and where it ends a word (统一)
_COUNTS_AFTER = _DIGITS | frozenset("点百千万亿第周期拜初唯统之专逐单")
_COUNTS_BEFORE = _DIGITS | frozenset("月号日楼班")
# words whose second character has no tone, beside kin and verbs that are said twice; of three: their 不
_NEUTRAL_WORDS = (
    "朋友 先生 时候 喜欢 知道 认识 漂亮 事情 衣服 明白 眼睛 耳朵 豆腐 窗户 休息 学生 意思 告诉 打算 商量 "
    "麻烦 客气 干净 便宜 聪明 舒服 关系 月亮 钥匙 葡萄 萝卜 头发 嘴巴 脑袋 消息 困难 地方 师傅 大夫 丈夫 "
    "姑娘 暖和 热闹 故事 名字 晚上 早上"
)
_NEUTRAL_LAST = re.compile(
    r"([妈爸哥姐弟妹爷奶叔舅姑太宝星谢])\1|对不(?=起)|差不(?=多)|来不(?=及)|了不(?=起)|"
    + _NEUTRAL_WORDS.replace(" ", "|")
)
_THIRD, _RISING, _FALLING, _NEUTRAL = 3, 2, 4, 5


def spoken_tones(words: Sequence[str], tones: Sequence[int]) -> list[int]:
    """Tones after all changes.

    Args:
        words: a run of characters without marks, cut into words.
        tones: of every character: 1 to 4, 5 for neutral, 0 for a character without a reading.
    """
    text = "".join(words)
    changed = list(tones)
    ends = _word_ends(words)
    for place, character in enumerate(text):
        # dictionaries of phrases hold some of these tones changed already
        if character == "不":
            changed[place] = _FALLING
        elif character == "一":
            changed[place] = 1
    for found in _NEUTRAL_LAST.finditer(text):
        changed[found.end() - 1] = _NEUTRAL
    _third_tones(words, changed)
    for place, character in enumerate(text):
        if character == "不" and changed[place] != _NEUTRAL:
            changed[place] = _tone_of_not(text, place, changed)
        elif character == "一":
            changed[place] = _tone_of_one(text, place, changed, ends)
    return changed


def _word_ends(words: Sequence[str]) -> set[int]:
    """Places of the last characters of words of several characters."""
    ends, place = set(), 0
    for word in words:
        place += len(word)
        if len(word) > 1:
            ends.add(place - 1)
    return ends


def _is_between_twins(text: str, place: int) -> bool:
    return 0 < place < len(text) - 1 and text[place - 1] == text[place + 1]


def _tone_of_not(text: str, place: int, tones: Sequence[int]) -> int:
    if _is_between_twins(text, place):
        return _NEUTRAL  # 好不好
    return _RISING if place + 1 < len(text) and tones[place + 1] == _FALLING else _FALLING


def _tone_of_one(text: str, place: int, tones: Sequence[int], ends: set[int]) -> int:
    before, after = text[:place][-1:], text[place + 1 : place + 2]
    is_decimal = after == "点" and text[place + 2 : place + 3] in _DIGITS
    counts = before in _COUNTS_AFTER or after in _COUNTS_BEFORE or is_decimal
    if not after or place in ends or counts:
        return 1
    if _is_between_twins(text, place):
        return _NEUTRAL  # 看一看
    return _RISING if tones[place + 1] == _FALLING or after == "个" else _FALLING


def _third_tones(words: Sequence[str], tones: list[int]) -> None:
    """Inside each word in feet of two from its start, then from word to word."""
    place = 0
    starts = []
    for word in words:
        starts.append(place)
        for left in [*range(place, place + len(word) - 1, 2), *range(place, place + len(word) - 1)]:
            if tones[left] == tones[left + 1] == _THIRD:
                tones[left] = _RISING
        place += len(word)
    for start in starts[1:]:
        if tones[start - 1] == tones[start] == _THIRD:
            tones[start - 1] = _RISING
