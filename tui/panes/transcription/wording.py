"""What the command line says, in the keys of the pane: whoever sits here types no flags."""

from __future__ import annotations

import re

_FLAGS = {
    "--redo": "A",
    "give --retry-unconfirmed": "u",
    "--credentials FILE": "a key file (y)",
    "--project NAME": "a project (e)",
    "--project": "the project (e)",
    "--budget": "the budget (b)",
    "--language": "the language (e)",
    "--model": "the model (e)",
    "--rate": "the rate (e)",
    "--api": "the provider (v)",
    "--out": "manifest (e)",
    "--location": "the region",
    "--workers": "workers",
    "--account": "account",
}
_BUDGET = re.compile(r"`vitsdeck cost --account [^`]+ --budget USD`")
_FLAG = re.compile("|".join(rf"{re.escape(flag)}(?![\w-])" for flag in _FLAGS))


def in_keys(sentence: str) -> str:
    """`give --project NAME` as `give a project (e)`."""
    return _FLAG.sub(lambda found: _FLAGS[found[0]], _BUDGET.sub("b", sentence))
