"""What comes before the lists: converting raw recordings, and cutting long ones into clips."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.audio.recordings import SUFFIXES
from engine.dataset.lists.layouts import manifest_in
from engine.i18n import _
from tui.app import safe_text
from tui.dialogs.form import Field, FormScreen
from tui.dialogs.source import SourceScreen
from tui.panes.dataset.background_jobs import alerts, ending
from tui.panes.dataset.editor import DatasetEditor

if TYPE_CHECKING:
    from tui.dialogs.slicing import Cutting

_HIGHEST_RATE = 768_000


class RawRecordings(DatasetEditor):
    """The actions that turn recordings into clips."""

    def action_convert(self) -> None:
        hint = _("the folder of raw recordings: a path, tab completes it")
        self.begin(self._convert, self.ask(SourceScreen(_("Convert recordings"), self.root, hint=hint)))

    async def _convert(self, chosen: Awaitable[Path | None]) -> None:
        """Convert a folder of recordings as a run, and open its manifest."""
        if (path := await chosen) is None:
            return
        folder = path if path.is_dir() else path.parent
        settings = self.app.workspace.settings
        fields = (
            Field("rate", "samples a s", str(settings.rate), _("must be the config's")),
            Field("out", _("they go to"), settings.audio, _("a folder of the workspace")),
        )
        about = _(
            "{folder}: mono 16-bit wav of every recording in it; what is up to date is skipped."
        ).format(folder=folder)
        values = await self.ask(FormScreen(_("Convert recordings"), about, fields, _conversion_fault))
        if values is None:
            return
        target = str(self.root / values["out"])
        run = await self.run_job("convert", str(folder), "--out", target, "--rate", values["rate"])
        if run is None:
            return
        if alerts(run.folder):
            self.notify(ending(run), severity="warning")
        manifest = manifest_in(folder)
        if self.view is None and run.state == "finished" and manifest is not None:
            self.open([manifest])

    def action_slice(self) -> None:
        hint = _("a long recording: a path, tab completes it")
        dialog = SourceScreen(
            _("Cut a long recording"), self.root, suffixes=SUFFIXES, files_only=True, hint=hint
        )
        self.begin(self._slice, self.ask(dialog))

    async def _slice(self, chosen: Awaitable[Path | None]) -> None:
        from tui.dialogs.slicing import SliceScreen

        if (recording := await chosen) is None:
            return
        target = f"{self.app.workspace.settings.audio}/{recording.stem}"
        cutting = await self.ask(SliceScreen(recording, self.root, target, self.helper.envelope))
        if cutting is not None:
            await self._cut(cutting)

    async def _cut(self, cutting: Cutting) -> None:
        target = self.root / cutting.out_dir
        run = await self.run_job("slice", str(cutting.recording), "--out", str(target), *cutting.flags)
        if run is None:
            return
        if run.state != "finished" or alerts(run.folder):
            self.notify(ending(run), severity="warning")
            return
        said = _("{name}: {reason}, ready for transcription").format(
            name=target.name, reason=safe_text.clean(run.reason)
        )
        if self.unsaved():
            self.say(said)
        else:
            self.open([target], said)


def _conversion_fault(values: dict[str, str]) -> str:
    rate = values["rate"]
    if not rate.isdecimal() or not 0 < int(rate) <= _HIGHEST_RATE:
        return _("the rate must be a whole number above 0, as 22050")
    return "" if values["out"] else _("name a folder for the clips")
