"""What comes before and after the lists: converting raw recordings, cutting long ones, cleaning texts for training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.audio.recordings import SUFFIXES
from engine.dataset.lists.layouts import manifest_in
from engine.errors import InputError
from engine.languages import NORMALISE
from tui.app import safe_text, words
from tui.panes.dataset import jobs
from tui.panes.dataset.desk import lists_in

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from tui.dialogs.slicing import Cutting
    from tui.panes.dataset.pane import DatasetPane

_HIGHEST_RATE = 768_000


class Preparing:
    """A part of the pane."""

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane
        self._chosen = ""  # cleaners that were named for what is open

    # raw recordings

    def convert(self) -> None:
        """Ask for a folder of recordings, then its rate, and convert it as a run."""
        from tui.dialogs.source import SourceScreen

        pane = self._pane

        def chosen(path: Path | None) -> None:
            if path is not None:
                self._ask_rate(path if path.is_dir() else path.parent)

        hint = "the folder of raw recordings: a path, tab completes it"
        pane.app.push_screen(SourceScreen("Convert recordings", pane.root, hint=hint), chosen)

    def _ask_rate(self, folder: Path) -> None:
        from tui.dialogs.form import Field, FormScreen

        pane = self._pane
        settings = pane.app.workspace.settings
        fields = (
            Field("rate", "samples a s", str(settings.rate), "must be the config's"),
            Field("out", "they go to", settings.audio, "a folder of the workspace"),
        )

        def check(values: dict[str, str]) -> str:
            rate = values["rate"]
            if not rate.isdecimal() or not 0 < int(rate) <= _HIGHEST_RATE:
                return "the rate must be a whole number above 0, as 22050"
            return "" if values["out"] else "name a folder for the clips"

        def chosen(values: dict[str, str] | None) -> None:
            if values is not None:
                target = str(pane.root / values["out"])
                arguments = [str(folder), "--out", target, "--rate", values["rate"]]
                pane.working.start("convert", arguments, lambda run: self._converted(folder, run))

        about = f"{folder}: mono 16-bit wav of every recording in it; what is up to date is skipped."
        pane.app.push_screen(FormScreen("Convert recordings", about, fields, check), chosen)

    def _converted(self, folder: Path, run: RunSnapshot) -> None:
        if jobs.alerts(run.folder):
            self._pane.notify(jobs.ending(run), severity="warning")
        manifest = manifest_in(folder)
        if self._pane.shown is None and run.state == "finished" and manifest is not None:
            self._pane.open([manifest])

    # long recordings

    def slice(self) -> None:
        """Ask for a recording, show where it would be cut, cut it."""
        from tui.dialogs.source import SourceScreen

        pane = self._pane

        def chosen(path: Path | None) -> None:
            if path is not None:
                self._show_cuts(path)

        pane.app.push_screen(
            SourceScreen(
                "Cut a long recording",
                pane.root,
                suffixes=SUFFIXES,
                files_only=True,
                hint="a long recording: a path, tab completes it",
            ),
            chosen,
        )

    def _show_cuts(self, recording: Path) -> None:
        from tui.dialogs.slicing import SliceScreen

        pane = self._pane

        def chosen(cutting: Cutting | None) -> None:
            if cutting is not None:
                self._cut(cutting)

        target = f"{pane.app.workspace.settings.audio}/{recording.stem}"
        pane.app.push_screen(SliceScreen(recording, pane.root, target, pane.asker), chosen)

    def _cut(self, cutting: Cutting) -> None:
        target = self._pane.root / cutting.out_dir
        arguments = [str(cutting.recording), "--out", str(target), *cutting.flags]
        self._pane.working.start("slice", arguments, lambda run: self._was_cut(target, run))

    def _was_cut(self, target: Path, run: RunSnapshot) -> None:
        pane = self._pane
        if run.state != "finished" or jobs.alerts(run.folder):
            pane.notify(jobs.ending(run), severity="warning")
            return
        said = f"{target.name}: {safe_text.clean(run.reason)}, ready for transcription"
        if pane.shown is None or not pane.unsaved():
            pane.open([target], said)
        else:
            pane.say(said)

    # texts

    def clean(self) -> None:
        """Ask for cleaners, and clean the saved lists as a run."""
        from tui.dialogs.form import Field, FormScreen

        pane = self._pane
        corpus = pane.corpus
        if corpus is None or pane.shown is None:
            return
        if pane.board.is_changed:
            pane.notify("write the lists first (w): what is on the disk is cleaned", severity="warning")
            return
        if pane.reading.is_cleaned:
            pane.say("these lists are cleaned already")
            return
        about = "LIST becomes LIST.cleaned. As english_cleaners2, korean_cleaners, japanese_cleaners, or espeak:de."
        shown = ",".join(name for name in self.cleaners.split(",") if not name.startswith(NORMALISE))
        field = Field("cleaners", "cleaners", shown, "names, separated by commas")
        check = lambda values: "" if _names(values) else "name a cleaner"  # noqa: E731
        lists = [
            path
            for path in lists_in(corpus.folder, pane.board)
            if path.name != pane.board.names["quarantine"]
        ]

        def chosen(values: dict[str, str] | None) -> None:
            if values is not None:
                self._start_cleaning(lists, self._cleaning(values))

        pane.app.push_screen(
            FormScreen("Clean the texts", about, (field,), check, ask=self._fault_of_cleaners), chosen
        )

    async def _fault_of_cleaners(self, values: dict[str, str]) -> str:
        """Why these cleaners cannot clean, by letting them; "" when they can."""
        try:
            await self._pane.asker.ask("phonemes", text="a", cleaners=self._cleaning(values).split(","))
        except Exception as error:  # noqa: BLE001 - one sentence in its place
            return words.sentence(error)
        return ""

    def _cleaning(self, values: dict[str, str]) -> str:
        """The cleaners that were typed, behind the normaliser where the workspace has one."""
        return ",".join(self._pane.app.workspace.cleaning_by(_names(values).split(",")))

    def forget(self) -> None:
        """Another corpus is open."""
        self._chosen = ""

    @property
    def cleaners(self) -> str:
        """What makes phonemes here: what was chosen, else those of the config that judges, else the workspace's."""
        from engine import presets

        pane, workspace = self._pane, self._pane.app.workspace
        if self._chosen:
            return self._chosen
        if pane.corpus is not None and pane.corpus.config is not None:
            try:
                return ",".join(presets.complete(workspace, pane.corpus.config).data.cleaning)
            except InputError:
                pass  # it was removed meanwhile
        return ",".join(workspace.cleaning)

    def _start_cleaning(self, lists: list[Path], cleaners: str) -> None:
        pane = self._pane
        corpus = pane.corpus
        column = 2 if any(clip.speaker is not None for clip in pane.board.clips) else 1
        arguments = [*map(str, lists), "--text_index", str(column), "--cleaners", cleaners]

        def ended(run: RunSnapshot) -> None:
            if run.state != "finished":
                return  # the dashboard says why
            if pane.corpus is not None and corpus is not None and pane.corpus.sources == corpus.sources:
                self._chosen = cleaners
            pane.say(f"written: {', '.join(f'{path.name}.cleaned' for path in lists)}")

        pane.working.start("clean", arguments, ended)


def _names(values: dict[str, str]) -> str:
    """The cleaners that were typed, as flags have them."""
    return ",".join(filter(None, values["cleaners"].replace(" ", "").split(",")))
