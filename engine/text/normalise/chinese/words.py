"""Chinese abbreviations, roman numerals, and numbers that are said digit by digit."""

from __future__ import annotations

import re

from engine.text.normalise.chinese.numbers import cardinal, dialled
from engine.text.normalise.chinese.tables import ABBREVIATIONS, CURRENCIES, LABELS, RULERS, TITLES
from engine.text.normalise.rules import ROMAN, Found, Rule, any_of, not_in_a_word, rule
from engine.text.numerals.chinese import one_by_one

HAN = "[〇\u3400-\u4dbf\u4e00-\u9fff]"


def _labelled(found: Found) -> str:
    before, after = LABELS[found["label"]]
    return before + found["number"] + after


_LONGEST_NAME = max(map(len, RULERS.split()))
_RULER = re.compile(rf"(?:{RULERS.replace(' ', '|')})\Z")


def _roman_number(found: Found) -> str:
    return cardinal(str(ROMAN.index(found["roman"]) + 1))


def _after_a_name(found: Found) -> str:
    """亨利VIII is 亨利八世, and 最终幻想VII 最终幻想七."""
    is_ruler = _RULER.search(found.string, max(0, found.start() - _LONGEST_NAME), found.start())
    return _roman_number(found) + ("世" if is_ruler else "")


# one letter is a name (X光) unless 第 or a counter shows that it counts; XX and XXX stand for what is not said
_ROMAN_ANY = any_of(ROMAN)
_ROMAN_LONG = any_of(number for number in ROMAN if len(number) > 1 and number not in ("XX", "XXX"))
_ROMAN_COUNTED = any_of(number for number in ROMAN if number not in ("X", "XX", "XXX"))
WORDS: list[Rule] = [
    rule(r"https?://", ""),
    rule(r"(?<![A-Za-z\d.])B([1-9])(?=层|層|楼|樓)", r"负\1"),
    rule(r"(?<![A-Za-z\d.车車排位座])([1-9]\d?)F(?![A-Za-z\d])", r"\1楼"),
    rule(r"(?<=[A-Za-z]) ?Co\., ?Ltd\b\.?", "有限公司"),
    rule(
        "|".join(not_in_a_word(word) for word in sorted(ABBREVIATIONS, key=len, reverse=True)),
        lambda found: ABBREVIATIONS[found[0]],
    ),
    rule(
        rf"(?<![A-Za-z])({any_of(TITLES)})\. ?([A-Z][a-z]+(?: [A-Z][a-z]+)?|{HAN})",
        lambda found: found[2] + TITLES[found[1]],
    ),
    rule(
        rf"(?<![A-Za-z])(?P<label>{any_of(LABELS)})(?:\. ?|(?<=[º°№]) ?)(?P<number>\d++(?:[-~–]\d++)?)[号页號頁]?",
        _labelled,
    ),
    rule(rf"(?:(?<=第)|(?<=第 ))(?P<roman>{_ROMAN_ANY})(?![A-Za-z\d])", _roman_number),
    rule(
        rf"(?<![A-Za-z\d])(?P<roman>{_ROMAN_COUNTED})(?=[世型期级級类類度区區章节節卷册冊号號届屆])",
        _roman_number,
    ),
    rule(rf"(?<={HAN})(?P<roman>{_ROMAN_LONG})(?![A-Za-z\d])", _after_a_name),
    rule(rf"(?<![A-Za-z\d])(?P<roman>{_ROMAN_LONG})(?![A-Za-z\d'])", _roman_number),
]

# --- numbers that are said digit by digit ---------------------------------------------------------------------------


def _grouped(number: str) -> str:
    """138-0013-8000 with a short pause between the groups."""
    return ("加" if number[0] == "+" else "") + " ".join(map(dialled, re.findall(r"\d+", number)))


def _groups(found: Found) -> str:
    return _grouped(found[0])


def _after_word(found: Found) -> str:
    return found["word"] + _grouped(found["number"])


def _after_letters(found: Found) -> str:
    return found["letter"] + dialled(found["number"])


def _book_number(found: Found) -> str:
    return " ".join(map(dialled, re.sub("^-1[03](?=[: ])|[: ]", "", found[0]).split("-")))


def _all_dialled(found: Found) -> str:
    return dialled(found[0])


def _dotted(found: Found) -> str:
    """A version or an address: 2.0.1 is 二点零点一."""
    return "点".join(
        one_by_one(part) if len(part) > 2 or part[0] == "0" else cardinal(part)
        for part in found[0].split(".")
    )


def _hyphened(found: Found) -> str:
    """A place: 3-2-501 is 三杠二杠五零幺."""
    return "杠".join(
        dialled(part) if len(part) > 2 or part[0] == "0" else cardinal(part) for part in found[0].split("-")
    )


_NO_DIGIT_BEFORE, _NO_DIGIT_AFTER = r"(?<![\dA-Za-z-])(?<!\d[.,])", r"(?![\d-]|[.,]\d)"
# what comes before a number that is dialled, and before one that names something
_PHONE_WORD = (
    "(?:电话|電話|手机|手機|热线|熱線|专线|总机|總機|"
    "传真|傳真|拨打|撥打|请拨|請撥|致电|致電|客服|微信)(?:号码|號碼|号|號)?"
)
_CODE_WORD = (
    "(?:分机|分機|QQ|邮编|郵編|邮政编码|郵遞區號|验证码|驗證碼|密码|密碼|账号|帳號|账户|卡号|卡號|编号|編號|学号|學號|"
    "工号|订单|訂單|单号|單號|身份证|身分證|护照|车牌|車牌|尾号|尾號|代码|代碼|邀请码|取件码|房号|房號|门牌|航班|考号|"
    "准考证|ID|房间|房間|会议室|會議室|教室|办公室|辦公室|包厢|包间|发票|發票|合同|运单|快递|流水|票号|会员|税号|批号|序列号|"
    "识别号|(?<=[A-Z])座|(?<=[零幺二三四五六七八九])[转轉])(?:号码|號碼|号|號|码)?"
)
_COUNTED = "[元个個人万萬亿億次张份件笔单款条家页间层層分折块]"
_NOT_COUNTED = rf"(?!\d|[.,]\d|{_COUNTED})"
_SERVICE = (
    "网站|网|官网|APP|app|客户端|抢票|购票|买票|订票|短信|投诉|举报|市民|来了|赶到|出警|出动|"
    "报警|報警|急救|救护|救護|火警|消防|接警|匪警|电话|電話|热线|熱線|客服|指挥|专线|平台"
)
_DATE = r"\d{4}\.[01]?\d\.[0-3]?\d(?![.\d])"
_SHORT_NUMBER = r"(?:1[12]\d|1[02]\d{3}|100\d\d|9\d{4}|911)"
# names of aircraft, rockets and ships whose hyphen is not said
_NAMED = "歼|轰|运|直|东风|长征|神舟|天宫|天舟|嫦娥|图|苏|米格|红旗|鹰击|巨浪|伊尔"
DIALLED: list[Rule] = [
    rule(r"(?<=ISBN)(?:-1[03])?[: ]{0,2}\d[\d-]{8,15}[\dX](?![\dA-Za-z-])", _book_number),
    rule(r"\+\d{1,3}(?:[ -]?\(?\d{1,4}\)?)(?:[ -]?\d{3,4}){1,3}(?!\d)", _groups),
    rule(rf"{_NO_DIGIT_BEFORE}\d{{4}}(?: \d{{4}}){{2,4}}(?: \d{{1,3}})?{_NO_DIGIT_AFTER}", _groups),
    rule(rf"{_NO_DIGIT_BEFORE}1[3-9]\d(?:[ -]?\d{{4}}){{2}}{_NO_DIGIT_AFTER}", _groups),
    rule(
        rf"{_NO_DIGIT_BEFORE}\((0\d{{1,3}})\) ?(\d{{3,4}})[- ]?(\d{{4}}){_NO_DIGIT_AFTER}",
        lambda found: f"({dialled(found[1])}){dialled(found[2])} {dialled(found[3])}",
    ),
    rule(
        rf"{_NO_DIGIT_BEFORE}0\d{{1,3}}[- ]\d{{3,4}}[ -]?\d{{3,4}}(?:-\d{{1,4}})?{_NO_DIGIT_AFTER}", _groups
    ),
    rule(rf"{_NO_DIGIT_BEFORE}\d{{3,4}}-\d{{3,4}}-\d{{3,4}}{_NO_DIGIT_AFTER}", _groups),
    rule(
        rf"(?P<word>{_PHONE_WORD}[是为為:,]{{0,2}} ?)(?P<number>\d{{3,4}}[ -]?\d[\d -]{{1,16}}\d)(?!\d)",
        _after_word,
    ),
    rule(
        rf"(?P<word>{_CODE_WORD}[是为為:]{{0,2}} ?[A-Za-z]{{0,3}})"
        rf"(?P<number>\d{{3,30}}(?:-\d{{1,12}}){{0,4}}){_NOT_COUNTED}",
        _after_word,
    ),
    rule(
        rf"(?P<word>(?:{_PHONE_WORD}|打|按|拨|撥|呼叫)(?:了|过|的?是|为|:)? ?)"
        rf"(?P<number>{_SHORT_NUMBER}){_NOT_COUNTED}",
        _after_word,
    ),
    rule(rf"{_NO_DIGIT_BEFORE}{_SHORT_NUMBER}(?={_SERVICE})", _all_dialled),
    rule(
        rf"{_NO_DIGIT_BEFORE}(?<![¥$€£])(?:12306|12315|12123|10086|10010){_NO_DIGIT_AFTER}"
        rf"{_NOT_COUNTED}(?![名位只辆台套平公千吨米克字户美欧英])",
        _all_dialled,
    ),
    rule(
        rf"{_NO_DIGIT_BEFORE}(?:(?:985|211)[/、])?(?:985|211)(?=大学|大學|高校|工程|院校|名校|学校|學校|毕业|本科|硕士|博士|学生)",
        lambda found: dialled(found[0]).replace("/", "、"),
    ),
    rule(rf"{_NO_DIGIT_BEFORE}(?:618|1212)(?=大促|购物节|购物狂欢|年中|活动|期间)", _all_dialled),
    rule(rf"{_NO_DIGIT_BEFORE}\d{{3,4}}(?=房|室|教室|宿舍|包厢|包间|寝室|病房)", _all_dialled),
    rule(rf"{_NO_DIGIT_BEFORE}\d{{3}}(?=路(?:公交|车|車|公共|$|[^程口]))", _all_dialled),
    rule(r"(?<=波音)\d{3}(?:-\d{3})?(?!\d)", _groups),
    rule(rf"(?<={HAN})(?P<letter>[A-Z][·•]?)(?P<number>\d{{5}})(?!\d)", _after_letters),
    rule(
        rf"(?<![A-Za-z\d])(?!{any_of(CURRENCIES)})(?P<letter>[A-Za-z]{{1,3}})-?"
        r"(?P<number>\d{3,20})(?![\d%]|[.:/]\d|,\d{3}(?!\d)|[万亿])",
        _after_letters,
    ),
    rule(rf"{_NO_DIGIT_BEFORE}[48]00\d{{7}}{_NO_DIGIT_AFTER}", _all_dialled),
    rule(
        r"(?<![A-Za-z])(?P<word>(?:GB|GB/T|ISO|IEC|RFC|IEEE) ?)(?P<number>\d{3,6}(?:-\d{4})?)(?![\d-])",
        lambda found: found["word"] + "杠".join(map(one_by_one, found["number"].split("-"))),
    ),
    rule(r"(?<=[图圖表])(\d{1,3})-(\d{1,3})(?![\d-])", r"\1杠\2"),
    rule(rf"({_NAMED})-(?=\d)", r"\1"),
    rule(r"(?<![\dA-Za-z])([A-Za-z]{1,9})-(?=\d{1,2}(?![\d.]))", r"\1"),
    rule(rf"(?<!\d)(?<!\d[.,-])(?!{_DATE})\d{{1,4}}(?:\.\d{{1,4}}){{2,}}{_NO_DIGIT_AFTER}", _dotted),
    rule(rf"{_NO_DIGIT_BEFORE}(?!\d{{4}}-)\d{{1,4}}(?:-\d{{1,4}}){{2,}}{_NO_DIGIT_AFTER}", _hyphened),
]
