"""Where clips come from: opening a dataset, converting raw recordings, cutting long ones; and the dialogs for clips."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.audio.recordings import SUFFIXES
from engine.dataset.lists.layouts import manifest_in
from engine.dataset.session import DatasetState
from engine.errors import InputError
from engine.i18n import _, plural
from tui.app import safe_text, words
from tui.app.workers import run_worker
from tui.dialogs.form import Field, FormScreen
from tui.dialogs.repair import RepairScreen
from tui.dialogs.slicing import Cutting, SliceScreen
from tui.dialogs.source import SourceScreen
from tui.dialogs.split import SplitScreen
from tui.panes.dataset import open_dialog
from tui.panes.dataset.autosave import Draft
from tui.panes.dataset.background_jobs import alerts, ending
from tui.panes.dataset.clip_view import ClipView
from tui.panes.dataset.editor import DatasetEditor
from tui.panes.dataset.widgets import SplitBars

_HIGHEST_RATE = 768_000


class DatasetSources(DatasetEditor):
    """Opens and makes datasets."""

    # opening

    def action_open_corpus(self) -> None:
        self.ask(open_dialog.open_dialog(self.app.workspace), self._open_chosen)

    async def _open_chosen(self, path: Path) -> None:
        self.open([path])

    def on_shown(self) -> None:
        if not self.is_open and not self.opening:
            self.start(self._open_likeliest)

    async def _open_likeliest(self) -> None:
        """Open what has unsaved changes, else what was opened last, else the workspace's lists or recordings."""
        draft = await asyncio.to_thread(self.autosave.newest)
        if draft is not None and all((self.root / path).exists() for path in draft.sources):
            found = list(draft.sources)
        else:
            path = await asyncio.to_thread(open_dialog.likeliest, self.app.workspace)
            found = [] if path is None else [path]
        if found and not self.is_open and not self.opening:
            self.open(found)

    def open(self, sources: Sequence[Path], message: str = "") -> None:
        """Read it in a thread; `message` begins the line once it is shown."""
        self._show_opening(sources)
        run_worker(self, self._open, list(sources), message, group="open")

    def _show_opening(self, sources: Sequence[Path]) -> None:
        self.opening = _("opening {name}").format(name=sources[0].name)
        self.show_status()

    async def _open(self, sources: list[Path], message: str) -> None:
        self._show_opening(sources)  # again: another one may have been broken off meanwhile
        await self.write_unsaved()  # of what was open before
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
        self.session, self.view, self.typed = opened, ClipView(opened.opened), {}
        self.query_one(SplitBars).display = True
        self.browser.begin(self.view)
        self.judge_now()
        if opened.fault:
            self.report(opened.fault)
        self.show_message(message)
        await asyncio.to_thread(open_dialog.remember, self.root, opened.sources[0])
        draft = await asyncio.to_thread(self.autosave.read, opened.sources)
        if draft is not None and draft.sentence:
            await self._offer(draft)

    async def _offer(self, draft: Draft) -> None:
        detail = _("{changes}, {ago}. If not, they are kept until the next step.").format(
            changes=draft.sentence, ago=words.ago(draft.time)
        )
        question = _("Take up the unsaved changes?")
        if not await self.confirm(question, detail, yes=_("take them up"), no=_("without them")):
            return  # they stay on the disk until the next step
        state, lost = draft.applied(self.state)
        self.take(state)
        if lost:
            text = plural(
                "{n:,} clip of them cannot be found any more",
                "{n:,} clips of them cannot be found any more",
                lost,
            )
            self.notify(text, severity="warning")
        typed = draft.typed_in(self.state)
        self.typed.update(typed)
        if typed:  # the editor opens on the clip that was typed last
            self.browser.go_to(next(reversed(typed)))
            self.action_repair()

    # raw and long recordings

    def action_convert(self) -> None:
        hint = _("the folder of raw recordings: a path, tab completes it")
        self.ask(SourceScreen(_("Convert recordings"), self.root, hint=hint), self._convert)

    async def _convert(self, path: Path) -> None:
        """Convert a folder of recordings as a run, and open its manifest."""
        folder = path if path.is_dir() else path.parent
        settings = self.app.workspace.settings
        fields = (
            Field("rate", _("samples a s"), str(settings.rate), _("must be the config's")),
            Field("out", _("they go to"), settings.audio, _("a folder of the workspace")),
        )
        about = _(
            "{folder}: mono 16-bit wav of every recording in it; what is up to date is skipped."
        ).format(folder=folder)
        form = FormScreen(_("Convert recordings"), about, fields, _conversion_fault)
        if not (values := await self.app.push_screen_wait(form)):
            return
        target = str(self.root / values["out"])
        run = await self.run_job("convert", str(folder), "--out", target, "--rate", values["rate"])
        if run is None:
            return
        if alerts(run.folder):
            self.notify(ending(run), severity="warning")
        manifest = manifest_in(folder)
        if not self.is_open and run.state == "finished" and manifest is not None:
            self.open([manifest])

    def action_slice(self) -> None:
        title, hint = _("Cut a long recording"), _("a long recording: a path, tab completes it")
        dialog = SourceScreen(title, self.root, suffixes=SUFFIXES, files_only=True, hint=hint)
        self.ask(dialog, self._choose_cuts)

    async def _choose_cuts(self, recording: Path) -> None:
        target = f"{self.app.workspace.settings.audio}/{recording.stem}"
        self.ask(SliceScreen(recording, self.root, target, self.helper.draw), self._cut)

    async def _cut(self, cutting: Cutting) -> None:
        target = self.root / cutting.out_dir
        run = await self.run_job("slice", str(cutting.recording), "--out", str(target), *cutting.flags)
        if run is None:
            return
        if run.state != "finished" or alerts(run.folder):
            self.notify(ending(run), severity="warning")
            return
        message = _("{name}: {clips}, ready for transcription").format(
            name=target.name, clips=safe_text.clean(run.reason)
        )
        if self.unsaved():
            self.show_message(message)
        else:
            self.open([target], message)

    # clips

    def action_split(self) -> None:
        self.ask(SplitScreen(self.state, self.view.seconds), self._split, self.state)

    async def _split(self, state: DatasetState, before: DatasetState) -> None:
        if self.state is before:
            self.take(state)

    def on_table_activated(self) -> None:
        """Enter, or a second click."""
        self.action_repair()

    def action_repair(self) -> None:
        if self.browser.marked is not None:
            self.repair(self.browser.marked)

    def repair(self, index: int, closed: Callable[[], object] = lambda: None) -> None:
        """Open the transcript editor on a clip; `closed` is called when it was closed."""

        def end(_result: None) -> None:
            self.browser.table.focus()
            closed()

        self.app.push_screen(RepairScreen(self, index), end)


def _conversion_fault(values: dict[str, str]) -> str:
    rate = values["rate"]
    if not rate.isdecimal() or not 0 < int(rate) <= _HIGHEST_RATE:
        return _("the rate must be a whole number above 0, as 22050")
    return "" if values["out"] else _("name a folder for the clips")
