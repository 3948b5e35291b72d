"""The best checkpoint of a run: which figure decides, and which file holds its weights.

    best_1200.pth             the generator's weights alone, with the keys of the family's G_ files
    best_1200.manifest.json   its step, the figure that decided, and the SHA-256 of the file; written last

The name does not begin with G_: the family's tools would read it as a checkpoint to resume from. Runs of older versions
have no such file; the best one there is the whole checkpoint whose manifest has the lowest `mel`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.i18n import _

NEWEST, BEST = "newest", "best"  # how a person names one of a run's checkpoints, beside its step
CHARACTER_ERROR = "quality/cer/held_out"
# Figures of a validation by tag, lower is better; the first that was measured decides.
FIGURES = {
    CHARACTER_ERROR: _("character error"),
    "quality/mel/held_out": _("mel L1"),
    "loss/val/mel": _("mel loss"),
}
_OLD_TAG = "loss/val/mel"  # of older versions, whose manifests hold it as `mel`


@dataclass(frozen=True, slots=True)
class Best:
    """The best checkpoint: the file that speaks, its step, and the figure that decided."""

    path: Path
    step: int
    tag: str
    value: float

    def __str__(self) -> str:
        figure = FIGURES.get(self.tag, self.tag)
        text = _("step {step} ({figure} {value:.3g})")
        return text.format(step=self.step, figure=figure, value=self.value)


def deciding(figures: Mapping[str, float]) -> tuple[str, float] | None:
    """Tag and value of the figure by which checkpoints are compared; None where none was measured or is finite."""
    measured = ((tag, figures[tag]) for tag in FIGURES if tag in figures)
    return next(((tag, value) for tag, value in measured if math.isfinite(value)), None)


def find(folder: Path) -> Best | None:
    """The best checkpoint of a run folder, its content not yet verified; None where there is none."""
    files = [one for path in folder.glob("best_*.manifest.json") if (one := _read(path, "best"))]
    if files:  # two after a kill between writing one and deleting the other
        return max(files, key=lambda one: one.step)
    pairs = [one for path in folder.glob("[0-9]*.manifest.json") if (one := _read(path, "G"))]
    return min(pairs, key=lambda one: (one.value, -one.step), default=None)


def _read(manifest: Path, prefix: str) -> Best | None:
    try:
        tree = json.loads(manifest.read_bytes())
        step, tag, value = int(tree["step"]), tree.get("tag", _OLD_TAG), tree.get("value", tree.get("mel"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    path = manifest.with_name(f"{prefix}_{step}.pth")
    is_measured = isinstance(tag, str) and isinstance(value, int | float)
    return Best(path, step, tag, value) if is_measured and path.is_file() else None
