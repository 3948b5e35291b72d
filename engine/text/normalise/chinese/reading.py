"""Mandarin: numbers, dates, signs and abbreviations as they are read aloud, before the cleaners.

Most rules only write a sign or an abbreviation in words and leave the number beside it in digits; the last rule writes
the numbers (`chinese_numbers`). So -5°C becomes 零下5摄氏度, and then 零下五摄氏度. Latin letters stay: the cleaner
names them. Words of the rules are in simplified characters, whatever the text is in: only their sound matters.
"""

from __future__ import annotations

import re
import unicodedata

from engine.text.normalise.chinese.dates import DATES, RANGE, two_digits
from engine.text.normalise.chinese.numbers import NUMBER, QUANTITY, cardinal, quantity
from engine.text.normalise.chinese.tables import ALONE, CURRENCIES, MONEY_ALONE, POWERS, SIGNS, UNITS
from engine.text.normalise.chinese.words import DIALLED, HAN, WORDS
from engine.text.normalise.east_asian import currency_patterns
from engine.text.normalise.forms import one_form
from engine.text.normalise.rules import Found, Group, Rule, any_of, applied, is_drawn, rule
from engine.text.numerals.chinese import one_by_one


def own_form(text: str) -> str:
    """A wide comma between numbers ends a clause; it never groups their digits."""
    return one_form(re.sub("(?<=[0-9])，(?=[0-9])", ", ", text))


def read(text: str) -> str:
    """`text` with its numbers, signs and abbreviations in words."""
    if not _TO_READ.search(text):
        return text
    return applied(text, _GROUPS)


_ALL_SIGNS = re.escape("".join(SIGNS))
_ALL_MONEY = re.escape("".join(MONEY_ALONE))
_TO_READ = re.compile(rf"[\dA-Za-z№℡〒~～①-⑳¼-¾⅐-⅞₀-₉⁰⁴-⁹{_ALL_SIGNS}{_ALL_MONEY}]")
_MINUS = r"(?:(?<![A-Za-z\d%)-])-(?=\d))"

# --- one form of digits and spaces ----------------------------------------------------------------------------------


def _plain_digit(found: Found) -> str:
    return str(unicodedata.digit(found[0]))


_COMPARED = {"<": "小于", ">": "大于", "<=": "小于等于", ">=": "大于等于"}
_FORMS: list[Rule] = [
    rule(r"(?<!\d)0(?=[1-9]车)", ""),
    rule(r"(?![0-9])[\d₀-₉]", _plain_digit),
    rule(
        "⁻[⁰¹²³⁴-⁹]+|[⁰⁴-⁹][⁰¹²³⁴-⁹]*",
        lambda found: "^" + unicodedata.normalize("NFKC", found[0]).replace("\u2212", "-"),
    ),
    # else they are part of a tag or an arrow
    rule(r"(?<![<>=-])([<>]=?)(?= ?[-+¥$€£]?\d)", lambda found: _COMPARED[found[1]]),
    # writers who set numbers apart by spaces make no pause there
    rule(rf"(?<={HAN}) +(?=[-+¥$€£~#]?\d)|(?<=\d) +(?={HAN})", ""),
]

# --- money, units, shares -------------------------------------------------------------------------------------------


def _price(found: Found) -> str:
    """¥9.90 on a price tag is 九元九角; other amounts keep their point."""
    name, amount, last = CURRENCIES[found["sign"]], found["amount"], found["last"]
    minus = "负" if found["minus"] or found["less"] else ""
    if last:
        return f"{minus}{amount}到{last}{name}"
    whole, _, part = amount.partition(".")
    if name != "元" or len(part) != 2 or not part.isdigit():
        return f"{minus}{amount}{name}"
    return minus + _with_tenths(whole, part[0], part[1])


def _with_tenths(whole: str, tenth: str, hundredth: str) -> str:
    words = "" if whole == "0" else f"{whole}元"
    if tenth != "0":
        words += f"{tenth}角"
    elif hundredth != "0" and words:
        words += "零"
    return (words + (f"{hundredth}分" if hundredth != "0" else "")) or "0元"


def _price_behind(found: Found) -> str:
    return found["amount"] + CURRENCIES[found["sign"]]


def _measured(found: Found) -> str:
    """5kg is 五千克, 120km/h 每小时一百二十公里."""
    if found["unit"] == "s" and re.search(
        "[A-Za-z] ?$", found.string[max(0, found.start() - 2) : found.start()]
    ):
        return found[0]  # iPhone 5s
    amount, name = found["amount"], POWERS.get(found["power"] or "", "") + UNITS[found["unit"]]
    if found["per"] is None:
        return amount + name
    return f"每{POWERS.get(found['per_power'] or '', '')}{UNITS[found['per']]}{amount}{name}"


def _percent(found: Found) -> str:
    of = "百分之" if found["sign"] == "%" else "千分之"
    first = f"{of}{_share(found['first'])}到" if found["first"] else ""
    return f"{'负' if found['minus'] else ''}{first}{of}{_share(found['last'])}"


def _share(number: str) -> str:
    return "百" if number == "100" else number


def _fraction(found: Found) -> str:
    whole, part, of = found[1], int(found[2]), int(found[3])
    if part > of:
        return f"{whole} {part}比{of}" if whole else f"{part}比{of}"
    names = {100: "百", 1000: "千"}
    return f"{whole + '又' if whole else ''}{names.get(of) or cardinal(str(of))}分之{part}"


def _arc(found: Found) -> str:
    return f"{found[1]}度{two_digits(found[2].zfill(2))}分" + (f"{found[3]}秒" if found[3] else "")


_CURRENCY_SIGN, _CURRENCY_CODE = currency_patterns(CURRENCIES)
_UNIT = any_of(UNITS)
_POWER = f"[{''.join(POWERS)}]"
_FOURTH_G = "g(?:网|網|手机|手機|信号|时代|卡)"  # 4g网络
_DEGREES = "(?:°[CF]|度)"
_AMOUNTS: list[Rule] = [
    rule(r"(?<![\d./])(\d{1,3}\.\d)/(5|10|100)(?![\d./]| ?=)分?", r"\1分,满分\2分"),
    rule(r"(?:(?<![A-Za-z])(?:RMB|CNY) ?|人民币 ?(?=¥))¥?(?=\d)", "人民币¥"),
    rule(
        rf"(?P<minus>{_MINUS}|-(?=[^\d\s]))?(?:(?<![A-Za-z])|(?=[¥$€£₩₹₽฿₫₱₿¢]))"
        rf"(?P<sign>{_CURRENCY_SIGN}|(?:{_CURRENCY_CODE})) ?(?P<less>-)?(?P<amount>{QUANTITY})"
        rf"(?:{RANGE}(?:{_CURRENCY_SIGN})?(?P<last>{QUANTITY}))?元?",
        _price,
    ),
    rule(
        rf"(?P<amount>{QUANTITY}) ?(?P<sign>{_CURRENCY_SIGN}|(?:{_CURRENCY_CODE})(?![A-Za-z]))(?!\d)",
        _price_behind,
    ),
    rule(r"(?<=\d)\.00(?=元)", ""),
    rule(f"[{_ALL_MONEY}]", lambda found: MONEY_ALONE[found[0]]),
    rule(r"(?<![\d.])(\d{1,2})[kK](?=\+(?!\d))", r"\g<1>000"),
    rule(r"(?<=\d)(?:[wW](?=[人元块多粉]|用户)|w(?![A-Za-z]))", "万"),
    rule(r"(?<!\d)(\d++)'(\d\d)\"", lambda found: f"{found[1]}分{two_digits(found[2])}秒"),
    rule(r"(?<=\d[米秒])[1-9]\d(?![\d.])", lambda found: one_by_one(found[0])),  # 1米75
    rule(r"(?<!\d)(\d++)°(\d{1,2})'(?:(\d{1,2}(?:\.\d+)?)\")?", _arc),
    rule("[¼-¾⅐-⅞]", lambda found: " " + unicodedata.normalize("NFKC", found[0]).replace("\u2044", "/")),
    rule(
        rf"(?P<minus>{_MINUS})?(?:(?P<first>{NUMBER})%?{RANGE})?(?P<last>{NUMBER}) ?(?P<sign>[%‰])", _percent
    ),
    rule(rf"({QUANTITY}) ?[Ll]/100 ?km", r"每百公里\1升"),
    rule(
        r"(?<![\d./-])(?<!\d,)(?:(\d{1,6})[又 ])? ?(\d{1,4})/([2-9]|[1-9]\d{1,3})(?![\d/-]|[.,]\d)", _fraction
    ),
    rule(rf"{_MINUS}(?={NUMBER} ?(?:{_DEGREES} ?)?(?:[~～–—到至-] ?-?{NUMBER} ?)?{_DEGREES})", "零下"),
    rule(r"(?<=\d)h(?=\d{1,2} ?min)", "小时"),
    rule(
        rf"({QUANTITY} ?(?:{_UNIT}))/100 ?(g|m[lL])(?![A-Za-z])",
        lambda found: f"每100{UNITS[found[2]]}{found[1]}",
    ),
    rule(rf"({QUANTITY}) ?m/s(?:²|\^?2)(?!\d)", r"\1米每二次方秒"),
    rule(
        rf"(?P<amount>(?:{QUANTITY}{RANGE})?{QUANTITY}) ?(?!{_FOURTH_G})"
        rf"(?P<unit>{_UNIT})(?:(?<=m)(?P<power>{_POWER})(?!\d))?"
        rf"(?:/(?P<per>{_UNIT})(?:(?<=m)(?P<per_power>{_POWER}))?)?(?![A-Za-z\d])",
        _measured,
    ),
    rule("(?<=时速)每小时|(?<=時速)每小时", ""),
    rule(
        rf"(?<![A-Za-z\d])([kcm]?m)({_POWER})(?![A-Za-z\d])", lambda found: POWERS[found[2]] + UNITS[found[1]]
    ),
    rule(
        rf"(?<![A-Za-z\d/])(?:{any_of(ALONE)})(?:/(?:{_UNIT}))?(?![A-Za-z\d/])",
        lambda found: "每".join(UNITS[unit] for unit in found[0].split("/")),
    ),
    rule(rf"\d{HAN}{{1,2}}(?:/{HAN}{{1,2}}){{1,2}}", lambda found: found[0].replace("/", "每")),
    rule(
        rf"(?<=[元角])/({_UNIT})({_POWER})?(?![A-Za-z\d])",
        lambda found: f"每{POWERS.get(found[2] or '', '')}{UNITS[found[1]]}",
    ),
]

# --- ranges, scores, signs ------------------------------------------------------------------------------------------


def _span(found: Found) -> str:
    """1-2万 is 一万到两万, 3-5天 三到五天; falling numbers alone are a score."""
    first, last = found["first"], found["last"]
    if first.isdigit() and last.isdigit() and int(last[-_LONGEST:]) <= int(first[-_LONGEST:]):
        return f"{first}比{last}"
    return f"{first}{last[-1] if first[-1].isdigit() and last[-1] in '万萬亿億' else ''}到{last}"


def _power(found: Found) -> str:
    return f"的{'负' if '-' in found[0] else ''}{found[1]}次方"


def _equation(found: Found) -> str:
    return re.sub(r" ?([-+×*÷/=]) ?", lambda sign: _IN_EQUATION[sign[1]], found[0])


def _score(found: Found) -> str:
    return re.sub("[-:]", "比", found[0])


def _sign(found: Found) -> str:
    return found[0] if is_drawn(found.string, found.start()) else SIGNS[found[0]]


_LONGEST = 12
_IN_EQUATION = {"+": "加", "-": "减", "×": "乘以", "*": "乘以", "÷": "除以", "/": "除以", "=": "等于"}
_WON = (
    "(?=(?:的?(?:比分|成绩|优势))?(?:的|大|险|完|惜|小|逆转)?"
    "(?:胜|勝|负|負|赢|贏|输|輸|击败|擊敗|战胜|戰勝|领先|領先|落后|战平|平局|逆转|淘汰|力克|不敌|获胜|取胜|横扫))"
)
_SCORE = r"(?<![\d.:-])\d{1,3}[-:]\d{1,3}(?![\d:-]|\.\d)"
# before times of day: 21:15获胜 is a score
_SCORES: list[Rule] = [
    rule(rf"{_SCORE}\((?:{_SCORE}[、,] ?){{1,6}}{_SCORE}\)", _score),
    rule(rf"{_SCORE}(?=(?:[、,和] ?\d{{1,3}}[-:]\d{{1,3}}){{0,6}}{_WON})", _score),
    rule(
        rf"(?:(?<=以)|(?<=比分)|(?<=比分[是为為:])){_SCORE}(?:[、,和] ?{_SCORE}){{0,8}}(?![分为為~～])",
        _score,
    ),
    rule(r"(?<![\d.:-])\d{1,2}-0(?![\d.-])", _score),
]
_RANGES: list[Rule] = [
    rule(r"(?<!\d)(45|90|105|120)\+(\d{1,2})分钟?", lambda found: f"{found[1]}加{cardinal(found[2])}分钟"),
    rule(rf"{NUMBER}(?: ?[-+×*÷/] ?{NUMBER}){{1,20}} ?= ?(?=-?\d)", _equation),
    rule(r"(?<=\d) ?[:∶] ?(?=\d)", "比"),
    rule(rf"(?P<first>(?<![A-Za-z-]){QUANTITY}){RANGE}(?P<last>{QUANTITY})(?!-\d)", _span),
    rule(
        rf"(?<=\d)(?P<unit>{HAN}{{1,4}}){RANGE}(?=第?[零一二三四五六七八九十上下]?[\d一二三四五六七八九零十午])",
        r"\g<unit>到",
    ),
    rule(rf"(?<=\d){RANGE}(?=零下\d)", "到"),
    rule(rf"{RANGE}(?=次日|第二天|翌日)", "到"),
    rule(r"(?<=[一二三四五六七八九十日度点分])[~～](?=[周一二三四五六日七八九十零])", "到"),
    rule(r"(?<=\d) ?[×*xX] ?(?=\d)", "乘"),
    rule(r"(?<=[\d米寸分升克]) ?[×*] ?(?=\d)", "乘"),
]
_SIGNS: list[Rule] = [
    rule(r"(?<=[\dA-Za-z])\^-?(\d+)", _power),
    rule(r"(?<=\d)(?=[²³])", "的"),
    rule("[①-⑳]", lambda found: cardinal(unicodedata.normalize("NFKC", found[0]))),
    rule("(?<=[A-Za-z])#|#(?=号?键|號?鍵)", "井"),
    rule(r"#(\d++)", r"\1号"),
    rule(r"(?<=\d)#", "号"),
    rule(rf"#(?={HAN})|(?<={HAN})#", ""),  # marks a topic
    rule(r"(?<=[岁歲年天人元米级級号])\+(?!\d)", "以上"),
    rule(r"(?<=[A-Za-z])\+\+(?!\+)", "加加"),
    rule(r"(?<=\d)\+(?![\dA-Za-z+])", "多"),
    rule(r"(?<![\dA-Za-z+]) ?\+(?=\d)", "正"),
    rule(r"(?<=\d) ?- ?(?=\d)|(?<=\d)/(?=\d)", " "),
    rule(rf"{_MINUS}", "负"),
    rule(r"[~～] ?(?=\d)", "约"),
    rule(r"(?<=[A-Za-z\d])\.(?=(?:[a-z]{2,}|cn)\b)", "点"),
    rule(f"[{_ALL_SIGNS}]", _sign),
]

# --- the numbers themselves -----------------------------------------------------------------------------------------


def _number(found: Found) -> str:
    before = found["before"] or ""
    after = "" if before else found.string[found.end() : found.end() + 12]
    return before + quantity(found["number"], after)


_NUMBERS: list[Rule] = [
    rule(r"(?<=[A-Za-z]) (?=\d)", ""),
    rule(rf"(?P<before>[第A-Za-z])?(?P<number>{QUANTITY})", _number),
]
# in the order in which they are tried, each where a text has a sign that the group needs
_GROUPS: list[Group] = [
    (re.compile(r"[\d₀-₉⁰⁴-⁹]").search, _FORMS),
    (re.compile("[A-Za-z№℡〒]").search, WORDS),
    (re.compile(r"\d{3}|[-.]\d").search, DIALLED),
    (re.compile(r"\d[-:]\d").search, _SCORES),
    (re.compile(r"[·•]|[-/.:~～–—年月日号號时時点點分秒后AaPp]|\d{8}|(?:19|20)\d\d").search, DATES),
    (re.compile(rf"[A-Za-z/¼-¾⅐-⅞°%‰]|人民币|[-元'米秒]|{_CURRENCY_SIGN}").search, _AMOUNTS),
    (re.compile("[-~～–—:∶×*÷=xX+]").search, _RANGES),
    (re.compile(rf"[-①-⑳~～./^{_ALL_SIGNS}]").search, _SIGNS),
    (re.compile(r"\d").search, _NUMBERS),
]
