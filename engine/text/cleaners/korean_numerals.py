"""Spaces that are written between a Korean numeral and what it counts, and that no speaker pauses at.

십 분 is said as one word, [십뿐], 백 원 as [배권]; so are the parts of one number, as 만 육천 and 삼 점 일.
"""

from __future__ import annotations

import re

from engine.text.normalise.korean.numbers import AMOUNT, NATIVE
from engine.text.normalise.korean.tables import CURRENCIES, UNITS
from engine.text.normalise.rules import any_of

_TENS = "열|스물|서른|마흔|쉰|예순|일흔|여든|아흔"
_ONES = "한두|두세|서너|네다섯|대여섯|예닐곱|일고여덟|여덟아홉|한|두|세|네|석|넉|다섯|여섯|일곱|여덟|아홉"
_DIGIT, _SCALE = "영공일이삼사오육칠팔구", "만억조경"
_SINO = f"[{_DIGIT}십백천{_SCALE}]+"
_NAMES = {*UNITS.values(), *(name for name, _ in CURRENCIES.values())}
_UNITS = any_of(name for name in _NAMES if len(name) > 1)  # the others begin many words
# what the normaliser joins with its number, and writers set apart
_OTHERS = "년(?!도)|개월|인분|쪽|층(?!계)|호(?!텔|수|남|주|박)|회(?!사|의|원|장|복|전|담)"
_COUNTED = f"(?:{NATIVE}|{AMOUNT}|{_UNITS}|{_OTHERS})"
_SPACE = re.compile(
    rf"(?<![가-힣])(?:{_SINO}|(?:{_TENS})(?:{_ONES})?|{_ONES}|스무)여? (?={_COUNTED})"
    rf"|(?<![가-힣])[{_DIGIT}십백천]+[{_SCALE}] (?=[{_DIGIT}십백천]+[{_SCALE}]? )|(?<![가-힣])만 (?=[{_DIGIT}])"
    rf"|(?<=[{_DIGIT}십백천만] )점 (?=[{_DIGIT}])"
)
# the Standard Pronunciation, 15: before a word of its own a final consonant is spoken as at the end of a word
_FINAL = str.maketrans("섯덟", "섣덜")


def joined(text: str) -> tuple[str, list[int]]:
    """`text` without those spaces, and where they stood in it; all that is left keeps its number of characters."""
    places: list[int] = []
    parts: list[str] = []
    start = 0
    for found in _SPACE.finditer(text):
        parts += text[start : found.start()], found[0][:-1].translate(_FINAL)
        start = found.end()
        places.append(start - 1)
    return "".join(parts) + text[start:], places


def apart(text: str, places: list[int]) -> str:
    """A text that was joined, with the spaces at their places again."""
    parts: list[str] = []
    start = 0
    for removed, place in enumerate(places):
        parts.append(text[start : place - removed])
        start = place - removed
    return " ".join((*parts, text[start:]))
