"""What a rule finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LEVELS = ("info", "warning", "error")  # from the mildest to the worst


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not well: `text` is a sentence with its figures, `remedy` one with what to do."""

    rule: str
    level: str
    text: str
    remedy: str

    @property
    def gravity(self) -> int:
        """0 for info, 2 for error; an unknown level counts as a warning."""
        return LEVELS.index(self.level) if self.level in LEVELS else 1


def worst(found: Iterable[Finding]) -> Finding | None:
    """The gravest finding, the first of several; None when all is well."""
    return max(found, key=lambda finding: finding.gravity, default=None)


def from_event(event: Mapping[str, Any]) -> tuple[Finding, bool] | None:
    """A `health` event as a finding and whether it begins (True) or ends; None for anything else."""
    rule, active = event.get("rule"), event.get("active")
    if event.get("kind") != "health" or not isinstance(rule, str) or not isinstance(active, bool):
        return None
    level, text, remedy = (str(event.get(name, "")) for name in ("level", "text", "remedy"))
    return Finding(rule, level, text, remedy), active
