"""Checks of this machine: for each a verdict, what was seen, and the command that mends it.

Facts come from `engine.probe`, processes of their own; nothing here loads a library of training. `python -m
engine.doctor ROOT` prints each check as a line of JSON, as it is answered: the dashboard reads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.doctor.check import VERDICTS, Check, Verdict, plural
from engine.doctor.examination import Examination
from engine.doctor.report import compose, mask
from engine.doctor.table import ENTRIES, NAMES, Entry, entry

__all__ = [
    "ENTRIES",
    "NAMES",
    "VERDICTS",
    "Check",
    "Entry",
    "Examination",
    "Verdict",
    "as_json",
    "compose",
    "counts",
    "entry",
    "examine",
    "in_order",
    "mask",
    "overall",
    "summary",
]


def examine(root: Path) -> list[Check]:
    """Every check of this machine and the folder `root`, in the order of the table."""
    with Examination(root) as answers:
        return in_order(answers)


def in_order(checks: Iterable[Check]) -> list[Check]:
    """Checks in the order in which a person would mend them."""
    return sorted(checks, key=lambda check: NAMES.index(check.name))


def counts(checks: Iterable[Check]) -> dict[Verdict, int]:
    """How many there are of each verdict."""
    verdicts = [check.verdict for check in checks]
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS}


def overall(checks: Iterable[Check]) -> Verdict:
    """The worst verdict: fail, warning or ok."""
    found = counts(checks)
    return "fail" if found["fail"] else "warning" if found["warning"] else "ok"


def summary(checks: Iterable[Check]) -> str:
    """`14 ok, 1 warning, 0 failed, 4 not applicable`."""
    found = counts(checks)
    warnings = plural(found["warning"], "warning")
    return f"{found['ok']} ok, {warnings}, {found['fail']} failed, {found['not applicable']} not applicable"


def as_json(checks: Iterable[Check]) -> dict[str, Any]:
    """One document: the worst verdict, counts, and every check in order."""
    checks = in_order(checks)
    return {
        "v": 1,
        "verdict": overall(checks),
        "counts": counts(checks),
        "checks": [check.to_json() for check in checks],
    }
