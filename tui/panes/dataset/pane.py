"""The dataset pane: every clip with what is known of it, the split, fixes, and the way from a raw folder to lists.

This file has what takes long or asks another program: measuring, converting, cutting, fixing, cleaning, and what the
lists need of the config. `editor` has the steps that a key takes at once, `viewer` what is shown.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import BindingType

from engine.dataset.clips.cache import FOLDER
from engine.dataset.lists.filelist import unlistable
from engine.dataset.repair import plan as fixes
from engine.errors import InputError
from engine.files.atomic import write_bytes
from engine.i18n import _, plural
from engine.languages import NORMALISE
from tui.app import actions, command_line, words
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
from tui.panes.dataset.raw_recordings import RawRecordings

if TYPE_CHECKING:
    pass

_NEEDS_CLIPS = {action.verb for action in actions.at("dataset")} - {"open_corpus"}


class DatasetPane(RawRecordings):
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
            "The filter takes words of text and path, and fields: verdict:clipped, verdict:bad, "
            "verdict:none, split:val, speaker:anna, is:selected, is:edited. A click on a column's "
            "title sorts by it, a second one turns it round."
        ),
        _("Repairs of sound are made in copies below fixed/; recordings are never touched."),
    )
    BINDINGS: ClassVar[list[BindingType]] = actions.bindings(PANE_ID)
    WIDGETS = ((_("In the table"), ClipTable),)
    DEFAULT_CSS = """
    DatasetPane SplitBars { display: none; }
    DatasetPane ClipDetails { height: 6; }
    DatasetPane.tall ClipDetails { height: 9; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._tried: set[str] = set()  # clips that an analysis was started for
        self._is_starting = False  # the analysis

    def on_resize(self, event: events.Resize) -> None:
        """More details on a high screen."""
        self.set_class(event.size.height >= 30, "tall")

    def offers(self, verb: str) -> bool:
        if verb == "stop_job":
            return self.jobs.live is not None
        if verb in ("convert", "slice"):
            return self.view is None
        if self.view is None:
            return verb not in _NEEDS_CLIPS
        has_config = self.session is not None and self.session.config is not None
        kinds = self.view.findings.kinds if has_config else ()
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
        """Measure clips that were never measured; nothing is tried twice by itself."""
        if self.view is None or self._is_starting or self.jobs.is_analysing:
            return
        paths = [clip.path for index, clip in enumerate(self.state.clips) if self.view.is_waiting(index)]
        new = [
            path for path in dict.fromkeys(paths) if path and path not in self._tried and not unlistable(path)
        ]
        if new:
            self._is_starting = True
            self._tried.update(new)
            self.begin(self._measure, new)

    async def _measure(self, paths: list[str]) -> None:
        """The clips as a list of their own: what is on the screen may not be in any list yet."""
        listed = self.root / FOLDER / "analyse.list"
        lines = [os.fsencode(os.path.normpath(self.root / path)) + b"|-\n" for path in paths]
        try:
            listed.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(write_bytes, listed, b"".join(lines))
        except OSError as error:
            self.report(_("the analysis cannot start: {strerror}").format(strerror=error.strerror))
            return
        finally:
            self._is_starting = False
        run = await self.run_job("measure", str(listed))
        if run is not None:
            if run.state == "failed":
                self.report(_("the analysis failed: {ending}").format(ending=ending(run)))
            self.judge_now()

    def action_measure(self) -> None:
        """Measure what is not measured, also what was tried before."""
        self._tried.clear()
        if self.view is not None and not self.view.findings.unmeasured:
            unnamed = sum(bool(unlistable(clip.path)) for clip in self.state.clips)
            but = (
                _(" but {unnamed:,}, which no list can name: rename them").format(unnamed=unnamed)
                if unnamed
                else ""
            )
            self.say(
                _("all {clips} are measured{but}").format(
                    clips=plural("{n:,} clip", "{n:,} clips", len(self.state)), but=but
                )
            )
        self.judge_now()

    # raw and long recordings

    # fixes

    def action_fix(self) -> None:
        if self.view is None:
            return
        browser = self.browser
        found = fixes_for(self.view, browser.targets, browser.rows, is_selection=bool(browser.selected))
        if not found:
            self.say(_("nothing here has a fix; transcripts are repaired with enter"))
            return
        choices = [
            Choice(str(number), each.title, plural("{n:,} clip", "{n:,} clips", len(each.indices)))
            for number, each in enumerate(found)
        ]
        # enter alone must not take clips away
        harmless = next((str(number) for number, each in enumerate(found) if not each.takes_away), "0")
        self.begin(self._fix, self.ask(PickerScreen("Fix", choices, harmless)), found)

    async def _fix(self, chosen: Awaitable[str | None], found: Sequence[Fix]) -> None:
        """Moves and texts at once; copies first as a run, then the lists point to them, as one step of undo."""
        if (key := await chosen) is None or self.view is None or self.session is None:
            return
        fix, verdicts, base = found[int(key)], self.view.findings.verdicts, self.state.base
        limits = self.session.limits
        plan = fixes.plan(self.state, verdicts, fix.indices, limits, only=fix.only, also=fix.also)
        if not len(plan):
            self.say(_("there is nothing to do for these clips"))
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
            self.report(_("the copies cannot be planned: {strerror}").format(strerror=error.strerror))
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
            fault = _("{clips} could not be fixed: {ending}").format(
                clips=plural("{n:,} clip", "{n:,} clips", left), ending=ending(run)
            )
            self.notify(fault, severity="warning")
        self.say(_("fixed: u takes it back, w writes the lists"))

    # cleaning

    def action_clean(self) -> None:
        if self.session is None or self.view is None:
            return
        if self.state.is_changed:
            self.notify(_("write the lists first (w): what is on the disk is cleaned"), severity="warning")
            return
        if self.is_cleaned:
            self.say(_("these lists are cleaned already"))
            return
        about = _(
            "LIST becomes LIST.cleaned. As english_cleaners2, korean_cleaners, japanese_cleaners, or "
            "espeak:de."
        )
        shown = ",".join(
            name
            for name in session.cleaners_of(self.session, self.app.workspace).split(",")
            if not name.startswith(NORMALISE)
        )
        field = Field("cleaners", "cleaners", shown, _("names, separated by commas"))
        form = FormScreen(_("Clean the texts"), about, (field,), ask=self._cleaners_fault)
        self.begin(self._clean, self.ask(form))

    async def _clean(self, chosen: Awaitable[dict[str, str] | None]) -> None:
        opened = self.session
        if (values := await chosen) is None or opened is None:
            return
        cleaners, lists = self._cleaners_of(values), self._training_lists
        column = "2" if any(clip.speaker is not None for clip in self.state.clips) else "1"
        arguments = [*map(str, lists), "--text_index", column, "--cleaners", cleaners]
        run = await self.run_job("clean", *arguments)
        if run is None or run.state != "finished":
            return  # the dashboard says why
        if self.session is not None and self.session.sources == opened.sources:
            self.session = dataclasses.replace(self.session, cleaners=cleaners)
        self.say(f"written: {', '.join(f'{path.name}.cleaned' for path in lists)}")

    async def _cleaners_fault(self, values: dict[str, str]) -> str:
        """Why these cleaners cannot clean, by letting them; "" when they can."""
        if not _names(values):
            return "name a cleaner"
        try:
            await self.helper.ask("phonemes", text="a", cleaners=self._cleaners_of(values).split(","))
        except Exception as error:  # noqa: BLE001 - one sentence in its place
            return words.sentence(error)
        return ""

    def _cleaners_of(self, values: dict[str, str]) -> str:
        """The cleaners that were typed, behind the normaliser where the workspace has one."""
        return ",".join(self.app.workspace.cleaning_by(_names(values).split(",")))

    @property
    def _training_lists(self) -> list[Path]:
        """The lists on the disk but for the quarantine."""
        if self.session is None:
            return []
        lists = session.lists_in(self.session.folder, self.state)
        return [path for path in lists if path.name != self.state.names["quarantine"]]

    # the config

    def action_store_symbols(self) -> None:
        self.begin(self._change_config, ["symbols"], "--store", symbols_change)

    def action_name_speakers(self) -> None:
        lists = map(str, self._training_lists)
        self.begin(self._change_config, ["speakers", *lists], "--write", speakers_change)

    async def _change_config(self, argv: list[str], flag: str, change_of: ChangeOf) -> None:
        """Ask what the lists need of the config, and write it there when a person agrees."""
        if (config := self._config_to_change()) is None:
            return
        argv = [*argv, "-c", str(config), "--json"]
        if (found := await self._answer(argv)) is None:
            return
        try:
            question, detail, done = change_of(found)
        except InputError as error:
            self.say(str(error))
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
        self.say(done)

    def _config_to_change(self) -> Path | None:
        """The config that judges the lists on the disk; None after it was said why there is none."""
        if self.session is None or self.view is None:
            return None
        if self.session.config is None:
            self.say(_("no config judges these clips: g chooses one"))
        elif self.state.is_changed:
            self.say(_("write the lists first (w): what is on the disk is looked at"))
        else:
            return self.session.config
        return None

    async def _answer(self, argv: Sequence[str]) -> dict[str, Any] | None:
        """What a command answers; None after its fault was reported."""
        self.say(f"{argv[0]}: looking …")
        ended = await command_line.run(self.root, *argv)
        self.say("")
        found = ended.document  # "there is something to do" is a fault to the shell
        if not isinstance(found, dict):
            self.notify(ended.fault or _("{argv} said nothing").format(argv=argv[0]), severity="error")
            return None
        return found


def _names(values: dict[str, str]) -> str:
    """The cleaners that were typed, as flags have them."""
    return ",".join(filter(None, values["cleaners"].replace(" ", "").split(",")))
