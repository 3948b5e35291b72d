"""Edits a dataset: open, move, repair, undo, save. Unsaved steps survive a crash.

The state (`engine.dataset.session.DatasetState`) is immutable: each step makes a new one, undo goes back to the old.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable, Collection, Sequence
from functools import cached_property, partialmethod
from pathlib import Path
from typing import TYPE_CHECKING

from textual.timer import Timer

from engine.dataset.clips import text_heuristics
from engine.dataset.session import Change, DatasetState
from engine.dataset.split import SPLITS
from engine.errors import InputError
from engine.i18n import _, plural
from tui.app import words
from tui.app.workers import run_worker
from tui.panes.dataset import filtering, open_dialog, session
from tui.panes.dataset.autosave import Autosave, Draft, Unsaved
from tui.panes.dataset.clip_view import SIGNS, ClipView, Findings
from tui.panes.dataset.phonemes import Envelope
from tui.panes.dataset.session import Session
from tui.panes.dataset.viewer import DatasetViewer
from tui.panes.dataset.widgets import SplitBars

if TYPE_CHECKING:
    from tui.dialogs.repair import ClipFacts

_JUDGE_SECONDS = 0.3  # after the last step: judging all clips anew waits for a pause


class DatasetEditor(DatasetViewer):
    """One dataset and its unsaved steps.

    Attributes:
        typed: transcripts that were typed and not entered, by the number of their clip.
    """

    def __init__(self) -> None:
        super().__init__()
        self.typed: dict[int, str] = {}
        self._judging: Timer | None = None

    @cached_property
    def autosave(self) -> Autosave:
        """Where unsaved changes are kept."""
        return Autosave(self.root)

    def on_unmount(self) -> None:
        """The app is ending; Textual calls the base's handler as well."""
        with contextlib.suppress(InputError):  # it was reported at the step before
            self.autosave.write()
        self.helper.close()

    # opening

    def action_open_corpus(self) -> None:
        self.begin(self._open_chosen, self.ask(open_dialog.open_dialog(self.app.workspace)))

    async def _open_chosen(self, chosen: Awaitable[Path | None]) -> None:
        if (path := await chosen) is not None:
            self.open([path])

    def on_shown(self) -> None:
        if self.session is None and not self.opening:
            self.begin(self._open_what_is_here)

    async def _open_what_is_here(self) -> None:
        """What has unsaved changes, else what was opened last, else the workspace's lists or recordings."""
        draft = await asyncio.to_thread(self.autosave.newest)
        if draft is not None and all((self.root / path).exists() for path in draft.sources):
            found = list(draft.sources)
        else:
            path = await asyncio.to_thread(open_dialog.likeliest, self.app.workspace)
            found = [] if path is None else [path]
        if found and self.session is None and not self.opening:
            self.open(found)

    def open(self, sources: Sequence[Path], said: str = "") -> None:
        """Read it beside the screen; `said` begins the line once it is shown."""
        self.opening = f"opening {sources[0].name}"
        run_worker(self, self._open, list(sources), said, group="open")

    async def _open(self, sources: list[Path], said: str) -> None:
        self.opening = f"opening {sources[0].name}"  # again: another one may have been broken off meanwhile
        self.show_status()
        await self._write_unsaved()  # of what was open before
        try:
            opened = await asyncio.to_thread(open_dialog.open_again, sources, self.app.workspace)
        except InputError as error:
            self.report(error)
            return
        finally:
            self.opening = ""
            self.show_status()
        if not self.is_attached:
            return  # the dashboard is closing
        self._begin_session(opened)
        if opened.fault:
            self.report(opened.fault)
        self.say(said)  # what was said of another dataset is not left standing over this one
        await asyncio.to_thread(open_dialog.remember, self.root, opened.sources[0])
        draft = await asyncio.to_thread(self.autosave.read, opened.sources)
        if draft is not None and draft.sentence:
            await self._offer(draft)

    def _begin_session(self, opened: Session) -> None:
        self.session, self.view, self.typed = opened, ClipView(opened.opened), {}
        self.query_one(SplitBars).display = True
        self.browser.begin(self.view)
        self.judge_now()

    async def _offer(self, draft: Draft) -> None:
        detail = _("{sentence}, {ago}. If not, they are kept until the next step.").format(
            sentence=draft.sentence, ago=words.ago(draft.time)
        )
        question = _("Take up the unsaved changes?")
        if not await self.confirm(question, detail, yes=_("take them up"), no=_("without them")):
            return  # they stay on the disk until the next step
        state, lost = draft.applied(self.state)
        self.take(state)
        if lost:
            self.notify(
                _("{clips} of them cannot be found any more").format(
                    clips=plural("{n:,} clip", "{n:,} clips", lost)
                ),
                severity="warning",
            )
        typed = draft.typed_in(self.state)
        self.typed.update(typed)
        if typed:  # the editor opens on the clip that was typed last
            self.browser.go_to(next(reversed(typed)))
            self.action_repair()

    # steps

    def take(self, state: DatasetState) -> None:
        """A step was taken: show it, keep it as unsaved, judge anew in a moment."""
        if self.view is None or state is self.state:
            return
        self.view = dataclasses.replace(self.view, state=state)
        self.say("")
        self.show_all()
        self._keep_unsaved()
        if self._judging is not None:
            self._judging.stop()
        self._judging = self.set_timer(_JUDGE_SECONDS, self.judge_now)

    def _move(self, split: str) -> None:
        """Move the selection, else the marked clip, to another list."""
        if self.view is None or not self.browser.targets:
            return
        following = None if self.browser.selected else self.browser.following
        before = self.state
        self.take(before.moved(self.browser.targets, split))
        if following is not None:  # also behind a clip that was there: keys go clip by clip
            self.browser.go_to(following)
        if self.state is before:
            self.say(_("in no list already") if split == "out" else f"in {split} already")

    action_to_train = partialmethod(_move, "train")
    action_to_val = partialmethod(_move, "val")
    action_to_test = partialmethod(_move, "test")
    action_to_quarantine = partialmethod(_move, "quarantine")
    action_to_out = partialmethod(_move, "out")

    def action_undo(self) -> None:
        if self.view is not None and self.state.can_undo:
            label = self.state.label
            self._go_to(self.state.undone())
            self.say(f"undone: {label}")

    def action_redo(self) -> None:
        if self.view is not None and self.state.can_redo:
            self._go_to(self.state.redone())
            self.say(_("done again: {label}").format(label=self.state.label))

    def _go_to(self, state: DatasetState) -> None:
        """Show it, with the mark on the first clip that is another now, so that it is seen what came back."""
        changed = state.differing(self.state)
        self.take(state)
        first = next((index for index in self.browser.rows if index in changed), None)
        if first is not None and self.browser.marked not in changed:
            self.browser.go_to(first)

    def action_split(self) -> None:
        from tui.dialogs.split import SplitScreen

        if self.view is not None:
            self.begin(self._split, self.ask(SplitScreen(self.state, self.view.seconds)), self.state)

    async def _split(self, chosen: Awaitable[DatasetState | None], before: DatasetState) -> None:
        state = await chosen
        if state is not None and self.state is before:
            self.take(state)

    # transcripts: what the repair dialog asks

    def on_table_activated(self) -> None:
        """Enter, or a second click."""
        self.action_repair()

    def action_repair(self) -> None:
        if self.view is not None and self.browser.marked is not None:
            self.begin(self._repair, self.repair(self.browser.marked))

    async def _repair(self, closed: Awaitable[None]) -> None:
        await closed
        self.browser.table.focus()

    def repair(self, index: int) -> Awaitable[None]:
        """Open the transcript editor on a clip; what is returned waits until it is closed."""
        from tui.dialogs.repair import RepairScreen

        return self.ask(RepairScreen(self, index))

    def facts_of(self, index: int) -> ClipFacts:
        """What the transcript editor shows of a clip."""
        from tui.dialogs.repair import ClipFacts

        clip, view = self.state.clip(index), self.view or ClipView(self.state)
        stats, pace = view.stats(index), view.pace(index)
        facts = [self.state.split_of(index), *([clip.speaker] if clip.speaker else [])]
        facts += [] if stats is None else [f"{stats.seconds:.2f} s"]
        facts += [] if stats is None or pace is None else [f"{pace:.1f} characters a second"]
        reasons = [f"{SIGNS[each.severity]} {each.kind}: {each.reason}" for each in view.verdicts(index)]
        suspicious = len(filtering.suspicious(view, self.browser.rows))
        typed = self.typed.get(index)
        return ClipFacts(
            self.root / clip.path, clip.path, clip.text, typed, " │ ".join(facts), reasons, suspicious
        )

    async def waveform_of(self, path: Path) -> tuple[Envelope, float]:
        """The picture of a recording, and its seconds."""
        return await self.helper.envelope(path)

    @property
    def is_cleaned(self) -> bool:
        """Whether the texts are phonemes already."""
        return self.session is not None and self.reader.is_cleaned(self.session, self.state)

    def faults_of(self, text: str) -> list[str]:
        """What is wrong with a text, as far as it is seen at once."""
        if not text:
            return [_("there is no text")]
        control = text_heuristics.control_character(text)
        found = [_("it holds the control character {control}").format(control=control)] if control else []
        found += [left] if (left := text_heuristics.left_unread(text, cleaned=self.is_cleaned)) else []
        if self.session is not None and len(text) > self.session.limits.max_text:
            found.append(
                _("it has {count} symbols, {max_text} are taken").format(
                    count=len(text), max_text=self.session.limits.max_text
                )
            )
        return found + ([_("a text cannot hold a bar: it separates columns")] if "|" in text else [])

    async def read_text(self, text: str) -> tuple[str, str, list[str]]:
        """The names of the cleaners, the phonemes, and symbols that the config's table lacks."""
        symbols = self.session.limits.symbols if self.session else None
        if self.is_cleaned or not text:
            unknown = [each for each in dict.fromkeys(text) if symbols is not None and each not in symbols]
            return "", text if unknown else "", unknown
        config = self.session.config if self.session else None
        place = {} if config is None else {"config": str(config)}
        cleaners = session.cleaners_of(self.session, self.app.workspace)
        reply = await self.helper.ask("phonemes", text=text, cleaners=cleaners.split(","), **place)
        return cleaners, str(reply.get("phonemes", "")), [str(each) for each in reply.get("unknown") or ()]

    def keep_typed(self, index: int, text: str | None) -> None:
        """Keep what is being typed; None: nothing is."""
        if text != self.typed.get(index):
            self.typed.pop(index, None)
            if text is not None:
                self.typed[index] = text  # the newest comes last
            self._keep_unsaved()

    def set_text(self, index: int, text: str) -> str:
        """Change a transcript; returns what is wrong with it, "" when it was changed."""
        fault = "" if self.state.clip(index).fault else None
        try:
            self.take(self.state.edited({index: Change(text=text, fault=fault)}))
        except InputError as error:
            return str(error)
        return ""

    def next_suspicious_text(self, seen: Collection[int]) -> int | None:
        """The most suspicious clip of the table but for those that were seen."""
        found = [] if self.view is None else filtering.suspicious(self.view, self.browser.rows)
        return next((index for index in found if index not in seen), None)

    def go_to(self, index: int) -> None:
        """Mark a clip in the table."""
        self.browser.go_to(index)

    # unsaved changes, and saving

    @property
    def _unsaved(self) -> Unsaved | None:
        if self.session is None or self.view is None:
            return None
        return Unsaved(self.session.sources, self.session.opened, self.state, dict(self.typed))

    def unsaved(self) -> str:
        """What quitting would leave undone, as a sentence."""
        return self._unsaved.sentence if self._unsaved else ""

    def _keep_unsaved(self) -> None:
        """Write down what is unsaved, beside the screen; steps that come meanwhile are written together."""
        if (unsaved := self._unsaved) is not None:
            self.autosave.keep(unsaved)
            self.begin(self._write_unsaved)

    async def _write_unsaved(self) -> None:
        try:
            await asyncio.to_thread(self.autosave.write)
        except InputError as error:
            self.notify(str(error), severity="warning")

    def action_save(self) -> None:
        """Write train, val and test; ask before lists of something else are written over."""
        opened = self.session
        if opened is None or self.view is None:
            return
        if not any(each.clips for each in self.state.summary()[: len(SPLITS)]):
            fix = _("t, v and e move clips there, s splits them")
            self.notify(_("no clip is in train, val or test: {fix}").format(fix=fix), severity="warning")
            return
        foreign = [] if opened.has_lists else session.lists_in(opened.folder, self.state)
        if foreign:
            names = ", ".join(path.name for path in foreign)
            question = _("Write over {names} in {name}/?").format(names=names, name=opened.folder.name)
            detail = _("They are there already, and were not opened. They are kept as NAME.previous.")
            self.begin(self._save_over, question, detail)
        else:
            run_worker(self, self._save, group="save")

    async def _save_over(self, question: str, detail: str) -> None:
        if await self.confirm(question, detail, yes=_("write over them"), no=_("leave them")):
            await self._save(force=True)

    async def _save(self, *, force: bool = False) -> None:
        opened, before = self.session, self.state
        if opened is None:
            return
        save = lambda: session.save(before, opened.folder, force=force, opened=opened.opened)  # noqa: E731
        try:
            saved, said = await asyncio.to_thread(save)
        except InputError as error:
            if "changed by somebody else" not in error.what:
                self.report(error)
                return
            detail = str(error).replace(f"{self.root}/", "")
            await self._save_over(_("Write over lists that somebody else changed?"), detail)
            return
        self._is_saved(opened, before, saved)
        self.notify(said)

    def _is_saved(self, opened: Session, before: DatasetState, saved: DatasetState) -> None:
        self.autosave.drop(opened.sources)
        if self.session is None or self.session.opened is not opened.opened:
            return  # another one is open
        sources = opened.sources
        if not opened.has_lists:  # from now on the lists are open, judged by the config that was chosen
            sources = (opened.folder / saved.names["train"],)
            if (config := open_dialog.chosen_config(self.root, opened.sources[0])) is not None:
                open_dialog.remember_config(self.root, sources[0], Path(config) if config else None)
        self.session = dataclasses.replace(self.session, sources=sources, opened=saved)
        state = saved if self.state is before else self.state.on_disk_as(saved)
        self.view = ClipView(state, self.view.findings if self.view else Findings())
        self._keep_unsaved()  # a step that was taken meanwhile, and what is typed
        self.show_all()

    async def correct_manifest(self) -> str:
        """Write edited texts into the transcription's manifest that they come from; returns what changed.

        Raises:
            InputError: such a line is another by now, or the manifest cannot be written.
        """
        opened, state = self.session, self.state
        if opened is None:
            return ""
        said = await asyncio.to_thread(session.correct, opened.opened, state)
        is_open = self.session is not None and self.session.opened is opened.opened
        if said and self.session is not None and is_open:  # these texts are unsaved no longer
            edited = state.edited_clips.keys() | opened.opened.edited_clips.keys()
            texts = {index: Change(text=state.clip(index).text) for index in edited}
            self.session = dataclasses.replace(self.session, opened=opened.opened.edited(texts, "correct"))
            self._keep_unsaved()
            self.show_all()
        return said
