"""What the command line says, in the keys of the pane: whoever sits here types no flags."""

from __future__ import annotations

import re

from engine.i18n import _

_FLAGS = {
    "--redo": "A",
    "give --retry-unconfirmed": "u",
    "--credentials FILE": _("a key file (y)"),
    "--project NAME": "a project (e)",
    "--project": _("the project (e)"),
    "--budget": _("the budget (b)"),
    "--language": _("the language (e)"),
    "--model": _("the model (e)"),
    "--rate": _("the rate (e)"),
    "--api": _("the provider (v)"),
    "--out": "manifest (e)",
    "--location": _("the region"),
    "--workers": "workers",
    "--account": "account",
}
_BUDGET = re.compile(r"`vitsdeck cost --account [^`]+ --budget USD`")
_FLAG = re.compile("|".join(rf"{re.escape(flag)}(?![\w-])" for flag in _FLAGS))


def in_keys(sentence: str) -> str:
    """`give --project NAME` as `give a project (e)`."""
    return _FLAG.sub(lambda found: _FLAGS[found[0]], _BUDGET.sub("b", sentence))
