"""What fixes a clip's issues: copies to make below `fixed/`, texts to strip, clips to move to another list.

Originals are never touched. A copy's name holds a digest of what was done, so undo finds the old one as it was, and
the same fix twice makes the same file. Standard library only; `apply` does the work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any

from engine.dataset.clips.issues import BAD, Issue, Requirements
from engine.dataset.clips.text_heuristics import without_controls
from engine.dataset.session import Change, DatasetState
from engine.errors import InputError
from engine.i18n import _

COPIES = ("convert", "centre", "trim", "normalise")  # those that make a copy of the sound
GENTLE = (*COPIES, "strip")  # those after which the clip is where it was
MOVES = ("quarantine", "drop")  # the milder one first: a quarantine list keeps the line
ACTIONS = (*GENTLE, "drop", "quarantine")
FOLDER = "fixed"
TARGET_LUFS = -23.0  # EBU R 128; the loudness of normalised copies where nobody says otherwise
_TARGETS = {"quarantine": "quarantine", "drop": "out"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a copy is made: mono, at `rate` (None: as it is), silence at its ends cut, at a loudness (None: as it is).

    `centre`: without its constant offset.
    """

    source: str
    rate: int | None = None
    trim: bool = False
    lufs: float | None = None
    centre: bool = False

    @property
    def target(self) -> str:
        """Where the copy goes, relative to the workspace."""
        how = asdict(self)
        if not self.centre:  # younger than the copies that were named without it
            del how["centre"]
        done = hashlib.blake2b(json.dumps(how).encode(errors="surrogateescape"), digest_size=4).hexdigest()
        parts = [part for part in PurePosixPath(self.source).parts if part not in ("/", "..", ".")]
        inside = PurePosixPath(*parts[1:] if parts[:1] == [FOLDER] else parts)
        return str(PurePosixPath(FOLDER) / inside.with_name(f"{inside.stem}.{done}.wav"))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Recipe:
        """From the object that `asdict` makes of it."""
        source, rate, lufs = str(values["source"]), values.get("rate"), values.get("lufs")
        return cls(source, rate, bool(values.get("trim")), lufs, bool(values.get("centre")))


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done, by the clip's index.

    Attributes:
        recipes: copies to make.
        changes: texts and lines to write anew.
        moves: clips that leave their list.
    """

    recipes: dict[int, Recipe] = field(default_factory=dict)
    changes: dict[int, Change] = field(default_factory=dict)
    moves: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len({*self.recipes, *self.changes, *self.moves})


def plan(
    state: DatasetState,
    issues: Sequence[tuple[Issue, ...]],
    indices: Iterable[int],
    wanted: Requirements,
    *,
    only: Collection[str] = ACTIONS,
    also: Collection[str] = (),
    lufs: float = TARGET_LUFS,
) -> Plan:
    """The mildest fix of each of these clips: none leaves its list while something gentler makes it fit to train.

    Args:
        only: of the actions that issues ask for, those that are wanted.
        also: actions for every one of these clips, whatever its issues.

    Raises:
        InputError: an unknown action.
    """
    for action in (*only, *also):
        if action not in ACTIONS:
            fix = _("choose among {actions}").format(actions=", ".join(ACTIONS))
            raise InputError(_('there is no action "{action}"').format(action=action), fix=fix)
    found = Plan()
    for index in indices:
        clip, split = state.clip(index), state.split_of(index)
        gentle = {issue.fix for issue in issues[index]}.intersection(only, GENTLE).union(also)
        # a clip is moved for what nothing gentler fixes, or where there is nothing gentler to do
        asked = {i.fix for i in issues[index] if i.fix in only and (i.severity == BAD or not gentle)}
        move = next((action for action in MOVES if action in asked.union(also)), "")
        target = _TARGETS.get(move, split)
        if target != split != "out":  # a clip of no list cannot be taken out of one
            found.moves[index] = target
            continue
        if "strip" in gentle and clip.path:
            speaker = clip.speaker and without_controls(clip.speaker)
            text = without_controls(clip.text)
            found.changes[index] = Change(without_controls(clip.path), speaker, text, fault="")
        is_outside = any(issue.kind == "path_outside" for issue in issues[index])  # and so is not read
        if gentle.intersection(COPIES) and clip.path and not is_outside:
            # at the rate and loudness of the config at once, so that none is copied twice
            found.recipes[index] = Recipe(
                clip.path,
                wanted.rate if "convert" in gentle else None,
                "trim" in gentle,
                lufs if "normalise" in gentle else None,
                "centre" in gentle,
            )
    return found


def applied(state: DatasetState, made: Plan, failed: Collection[str] = ()) -> DatasetState:
    """The clips as they are once the plan is carried out, as one step of undo.

    Args:
        failed: targets of copies that could not be made; their clips stay as they are.
    """
    changes = dict(made.changes)
    for index, recipe in made.recipes.items():
        if recipe.target not in failed:
            changes[index] = changes.get(index, Change())._replace(path=recipe.target)
    return state.changed(changes, made.moves, _("fix"))
