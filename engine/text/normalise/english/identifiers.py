"""Numbers that name something, as of accounts and orders: digit by digit."""

from __future__ import annotations

import re

from engine.text.normalise.english.dates import COUNTED
from engine.text.normalise.english.numbers import digits, year
from engine.text.normalise.english.patterns import spelt
from engine.text.normalise.rules import Found, Rule, rule

_NOUNS = (
    "accounts?|acct|order|tracking|reference|ref|invoice|customer|client|member|membership|policy|ticket|booking|"
    "reservation|confirmation|serial|id|license|licence|passport|card|routing|item|product|employee|student|patient|"
    "claim|transaction|receipt|shipment|parcel|vat|tax|registration|docket|case|sku|article|meter"
)
_NUMBER = r"(?: (?:number|id|code|no))"
# what is never counted in thousands
_ACCOUNTS = "account|acct|tracking|invoice|reference|ref|booking|confirmation|policy|iban"
_LETTERED = r"[A-Z]{0,4}-?\d(?:[ -]?\d){3,22}"
_NO_MORE = r"(?![\w%]|[.,:/-]\d)"
_BEFORE_QUANTITY = "of about over nearly around almost than exactly opulation: otal:"
_QUANTITY = "".join(rf"(?<!{word} )" for word in _BEFORE_QUANTITY.split())


def _said(written: str) -> str:
    """Letters and digits one by one, with a short break between groups."""
    groups = re.findall(r"[A-Z]+|\d+", written)
    return " ".join(spelt(group) if group.isalpha() else digits(group) for group in groups)


def _card(found: Found) -> str:
    return ", ".join(digits(group) for group in re.findall(r"\d+", found[0]))


def _named(found: Found) -> str:
    return found[1] + _said(found[2])


def _of_parts(found: Found) -> str:
    """INV-2024-0032: a year is heard as one."""
    letters, *parts = found[0].split("-")
    said = [year(int(part)) if re.fullmatch(r"(?:19|20)\d\d", part) else digits(part) for part in parts]
    return " ".join([spelt(letters), *said])


IDENTIFIERS: list[Rule] = [
    rule(r"(?<![\w.,-])\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?![\w-]| \d|[.,]\d)", _card),
    rule(r"(?<!\w)(IBAN:? )([A-Z]{2}\d\d(?: ?[A-Z\d]{2,4}){3,8}(?: ?[A-Z\d])?)(?!\w)", _named),
    rule(
        r"(?<![\w&])#([A-Z]{1,4}-?\d{1,15}(?:-\d{1,15}){0,3})(?![\w-])",
        lambda found: "number " + _said(found[1]),
    ),
    rule(r"(?<![\w&#-])[A-Z]{1,4}(?:-\d{1,12}){2,4}(?![\w-]|[.,]\d)", _of_parts),
    rule(rf"(?<!\w)((?i:(?:{_NOUNS}){_NUMBER}(?:\.|:)?(?: is)? ))({_LETTERED}){_NO_MORE}", _named),
    rule(rf"(?<!\w)((?i:(?:{_ACCOUNTS}):? ))([A-Z]{{0,4}}-?\d{{4,22}}){_NO_MORE}{COUNTED}", _named),
    rule(rf"(?<!\w)((?i:(?:{_NOUNS}):? ))([A-Z]{{0,4}}-?\d{{5,22}}){_NO_MORE}{COUNTED}", _named),
]
# after the amounts: so many digits without a comma are no quantity, unless they are round or something is counted
LONG_RUNS: list[Rule] = [
    rule(
        rf"(?<![\w.,/:$£€+-]){_QUANTITY}(?!\d+000(?!\d))\d{{7,}}{_NO_MORE}{COUNTED}",
        lambda found: digits(found[0]),
    )
]
