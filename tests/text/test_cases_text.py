"""Troubles with text that users of this family reported, each test named after one.

The normaliser reads them before the cleaner. 090-1234-5678 is in test_japanese_reading.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.languages import find
from engine.text.cleaners.registry import clean_all
from engine.text.normalise import normalise
from engine.text.preprocess import preprocess

READINGS = {
    "half-width katakana with voice marks": ("ja", {"ｶﾞｷﾞｸﾞ": "ガギグ", "ｺｰﾋｰ": "コーヒー"}),
    "6월, 10월": ("ko", {"6월": "유월", "10월": "시월"}),
    "010-1234-5678로 (a particle follows)": ("ko", {"010-1234-5678로": "공일공 일이삼사 오육칠팔로"}),
    "4개국": ("ko", {"4개국": "사개국"}),
    "1.5배, ₩5,000, 1/2, 3~4명, -5도": (
        "ko",
        {
            "1.5배": "일 점 오 배",
            "₩5,000": "오천 원",
            "1/2": "이분의 일",
            "3~4명": "서너 명",
            "-5도": "영하 오 도",
        },
    ),
    "£5.50, $49.95, 5°C, 1½": (
        "en",
        {
            "£5.50": "five pounds fifty",
            "$49.95": "forty-nine dollars ninety-five",
            "5°C": "five degrees Celsius",
            "1½": "one and a half",
        },
    ),
    "3. Platz, 1985, Dr., 10 km/h": (
        "de",
        {
            "3. Platz": "dritter Platz",
            "1985": "neunzehnhundertfünfundachtzig",
            "Dr. Weiß": "Doktor Weiß",
            "10 km/h": "zehn Kilometer pro Stunde",
        },
    ),
    "￥100": ("zh", {"￥100": "一百元"}),
}


@pytest.mark.parametrize("row", READINGS)
def test_a_text_is_read_as_people_read_it(row: str) -> None:
    language, readings = READINGS[row]
    assert {text: normalise(text, language) for text in readings} == readings


@pytest.mark.parametrize(
    ("text", "spoken"), {"16일": "심뉴길", "26만": "이심늉만", "육이오": "유기오"}.items()
)
def test_sixteen_is_pronounced_with_its_n(text: str, spoken: str) -> None:
    said, spelt = clean_all([text], ["korean_pronounced_cleaners"]) + clean_all([spoken], ["korean_cleaners"])
    assert said == spelt


@pytest.mark.parametrize("sign", ["㈱", "㎞", "₩", "￥", "$"])
@pytest.mark.parametrize("language", ["en", "de", "ko", "ja", "zh", "fr", "es", "it", "pt", "nl", "pl"])
def test_a_sign_is_read_or_named(sign: str, language: str, tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    text = {"ko": "값은 {} 이다", "ja": "それは{}です", "zh": "那是{}吗"}.get(language, "one {} two")
    path.write_text(f"a.wav|{text.format(sign)}\nb.wav|{text.format('')}\n", encoding="utf-8")
    spoken = find(language)
    (report,) = preprocess(
        [path], cleaners=(f"normalise:{spoken.normaliser}", spoken.cleaner), any_language=True
    )
    lines = [line.split("|")[1] for line in report.target.read_text(encoding="utf-8").splitlines()]
    assert len(lines[0]) > len(lines[1]) or sign in report.unread or set(report.unread) & set("株式会社")
