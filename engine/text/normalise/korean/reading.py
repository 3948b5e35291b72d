"""Korean: numbers, dates, signs and abbreviations as they are read aloud, before the Korean cleaners.

Most rules only write a sign or an abbreviation in words and leave the number beside it in digits; the last rule writes
the numbers (`korean_numbers`). So 100km/h becomes 시속 100 킬로미터, and then 시속 백 킬로미터.
"""

from __future__ import annotations

import re
import unicodedata

from engine.text.normalise.korean.amounts import AMOUNTS, CURRENCY_SIGN, UNIT
from engine.text.normalise.korean.dates import DATES
from engine.text.normalise.korean.numbers import (
    COUNTED,
    NATIVE,
    NUMBER,
    QUANTITY,
    about,
    counted,
    number,
    one_by_one,
    quantity,
    sino,
    span,
    takes_native,
)
from engine.text.normalise.korean.tables import GREAT, NUMBERED_BY, SIGNS, VEHICLES
from engine.text.normalise.korean.words import SPELT, WORDS
from engine.text.normalise.rules import Found, Group, Rule, applied, rule
from engine.text.numerals.korean import has_coda


def read(text: str) -> str:
    """`text` with its numbers, signs and abbreviations in words."""
    if not _TO_READ.search(text):
        return text
    text = _OTHER_DIGIT.sub(lambda found: str(int(found[0])), text)
    return applied(text, _GROUPS)


_OTHER_DIGIT = re.compile(r"[^\D0-9]")  # of other scripts
_ALL_SIGNS = re.escape("".join(SIGNS))
_TO_READ = re.compile(rf"[\dA-Za-z①-⑳¼-¾⅐-⅞²³=/№(~〜∼–—{_ALL_SIGNS}¥$€£₩฿₫₹₽₱₿¢]")
_ORDER = "(?<![가-힣])제 ?"  # 제3장, while 어제 and 실제 are words
_NOT_ORDER = "(?<!(?<![가-힣])제)(?<!(?<![가-힣])제 )"
_TO = r"\s?[~〜∼–—]\s?"

# --- numbers that are read digit by digit ---------------------------------------------------------------------------


def _groups(found: Found) -> str:
    """The groups of a telephone number, with a pause between them."""
    plus = "플러스 " if found[0].startswith("+") else ""
    return plus + " ".join(map(one_by_one, re.findall(r"\d+", found[0])))


def _pair(found: Found) -> str:
    """1588-1234 is dialled, 1939-1945 is a span of years."""
    first, second = found[1], found[2]
    if len(first) == 4 and 1000 <= int(first) < int(second) < 2100:
        return f"{first}에서 {second}"
    return f"{one_by_one(first)} {one_by_one(second)}"


def _dotted(found: Found) -> str:
    """A version or an address: 2.0.1 is 이 점 영 점 일."""
    return " 점 ".join(map(sino, found[0].split(".")))


def _book_number(found: Found) -> str:
    return "ISBN " + " ".join(map(one_by_one, found[1].split("-")))


_DIALLED: list[Rule] = [
    rule(r"ISBN(?:-1[03])?[: ]{0,2}(\d[\d-]{8,15}[\dX])(?![\dA-Za-z-])", _book_number),
    rule(r"\+\d{1,3}[- ]\(?\d{1,4}\)?[- ]\d{1,4}[- ]\d{3,4}(?!\d)", _groups),
    rule(r"(?<![\d.-])\(?0\d{1,3}(?:\) ?|[-. ])\d{3,4}[-. ]\d{4}(?![\d-])", _groups),
    rule(r"(?<!\d)0\d{8,10}(?!\d)", _groups),
    rule(r"(?<![\d-])\d{5,}-\d{5,}(?![\d-])", _groups),
    rule(r"(?<![\d,])(?:386|486|586|7080|[2-5]0[3-6]0)(?= ?세대)", _groups),
    rule(
        r"((?:번호|코드)[은는이가: ]{0,3})(\d{3,}(?:-\d{1,12}){1,4})(?![\d,.-])",
        lambda found: found[1] + " ".join(map(one_by_one, found[2].split("-"))),
    ),
    rule(
        r"((?:번호|내선|코드|비번|아이디|국번 없이|사서함|[끝뒷앞]자리)[은는이가: ]{0,3})"
        r"(\d{3,})(?![\d,.-]|명|개|건|원)",
        lambda found: found[1] + one_by_one(found[2]),
    ),
    rule(
        r"(?<![\d.,-])(11[2349]|120)(?=(?:에|로| ?(?:구급|구조|신고|상황|대원|소방|종합|센터|안전))(?![가-힣]?[만억]))",
        _groups,
    ),
]
_HYPHENED: list[Rule] = [
    rule(r"(?<![\d.-])\d{1,3}(?:\.\d{1,3}){2,}(?![\d-]|\.\d)", _dotted),
    rule(r"(?<![A-Za-z\d.-])\d+(?:-\d+){2,}(?![\d-]|\.\d)", _groups),
    rule(r"(?<![A-Za-z\d.-])(\d{3,4})-(\d{4})(?![\d년-]|\.\d| ?(?:호|번지|동|실))", _pair),
]

# --- ranges, scores, equations --------------------------------------------------------------------------------------

_WON = (
    "(?= ?(?:으?로 (?:이|졌|진|끝|승|비|앞|뒤|역전|패|제압|꺾|무)|"
    "승(?!강|객|용|차|무원|진|합|인|선)|패|무승부|역전|완승|대승|압승|신승))"
)
_SET = r"\d{1,2}-\d{1,2}(?:\(\d{1,2}\))?"
_EQUATION = {"+": "더하기", "-": "빼기", **dict.fromkeys("×*x", "곱하기"), **dict.fromkeys("÷/", "나누기")}


def _versus(found: Found) -> str:
    return f"{number(found[1])} 대 {number(found[2])}"


def _equation(found: Found) -> str:
    """3+5=8 is 삼 더하기 오는 팔."""
    words = re.sub(
        rf"({NUMBER}) ?([-+×x*÷/]?) ?",
        lambda part: f"{number(part[1])} {_EQUATION.get(part[2], '')} ",
        found["left"],
    )
    words = " ".join(words.split())
    return words + (("은 " if has_coda(words) else "는 ") if found["equals"] else " ")


def _score_or_sum(found: Found) -> str:
    return " ".join((number(found[1]), _EQUATION[found[2]], number(found[3])))


def _neighbours(found: Found) -> str:
    """3,4명 is 3~4명."""
    first, second = found[1] or found[3], found[2] or found[4]
    return f"{first}~{second}" if int(second) == int(first) + 1 else found[0]


def _native_span(found: Found) -> str:
    first, second, counter = found["first"], found["second"], found["native"]
    if int(first) >= int(second):
        return f"{sino(first)} 다시 {sino(second)}{counter}"
    return span(first, second, counter)


def _many_span(found: Found) -> str:
    """1~2만 is 1만에서 2만; 10~20% names the unit once."""
    first, second = found["first"], found["second"]
    if "-" in found[0] and float(first.replace(",", "")) >= float(second.replace(",", "")):
        return f"{first} 다시 {second}"
    if second[-1] in "만억조" and first[-1].isdigit():
        first += second[-1]
    if found["order"]:
        return f"{found['order']}{first}에서 {found['order']}{second}"
    return f"{first}에서 {second}"


_ORDERED = "위|등(?!장|산)|호|차(?!례|량)|부(?!터)|반|조(?!각)|급|단계|관|군|쿼터|라운드|교시|학기|세대"
_ABOUT = "년(?!도|생)|일|주|개월|분|초|퍼센트|도|킬로|미터|센티|그램|인분|학년|점|층|만|천|백"


def _about(found: Found) -> str:
    """2~3일 is 이삼일, 1~3일 stays a range."""
    if int(found[2]) == int(found[1]) + 1:
        apart = " " if re.match("[주분초도점]", found.string[found.end() :]) else ""
        return about(found[1], found[2]) + apart
    return found[0]


def _ratio(found: Found) -> str:
    return " 대 ".join(map(sino, re.findall(r"\d+", found[0])))


def _sets(found: Found) -> str:
    return found[0].replace("-", " 대 ")


def _two_in_order(found: Found) -> str:
    return f"{sino(found[1])} {sino(found[2])}"


def _two_months(found: Found) -> str:
    """7,8월 is 칠팔월, and 5,6월 오뉴월."""
    return "오뉴월" if found[0] == "5,6월" else f"{sino(found[1])}{sino(found[2])}월"


_RANGES: list[Rule] = [
    rule(rf"(?<![\d.:-]){_SET}(?:,? {_SET}){{1,4}}{_WON}", _sets),
    rule(r"(?<=스코어 )\d{1,2}-\d{1,2}(?:\(\d{1,2}-\d{1,2}(?:, ?\d{1,2}-\d{1,2}){0,6}\))?(?![\d-])", _sets),
    rule(r"(?:(?<=쿼터 )|(?<=세트 )|(?<=전반 )|(?<=후반 ))(\d{1,2})-(\d{1,2})(?![\d-])", _versus),
    rule(r"(?<![A-Za-z\d.-])(\d{1,2})-(0)(?![\d.-])", _versus),
    rule(r"(?<![\d:.,])\d{1,3}(?: ?: ?\d{1,3}){2,9}(?![\d:])", _ratio),
    rule(r"(?<!\d)(15|30|45|90|105|120)\+(\d{1,2})분", r"\1 플러스 \2분"),
    rule(rf"(?<![\d.,])(\d{{1,2}}),(\d{{1,2}})(?=(?:{_ORDERED}))", _two_in_order),
    rule(r"(?<![\d.,])([1-8]),([2-9])월(?!드)", _two_months),
    rule(rf"(?<![\d.:-])(\d{{1,3}})[-:](\d{{1,3}}){_WON}", _versus),
    rule(r"(?<![\d:.,])(\d+(?:\.\d+)?) ?: ?(\d+(?:\.\d+)?)(?![\d:])", _versus),
    rule(r"(?<![\d:.,])(\d{1,4}) ?대 ?(\d{1,4})(?!\d|[,.]\d| ?[만억천조원세명]| ?퍼)", _versus),
    rule(
        rf"(?<![A-Za-z\d.,-])(?P<left>{NUMBER}(?: ?[-+×x*÷/] ?{NUMBER}){{1,20}}) ?(?P<equals>=) ?", _equation
    ),
    rule(rf"(?<![A-Za-z\d.,])({NUMBER}) ?([+×x÷]) ?({NUMBER})(?!\d)", _score_or_sum),
    rule(
        rf"(?<![\d.,-])([1-9]0)(?:{_TO}|-)([1-9]0)대(?![가-힣]?\d)",
        lambda found: f"{sino(found[1])}에서 {sino(found[2])}대",
    ),
    rule(
        r"(?<![\d.,])([1-8]),([2-9])(?=[가-힣])|(?<![\d.,])(?<!월 )([1-8]), ([2-9])(?=명|개|일|년|주|살|시간|마리)",
        _neighbours,
    ),
    rule(
        rf"(?<![A-Za-z\d.,-]){_NOT_ORDER}(?P<first>\d{{1,4}})(?:{_TO}|-)(?P<second>\d{{1,4}}) ?"
        rf"(?P<native>{NATIVE})",
        _native_span,
    ),
    rule(rf"(?<![A-Za-z\d.,-])(\d{{1,2}})(?:{_TO}|-)(?=\d{{1,2}} ?월)", r"\1월에서 "),
    rule(rf"(?<![\d.,월A-Za-z-])(?<!월 )([1-8])(?:{_TO}|-)([2-9])(?= ?(?:{_ABOUT}))", _about),
    rule(
        rf"(?P<order>{_ORDER})?(?P<first>(?<![\d.]){QUANTITY}){_TO}(?:제 ?)?(?P<second>{QUANTITY})",
        _many_span,
    ),
    rule(
        rf"(?P<order>(?<![A-Za-z\d.,-]))(?P<first>{NUMBER})-(?P<second>{NUMBER})(?![\d-])"
        r"(?= ?(?:[년월일분초원도배세점평층회차위급선주쪽박인]|개|퍼센트|달러|유로|킬로|센티|밀리|미터|그램|리터|"
        r"학년|페이지))",
        _many_span,
    ),
    rule(
        rf"(\d(?:[가-힣]{{1,2}}| [가-힣]{{1,6}}))(?:{_TO}|(?<=[시분일월년])-)(?=(?:제|오전 |오후 |영하 |약 |[-+])?\d)",
        r"\1에서 ",
    ),
    rule(r"(?<=\d)\s?~\s?(?=-\d)", "에서 "),
    rule(r"(?<![가-힣A-Za-z\d])([가-힣A-Z])~([가-힣A-Z])(?![가-힣A-Za-z])", r"\1에서 \2"),
    rule(
        r"(?<=[가-힣]{2})[~–](?=[가-힣]{2,5} ?(?:구간|노선|고속|왕복|편도|항로|철도|도로|간(?![가-힣])))",
        "에서 ",
    ),
    rule(r"(\d[가-힣]{1,2}|\d [가-힣]{1,6})[~〜∼](?=$|[\s,)])", r"\1부터"),
    rule(r"(?<![A-Za-z\d.-])(\d+)-(\d+)(?![\d-]|\.\d)", r"\1 다시 \2"),  # 12-3 in addresses
]

# --- the numbers themselves -----------------------------------------------------------------------------------------


def _decade(found: Found) -> str:
    """20대 are the twenties of a life, unless vehicles or devices are counted."""
    before = found.string[max(0, found.start() - 8) : found.start()]
    if re.search(rf"(?:{VEHICLES})(?:[가이는은을를도]|\s|$)", before):
        return found[0]
    return sino(found[1]) + "대"


def _minus(found: Found) -> str:
    is_cold = re.match(
        rf"{NUMBER}(?:에서 [^가-힣]{{1,8}})? ?도(?![가-힣]?서)", found.string[found.end() :][:30]
    )
    return "영하 " if is_cold else "마이너스 "


def _once(found: Found) -> str:
    """영하 -5도 and 영하-5도 are 영하 오 도."""
    return " " if found[0] == "-" else ""


_LABEL = re.compile(rf"(?:{NUMBERED_BY}) ?$")


def _number(found: Found) -> str:
    written, order, more, space = found["quantity"], found["order"] or "", found["more"] or "", found["space"]
    native = found["native"]
    before = found.string[max(0, found.start() - 6) : found.start()]
    is_label = (native == "번" and _LABEL.search(before)) or (native == "장" and before.endswith("막 "))
    if native and not (order or more or is_label) and takes_native(written, native):
        apart = " " if "가" <= before[-1:] <= "힣" else ""
        return apart + counted(int(written), native)
    words = order + quantity(written) + more
    counter = native or found["amount"] or found["number_of"]
    if not counter:
        return words
    return words + (space if order else " ") + counter


_NUMBERS: list[Rule] = [
    rule(r"(?<=\d[년월일시분])(?=\d)|(?<=시간)(?=\d)", " "),
    rule(r"(?<=\d시)반(?=[에이은을 ,.]|$)", " 반"),
    rule(r"(?<=마늘 )([1-9]) ?쪽", lambda found: counted(int(found[1]), "쪽")),
    rule(r"(?<=\d초) ?(\d\d)(?=에|로|의|을|[), ]|\.(?!\d)|$)", lambda found: " " + one_by_one(found[1])),
    rule(r"(?<!\d)1인 ?1(?=표|개|권|잔)", "일인 일"),
    rule(r"(?<!\d)6 ?월(?![드])", "유월"),
    rule(r"(?<!\d)10 ?월", "시월"),
    rule(rf"(?<![\d,.]){_NOT_ORDER}([1-9]\d?)대 (?={GREAT})", lambda found: sino(found[1]) + "대 "),
    rule(rf"(?<![\d,.]){_NOT_ORDER}([1-9]0)대(?![가-힣]?\d)(?!씩|당)", _decade),
    rule(r"(?<![\w)%])-(?=\d)|(?<= )-(?=\d)", _minus),
    rule(r"(?<=영하 )(?:마이너스|영하) (?=\d)|(?<=영하)-(?=\d)", _once),
    rule(
        rf"(?P<order>{_ORDER})?(?P<quantity>{QUANTITY})(?:(?P<more>여)?(?P<space> ?)(?:{COUNTED}))?", _number
    ),
]

# --- signs ----------------------------------------------------------------------------------------------------------


def _topic(found: Found) -> str:
    return found[1] + ("은 " if has_coda(found[1]) or found[1] in "LMNRlmnr" else "는 ")


def _sign(found: Found) -> str:
    """A sign in words, apart from the words beside it."""
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    follows = after.isalnum() and found[0] not in "%°‰" and not (found[0] == "+" and before.isalnum())
    return (
        (" " if before.isalnum() else "")
        + SIGNS[found[0]]
        + (" " if follows or (after.isalnum() and before == " ") else "")
    )


_SIGNS: list[Rule] = [
    rule("[①-⑳]", lambda found: sino(unicodedata.normalize("NFKC", found[0]))),
    rule("²", " 제곱"),
    rule("³", " 세제곱"),
    rule(r"([A-Za-z가-힣]) ?= ?(?=[A-Za-z가-힣\d-])", _topic),
    rule(
        r"(?<=[가-힣)]) ?/ ?(?=[가-힣])", " "
    ),  # the letters of a voice have no stroke: it would join the words
    rule(r"#(?=[가-힣A-Za-z])(?!영|일|이[ ,]|삼|사[ ,]|샵)", "해시태그 "),
    rule(rf"([{_ALL_SIGNS}])(?!\1)(?<!\1\1)", _sign),
]
# in the order in which they are tried, each where a text has a sign that the group needs
_GROUPS: list[Group] = [
    (re.compile(r"[A-Za-z(№]|코로나|\d\+1|24/7").search, WORDS),
    (
        re.compile(r"[+]|0\d|\d{5}-|세대|11\d|120|ISBN|자리|번호|내선|코드|비번|아이디|사서함").search,
        _DIALLED,
    ),
    (re.compile(r"[-/.:·ㆍ∙'(~–]|0\d|[AaPp]\.?[Mm]").search, DATES),
    (re.compile(r"\d[-.]\d").search, _HYPHENED),
    (re.compile(rf"[A-Za-z/¼-¾⅐-⅞°%‰]|분의|{UNIT}|{CURRENCY_SIGN}").search, AMOUNTS),
    (re.compile(r"[-~〜∼–—:×÷=+대]|\d, ?\d[가-힣]").search, _RANGES),
    (re.compile("[A-Z]").search, SPELT),
    (re.compile(r"\d").search, _NUMBERS),
    (re.compile(f"[①-⑳²³=/{_ALL_SIGNS}]").search, _SIGNS),
]
