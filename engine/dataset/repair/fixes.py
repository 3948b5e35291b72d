"""What can be done about a verdict, planned: copies to make below `fixed/`, texts to strip, clips to move.

Originals are never touched. A copy's name holds a digest of what was done, so that undo finds the old one as it was and
the same repair twice makes the same file. Standard library only; `mending` does the work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any

from engine.dataset.clips.issues import BAD, Limits, Verdict
from engine.dataset.clips.text_heuristics import without_controls
from engine.dataset.session import Board, Change
from engine.errors import InputError

ACTIONS = ("convert", "centre", "trim", "normalise", "strip", "drop", "quarantine")
COPIES = ("convert", "centre", "trim", "normalise")  # those that make a copy of the sound
GENTLE = (*COPIES, "strip")  # those after which the clip is where it was
MOVES = ("quarantine", "drop")  # the milder one first: a quarantine list keeps the line
FOLDER = "fixed"
TARGET_LUFS = -23.0  # EBU R 128; what the normalised loudness is where nobody says otherwise


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a copy is made: mono, at `rate` (None: as it is), silence at its ends cut, at a loudness (None: as it is).

    `centre`: without the constant offset that it stands on.
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
    """What will be done, by the clip's place on the board.

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
    board: Board,
    verdicts: Sequence[tuple[Verdict, ...]],
    indices: Iterable[int],
    limits: Limits,
    *,
    only: Collection[str] = ACTIONS,
    also: Collection[str] = (),
    lufs: float = TARGET_LUFS,
) -> Plan:
    """The mildest that mends each of these clips: none leaves its list while something gentler makes it fit to train.

    Args:
        only: of the actions that verdicts ask for, those that are wanted.
        also: actions for every one of these clips, whatever its verdicts.

    Raises:
        InputError: an unknown action.
    """
    for action in (*only, *also):
        if action not in ACTIONS:
            raise InputError(f'there is no action "{action}"', fix=f"choose among {', '.join(ACTIONS)}")
    found = Plan()
    for index in indices:
        clip = board.clip(index)
        asked = {verdict.fix for verdict in verdicts[index]}.intersection(only, GENTLE).union(also)
        move = _move(verdicts[index], only, also, has_gentle=bool(asked))
        target = _AFTER.get(move, board.place(index))
        if target != board.place(index) != "out":  # a clip of no list cannot be taken out of one
            found.moves[index] = target
            continue
        if "strip" in asked and clip.path:
            speaker = clip.speaker and without_controls(clip.speaker)
            text = without_controls(clip.text)
            found.changes[index] = Change(without_controls(clip.path), speaker, text, fault="")
        is_outside = any(verdict.kind == "escape" for verdict in verdicts[index])  # and so is not read
        if asked.intersection(COPIES) and clip.path and not is_outside:
            # a copy is made at the rate and loudness of the config at once, so that none is copied twice
            found.recipes[index] = Recipe(
                clip.path,
                limits.rate if "convert" in asked else None,
                "trim" in asked,
                lufs if "normalise" in asked else None,
                "centre" in asked,
            )
    return found


_AFTER = {"quarantine": "quarantine", "drop": "out"}


def _move(
    verdicts: Sequence[Verdict], only: Collection[str], also: Collection[str], *, has_gentle: bool
) -> str:
    """The move for a clip that is bad for a reason that nothing gentler mends, or that has nothing gentler to do."""
    asked = {
        verdict.fix
        for verdict in verdicts
        if verdict.fix in only and (verdict.severity == BAD or not has_gentle)
    }
    return next((action for action in MOVES if action in asked or action in also), "")


def applied(board: Board, made: Plan, failed: Collection[str] = ()) -> Board:
    """The board with its clips mended, as one step of undo.

    Args:
        failed: targets of copies that could not be made; their clips stay as they are.
    """
    changes = dict(made.changes)
    for index, recipe in made.recipes.items():
        if recipe.target not in failed:
            before = changes.get(index, Change())
            changes[index] = before._replace(path=recipe.target)
    return board.changed(changes, made.moves, "mend")
