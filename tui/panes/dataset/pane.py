"""The dataset pane: every clip with what is known of it, the split, fixes, and the way from a raw folder to lists.

This file has what runs in the background: measuring, fixing, cleaning, and what the lists need of the config.
`sources` opens datasets, `editor` has the steps that a key takes at once, `viewer` what is shown.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual import events
from textual.binding import BindingType

from engine.dataset.clips.cache import FOLDER
from engine.dataset.lists.filelist import unlistable
from engine.dataset.repair import plan as fixes
from engine.errors import InputError
from engine.files.atomic import write_bytes
from engine.i18n import _, plural
from engine.languages import NORMALISE
from tui.app import command_line, key_table, words
from tui.dialogs.form import Field, FormScreen
from tui.dialogs.picker import Choice, PickerScreen
from tui.panes import number_key
from tui.panes.dataset import session
from tui.panes.dataset.background_jobs import ending
from tui.panes.dataset.clip_browser import ClipTable
from tui.panes.dataset.edit_actions import (
    ChangeOf,
    Fix,
    describe,
    failed_copies,
    fixes_for,
    speakers_change,
    symbols_change,
    write_recipes,
)
from tui.panes.dataset.phonemes import HELPER_ERRORS
from tui.panes.dataset.sources import DatasetSources

_WITHOUT_CLIPS = {"open_corpus", "convert", "slice", "stop_job"}  # what can be done before a dataset is open
_NEEDS_CLIPS = {action.verb for action in key_table.at("dataset")} - _WITHOUT_CLIPS


class DatasetPane(DatasetSources):
    """Inspect, repair, split and clean a dataset."""

    PANE_ID = "dataset"
    ABOUT = (
        _(
            "o opens a folder of audio, a manifest (path|text, path|speaker|text, LJ Speech's "
            "metadata.csv) or the lists of a split. Clips that nobody measured yet are measured as a "
            "run, once for each file. {number_key} transcribes a bare folder into a "
            "manifest."
        ).format(number_key=number_key("transcription")),
        _(
            "From recordings to lists: i converts the recordings, o opens their texts, s splits "
            "them, f fixes what it can, enter repairs a transcript, w writes train, val and test, p "
            "cleans them for training."
        ),
        _(
            "t, v, e, Q and x move the marked clip, or the selection, to train, val, test, "
            "quarantine, or out of all. Space selects, so do shift and the arrows, m at both ends of "
            "a range, a drag, a click with ctrl or shift. Every step can be undone until the "
            "dashboard closes. Unsaved changes and a transcript that was typed and not kept survive "
            "a crash: they are offered when the corpus is opened again."
        ),
        _(
            "The filter takes words of text and path, and fields: issue:clipped, issue:bad, "
            "issue:none, split:val, speaker:anna, is:selected, is:edited. A click on a column's "
            "title sorts by it, a second one turns it round."
        ),
        _("Repairs of sound are made in copies below fixed/; recordings are never touched."),
    )
    BINDINGS: ClassVar[list[BindingType]] = key_table.bindings(PANE_ID)
    WIDGETS = ((_("In the table"), ClipTable),)
    DEFAULT_CSS = """
    DatasetPane SplitBars { display: none; }
    DatasetPane ClipDetails { height: 6; }
    DatasetPane.tall ClipDetails { height: 9; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._tried: set[str] = set()  # clips that were given to a run that measures
        self._is_starting = False  # such a run

    def on_resize(self, event: events.Resize) -> None:
        """More details on a high screen."""
        self.set_class(event.size.height >= 30, "tall")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """A key that needs clips does nothing before a dataset is open."""
        return self.is_open or action not in _NEEDS_CLIPS

    def offers(self, verb: str) -> bool:
        if verb == "stop_job":
            return self.jobs.live is not None
        if verb in ("convert", "slice"):
            return not self.is_open
        if not self.is_open:
            return verb not in _NEEDS_CLIPS
        kinds = self.view.findings.kinds if self.session.config is not None else ()
        known = {
            "undo": self.state.can_undo,
            "redo": self.state.can_redo,
            "save": self.state.is_changed,
            "clean": not self.state.is_changed and not self.is_cleaned,
            "store_symbols": "symbols" in kinds,
            "name_speakers": "speaker" in kinds,
        }
        return known.get(verb, True)

    # measuring

    def on_judged(self) -> None:
        """Measure clips that were never measured; none is tried twice by itself."""
        if self._is_starting or self.jobs.is_measuring:
            return
        paths = [clip.path for index, clip in enumerate(self.state.clips) if self.view.is_waiting(index)]
        new = [
            path for path in dict.fromkeys(paths) if path and path not in self._tried and not unlistable(path)
        ]
        if new:
            self._is_starting = True
            self._tried.update(new)
            self.start(self._measure, new)

    async def _measure(self, paths: list[str]) -> None:
        """Measure clips as a list of their own: what is on the screen may not be in any list yet."""
        listed = self.root / FOLDER / "analyse.list"
        lines = [os.fsencode(os.path.normpath(self.root / path)) + b"|-\n" for path in paths]
        try:
            listed.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(write_bytes, listed, b"".join(lines))
        except OSError as error:
            self.report(_("clips cannot be measured: {reason}").format(reason=error.strerror))
            return
        finally:
            self._is_starting = False
        run = await self.run_job("measure", str(listed))
        if run is not None:
            if run.state == "failed":
                self.report(_("measuring failed: {ending}").format(ending=ending(run)))
            self.judge_now()

    def action_measure(self) -> None:
        """Measure what is not measured, also what was tried before."""
        self._tried.clear()
        if not self.view.findings.unmeasured:
            message = plural("all {n:,} clips are measured", "all {n:,} clips are measured", len(self.state))
            if unnamed := sum(bool(unlistable(clip.path)) for clip in self.state.clips):
                message = _("{clips} but {n:,}, which no list can name: rename them").format(
                    clips=message, n=unnamed
                )
            self.show_message(message)
        self.judge_now()

    # fixes

    def action_fix(self) -> None:
        browser = self.browser
        found = fixes_for(self.view, browser.targets, browser.rows, is_selection=bool(browser.selected))
        if not found:
            self.show_message(_("nothing here has a fix; transcripts are repaired with enter"))
            return
        choices = [
            Choice(str(number), each.title, plural("{n:,} clip", "{n:,} clips", len(each.indices)))
            for number, each in enumerate(found)
        ]
        # enter alone must not take clips away
        harmless = next((str(number) for number, each in enumerate(found) if not each.takes_away), "0")
        self.ask(PickerScreen(_("Fix"), choices, harmless), self._fix, found)

    async def _fix(self, key: str, found: Sequence[Fix]) -> None:
        """Moves and texts at once; copies first as a run, then the lists point to them, as one step of undo."""
        fix, base = found[int(key)], self.state.base
        plan = fixes.plan(
            self.state,
            self.view.findings.issues,
            fix.indices,
            self.session.limits,
            only=fix.only,
            also=fix.also,
        )
        if not len(plan):
            self.show_message(_("there is nothing to do for these clips"))
            return
        is_wanted = await self.confirm(f"{fix.title}?", describe(plan), yes=_("do it"), no=_("leave them"))
        if not is_wanted or self.state.base is not base:  # work that ended may have opened another dataset
            return
        if plan.recipes:
            await self._make_copies(plan)
        else:
            self.take(fixes.applied(self.state, plan))

    async def _make_copies(self, plan: fixes.Plan) -> None:
        before = self.state
        report = self.app.workspace.run_folder("fix") / "mended.json"
        try:
            listed = write_recipes(self.root, plan)
            if self.jobs.live is None or self.jobs.live.name != "fix":
                report.unlink(missing_ok=True)
        except OSError as error:
            self.report(_("the copies cannot be planned: {reason}").format(reason=error.strerror))
            return
        run = await self.run_job("fix", str(listed))
        if run is None or self.state.base is not before.base:
            return  # another dataset is open; the copies stay, and the same fix finds them
        if (failed := failed_copies(report)) is None:
            self.report(_("nothing was fixed: {ending}").format(ending=ending(run)))
            return
        made = {
            index: recipe
            for index, recipe in plan.recipes.items()
            # a clip that was given another file meanwhile, or whose copy was stopped, stays as it is
            if self.state.clip(index).path == before.clip(index).path
            and (self.root / recipe.target).is_file()
            and recipe.target not in failed
        }
        self.take(fixes.applied(self.state, dataclasses.replace(plan, recipes=made)))
        if left := len(plan.recipes) - len(made):
            fault = plural(
                "{n:,} clip could not be fixed: {ending}",
                "{n:,} clips could not be fixed: {ending}",
                left,
                ending=ending(run),
            )
            self.notify(fault, severity="warning")
        self.show_message(_("fixed: u takes it back, w writes the lists"))

    # cleaning

    def action_clean(self) -> None:
        if self.state.is_changed:
            self.notify(_("write the lists first (w): what is on the disk is cleaned"), severity="warning")
            return
        if self.is_cleaned:
            self.show_message(_("these lists are cleaned already"))
            return
        about = _(
            "LIST becomes LIST.cleaned. As english_cleaners2, korean_cleaners, japanese_cleaners, or "
            "espeak:de."
        )
        cleaners = session.cleaners_of(self.session, self.app.workspace).split(",")
        shown = ",".join(name for name in cleaners if not name.startswith(NORMALISE))
        field = Field("cleaners", _("cleaners"), shown, _("names, separated by commas"))
        form = FormScreen(_("Clean the texts"), about, (field,), ask=self._cleaners_fault)
        self.ask(form, self._clean, self.session)

    async def _clean(self, values: dict[str, str], opened: session.Session) -> None:
        cleaners, lists = ",".join(self._cleaners_of(values)), self._training_lists
        column = "2" if any(clip.speaker is not None for clip in self.state.clips) else "1"
        run = await self.run_job("clean", *map(str, lists), "--text_index", column, "--cleaners", cleaners)
        if run is None or run.state != "finished":
            return  # the dashboard says why
        if self.session.sources == opened.sources:
            self.session = dataclasses.replace(self.session, cleaners=cleaners)
        names = ", ".join(f"{path.name}.cleaned" for path in lists)
        self.show_message(_("written: {names}").format(names=names))

    async def _cleaners_fault(self, values: dict[str, str]) -> str:
        """Why these cleaners cannot clean, by letting them; "" when they can."""
        if not (cleaners := self._cleaners_of(values)):
            return _("name a cleaner")
        try:
            await self.helper.ask("phonemes", text="a", cleaners=cleaners)
        except HELPER_ERRORS as error:
            return words.sentence(error)
        return ""

    def _cleaners_of(self, values: dict[str, str]) -> list[str]:
        """The cleaners that were typed, behind the normaliser where the workspace has one."""
        names = [name for name in values["cleaners"].replace(" ", "").split(",") if name]
        return list(self.app.workspace.cleaning_by(names)) if names else []

    @property
    def _training_lists(self) -> list[Path]:
        """The lists on the disk but for the quarantine."""
        lists = session.lists_in(self.session.folder, self.state)
        return [path for path in lists if path.name != self.state.names["quarantine"]]

    # the config

    def action_store_symbols(self) -> None:
        self._change_config(["symbols"], "--store", symbols_change)

    def action_name_speakers(self) -> None:
        lists = map(str, self._training_lists)
        self._change_config(["speakers", *lists], "--write", speakers_change)

    def _change_config(self, argv: list[str], flag: str, change_of: ChangeOf) -> None:
        if self.session.config is None:
            self.show_message(_("no config judges these clips: g chooses one"))
        elif self.state.is_changed:
            self.show_message(_("write the lists first (w): what is on the disk is looked at"))
        else:
            self.start(self._ask_to_change, self.session.config, argv, flag, change_of)

    async def _ask_to_change(self, config: Path, argv: list[str], flag: str, change_of: ChangeOf) -> None:
        """Ask what the lists need of the config, and write it there when a person agrees."""
        argv = [*argv, "-c", str(config), "--json"]
        if (found := await self._answer(argv)) is None:
            return
        try:
            question, detail, done = change_of(found)
        except InputError as error:
            self.show_message(str(error))
            return
        if not await self.confirm(question, detail, yes=_("write it"), no=_("leave it as it is")):
            return
        if await self._answer([*argv, flag]) is None:
            return
        try:
            self.judge_by(config)
        except InputError as error:
            self.report(error)
            return
        self.show_message(done)

    async def _answer(self, argv: Sequence[str]) -> dict[str, Any] | None:
        """What a command answers; None after its fault was reported."""
        self.show_message(_("{command}: looking …").format(command=argv[0]))
        ended = await command_line.run(self.root, *argv)
        self.show_message("")
        found = ended.document  # "there is something to do" is a fault to the shell
        if not isinstance(found, dict):
            fault = ended.fault or _("{command} printed nothing").format(command=argv[0])
            self.notify(fault, severity="error")
            return None
        return found
