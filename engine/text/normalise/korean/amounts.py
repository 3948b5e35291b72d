"""Korean money, units and parts of a whole: their signs in words."""

from __future__ import annotations

import re
import unicodedata

from engine.text.normalise.east_asian import currency_patterns, price
from engine.text.normalise.korean.numbers import QUANTITY, number, sino
from engine.text.normalise.korean.tables import ALONE, CURRENCIES, PER_TIME, POWERS, UNITS
from engine.text.normalise.rules import Found, Rule, any_of, rule
from engine.text.numerals.korean import has_coda

# a backslash is a price only before a number
CURRENCY_SIGN, _CODE = currency_patterns(set(CURRENCIES) - {"\\"})
UNIT = any_of(UNITS)
_POWER = f"[{''.join(POWERS)}]"
_COUNTABLE = "컵|큰술|작은술|술|스푼|티스푼|숟가락|쪽|개|모|잔|병|봉지|조각|마리|통|장"

_AFTER_CODA = {"를": "을", "는": "은", "가": "이", "로": "으로"}
_PARTICLE = "(?P<particle>[를는가로](?![가-힣]))?"
_SPOONS = {"T": "큰술", "t": "작은술"}
_SEASONING = (
    "소금|설탕|간장|가루|식초|기름|후추|후춧가루|마늘|고추장|된장|식용유|오일|올리고당|물엿|맛술|미림|버터|파우더|이스트|소다|"
    "꿀|통깨|깨소금|액젓|소스|전분|생강|케첩|마요네즈|청주|매실청|육수|물|우유|파|조청|시럽|쌈장|참깨|다시다|미원|생크림|바닐라"
)
_SPOONFUL = r"(?P<amount>(?<![A-Za-z\d.,/])(?:\d|1\d|\d\.\d|\d/\d)(?![\d.,/]))"
_NO_KITCHEN = re.compile(
    "트럭|화물|톤|적재|수출|수입|선박|하드|외장|SSD|용량|저장|클라우드|MRI|테슬라|자기장|메모리"
)


def _price(found: Found) -> str:
    return price(found, CURRENCIES, minus="마이너스 ", gap=" ")


def _measured(found: Found) -> str:
    amount, unit, named, per = found["amount"], found["unit"], found["named"] or "", found["per"]
    if found["fahrenheit"]:
        return f"화씨 {amount} 도"
    name = POWERS.get(found["power"] or "", "") + UNITS[unit]
    if per is None:
        return f"{named}{amount} {name}"
    if per in PER_TIME and unit in ("km", "m", "cm", "mm"):
        return f"{named or PER_TIME[per] + ' '}{amount} {name}"
    each = POWERS.get(found["per_power"] or "", "") + UNITS.get(per, "초")
    return f"{named}{each}당 {amount} {name}"


def _rating(found: Found) -> str:
    """9.5/10 is 십 점 만점에 구 점 오 점; 를 after the 5 of 4/5 is 을 after 점."""
    return f"{found['most']}점 만점에 {found['points']} 점{_AFTER_CODA.get(found['particle'] or '', '')}"


def _spoons(found: Found) -> str:
    """T and t of recipes; what lorries carry is in tons."""
    around = found.string[max(0, found.start() - 30) : found.end() + 30]
    if _NO_KITCHEN.search(around):
        return found[0]
    particle = found["particle"] or ""
    if particle != "로":
        particle = _AFTER_CODA.get(particle, "")
    return f"{found.groupdict().get('what', '')}{found['amount']}{_SPOONS[found['spoon']]}{particle}"


def _arc(found: Found) -> str:
    return f"{found[1]}도 {found[2]}분" + (f" {found[3]}초" if found[3] else "")


def _fraction(found: Found) -> str:
    """1/2 is 이분의 일; a counter keeps apart from it."""
    whole = sino(found[1]) if found[1] else ""
    whole += ("과 " if has_coda(whole) else "와 ") if whole else ""
    apart = " " if re.match(_COUNTABLE, found.string[found.end() :]) else ""
    return f"{whole}{sino(found[3])}분의 {sino(found[2])}{apart}"


def _spelt_fraction(found: Found) -> str:
    """3분의 2 is not three minutes and two things."""
    return f"{sino(found[1])}분의 {number(found[2])}"


AMOUNTS: list[Rule] = [
    rule(r"(?<![\w)])-(?=\d{2,3}kg급)", ""),  # up to that weight; the sign is not said
    rule(r"(?<=\d) ?x ?(?=\d)", "×"),
    rule(
        rf"(?P<sign>{CURRENCY_SIGN}) ?(?P<first>{QUANTITY}) ?[~–-] ?(?P<second>{QUANTITY})",
        lambda found: f"{found['first']}~{found['second']} {CURRENCIES[found['sign']][0]}",
    ),
    rule(
        rf"(?P<minus>(?<![\w)])-)?(?P<sign>{CURRENCY_SIGN}|\\|(?<![A-Za-z])(?:{_CODE})) ?(?P<amount>{QUANTITY})(?:원)?",
        _price,
    ),
    rule(
        rf"(?P<minus>(?<![\w)])-)?(?P<amount>{QUANTITY}) ?(?P<sign>{CURRENCY_SIGN}|(?:{_CODE})(?![A-Za-z]))",
        _price,
    ),
    rule(CURRENCY_SIGN, lambda found: CURRENCIES[found[0]][0]),
    rule(r"(?<=\d)([¼-¾⅐-⅞])", r" \1"),
    rule("[¼-¾⅐-⅞]", lambda found: unicodedata.normalize("NFKC", found[0]).replace("\u2044", "/")),
    rule(r"(\d+)°(\d{1,2})'(?:(\d{1,2}(?:\.\d+)?)\")?", _arc),
    rule(r"(\d+) ?분의 ?(\d+)(?![\d,.])", _spelt_fraction),
    rule(r"(?<![\d/])1/[nN](?![A-Za-z\d])", "엔분의 일"),
    rule(r"(혈압[은는이가]? ?)(\d{2,3})/(\d{2,3})(?![\d/])", r"\1\2에 \3"),
    rule(
        rf"(?P<points>(?<![\d./,-])\d{{1,3}}\.\d{{1,2}}|(?:(?<=평점 )|(?<=별점 )|(?<=점수 )|(?<=만족도 ))\d{{1,3}}"
        rf"|(?<![\d./,-])\d{{1,3}}(?=/(?:5|10|100)점))/(?P<most>5|10|100)(?![\d./]| ?=)점?{_PARTICLE}",
        _rating,
    ),
    rule(rf"{_SPOONFUL} ?(?P<spoon>T)(?![A-Za-z\d]){_PARTICLE}", _spoons),
    rule(rf"(?P<what>(?:{_SEASONING}) ?){_SPOONFUL} ?(?P<spoon>t)(?![A-Za-z\d]){_PARTICLE}", _spoons),
    rule(
        r"(?<![\d./-])(?<!\d,)(?:(\d{1,3})(?:[와과] ?| ))?(\d{1,3})/([2-9]|[1-9]\d{1,3})"
        r"(?!\s?[A-Za-z]{2})(?![\d/-]|[.,]\d)",
        _fraction,
    ),
    rule(
        rf"(?P<named>시속 ?|초속 ?|분속 ?)?(?<![A-Za-z\d])(?P<amount>(?:{QUANTITY}[~–])?{QUANTITY}) ?(?P<unit>{UNIT})"
        rf"(?:(?<=m)(?P<power>{_POWER})(?!\d)|(?<=°)(?P<fahrenheit>F))?"
        rf"(?:/(?P<per>{UNIT}|s)(?:(?<=m)(?P<per_power>{_POWER}))?)?(?![A-Za-z\d])",
        _measured,
    ),
    rule(
        rf"(?P<amount>{QUANTITY} ?(?:원|달러|유로|엔|명|개|회|건))/(?P<per>{UNIT}|개|명|인|일|월|시간|분|년|회|박)"
        r"(?![A-Za-z\d])",
        lambda found: f"{UNITS.get(found['per'], found['per'])}당 {found['amount']}",
    ),
    rule(
        rf"(?<![A-Za-z\d])([kcm]?m)({_POWER})(?![A-Za-z\d])", lambda found: POWERS[found[2]] + UNITS[found[1]]
    ),
    rule(rf"(?<![A-Za-z\d])(?:{any_of(ALONE)})(?![A-Za-z\d])", lambda found: UNITS[found[0]]),
]
