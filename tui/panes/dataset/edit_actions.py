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
_SAYS = {
    "convert": _("converted to mono at the needed rate"),
    "centre": _("constant offset removed"),
    "trim": _("silence at both ends cut"),
    "normalise": _("brought to {target_lufs:g} LUFS").format(target_lufs=fixes.TARGET_LUFS),
    "strip": _("control characters taken out"),
    "drop": _("taken out of all lists"),
    "quarantine": _("moved to the quarantine list"),
}


@dataclass(frozen=True, slots=True)
class Fix:
    """One entry of the choice: which clips, and which actions for them; `also`: whatever their verdicts."""

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
    """What can be fixed: the targets first, then each kind of verdict among the clips in the table.

    Of clips in quarantine or in no list nothing is fixed, unless the table shows no others.
    """
    name = _("the selection") if is_selection else _("this clip")
    found = []
    asked = {index: {verdict.fix for verdict in view.verdicts(index)} for index in targets}
    for part in (fixes.GENTLE, fixes.MOVES):  # a repair must not take clips away unasked
        actions = tuple(action for action in part if any(action in each for each in asked.values()))
        indices = tuple(index for index in targets if asked[index].intersection(actions))
        if actions:
            found.append(Fix(f"{name}: {', '.join(actions)}", indices, only=actions))
    kinds: dict[str, list[int]] = {}
    for index in [index for index in rows if view.state.split_of(index) in SPLITS] or rows:
        for kind in {verdict.kind for verdict in view.verdicts(index) if verdict.fix}:
            kinds.setdefault(kind, []).append(index)
    for kind, about in KINDS.items():
        if kind in kinds:
            found.append(Fix(f"all {kind}: {about.fix}", tuple(kinds[kind]), only=(about.fix,)))
    for action in fixes.COPIES if targets else ():
        found.append(Fix(f"{name}: {action} anyway", tuple(targets), also=(action,)))
    return found


def describe(plan: Plan) -> str:
    """What a plan will do, in words."""
    parts = []
    if plan.recipes:
        done: Counter[str] = Counter()
        for recipe in plan.recipes.values():
            done["convert"] += recipe.rate is not None
            done["centre"] += recipe.centre
            done["trim"] += recipe.trim
            done["normalise"] += recipe.lufs is not None
        how = ", ".join(f"{count:,} {_SAYS[action]}" for action, count in done.items() if count)
        parts.append(
            _("{copies} below fixed/: {how}").format(
                copies=plural("{n:,} copy", "{n:,} copies", len(plan.recipes)), how=how
            )
        )
    if plan.changes:
        parts.append(
            _("{lines} written anew: {strip}").format(
                lines=plural("{n:,} line", "{n:,} lines", len(plan.changes)), strip=_SAYS["strip"]
            )
        )
    for split, count in Counter(plan.moves.values()).items():
        parts.append(
            f"{plural('{n:,} clip', '{n:,} clips', count)} {_SAYS['drop' if split == 'out' else 'quarantine']}"
        )
    return "; ".join(parts) + _(". Recordings stay as they are; u undoes it.")


def write_recipes(root: Path, plan: Plan) -> Path:
    """The copies that a plan makes, as the run `fix` reads them.

    Raises:
        OSError: the workspace cannot be written to.
    """
    path = root / FOLDER / "mend.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps([dataclasses.asdict(each) for each in plan.recipes.values()]))
    return path


def failed_copies(report: Path) -> Mapping[str, str] | None:
    """The copies that the run could not make, with the reasons; None where it made none."""
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
    lacking = _some([words.symbol(str(each)) for each in found.get("missing") or ()])
    grown = plural("{n:,} symbol", "{n:,} symbols", len(found["needed"]))
    detail = _(
        "Its lists hold {lacking}, which its table lacks. {file} changes: the table grows to "
        "{grown}, at its end; trained voices keep their ids."
    ).format(lacking=lacking, file=file, grown=grown)
    return (
        _("Store symbols in {file}?").format(file=file),
        detail,
        _("symbols are stored in {file}").format(file=file),
    )


def speakers_change(found: Mapping[str, Any]) -> tuple[str, str, str]:
    """What `vitsdeck speakers` would write into the config.

    Raises:
        InputError: nothing, or the lists have faults.
    """
    if found.get("faults"):
        raise InputError(_("{faults}: fix the lists first").format(faults=found["faults"][0]))
    known = [each for each in found["speakers"] if each.get("id") is not None]
    names = [f"{each['name']} {each['id']}" for each in sorted(known, key=lambda each: int(each["id"]))]
    if not names:
        raise InputError(_("no list names a speaker"))
    file = found["file"]
    detail = _("Names and ids: {some}. {file} changes; names that it has keep their ids.").format(
        some=_some(names), file=file
    )
    return (
        _("Name the speakers in {file}?").format(file=file),
        detail,
        _("{speakers} named in {file}").format(
            speakers=plural("{n:,} speaker", "{n:,} speakers", len(names)), file=file
        ),
    )


def _some(items: Sequence[str]) -> str:
    more = f" and {len(items) - _MOST_SHOWN:,} more" if len(items) > _MOST_SHOWN else ""
    return ", ".join(items[:_MOST_SHOWN]) + more
