"""Opening a corpus, and choosing the config that judges it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError
from tui.app import words
from tui.app.workers import run_worker
from tui.panes.dataset import desk
from tui.panes.dataset.choices import choices, chosen_config, own, remember, remember_config
from tui.panes.dataset.drafts import Draft, taken_up

if TYPE_CHECKING:
    from engine.workspace import Workspace
    from tui.dialogs.picker import Choice
    from tui.panes.dataset.desk import Corpus
    from tui.panes.dataset.pane import DatasetPane


class Opening:
    """A part of the pane."""

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane
        self.doing = ""  # while something is being opened

    def ask(self) -> None:
        """Show what there is to open."""
        from tui.dialogs.source import SourceScreen

        pane = self._pane

        def chosen(path: Path | None) -> None:
            if path is not None:
                self.open([path])

        pane.app.push_screen(SourceScreen("Open a corpus", pane.root, self._choices), chosen)

    def _choices(self) -> list[Choice]:
        return choices(self._pane.app.workspace)

    def open_what_is_here(self) -> None:
        """Open what has unsaved changes, else what was opened last, else the workspace's lists or recordings."""
        if self._pane.corpus is None and not self.doing:
            run_worker(self._pane, self._open_what_is_here, group="look-here")

    async def _open_what_is_here(self) -> None:
        pane = self._pane
        draft = await asyncio.to_thread(pane.unsaved_steps.drafts.newest)
        if draft is not None and all(path.exists() for path in draft.sources):
            found = list(draft.sources)
        else:
            found = (await asyncio.to_thread(own, pane.app.workspace))[:1]
        if found and pane.corpus is None and not self.doing:
            self.open(found)

    def open(self, sources: Sequence[Path], said: str = "") -> None:
        """Read it beside the screen; `said` begins the line once it is shown."""
        self.doing = f"opening {sources[0].name}"
        run_worker(self._pane, self._open, list(sources), said, group="open")

    async def _open(self, sources: list[Path], said: str) -> None:
        pane = self._pane
        pane.unsaved_steps.write_now()  # of what was open before
        self.doing = f"opening {sources[0].name}"  # again: another one may have been broken off meanwhile
        pane.show_facts()
        try:
            corpus = await asyncio.to_thread(_read, sources, pane.app.workspace)
        except InputError as error:
            pane.notify(str(error).replace(f"{pane.root}/", ""), severity="error")
            return
        finally:
            self.doing = ""
            pane.show_facts()
        if not pane.is_attached:
            return  # the dashboard is closing
        pane.take_corpus(corpus, corpus.opened)
        if corpus.fault:
            pane.notify(corpus.fault.replace(f"{pane.root}/", ""), severity="error")
        pane.say(said)  # what was said of another corpus is not left standing over this one
        await asyncio.to_thread(remember, pane.root, corpus.sources[0])
        draft = await asyncio.to_thread(pane.unsaved_steps.drafts.read, corpus.sources)
        if draft is not None and draft.said:
            self._offer(draft)

    def _offer(self, draft: Draft) -> None:
        from tui.dialogs.confirm import ConfirmScreen

        pane = self._pane

        def answered(yes: bool | None) -> None:
            if not yes:
                return  # they stay on the disk until the next step is taken
            board, lost = taken_up(pane.board, draft)
            pane.take(board)
            if lost:
                pane.notify(
                    f"{words.plural(lost, 'clip')} of them cannot be found any more", severity="warning"
                )
            pane.unsaved_steps.take_typed(draft)

        when = words.ago(draft.time)
        detail = f"{draft.said}, {when}. If not, they are kept until the next step."
        pane.app.push_screen(
            ConfirmScreen("Take up the unsaved changes?", detail, yes="take them up", no="without them"),
            answered,
        )

    def ask_config(self) -> None:
        """Which config judges the clips."""
        from tui.dialogs.picker import Choice, PickerScreen

        pane = self._pane
        corpus = pane.corpus
        if corpus is None:
            return
        choices = [Choice("", "none", f"the workspace's rate, {pane.app.workspace.settings.rate:,} Hz")]
        choices += [Choice(str(path), path.stem) for path in pane.app.workspace.configs()]

        def chosen(key: str | None) -> None:
            if key is None:
                return
            try:
                self.choose_config(Path(key) if key else None)
            except InputError as error:
                pane.notify(str(error), severity="error")

        current = str(corpus.config) if corpus.config else ""
        pane.app.push_screen(PickerScreen("Judge by the config", choices, current), chosen)

    def choose_config(self, path: Path | None) -> None:
        """Judge what is open by this config, also when it is opened again; by the workspace's settings without one.

        Raises:
            InputError: the config cannot be read.
        """
        self.judge_by(path)
        if (corpus := self._pane.corpus) is not None:
            remember_config(self._pane.root, corpus.sources[0], path)

    def saved_as(self, before: Path, now: Path) -> None:
        """What was opened as the one is opened as the other from now on: a config that was chosen goes with it."""
        root = self._pane.root
        if (config := chosen_config(root, before)) is not None:
            remember_config(root, now, Path(config) if config else None)

    def judge_by(self, path: Path | None) -> None:
        """Judge what is open by this config as it is now; by the workspace's settings without one.

        Raises:
            InputError: the config cannot be read.
        """
        pane = self._pane
        if pane.corpus is not None:
            limits = desk.limits_of(path, pane.board, pane.app.workspace)
            pane.corpus = dataclasses.replace(pane.corpus, config=path, limits=limits)
            pane.look_now()


def _read(sources: Sequence[Path], workspace: Workspace) -> Corpus:
    """The corpus, with the config that a person chose for it before.

    Raises:
        InputError: as `desk.open_corpus`.
    """
    corpus = desk.open_corpus(sources, workspace)
    chosen = chosen_config(workspace.root, corpus.sources[0])
    if chosen is None:
        return corpus
    config = Path(chosen) if chosen else None
    try:
        limits = desk.limits_of(config, corpus.opened, workspace)
    except InputError as error:  # it was changed meanwhile
        return dataclasses.replace(corpus, fault=str(error))
    return dataclasses.replace(corpus, config=config, limits=limits, fault="")
