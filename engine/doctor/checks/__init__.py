"""Every check, by theme; reports and the environment pane keep this order."""

from __future__ import annotations

from engine.doctor.check import Check
from engine.doctor.checks import collectives, devices, disk, libraries, logout, report, speech, system

_THEMES = (libraries, devices, collectives, speech, disk, system, logout, report)
CHECKS: tuple[Check, ...] = tuple(
    one for theme in _THEMES for one in vars(theme).values() if isinstance(one, Check)
)
NAMES: tuple[str, ...] = tuple(one.name for one in CHECKS)


def find(name: str) -> Check:
    """The check of that name."""
    return CHECKS[NAMES.index(name)]
