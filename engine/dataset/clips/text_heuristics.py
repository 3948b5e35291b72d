"""Heuristics for suspicious transcripts: odd characters, and values far from a speaker's median."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Sequence

from engine.i18n import _

# case matters: "no." ends a sentence, "St." does not
_ABBREVIATION = re.compile(
    r"(?<!\w)(?:Mr|Mrs|Ms|Dr|Drs|Prof|St|Mt|Co|Jr|Sr|Maj|Gen|Rev|Lt|Sgt|Capt|Col|Hon|Esq|Ltd|Inc|Bros|Ft|vs|etc"
    r"|e\.g|i\.e|a\.m|p\.m|ca|bzw|usw|Nr|Hr|Fr|z\.\s?B|d\.\s?h)\."
)
_SIGN = re.compile(r"[%&$€£@#=+§°]")
_DIGITS = re.compile(r"\d+")
# C0 and C1 controls, and marks that change the direction of writing or cannot be seen
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

LEAST_CLIPS = 8  # of a speaker, before anything can be said of the usual
FAR = 4.0  # robust standard deviations
_LEAST_SPREAD = 0.03  # of the median: a corpus read by a machine has nearly none
_NORMAL = 1.4826  # the standard deviation of normal data, in median absolute deviations


def left_unread(text: str, *, cleaned: bool) -> str:
    """The digits, abbreviations or signs that no cleaner wrote out, as a reason; "" for none."""
    if found := _DIGITS.search(text):
        return _('digits are left: "{digits}"').format(digits=found[0][:20])
    if cleaned:
        return ""
    if found := _ABBREVIATION.search(text):
        return _('an abbreviation is left: "{abbreviation}"').format(abbreviation=found[0])
    found = _SIGN.search(text)
    return _('a sign is left: "{sign}"').format(sign=found[0]) if found else ""


def control_character(text: str) -> str:
    """The first character that a terminal or an editor would obey or hide, as U+001B; "" for none."""
    found = _CONTROL.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def without_controls(text: str) -> str:
    """The text without them; one that stands between words becomes a space."""
    return " ".join(_CONTROL.sub(" ", text).split())


def robust_scores(values: Sequence[float | None], owners: Sequence[str | None]) -> list[float | None]:
    """How far each value is from its owner's median, in robust standard deviations (median absolute deviation).

    None where there is no value, or the owner has fewer than 8.
    """
    away, middles = distances(values, owners), medians(values, owners)
    spreads = medians([None if each is None else abs(each) for each in away], owners)
    scales = {
        owner: max(_NORMAL * spread, _LEAST_SPREAD * abs(middles[owner]), 1e-9)
        for owner, spread in spreads.items()
    }
    return [None if each is None else each / scales[its] for each, its in zip(away, owners, strict=True)]


def distances(values: Sequence[float | None], owners: Sequence[str | None]) -> list[float | None]:
    """How far each value is from its owner's median; None as in `robust_scores`."""
    middles = medians(values, owners)
    return [
        None if value is None or owner not in middles else value - middles[owner]
        for value, owner in zip(values, owners, strict=True)
    ]


def medians(values: Sequence[float | None], owners: Sequence[str | None]) -> dict[str | None, float]:
    """The median of each owner who has 8 values or more."""
    by_owner: dict[str | None, list[float]] = defaultdict(list)
    for value, owner in zip(values, owners, strict=True):
        if value is not None:
            by_owner[owner].append(value)
    return {owner: statistics.median(own) for owner, own in by_owner.items() if len(own) >= LEAST_CLIPS}
