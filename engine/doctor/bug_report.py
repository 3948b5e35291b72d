"""The bug report: the result of every check as one text, without secrets, the user's home folder or name."""

from __future__ import annotations

import getpass
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from engine import __version__
from engine.doctor.check import Result
from engine.runs.logs.masking import masked

_MASK = "***"
_SECRET = re.compile(  # a name of which one part is such a word, a sign, and the value
    r"""(?ix) (?<![a-z0-9]) ( (?:[a-z0-9]+[_-])* (?:api)? (?:key|token|secret|password|passwd|pwd|passphrase
        |credentials?|auth|authorization) (?:[_-][a-z0-9]+)* \s* [=:] \s* )
        ( "[^"]*" | '[^']*' | (?!None\b|N/A\b|False\b|True\b)[^\s,;]+ )"""
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_URL = re.compile(r"\b(\w[\w+.-]*://)[^\s/@]+@")


def compose(results: Iterable[Result]) -> str:
    """The whole report as text."""
    results = list(results)
    written = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    lines = [f"vitsdeck {__version__} environment, {written}", ""]
    for result in results:
        lines += result.rows()
    for result in results:
        if result.details:
            lines += ["", f"--- {result.name} ---", result.details]
    return mask("\n".join(lines)) + "\n"


def mask(text: str) -> str:
    """`text` without passwords, keys and tokens, and without the user's home and name."""
    text = _BEARER.sub(rf"\1 {_MASK}", text)  # first: the word before it is a name with a sign as well
    text = _SECRET.sub(rf"\1{_MASK}", text)
    text = _URL.sub(rf"\1{_MASK}@", text)
    text = "\n".join(_masked_flags(line) for line in text.split("\n"))
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
