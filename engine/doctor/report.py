"""The bug report: every check and torch's environment report as one text, without secrets and without a name."""

from __future__ import annotations

import getpass
import os
import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine import __version__
from engine.doctor.check import Check, Facts, plural
from engine.doctor.libraries import trouble
from engine.doctor.mismatch import explain
from engine.runs.logs.masking import masked

_MASK = "***"
_SECRET = re.compile(  # a name of which one part is such a word, a sign, and the value
    r"""(?ix) (?<![a-z0-9]) ( (?:[a-z0-9]+[_-])* (?:api)? (?:key|token|secret|password|passwd|pwd|passphrase
        |credentials?|auth|authorization) (?:[_-][a-z0-9]+)* \s* [=:] \s* )
        ( "[^"]*" | '[^']*' | (?!None\b|N/A\b|False\b|True\b)[^\s,;]+ )"""
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_URL = re.compile(r"\b(\w[\w+.-]*://)[^\s/@]+@")


def judge_report(facts: Facts) -> Check:
    """The environment report, and what did not answer while it was made."""
    if "error" in facts:
        return trouble("report", facts, "see the checks above", verdict="warning")
    lines = facts["text"].count("\n") + 1
    if facts["hung"]:
        first = facts["hung"][0].split()[0].rpartition("/")[2]
        more = f" and {plural(len(facts['hung']) - 1, 'other')}" if len(facts["hung"]) > 1 else ""
        seen = f"{lines} lines, without what {first}{more} would say: no answer in time"
        return Check("report", "warning", seen, "see the check of the driver", facts["text"])
    known = explain(facts["text"], facts)
    note = f"; it says: {known[0]}" if known else ""
    return Check("report", "ok", f"torch's environment report, {lines} lines{note}", "", facts["text"])


def compose(checks: Iterable[Check], *, hidden: Sequence[str] = ()) -> str:
    """The whole report as text; `hidden` are further words to mask, beside secrets, home and user name."""
    checks = list(checks)
    written = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    lines = [f"vitsdeck {__version__} environment, {written}", ""]
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        lines.append(f"{check.verdict:14}  {check.name:{width}}  {check.seen}")
        if check.fix:
            lines.append(f"{'':14}  {'':{width}}  -> {check.fix}")
    for check in checks:
        if check.details:
            lines += ["", f"--- {check.name} ---", check.details]
    return mask("\n".join(lines), hidden=hidden) + "\n"


def mask(text: str, *, hidden: Sequence[str] = ()) -> str:
    """`text` without passwords, keys and tokens, without the user's home and name, and without `hidden`."""
    text = _BEARER.sub(rf"\1 {_MASK}", text)  # first: the word before it is a name with a sign as well
    text = _SECRET.sub(rf"\1{_MASK}", text)
    text = _URL.sub(rf"\1{_MASK}@", text)
    text = "\n".join(_masked_flags(line) for line in text.split("\n"))
    for word in hidden:
        if word:
            text = text.replace(word, _MASK)
    for home in _homes():
        text = re.sub(re.escape(home) + r"(?![\w.-])", "~", text)
    name = _user()
    if len(name) > 2 and name != "root":
        text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", "USER", text)
    return text


def _masked_flags(line: str) -> str:
    """`--api-key abc` has no sign between flag and value."""
    return " ".join(masked(line.split(" "))) if "--" in line else line


def _homes() -> list[str]:
    """The home folder as it is written and as it is resolved, longest first; never the root of all."""
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises where there is none
    found = {home, os.path.realpath(home)} if home != "~" else set()
    return sorted((path for path in found if len(Path(path).parts) > 1), key=len, reverse=True)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
