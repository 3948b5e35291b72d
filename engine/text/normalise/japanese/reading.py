"""Japanese: numbers, dates, signs and abbreviations as they are read aloud, before Open JTalk.

Most rules only write a sign or an abbreviation in words and leave the number beside it in digits; the last rule writes
the numbers (`japanese_numbers`). So -5℃ becomes マイナス5度, and then マイナス五度.
"""

from __future__ import annotations

import re
import unicodedata

from engine.text.normalise.east_asian import currency_patterns, is_fraction, price
from engine.text.normalise.japanese.dialled import DIALLED, HYPHENED
from engine.text.normalise.japanese.numbers import (
    COUNTER,
    NUMBER,
    QUANTITY,
    counter,
    in_kanji,
    one_by_one,
    quantity,
)
from engine.text.normalise.japanese.tables import ALONE, CURRENCIES, ERAS, PER_TIME, POWERS, SIGNS, UNITS
from engine.text.normalise.japanese.words import WORDS
from engine.text.normalise.rules import Found, Group, Rule, any_of, applied, is_drawn, rule


def read(text: str) -> str:
    """`text` with its numbers, signs and abbreviations in words."""
    if not _TO_READ.search(text):
        return text
    return applied(text, _GROUPS)


_KANJI_DIGITS = "〇一二三四五六七八九"
_TO_DIGITS = str.maketrans(_KANJI_DIGITS, "0123456789")
_ALL_SIGNS = re.escape("".join(SIGNS))
_TO_READ = re.compile(
    rf"[\dA-Za-z〇○◯〆〒℡№～〜①-⑳¼-¾⅐-⅞²³▲△・→{_ALL_SIGNS}¥$€£₩฿₫₹₽₱₿¢]"
    rf"|[{_KANJI_DIGITS}]{{4}}年|\([株有財社学医独代]\)"
)
_RANGE = r"\s?[~〜–—]\s?"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MINUS = r"(?:(?<![A-Za-z\d)])-)"

# --- numbers in kanji digits, and circles ---------------------------------------------------------------------------


def _as_digits(found: Found) -> str:
    return found[0].translate(_TO_DIGITS)


_MEASURED_NEXT = "(?:[%倍度割億万]|パー|キロ|メー|ポイ)"
_KANJI_NUMBERS: list[Rule] = [
    rule(r"(?<!\d)(\d{1,2})・(\d{1,2})(?=事件)", lambda found: one_by_one(found[1] + found[2])),
    rule(rf"(?<![{_KANJI_DIGITS}])[○◯〇]{{2,}}(?![{_KANJI_DIGITS}])", lambda found: "まる" * len(found[0])),
    rule(rf"(?<=[{_KANJI_DIGITS}十百千])・(?=[{_KANJI_DIGITS}]+{_MEASURED_NEXT})", "点"),
    rule(f"[一二三四五六七八九][{_KANJI_DIGITS}]{{3}}(?=年)", _as_digits),
    rule(
        f"[一二三四五六七八九][一二三四五六七八九]*〇[{_KANJI_DIGITS}]*(?=[年月日人円歳個本回度号%])",
        _as_digits,
    ),
    rule(rf"(?<=\d)・(?=\d+{_MEASURED_NEXT})", "."),
]

# --- dates and times ------------------------------------------------------------------------------------------------


def _full_date(found: Found) -> str:
    return f"{int(found['year'])}年{int(found['month'])}月{int(found['day'])}日"


def _month_and_day(found: Found) -> str:
    return f"{int(found[1])}月{int(found[2])}日"


def _day_or_share(found: Found) -> str:
    return found[0] if is_fraction(found) else _month_and_day(found)


def _weekdays(found: Found) -> str:
    names = {"祝": "祝日", "休": "休日"}
    return re.sub("[日月火水木金土祝休]", lambda day: names.get(day[0], day[0] + "曜日"), found[0])


def _half(written: str | None) -> str:
    return {"a": "午前", "p": "午後"}.get((written or "")[:1].lower(), "")


def _clock(found: Found) -> str:
    minutes, seconds = int(found["minute"]), found["second"]
    words = f"{_half(found['before'] or found['after'])}{int(found['hour'])}時"
    if minutes or seconds:
        words += f"{minutes}分"
    return words + (f"{int(seconds)}秒" if seconds else "")


_AM_PM = r"[AaPp]\.?[Mm]\.?"
_ERA_NAME = "|".join(ERAS.values())
_NOT_IN_DATE = r"(?<![\d./-])"
_DATES: list[Rule] = [
    rule(
        rf"{_NOT_IN_DATE}(?P<year>\d{{4}})(?P<sign>[/.-])(?P<month>{_MONTH})(?P=sign)(?P<day>{_DAY})(?![\d/-]|\.\d)",
        _full_date,
    ),
    rule(
        rf"(?<![A-Za-z])(?P<era>[MTSHR])(?P<year>\d{{1,2}})[./](?P<month>{_MONTH})[./](?P<day>{_DAY})(?![\d/]|\.\d)",
        lambda found: ERAS[found["era"]] + _full_date(found),
    ),
    rule(
        rf"(?P<era>{_ERA_NAME})(?P<year>\d{{1,2}})[./](?P<month>{_MONTH})[./](?P<day>{_DAY})(?![\d/]|\.\d)",
        lambda found: found["era"] + _full_date(found),
    ),
    rule(r"(?<![A-Za-z])([MTSHR])(?=(?:\d{1,2}|元)年)", lambda found: ERAS[found[1]]),
    rule(
        rf"{_NOT_IN_DATE}((?:19|20)\d\d)/({_MONTH})(?![\d/])", lambda found: f"{found[1]}年{int(found[2])}月"
    ),
    rule(rf"{_NOT_IN_DATE}((?:19|20)\d\d)[-/](\d\d)(?=シーズン|年度|年)", r"\1から\2"),
    rule(
        rf"{_NOT_IN_DATE}({_MONTH})/({_DAY})(?= ?\([日月火水木金土]|{_RANGE}{_MONTH}/{_DAY}(?!\d)| \d{{1,2}}[:時])",
        _month_and_day,
    ),
    rule(rf"(?<=[日月][から~〜–—])({_MONTH})/({_DAY})(?![\d/])", _month_and_day),
    rule(rf"{_NOT_IN_DATE}({_MONTH})/({_DAY})(?![\d/-]|\.\d|\s?[A-Za-z%])", _day_or_share),
    rule(r"(?<=\d日) ?\([日月火水木金土](?:[・,/][日月火水木金土祝休])*\)", _weekdays),
    rule("([日月火水木金土])[~〜]([日月火水木金土])(?![一-鿿])", r"\1曜から\2曜"),
    rule(r"'(?=\d\d年)", ""),
    rule(
        r"(?<![\d:])(\d{1,2}):([0-5]\d):([0-5]\d)(?=の(?:[世大]?[^\d、。]{0,4})?(?:記録|タイム)|で完走|でゴール)",
        lambda found: f"{int(found[1])}時間{int(found[2])}分{int(found[3])}秒",
    ),
    rule(r"(?<!\d)(\d):(\d\d)\.(\d+)(?!\d)", lambda found: f"{found[1]}分{found[2]}秒{one_by_one(found[3])}"),
    rule(
        rf"(?<![\d:.,])(?:(?<![A-Za-z])(?P<before>{_AM_PM}) ?)?(?P<hour>[01]?\d|2\d):(?P<minute>[0-5]\d)"
        rf"(?::(?P<second>[0-5]\d))?(?![\d:])(?: ?(?P<after>{_AM_PM})(?![A-Za-z]))?",
        _clock,
    ),
    rule(rf"(?<![A-Za-z])({_AM_PM}) ?(?=\d{{1,2}}時)", lambda found: _half(found[1])),
    rule(rf"(?<![\d:.,])(\d{{1,2}}) ?({_AM_PM})(?![A-Za-z])", lambda found: f"{_half(found[2])}{found[1]}時"),
    rule(r"(?<!\d)0+(?=[1-9]\d?[月日時分秒])|(?<!\d)0+(?=0[時分秒])", ""),
]

# --- money, units, shares -------------------------------------------------------------------------------------------


def _price(found: Found) -> str:
    return price(found, CURRENCIES, minus="マイナス", gap="")


def _measured(found: Found) -> str:
    amount, unit, named, per = found["amount"], found["unit"], found["named"] or "", found["per"]
    if found["fahrenheit"]:
        return f"カ氏{amount}度"
    name = POWERS.get(found["power"] or "", "") + UNITS[unit]
    if per is None:
        return named + amount + name
    if per in PER_TIME and unit in ("km", "m", "cm", "mm"):
        return (named or PER_TIME[per]) + amount + name  # 風速15m/s is 風速15メートル
    return f"{named}{amount}{name}パー{POWERS.get(found['per_power'] or '', '')}{UNITS.get(per, '秒')}"


def _fraction(found: Found) -> str:
    whole = f"{found[1]}と" if found[1] else ""
    return f"{whole}{found[3]}分の{found[2]}"


def _batting(found: Found) -> str:
    """打率.312 is 三割一分二厘."""
    parts = zip(found[2], "割分厘", strict=True)
    return found[1] + "".join(digit + unit for digit, unit in parts if digit != "0")


def _arc(found: Found) -> str:
    return f"{found[1]}度{found[2]}分" + (f"{found[3]}秒" if found[3] else "")


_CURRENCY_SIGN, _CURRENCY_CODE = currency_patterns(CURRENCIES)
_UNIT = any_of(UNITS)
_POWER = f"[{''.join(POWERS)}]"
_AMOUNTS: list[Rule] = [
    rule(r"(?<![\d./])(\d{1,3}\.\d)/(5|10|100)(?![\d./]| ?=)点?", r"\2点満点中\1点"),
    rule(r"(?<![\d.,])(\d{1,4}回)/分", r"毎分\1"),
    rule(r"(打率[はが]?)0?\.([1-9]\d\d)(?!\d)", _batting),
    rule(r"(血圧[はが]? ?\d{2,3})/(?=\d{2,3}(?![\d/]))", r"\1の"),
    rule(
        rf"(?P<minus>{_MINUS})?(?P<sign>{_CURRENCY_SIGN}|(?<![A-Za-z])(?:{_CURRENCY_CODE})) ?"
        rf"(?P<amount>{QUANTITY})(?:円|-(?!\d))?",
        _price,
    ),
    rule(
        rf"(?P<minus>{_MINUS})?(?P<amount>{QUANTITY}) ?(?P<sign>€|¢|£|\$|(?:{_CURRENCY_CODE})(?![A-Za-z]))",
        _price,
    ),
    rule(_CURRENCY_SIGN, lambda found: CURRENCIES[found[0]][0]),
    rule(r"(\d+)°(\d{1,2})'(?:(\d{1,2}(?:\.\d+)?)\")?", _arc),
    rule("[¼-¾⅐-⅞]", lambda found: " " + unicodedata.normalize("NFKC", found[0]).replace("\u2044", "/")),
    rule(
        r"(?<![\d./-])(?<!\d,)(?:(\d+)[と ])? ?(\d{1,3})/([2-9]|[1-9]\d{1,3})"
        r"(?!\s?[A-Za-z]{2})(?![\d/-]|[.,]\d)",
        _fraction,
    ),
    rule(
        rf"(?P<named>時速|秒速|分速|風速)?(?P<amount>(?:{QUANTITY}[〜~])?{QUANTITY}) ?(?P<unit>{_UNIT})"
        rf"(?:(?<=m)(?P<power>{_POWER})(?!\d)|(?<=°)(?P<fahrenheit>F))?"
        rf"(?:/(?P<per>{_UNIT}|s)(?:(?<=m)(?P<per_power>{_POWER}))?)?(?![A-Za-z\d])",
        _measured,
    ),
    rule(
        rf"(?<![A-Za-z\d])([kcm]?m)({_POWER})(?![A-Za-z\d])", lambda found: POWERS[found[2]] + UNITS[found[1]]
    ),
    rule(rf"(?<![A-Za-z\d])(?:{any_of(ALONE)})(?![A-Za-z\d])", lambda found: UNITS[found[0]]),
    rule(r"(?<=\d)分の(?=\d+拍子)", "ぶんの"),  # 四分 before 拍子 is よんぷん
    rule(r"(?<=割)(\d)分(?:(\d)厘)?", lambda found: f"{found[1]}ぶ" + (f"{found[2]}厘" if found[2] else "")),
]

# --- ranges, scores, signs ------------------------------------------------------------------------------------------


def _span(found: Found) -> str:
    """3〜5人 is 三人から五人: the counter is said twice, a unit in katakana once."""
    first, second, order = found["first"], found["second"], found["order"] or ""
    unit = counter(found.string[found.end() :])
    if second[-1] in "万億兆" and first[-1].isdigit():
        first += second[-1]
    repeated = unit if unit not in ("分の", "以上", "以下", "程度") else ""
    return f"{order}{first}{repeated}から{order}{second}"


def _sign(found: Found) -> str:
    return found[0] if is_drawn(found.string, found.start()) else SIGNS[found[0]]


_SET = r"\d{1,2}-\d{1,2}(?:\(\d{1,2}\))?"
_WON = "(?=(?:で|の)?(?:勝|敗|負|快勝|辛勝|圧勝|完勝|下|破|リード|引き分け|同点|逆転|先勝|惜敗|大勝|完敗|スコア))"
# 足す after a number is read as the counter 足
_EQUATION = {"+": "たす", "-": "引く", "×": "かける", "*": "かける", "÷": "割る", "/": "割る", "=": "は"}


def _sets(found: Found) -> str:
    return re.sub("[-:]", "たい", found[0].replace(" ", ""))


_RANGES: list[Rule] = [
    rule(rf"(?<![\d.-]){_SET}(?:[、,] ?{_SET}){{1,4}}{_WON}", _sets),
    rule(
        r"(?:(?<=カウント)|(?<=スコア)|(?<=スコアは))\d{1,2}-\d{1,2}"
        r"(?:\(\d{1,2}-\d{1,2}(?:[、,] ?\d{1,2}-\d{1,2}){0,6}\))?(?![\d-])",
        _sets,
    ),
    rule(r"(?<![\d:.,])\d{1,3}(?: ?: ?\d{1,3}){2,9}(?![\d:])", _sets),
    rule(rf"(?<![\d.-])(\d+)-(\d+){_WON}", r"\1たい\2"),  # 対 between numbers is つい
    rule(r"(?<![A-Za-z\d./-])(\d{1,2}-0|0-\d{1,2})(?![\d./-])", lambda found: found[0].replace("-", "たい")),
    rule(r"(?<=\d)対(?=\d)", "たい"),
    rule(r"(?<![\d:.,])(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)(?![\d:])", r"\1たい\2"),
    rule(
        rf"{NUMBER}(?: ?[-+×÷*/] ?{NUMBER}){{1,20}} ?= ?(?=-?\d)",
        lambda found: re.sub("[-+×÷*/=]", lambda sign: _EQUATION[sign[0]], found[0].replace(" ", "")),
    ),
    rule(r"(?<=[\dァ-ヺー円個本人枚]) ?× ?(?=\d)", "かける"),
    rule(r"(?<=\d) ?÷ ?(?=\d)", "割る"),
    rule(rf"(?P<order>第)?(?P<first>{QUANTITY}){_RANGE}第?(?P<second>{QUANTITY})", _span),
    rule(
        rf"(?P<order>ページの?)?(?P<first>(?<![A-Za-z\d.-]){NUMBER})-(?P<second>{NUMBER})(?![\d-])(?=[一-鿿つァ-ヶ])",
        _span,
    ),
    rule(rf"(?<=ページ)({NUMBER})-({NUMBER})(?![\d-])", r"\1から\2"),
    rule(
        rf"(\d(?:{COUNTER}|[ァ-ヺー]+))(?:{_RANGE}|(?<=[時分日月年])-)(?=(?:第|午前|午後|マイナス|[-+])?\d)",
        r"\1から",
    ),
    rule(r"(?<=[一二三四五六七八九十])[~〜](?=[一二三四五六七八九十])", "から"),
    rule(r"(?<=[\d%円度人名点位個件ト]) ?→ ?(?=\d)", "から"),
    rule(r"(?<=\d[時分日月年円人歳度個名階])[~〜](?=あ|[\s、。)」]|$)", "から"),
    rule(
        r"(?<=[一-鿿])[~〜](?=[一-鿿]{1,4}間)|(?<=月[初末])[~〜](?=\d)|(?<=月[上中下]旬)[~〜](?=\d)", "から"
    ),
    rule(r"(?<![A-Za-z\d./-])(\d+)-(\d+)(?![\d/-]|\.\d)", r"\1の\2"),
]
_POWER_NAMES = {"²": "の二乗", "³": "の三乗"}
_SIGNS: list[Rule] = [
    rule("[①-⑳]", lambda found: f"まる{in_kanji(unicodedata.normalize('NFKC', found[0]))}"),
    rule(rf"{_MINUS}(?=\d)|[▲△](?=\d)", "マイナス"),
    rule(r"[≧≥] ?(\d+)", r"\1以上"),
    rule(r"[≦≤] ?(\d+)", r"\1以下"),
    rule(r"(?<=\d)\^(\d+)", r"の\1乗"),
    rule("[²³]", lambda found: _POWER_NAMES[found[0]]),
    rule(r"(?<=[A-Za-z])\+\+(?!\+)", "プラスプラス"),
    rule(r"(?<=\d) ?< ?(?=\d)", "小なり"),
    rule(r"(?<=\d) ?> ?(?=\d)", "大なり"),
    rule(f"[{_ALL_SIGNS}]", _sign),
]

# --- the numbers themselves -----------------------------------------------------------------------------------------


def _number(found: Found) -> str:
    after = found.string[found.end() : found.end() + 6]
    is_name = found["letter"] and len(found["number"]) == 1  # A4, B5: Open JTalk knows them
    if is_name or re.match("[A-Za-z]", after):
        return found[0]
    return (found["letter"] or "") + quantity(found["number"], after)


def _piece(found: Found) -> str:
    return ("ひと" if found[1] == "1" else "ふた") + "かけ"


_NUMBERS: list[Rule] = [
    rule(r"(?<=\d秒)(\d\d)(?![\d.:])(?!秒|分)", lambda found: one_by_one(found[1])),
    rule(r"(?<!\d)([12])(?:かけ(?![てたるられろ])|(?<=[くがク姜ーズ]\d)片)", _piece),
    rule(rf"(?<=\d) +(?={COUNTER})", ""),
    rule(rf"(?P<letter>[A-Za-z])?(?P<number>{QUANTITY})", _number),
]
# in the order in which they are tried, each where a text has a sign that the group needs
_GROUPS: list[Group] = [
    (re.compile(f"[○◯〇・]|[{_KANJI_DIGITS}]{{4}}年").search, _KANJI_NUMBERS),
    (re.compile("[A-Za-z(〆〒℡№]").search, WORDS),
    (re.compile(r"[+#]|0\d|番号|内線|コード|パスワード|ID|ISBN|桁|普通|当座").search, DIALLED),
    (re.compile(r"[-/.:'(~〜–—MTSHRAaPp]|0\d").search, _DATES),
    (re.compile("[-.]").search, HYPHENED),
    (re.compile(rf"[A-Za-z/¼-¾⅐-⅞°%‰割拍率]|{_UNIT}|{_CURRENCY_SIGN}").search, _AMOUNTS),
    (re.compile("[-~〜–—:×÷=→対]").search, _RANGES),
    (re.compile(f"[-①-⑳▲△≧≥≦≤^²³<>{_ALL_SIGNS}]").search, _SIGNS),
    (re.compile(r"\d").search, _NUMBERS),
]
