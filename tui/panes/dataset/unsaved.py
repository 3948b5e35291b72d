"""Unsaved steps: kept after each one, offered again, written to the lists when a person says so."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING

from engine.data.splitset import Board
from engine.errors import InputError
from tui import words
from tui.beside import beside
from tui.panes.dataset import desk
from tui.panes.dataset.drafts import Drafts

if TYPE_CHECKING:
    from tui.panes.dataset.desk import Corpus
    from tui.panes.dataset.pane import DatasetPane


class Unsaved:
    """A part of the pane."""

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane
        self._is_due = False
        self._offered = False
        self._writing = asyncio.Lock()  # a late draft must not come back after its changes were saved

    @property
    def drafts(self) -> Drafts:
        """Where unsaved steps are kept."""
        return Drafts(self._pane.root)

    def sentence(self) -> str:
        """What is unsaved, "" for nothing."""
        pane = self._pane
        if pane.corpus is None or pane.shown is None:
            return ""
        count = desk.differs(pane.board, pane.corpus.opened)
        if not count:
            return ""
        return f"{words.plural(count, 'clip')} of the dataset {'differs' if count == 1 else 'differ'} from the lists"

    # drafts

    def keep_soon(self) -> None:
        """Write the steps down, beside the screen; steps that come meanwhile are written together."""
        first = not self._is_due
        self._is_due = True
        if first:
            beside(self._pane, self._keep, group="draft", exclusive=False)

    async def _keep(self) -> None:
        pane = self._pane
        async with self._writing:
            while self._is_due and pane.corpus is not None and pane.shown is not None:
                self._is_due = False
                corpus = pane.corpus
                try:
                    await asyncio.to_thread(self.drafts.keep, corpus.sources, corpus.opened, pane.board)
                except InputError as error:
                    pane.deck.tell(str(error), "warning")

    def write_now(self) -> None:
        """The last step, before another corpus is opened or the dashboard ends."""
        pane = self._pane
        if self._is_due and pane.corpus is not None and pane.shown is not None:
            self._is_due = False
            with contextlib.suppress(InputError):  # it was told at the step before
                self.drafts.keep(pane.corpus.sources, pane.corpus.opened, pane.board)

    def offer_newest(self) -> None:
        """Once, when the pane is first seen: what a dashboard left unsaved."""
        if self._offered or self._pane.corpus is not None:
            return
        self._offered = True
        beside(self._pane, self._offer_newest, group="offer", exclusive=False)

    async def _offer_newest(self) -> None:
        draft = await asyncio.to_thread(self.drafts.newest)
        if draft is not None and self._pane.corpus is None and all(path.exists() for path in draft.sources):
            self._pane.opening.open(draft.sources)

    # saving

    def save(self) -> None:
        """Write train, val and test; asks before lists of something else are written over."""
        pane = self._pane
        corpus = pane.corpus
        if corpus is None or pane.shown is None:
            return
        if not any(each.clips for each in pane.board.summary()[:3]):
            pane.deck.tell(
                "no clip is in train, val or test: t, v and e move clips there, s divides them", "warning"
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
        from tui.screens.confirm import ConfirmScreen

        def answered(yes: bool | None) -> None:
            if yes:
                self._start(force=True)

        self._pane.app.push_screen(
            ConfirmScreen(question, detail, yes="write over them", no="leave them"), answered
        )

    def _start(self, *, force: bool) -> None:
        beside(self._pane, self._save, force, group="save")

    async def _save(self, force: bool) -> None:
        pane = self._pane
        corpus, board = pane.corpus, pane.board
        if corpus is None:
            return
        try:
            saved, told = await asyncio.to_thread(desk.save, board, corpus.folder, force=force)
        except InputError as error:
            if "changed by somebody else" in error.what:
                self._ask(
                    "Write over lists that somebody else changed?", str(error).replace(f"{pane.root}/", "")
                )
            else:
                pane.deck.tell(str(error).replace(f"{pane.root}/", ""), "error")
            return
        async with self._writing:
            self._is_saved(corpus, board, saved)
        pane.deck.tell(told)

    def _is_saved(self, corpus: Corpus, before: Board, saved: Board) -> None:
        pane = self._pane
        self.drafts.drop(corpus.sources)
        sources = corpus.sources
        if not corpus.has_lists:  # from now on the lists are what is open
            sources = (corpus.folder / saved.names["train"],)
        pane.corpus = dataclasses.replace(corpus, sources=sources, opened=saved)
        if pane.board is before and pane.shown is not None:
            pane.shown = dataclasses.replace(pane.shown, board=saved)
        pane.refresh_all()
