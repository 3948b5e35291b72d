"""What changes clips: dividing them anew, repairing transcripts, and the fixes that verdicts ask for."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.dataset.clips.cache import FOLDER
from engine.dataset.clips.issues import KINDS
from engine.dataset.repair import plan as fixes
from engine.dataset.repair.plan import Plan
from engine.dataset.session import PLACES, Board, Change
from engine.errors import InputError
from engine.files.atomic import write_text
from tui.app import words
from tui.panes.dataset import desk, jobs

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from tui.panes.dataset.pane import DatasetPane

DEALT = PLACES[:3]
_SAYS = {
    "convert": "converted to mono at the needed rate",
    "centre": "constant offset removed",
    "trim": "silence at both ends cut",
    "normalise": f"brought to {fixes.TARGET_LUFS:g} LUFS",
    "strip": "control characters taken out",
    "drop": "taken out of all lists",
    "quarantine": "moved to the quarantine list",
}


@dataclass(frozen=True, slots=True)
class Remedy:
    """One entry of the choice: which clips, and which actions for them."""

    title: str
    indices: tuple[int, ...]
    only: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def takes_away(self) -> bool:
        """Whether clips leave their lists by it."""
        return bool({"drop", "quarantine"}.intersection(self.only))


class Fixing:
    """A part of the pane."""

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane

    # the split

    def divide(self) -> None:
        """The split editor."""
        from tui.dialogs.split import SplitScreen

        pane = self._pane
        if pane.shown is None:
            return
        before = pane.board

        def chosen(board: Board | None) -> None:
            if board is not None and pane.board is before:
                pane.take(board)

        pane.app.push_screen(SplitScreen(before, pane.shown.seconds), chosen)

    def move(self, place: str) -> None:
        """Move the selection, else the marked clip, to another list."""
        pane = self._pane
        if pane.shown is None or not pane.targets:
            return
        is_selection, following = bool(pane.table.selected), pane.finding.following
        before = pane.board
        pane.take(pane.board.moved(pane.targets, place))
        if not is_selection and following is not None:  # also of a clip that was there: keys go clip by clip
            pane.finding.go_to(following)
        if pane.board is before:
            pane.say("in no list already" if place == PLACES[4] else f"in {place} already")

    def undo(self) -> None:
        """Take the last step back."""
        pane = self._pane
        if pane.shown is not None and pane.board.can_undo:
            label = pane.board.undo_label
            self._go_back_to(pane.board.undone())
            pane.say(f"undone: {label}")

    def redo(self) -> None:
        """Take it again."""
        pane = self._pane
        if pane.shown is not None and pane.board.can_redo:
            label = pane.board.redo_label
            self._go_back_to(pane.board.redone())
            pane.say(f"done again: {label}")

    def _go_back_to(self, board: Board) -> None:
        """Show it, with the mark on the first clip that is another now, so that it is seen what came back."""
        pane = self._pane
        changed = desk.different(board, pane.board)
        pane.take(board)
        first = next((index for index in pane.rows if index in changed), None)
        if first is not None and pane.marked not in changed:
            pane.finding.go_to(first)

    # transcripts

    def repair(self) -> None:
        """The transcript editor on the marked clip."""
        from tui.dialogs.repair import RepairScreen

        pane = self._pane

        def closed(_: None) -> None:
            pane.table.focus()

        if pane.shown is not None and pane.marked is not None:
            pane.app.push_screen(RepairScreen(pane, pane.marked), closed)

    def set_text(self, index: int, text: str) -> str:
        """Keep a transcript; returns what is wrong with it, "" when it was kept."""
        pane = self._pane
        fault = pane.board.clip(index).fault
        change = Change(text=text, fault="" if fault else None)
        try:
            pane.take(pane.board.edited({index: change}, "edit"))
        except InputError as error:
            return str(error)
        return ""

    # fixes

    def ask(self) -> None:
        """Which clips shall be mended, and how."""
        from tui.dialogs.picker import Choice, PickerScreen

        pane = self._pane
        if pane.shown is None:
            return
        remedies = self.remedies()
        if not remedies:
            pane.say("nothing here has a fix; transcripts are repaired with enter")
            return
        choices = [
            Choice(str(number), each.title, words.plural(len(each.indices), "clip"))
            for number, each in enumerate(remedies)
        ]

        def chosen(key: str | None) -> None:
            if key is not None:
                self._confirm(remedies[int(key)])

        # enter alone must not take clips away
        harmless = next((str(number) for number, each in enumerate(remedies) if not each.takes_away), "0")
        pane.app.push_screen(PickerScreen("Fix", choices, harmless), chosen)

    def remedies(self) -> list[Remedy]:
        """What can be mended: the marked clip or the selection, then each kind among the clips in the table.

        Of those that were put aside nothing is mended, unless the table shows no others.
        """
        pane = self._pane
        shown = pane.shown
        if shown is None:
            return []
        targets = tuple(pane.targets)
        name = "the selection" if pane.table.selected else "this clip"
        found = []
        asked = {index: {verdict.fix for verdict in shown.judged(index)} for index in targets}
        for part in (fixes.GENTLE, fixes.MOVES):  # mending must not take clips away unasked
            actions = tuple(action for action in part if any(action in each for each in asked.values()))
            mendable = tuple(index for index in targets if asked[index].intersection(actions))
            if actions:
                found.append(Remedy(f"{name}: {', '.join(actions)}", mendable, only=actions))
        kinds: dict[str, list[int]] = {}
        rows = [index for index in pane.rows if pane.board.place(index) in DEALT] or pane.rows
        for index in rows:
            for kind in {verdict.kind for verdict in shown.judged(index) if verdict.fix}:
                kinds.setdefault(kind, []).append(index)
        for kind, about in KINDS.items():
            if kind in kinds:
                title = f"all {kind}: {about.fix}"
                found.append(Remedy(title, tuple(kinds[kind]), only=(about.fix,)))
        found += [
            Remedy(f"{name}: {action} anyway", targets, also=(action,)) for action in fixes.COPIES if targets
        ]
        return found

    def _confirm(self, remedy: Remedy) -> None:
        from tui.dialogs.confirm import ConfirmScreen

        pane = self._pane
        shown, corpus = pane.shown, pane.corpus
        if shown is None or corpus is None:
            return
        plan = fixes.plan(
            pane.board,
            shown.known.verdicts,
            remedy.indices,
            corpus.limits,
            only=remedy.only,
            also=remedy.also,
        )
        if not len(plan):
            pane.say("there is nothing to do for these clips")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.carry_out(plan)

        pane.app.push_screen(
            ConfirmScreen(f"{remedy.title}?", said(plan), yes="do it", no="leave them"), answered
        )

    def carry_out(self, plan: Plan) -> None:
        """Moves and texts at once; copies first as a run, then the lists point to them, as one step of undo."""
        pane = self._pane
        if not plan.recipes:
            pane.take(fixes.applied(pane.board, plan))
            return
        before = [pane.board.clip(index).path for index in plan.recipes]
        listed = pane.root / FOLDER / "mend.json"
        folder = pane.app.workspace.run_folder("fix")
        try:
            listed.parent.mkdir(parents=True, exist_ok=True)
            write_text(listed, json.dumps([dataclasses.asdict(each) for each in plan.recipes.values()]))
            if not (pane.working.live and pane.working.live.name == "fix"):
                (folder / "mended.json").unlink(missing_ok=True)
        except OSError as error:
            pane.notify(f"the copies cannot be planned: {error.strerror}", severity="error")
            return
        corpus = pane.corpus

        def ended(run: RunSnapshot) -> None:
            if pane.corpus is None or corpus is None or pane.corpus.sources != corpus.sources:
                return  # another corpus is open; the copies stay, and the same fix finds them
            self._mended(plan, before, run)

        pane.working.start("fix", [str(listed)], ended)

    def _mended(self, plan: Plan, before: Sequence[str], run: RunSnapshot) -> None:
        pane = self._pane
        try:
            failed = json.loads((run.folder / "mended.json").read_text(encoding="utf-8"))["failed"]
        except (OSError, ValueError, KeyError, TypeError):
            pane.notify(f"nothing was mended: {jobs.ending(run)}", severity="error")
            return
        made = {
            index: recipe
            for (index, recipe), path in zip(plan.recipes.items(), before, strict=True)
            # a clip that was given another file meanwhile, or whose copy was stopped, stays as it is
            if pane.board.clip(index).path == path and (pane.root / recipe.target).is_file()
        }
        pane.take(fixes.applied(pane.board, dataclasses.replace(plan, recipes=made), failed))
        left = len(plan.recipes) - sum(recipe.target not in failed for recipe in made.values())
        if left:
            pane.notify(
                f"{words.plural(left, 'clip')} could not be mended: {jobs.ending(run)}", severity="warning"
            )
        pane.say("mended: u takes it back, w writes the lists")


def said(plan: Plan) -> str:
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
        parts.append(f"{words.plural(len(plan.recipes), 'copy', 'copies')} below fixed/: {how}")
    if plan.changes:
        parts.append(f"{words.plural(len(plan.changes), 'line')} written anew: {_SAYS['strip']}")
    for place, count in Counter(plan.moves.values()).items():
        parts.append(f"{words.plural(count, 'clip')} {_SAYS['drop' if place == 'out' else 'quarantine']}")
    return "; ".join(parts) + ". Recordings stay as they are; u undoes it."
