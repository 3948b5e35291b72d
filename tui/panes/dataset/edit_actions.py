"""What can be fixed in clips, and what the lists need of the config: plans, and what they would do in words."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.dataset.clips.cache import FOLDER
from engine.dataset.clips.issues import KINDS
from engine.dataset.repair import plan as fixes
from engine.dataset.repair.plan import Plan
from engine.dataset.split import SPLITS
from engine.errors import InputError
from engine.files.atomic import write_text
from engine.i18n import _, plural
from tui.app import words
from tui.panes.dataset.clip_view import ClipView

_MOST_SHOWN = 8
# from the answer of a command: a question, its detail, and what is said when it was done
ChangeOf = Callable[[Mapping[str, Any]], tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Fix:
    """One entry of the choice: which clips, and which actions for them; `also`: whatever their issues."""

    title: str
    indices: tuple[int, ...]
    only: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def takes_away(self) -> bool:
        """Whether clips leave their lists by it."""
        return not set(fixes.MOVES).isdisjoint(self.only)


def fixes_for(
    view: ClipView, targets: Sequence[int], rows: Sequence[int], *, is_selection: bool
) -> list[Fix]:
    """What can be fixed: the targets first, then each kind of issue among the clips in the table.

    Of clips in quarantine or in no list nothing is fixed, unless the table shows no others.
    """
    title = _("the selection: {actions}") if is_selection else _("this clip: {actions}")
    found = []
    asked = {index: {issue.fix for issue in view.issues(index)} for index in targets}
    for part in (fixes.GENTLE, fixes.MOVES):  # a repair must not take clips away unasked
        actions = tuple(action for action in part if any(action in each for each in asked.values()))
        indices = tuple(index for index in targets if asked[index].intersection(actions))
        if actions:
            found.append(Fix(title.format(actions=", ".join(actions)), indices, only=actions))
    kinds: dict[str, list[int]] = {}
    for index in [index for index in rows if view.state.split_of(index) in SPLITS] or rows:
        for kind in {issue.kind for issue in view.issues(index) if issue.fix}:
            kinds.setdefault(kind, []).append(index)
    for kind, about in KINDS.items():
        if kind in kinds:
            all_of_kind = _("all {kind}: {action}").format(kind=kind, action=about.fix)
            found.append(Fix(all_of_kind, tuple(kinds[kind]), only=(about.fix,)))
    for action in fixes.COPIES if targets else ():
        anyway = _("{action} anyway").format(action=action)
        found.append(Fix(title.format(actions=anyway), tuple(targets), also=(action,)))
    return found


def describe(plan: Plan) -> str:
    """What a plan will do, in words."""
    recipes, moves = plan.recipes.values(), Counter(plan.moves.values())
    done = (
        (sum(each.rate is not None for each in recipes), _("{n:,} converted to mono at the needed rate")),
        (sum(each.centre for each in recipes), _("{n:,} freed of a constant offset")),
        (sum(each.trim for each in recipes), _("{n:,} without silence at both ends")),
        (sum(each.lufs is not None for each in recipes), _("{n:,} brought to {lufs:g} LUFS")),
    )
    how = ", ".join(text.format(n=count, lufs=fixes.TARGET_LUFS) for count, text in done if count)
    parts = []
    if count := len(recipes):
        parts.append(
            plural("{n:,} copy below fixed/: {how}", "{n:,} copies below fixed/: {how}", count, how=how)
        )
    if count := len(plan.changes):
        parts.append(
            plural("{n:,} line freed of control characters", "{n:,} lines freed of control characters", count)
        )
    if count := moves["out"]:
        parts.append(plural("{n:,} clip taken out of all lists", "{n:,} clips taken out of all lists", count))
    if count := moves["quarantine"]:
        parts.append(
            plural(
                "{n:,} clip moved to the quarantine list", "{n:,} clips moved to the quarantine list", count
            )
        )
    return _("{changes}. Recordings stay as they are; u undoes it.").format(changes="; ".join(parts))


def write_recipes(root: Path, plan: Plan) -> Path:
    """Write the copies that a plan makes, as the run `fix` reads them; returns the file.

    Raises:
        OSError: the workspace cannot be written to.
    """
    path = root / FOLDER / "mend.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps([dataclasses.asdict(each) for each in plan.recipes.values()]))
    return path


def failed_copies(report: Path) -> Mapping[str, str] | None:
    """The copies that the run could not make, with the reasons; None where there is no report."""
    try:
        found: Mapping[str, str] = json.loads(report.read_text(encoding="utf-8"))["failed"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def symbols_change(found: Mapping[str, Any]) -> tuple[str, str, str]:
    """What `vitsdeck symbols` would store in the config.

    Raises:
        InputError: nothing.
    """
    if found.get("needed") is None:
        raise InputError(_("the config has all the symbols that its lists need"))
    file = found["file"]
    detail = plural(
        "Its lists hold {missing}, which its table lacks. {file} changes: the table grows to "
        "{n:,} symbol, at its end; trained voices keep their ids.",
        "Its lists hold {missing}, which its table lacks. {file} changes: the table grows to "
        "{n:,} symbols, at its end; trained voices keep their ids.",
        len(found["needed"]),
        missing=_some([words.symbol(str(each)) for each in found.get("missing") or ()]),
        file=file,
    )
    question, done = _("Store symbols in {file}?"), _("symbols are stored in {file}")
    return question.format(file=file), detail, done.format(file=file)


def speakers_change(found: Mapping[str, Any]) -> tuple[str, str, str]:
    """What `vitsdeck speakers` would write into the config.

    Raises:
        InputError: nothing, or the lists have faults.
    """
    if found.get("faults"):
        raise InputError(_("{fault}: fix the lists first").format(fault=found["faults"][0]))
    known = [each for each in found["speakers"] if each.get("id") is not None]
    names = [f"{each['name']} {each['id']}" for each in sorted(known, key=lambda each: int(each["id"]))]
    if not names:
        raise InputError(_("no list names a speaker"))
    file = found["file"]
    detail = _("Names and ids: {names}. {file} changes; names that it has keep their ids.").format(
        names=_some(names), file=file
    )
    done = plural("{n:,} speaker named in {file}", "{n:,} speakers named in {file}", len(names), file=file)
    return _("Name the speakers in {file}?").format(file=file), detail, done


def _some(items: Sequence[str]) -> str:
    shown = ", ".join(items[:_MOST_SHOWN])
    more = len(items) - _MOST_SHOWN
    return _("{shown} and {n:,} more").format(shown=shown, n=more) if more > 0 else shown
