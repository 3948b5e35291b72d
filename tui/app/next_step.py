"""The next step of the path from recordings to a voice and what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.i18n import _

if TYPE_CHECKING:
    from engine.progress import Progress
    from engine.runs.registry import RunSnapshot


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its word in the key line, and what the overview says of it."""

    word: str
    about: str


PREPARE = Step("prepare", _("choose the folder of your recordings; lists for training are made from them"))
PREPARING = Step("prepare", _("the recordings are being prepared; show how far that is"))
TRANSCRIBE = Step("transcribe", _("the recordings have no texts yet; show what writing them down costs"))
TRAIN = Step("train", _("choose a name for the voice, and start the training"))
WATCH = Step(_("show run"), _("the training is under way; show it"))
SPEAK = Step("speak", _("type a text, and the voice speaks it"))
_BY_VERB = {"prepare": PREPARE, "transcribe": TRANSCRIBE, "train": TRAIN, "speak": SPEAK}


def step_of(progress: Progress, runs: tuple[RunSnapshot, ...], *, is_preparing: bool = False) -> Step:
    """What comes next: what is under way is looked at before anything else is started."""
    if is_preparing:
        return PREPARING
    step = _BY_VERB[progress.next_step]
    is_training = any(run.is_live and run.kind == "train" for run in runs)
    return WATCH if is_training and step is not SPEAK else step
