"""Checks of this machine: for each a verdict, what was seen, and the command that fixes it.

`checks/` holds one function for each check, `check.py` says how to add one. `Examination` runs each in a process of
its own (`python -m engine.doctor NAME ROOT`), so a library that crashes or a driver that hangs costs one row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.doctor.bug_report import compose, mask
from engine.doctor.check import VERDICTS, Check, Result, Verdict
from engine.doctor.checks import CHECKS, NAMES, find
from engine.doctor.checks.devices import gpu_line
from engine.doctor.examination import Examination
from engine.i18n import plural

__all__ = [
    "CHECKS",
    "NAMES",
    "VERDICTS",
    "Check",
    "Examination",
    "Result",
    "Verdict",
    "as_json",
    "compose",
    "counts",
    "find",
    "gpu_line",
    "in_order",
    "mask",
    "overall",
    "summary",
]


def in_order(results: Iterable[Result]) -> list[Result]:
    """Results in the order in which a person would fix them."""
    return sorted(results, key=lambda result: NAMES.index(result.name))


def counts(results: Iterable[Result]) -> dict[Verdict, int]:
    """How many there are of each verdict."""
    verdicts = [result.verdict for result in results]
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS}


def overall(results: Iterable[Result]) -> Verdict:
    """The worst verdict: fail, warning or ok."""
    found = counts(results)
    return "fail" if found["fail"] else "warning" if found["warning"] else "ok"


def summary(results: Iterable[Result]) -> str:
    """`14 ok, 1 warning, 0 failed, 4 not applicable`."""
    found = counts(results)
    warnings = plural("{n:,} warning", "{n:,} warnings", found["warning"])
    return f"{found['ok']} ok, {warnings}, {found['fail']} failed, {found['not applicable']} not applicable"


def as_json(results: Iterable[Result]) -> dict[str, Any]:
    """One document: the worst verdict, counts, and every result in order."""
    results = in_order(results)
    return {
        "v": 1,
        "verdict": overall(results),
        "counts": counts(results),
        "checks": [result.to_json() for result in results],
    }
