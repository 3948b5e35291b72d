"""Unsaved steps: kept after each one, offered again, written to the lists when a person says so."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING

from engine.dataset.session import Board, Change, Clip
from engine.errors import InputError
from tui.app import words
from tui.app.workers import run_worker
from tui.panes.dataset import desk
from tui.panes.dataset.drafts import Draft, Drafts, typed_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer

    from tui.panes.dataset.desk import Corpus
    from tui.panes.dataset.journal import Journal
    from tui.panes.dataset.pane import DatasetPane

_TYPING_SECONDS = 0.5  # from a letter to the disk


class Unsaved:
    """A part of the pane."""

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane
        self._is_due = False
        self._writing = asyncio.Lock()  # a late draft must not come back after its changes were saved
        self._typed: dict[int, str] = {}
        self._typing: Timer | None = None
        self._journal: Journal | None = None
        self._base: tuple[Clip, ...] | None = None  # the clips that these three belong to

    @property
    def drafts(self) -> Drafts:
        """Where unsaved steps are kept."""
        return Drafts(self._pane.root)

    def sentence(self) -> str:
        """What is unsaved, "" for nothing."""
        pane = self._pane
        if pane.corpus is None or pane.shown is None:
            return ""
        count, typed = desk.differs(pane.board, pane.corpus.opened), len(self.typed)
        parts = []
        if count:
            verb = "differs" if count == 1 else "differ"
            parts.append(f"{words.plural(count, 'clip')} of the dataset {verb} from the lists")
        if typed:
            parts.append(
                f"{words.plural(typed, 'transcript')} {'is' if typed == 1 else 'are'} typed and not kept"
            )
        return ", ".join(parts)

    # transcripts that are typed and not entered

    @property
    def typed(self) -> dict[int, str]:
        """What was typed and not entered, by the number of the clip; of what is open now."""
        corpus = self._pane.corpus
        if corpus is not None and corpus.opened.base is not self._base:  # another one, or read again
            self._base, self._typed, self._journal = corpus.opened.base, {}, None
        return self._typed

    def type(self, index: int, text: str | None) -> None:
        """A transcript is being typed; None: what was typed is kept, or as it was."""
        if text == self.typed.get(index):
            return
        self._typed.pop(index, None)
        if text is not None:
            self._typed[index] = text  # the newest comes last
        if self._typing is None:
            self._typing = self._pane.set_timer(_TYPING_SECONDS, self._write_typed)

    def _write_typed(self) -> None:
        self._typing = None
        self.keep_soon()

    def take_typed(self, draft: Draft) -> None:
        """What was typed before is in the editor again, which is opened on the clip that was typed last."""
        pane = self._pane
        found = typed_in(pane.board, draft)
        if not found:
            return
        self.typed.update(found)
        pane.finding.go_to(next(reversed(found)))
        pane.action_repair()

    # drafts

    def keep_soon(self) -> None:
        """Write the steps down, beside the screen; steps that come meanwhile are written together."""
        first = not self._is_due
        self._is_due = True
        if first:
            run_worker(self._pane, self._keep, group="draft", exclusive=False)

    async def _keep(self) -> None:
        pane = self._pane
        async with self._writing:
            while self._is_due and pane.corpus is not None and pane.shown is not None:
                self._is_due = False
                corpus = pane.corpus
                try:
                    await asyncio.to_thread(self._drafted(corpus, pane.board))
                except InputError as error:
                    pane.notify(str(error), severity="warning")

    def _drafted(self, corpus: Corpus, board: Board) -> Callable[[], None]:
        """What writes the draft, for any thread, of what is typed now."""
        typed = dict(self.typed)
        if self._journal is None:
            self._journal = self.drafts.journal_of(corpus.sources, corpus.opened)
        journal = self._journal
        return lambda: self.drafts.keep(corpus.sources, corpus.opened, board, typed, journal)

    def write_now(self) -> None:
        """The last step, before another corpus is opened or the dashboard ends."""
        pane = self._pane
        if (self._is_due or self._typing) and pane.corpus is not None and pane.shown is not None:
            self._is_due = False
            if self._typing is not None:
                self._typing.stop()
                self._typing = None
            with contextlib.suppress(InputError):  # it was told at the step before
                self._drafted(pane.corpus, pane.board)()

    # saving

    def save(self) -> None:
        """Write train, val and test; asks before lists of something else are written over."""
        pane = self._pane
        corpus = pane.corpus
        if corpus is None or pane.shown is None:
            return
        if not any(each.clips for each in pane.board.summary()[:3]):
            pane.notify(
                "no clip is in train, val or test: t, v and e move clips there, s divides them",
                severity="warning",
            )
            return
        foreign = [] if corpus.has_lists else desk.lists_in(corpus.folder, pane.board)
        if foreign:
            names = ", ".join(path.name for path in foreign)
            self._ask(
                f"Write over {names} in {corpus.folder.name}/?",
                "They are there already, and were not opened. They are kept as NAME.previous.",
            )
        else:
            self._start(force=False)

    def _ask(self, question: str, detail: str) -> None:
        from tui.dialogs.confirm import ConfirmScreen

        def answered(yes: bool | None) -> None:
            if yes:
                self._start(force=True)

        self._pane.app.push_screen(
            ConfirmScreen(question, detail, yes="write over them", no="leave them"), answered
        )

    def _start(self, *, force: bool) -> None:
        run_worker(self._pane, self._save, force, group="save")

    async def _save(self, force: bool) -> None:
        pane = self._pane
        corpus, board = pane.corpus, pane.board
        if corpus is None:
            return
        try:
            saved, told = await asyncio.to_thread(
                desk.save, board, corpus.folder, force=force, opened=corpus.opened
            )
        except InputError as error:
            if "changed by somebody else" in error.what:
                self._ask(
                    "Write over lists that somebody else changed?", str(error).replace(f"{pane.root}/", "")
                )
            else:
                pane.notify(str(error).replace(f"{pane.root}/", ""), severity="error")
            return
        async with self._writing:
            self._is_saved(corpus, board, saved)
        pane.notify(told)

    def corrected(self, board: Board) -> None:
        """The texts of this board stand in the transcription's manifest now: they are unsaved no longer."""
        pane, corpus = self._pane, self._pane.corpus
        if corpus is None or board.base is not corpus.opened.base:
            return
        opened = corpus.opened
        edited = board.edited_clips.keys() | opened.edited_clips.keys()
        texts = {index: Change(text=board.clip(index).text) for index in edited}
        pane.corpus = dataclasses.replace(corpus, opened=opened.edited(texts, "correct"))
        self._journal = None
        self.keep_soon()
        pane.refresh_all()

    def _is_saved(self, corpus: Corpus, before: Board, saved: Board) -> None:
        pane = self._pane
        self.drafts.drop(corpus.sources)
        self._journal = None  # the next one counts from what the lists say now
        sources = corpus.sources
        if not corpus.has_lists:  # from now on the lists are what is open
            sources = (corpus.folder / saved.names["train"],)
            pane.opening.saved_as(corpus.sources[0], sources[0])
        pane.corpus = dataclasses.replace(corpus, sources=sources, opened=saved)
        if pane.board is before and pane.shown is not None:
            pane.shown = dataclasses.replace(pane.shown, board=saved)
        if self.typed:  # is in no list
            self.keep_soon()
        pane.refresh_all()
