"""Korean money, units and parts of a whole: their signs in words."""

from __future__ import annotations

import re
import unicodedata

from engine.text.normalise.korean.numbers import QUANTITY, has_coda, number, sino
from engine.text.normalise.korean.tables import ALONE, CURRENCIES, PER_TIME, POWERS, UNITS
from engine.text.normalise.rules import Found, Rule, any_of, rule

CURRENCY_SIGN = any_of(sign for sign in CURRENCIES if not sign.isalpha() and sign != "\\")
UNIT = any_of(UNITS)
_CODE = any_of(sign for sign in CURRENCIES if sign.isalpha())
_POWER = f"[{''.join(POWERS)}]"
_COUNTABLE = "컵|큰술|작은술|술|스푼|티스푼|숟가락|쪽|개|모|잔|병|봉지|조각|마리|통|장"


def _price(found: Found) -> str:
    name, hundredth = CURRENCIES[found["sign"]]
    amount, minus = found["amount"], "마이너스 " if found["minus"] else ""
    whole, _, part = amount.partition(".")
    if hundredth and len(part) == 2 and part.isdigit():
        return f"{minus}{whole} {name}" + (f" {int(part)} {hundredth}" if int(part) else "")
    return f"{minus}{amount} {name}"


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
    rule(
        r"(?<![\d./-])(?<!\d,)(?:(\d{1,3})(?:[와과] ?| ))?(\d{1,3})/([2-9]|[1-9]\d{1,3})"
        r"(?!\s?[A-Za-z]{2})(?![\d/-]|[.,]\d)",
        _fraction,
    ),
    rule(
        rf"(?P<named>시속 ?|초속 ?|분속 ?)?(?<![A-Za-z\d])(?P<amount>{QUANTITY}) ?(?P<unit>{UNIT})"
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
