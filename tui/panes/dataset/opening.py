"""Opening a corpus, and choosing the config that judges it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError
from tui import words
from tui.beside import beside
from tui.panes.dataset import desk
from tui.panes.dataset.choices import choices, remember
from tui.panes.dataset.drafts import Draft, taken_up

if TYPE_CHECKING:
    from tui.panes.dataset.pane import DatasetPane
    from tui.screens.picker import Choice


class Opening:
    """A part of the pane."""

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane
        self.doing = ""  # while something is being opened

    def ask(self) -> None:
        """Show what there is to open."""
        from tui.screens.source import SourceScreen

        pane = self._pane

        def chosen(path: Path | None) -> None:
            if path is not None:
                self.open([path])

        pane.app.push_screen(SourceScreen("Open a corpus", pane.root, self._choices), chosen)

    def _choices(self) -> list[Choice]:
        return choices(self._pane.deck.workspace)

    def open(self, sources: Sequence[Path], said: str = "") -> None:
        """Read it beside the screen; `said` begins the line once it is shown."""
        beside(self._pane, self._open, list(sources), said, group="open")

    async def _open(self, sources: list[Path], said: str) -> None:
        pane = self._pane
        pane.unsaved_steps.write_now()  # of what was open before
        self.doing = f"opening {sources[0].name}"
        pane.show_facts()
        try:
            corpus = await asyncio.to_thread(desk.open_corpus, sources, pane.deck.workspace)
        except InputError as error:
            pane.deck.tell(str(error).replace(f"{pane.root}/", ""), "error")
            return
        finally:
            self.doing = ""
            pane.show_facts()
        pane.take_corpus(corpus, corpus.opened)
        pane.say(said)  # what was said of another corpus is not left standing over this one
        await asyncio.to_thread(remember, pane.root, corpus.sources[0])
        draft = await asyncio.to_thread(pane.unsaved_steps.drafts.read, corpus.sources)
        if draft is not None and draft.said:
            self._offer(draft)

    def _offer(self, draft: Draft) -> None:
        from tui.screens.confirm import ConfirmScreen

        pane = self._pane

        def answered(yes: bool | None) -> None:
            if not yes:
                return  # they stay on the disk until the next step is taken
            board, lost = taken_up(pane.board, draft)
            pane.take(board)
            if lost:
                pane.deck.tell(f"{words.plural(lost, 'clip')} of them cannot be found any more", "warning")
            pane.unsaved_steps.take_typed(draft)

        when = words.ago(draft.time)
        detail = f"{draft.said}, {when}. If not, they are kept until the next step."
        pane.app.push_screen(
            ConfirmScreen("Take up the unsaved changes?", detail, yes="take them up", no="without them"),
            answered,
        )

    def ask_config(self) -> None:
        """Which config judges the clips."""
        from tui.screens.picker import Choice, PickerScreen

        pane = self._pane
        corpus = pane.corpus
        if corpus is None:
            return
        choices = [Choice("", "none", f"the workspace's rate, {pane.deck.workspace.settings.rate:,} Hz")]
        choices += [Choice(str(path), path.stem) for path in pane.deck.workspace.configs()]

        def chosen(key: str | None) -> None:
            if key is None:
                return
            try:
                self.judge_by(Path(key) if key else None)
            except InputError as error:
                pane.deck.tell(str(error), "error")

        current = str(corpus.config) if corpus.config else ""
        pane.app.push_screen(PickerScreen("Judge by the config", choices, current), chosen)

    def judge_by(self, path: Path | None) -> None:
        """Judge what is open by this config as it is now; by the workspace's settings without one.

        Raises:
            InputError: the config cannot be read.
        """
        pane = self._pane
        if pane.corpus is not None:
            limits = desk.limits_of(path, pane.board, pane.deck.workspace)
            pane.corpus = dataclasses.replace(pane.corpus, config=path, limits=limits)
            pane.look_now()
