"""Edits a dataset: move, undo, change transcripts, save. Unsaved steps survive a crash.

The state (`engine.dataset.session.DatasetState`) is immutable: each step makes a new one, undo goes back to the old.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from functools import cached_property, partial, partialmethod
from pathlib import Path

from engine.dataset.lists.save_lists import ListChanged
from engine.dataset.session import Change, DatasetState
from engine.dataset.split import SPLITS
from engine.errors import InputError
from engine.i18n import _
from tui.app.workers import run_worker
from tui.panes.dataset import open_dialog, session
from tui.panes.dataset.autosave import Autosave, Draft
from tui.panes.dataset.session import Session
from tui.panes.dataset.viewer import DatasetViewer

_JUDGE_SECONDS = 0.3  # after the last step: judging all clips anew waits for a pause


class DatasetEditor(DatasetViewer):
    """One dataset and its unsaved steps.

    Attributes:
        typed: transcripts that were typed and not entered, by the number of their clip.
    """

    def __init__(self) -> None:
        super().__init__()
        self.typed: dict[int, str] = {}

    @cached_property
    def autosave(self) -> Autosave:
        """Where unsaved changes are kept."""
        return Autosave(self.root)

    def on_unmount(self) -> None:
        """The app is ending; Textual calls the base's handler as well."""
        with contextlib.suppress(InputError):  # it was reported at the step before
            self.autosave.write()
        self.helper.close()

    # steps

    def take(self, state: DatasetState) -> None:
        """Take a step: show it, keep it as unsaved, judge anew in a moment."""
        if state is self.state:
            return
        self.view = dataclasses.replace(self.view, state=state)
        self.show_message("")
        self.show_all()
        self._keep_unsaved()
        self.judge_now(_JUDGE_SECONDS)

    def _move(self, split: str) -> None:
        """Move the selection, else the marked clip, to another list."""
        following = None if self.browser.selected else self.browser.following
        before = self.state
        self.take(before.moved(self.browser.targets, split))
        if following is not None:  # also behind a clip that was there: keys go clip by clip
            self.browser.go_to(following)
        if self.state is before and self.browser.targets:
            message = _("in no list already") if split == "out" else _("in {split} already")
            self.show_message(message.format(split=split))

    action_to_train = partialmethod(_move, "train")
    action_to_val = partialmethod(_move, "val")
    action_to_test = partialmethod(_move, "test")
    action_to_quarantine = partialmethod(_move, "quarantine")
    action_to_out = partialmethod(_move, "out")

    def action_undo(self) -> None:
        if self.state.can_undo:
            label = self.state.label
            self._go_to(self.state.undone())
            self.show_message(_("undone: {label}").format(label=label))

    def action_redo(self) -> None:
        if self.state.can_redo:
            self._go_to(self.state.redone())
            self.show_message(_("done again: {label}").format(label=self.state.label))

    def _go_to(self, state: DatasetState) -> None:
        """Show it, and mark the first clip that changed, so that it is seen what came back."""
        changed = state.differing(self.state)
        self.take(state)
        first = next((index for index in self.browser.rows if index in changed), None)
        if first is not None and self.browser.marked not in changed:
            self.browser.go_to(first)

    # transcripts

    @property
    def is_cleaned(self) -> bool:
        """Whether the texts are phonemes already."""
        return self.is_open and self.reader.is_cleaned(self.session, self.state)

    def keep_typed(self, index: int, text: str | None) -> None:
        """Keep what is being typed; None: nothing is."""
        if text != self.typed.get(index):
            self.typed.pop(index, None)
            if text is not None:
                self.typed[index] = text  # the newest comes last
            self._keep_unsaved()

    def set_text(self, index: int, text: str) -> None:
        """Change a transcript.

        Raises:
            InputError: a list cannot hold it.
        """
        fault = "" if self.state.clip(index).fault else None
        self.take(self.state.edited({index: Change(text=text, fault=fault)}))

    # unsaved changes, and saving

    @property
    def _draft(self) -> Draft:
        return Draft.of(self.session.sources, self.session.opened, self.state, self.typed)

    def unsaved(self) -> str:
        return self._draft.sentence

    def _keep_unsaved(self) -> None:
        """Write down what is unsaved in a thread; steps that come meanwhile are written together."""
        self.autosave.keep(self._draft)
        self.start(self.write_unsaved)

    async def write_unsaved(self) -> None:
        """Write down what is to be kept."""
        try:
            await asyncio.to_thread(self.autosave.write)
        except InputError as error:
            self.notify(str(error), severity="warning")

    def action_save(self) -> None:
        """Write train, val and test; ask before lists of something else are written over."""
        if not any(each.clips for each in self.state.summary()[: len(SPLITS)]):
            message = _("no clip is in train, val or test: t, v and e move clips there, s splits them")
            self.notify(message, severity="warning")
            return
        opened = self.session
        foreign = [] if opened.has_lists else session.lists_in(opened.folder, self.state)
        if foreign:
            names = ", ".join(path.name for path in foreign)
            question = _("Write over {names} in {folder}/?").format(names=names, folder=opened.folder.name)
            detail = _("They are there already, and were not opened. They are kept as NAME.previous.")
            self.start(self._save_over, question, detail)
        else:
            run_worker(self, self._save, group="save")

    async def _save_over(self, question: str, detail: str) -> None:
        if await self.confirm(question, detail, yes=_("write over them"), no=_("leave them")):
            await self._save(force=True)

    async def _save(self, *, force: bool = False) -> None:
        opened, before = self.session, self.state
        save = partial(session.save, before, opened.folder, opened.opened, force=force)
        try:
            saved, message = await asyncio.to_thread(save)
        except ListChanged as error:
            question = _("Write over lists that somebody else changed?")
            await self._save_over(question, self.with_short_paths(error))
            return
        except InputError as error:
            self.report(error)
            return
        self._show_saved(opened, before, saved)
        self.notify(message)

    def _show_saved(self, opened: Session, before: DatasetState, saved: DatasetState) -> None:
        self.autosave.drop(opened.sources)
        if self.session.opened is not opened.opened:
            return  # another one is open
        sources = opened.sources
        if not opened.has_lists:  # from now on the lists are open, judged by the config that was chosen
            sources = (opened.folder / saved.names["train"],)
            if (config := open_dialog.chosen_config(self.root, opened.sources[0])) is not None:
                open_dialog.remember_config(self.root, sources[0], Path(config) if config else None)
        self.session = dataclasses.replace(self.session, sources=sources, opened=saved)
        state = saved if self.state is before else self.state.on_disk_as(saved)
        self.view = dataclasses.replace(self.view, state=state)
        self._keep_unsaved()  # a step that was taken meanwhile, and what is typed
        self.show_all()

    async def correct_manifest(self) -> str:
        """Write edited texts into the transcription's manifest that they come from; returns what changed.

        Raises:
            InputError: such a line is another by now, or the manifest cannot be written.
        """
        opened, state = self.session.opened, self.state
        changed = await asyncio.to_thread(session.correct, opened, state)
        if changed and self.session.opened is opened:  # these texts are unsaved no longer
            edited = state.edited_clips.keys() | opened.edited_clips.keys()
            texts = {index: Change(text=state.clip(index).text) for index in edited}
            self.session = dataclasses.replace(self.session, opened=opened.edited(texts, "correct"))
            self._keep_unsaved()
            self.show_all()
        return changed
