"""What comes before and after the lists: converting raw recordings, cutting long ones, cleaning texts for training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.data import workshop
from engine.data.splitset import LISTED
from engine.errors import InputError
from tui import commandline, words
from tui.beside import beside
from tui.inventory import CLIP_SUFFIXES
from tui.panes.dataset import jobs
from tui.panes.dataset.desk import lists_in

if TYPE_CHECKING:
    from engine.run.registry import RunSnapshot
    from tui.panes.dataset.pane import DatasetPane
    from tui.screens.slicing import Cutting

_HIGHEST_RATE = 768_000


class Preparing:
    """A part of the pane."""

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane
        self.doing = ""  # while a command runs beside the screen
        self._chosen = ""  # cleaners that were named for what is open

    # raw recordings

    def convert(self) -> None:
        """Ask for a folder of recordings, then its rate, and convert it as a run."""
        from tui.screens.source import SourceScreen

        pane = self._pane

        def chosen(path: Path | None) -> None:
            if path is not None:
                self._ask_rate(path if path.is_dir() else path.parent)

        hint = "the folder of raw recordings: a path, tab completes it"
        pane.app.push_screen(SourceScreen("Convert recordings", pane.root, hint=hint), chosen)

    def _ask_rate(self, folder: Path) -> None:
        from tui.screens.form import Field, FormScreen

        pane = self._pane
        settings = pane.deck.workspace.settings
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
        if jobs.alerts(run.folder):  # that it has ended, the dashboard says itself
            self._pane.deck.tell(jobs.ending(run), "warning")
        if self._pane.shown is None and run.state == "finished":
            manifest = next(
                (folder / name for name in ("metadata.csv", "manifest.txt") if (folder / name).is_file()),
                None,
            )
            if manifest is not None:
                self._pane.open([manifest])

    # long recordings

    def slice(self) -> None:
        """Ask for a recording, show where it would be cut, cut it."""
        from tui.screens.source import SourceScreen

        pane = self._pane

        def chosen(path: Path | None) -> None:
            if path is not None:
                self._show_cuts(path)

        pane.app.push_screen(
            SourceScreen(
                "Cut a long recording",
                pane.root,
                suffixes=CLIP_SUFFIXES,
                files_only=True,
                hint="a long recording: a path, tab completes it",
            ),
            chosen,
        )

    def _show_cuts(self, recording: Path) -> None:
        from tui.screens.slicing import SliceScreen

        pane = self._pane

        def chosen(cutting: Cutting | None) -> None:
            if cutting is not None:
                beside(pane, self._cut, cutting, group="slice", exclusive=False)

        target = f"{pane.deck.workspace.settings.audio}/{recording.stem}"
        pane.app.push_screen(SliceScreen(recording, pane.root, target, pane.asker), chosen)

    async def _cut(self, cutting: Cutting) -> None:
        """By the command line, in a session of its own: it goes on when the dashboard is left."""
        pane = self._pane
        self.doing = f"cutting {cutting.recording.name}"
        pane.show_facts()
        outcome = await commandline.run(
            pane.root, "slice", str(cutting.recording), "--out_dir", cutting.out_dir, *cutting.flags, "--json"
        )
        self.doing = ""
        pane.show_facts()
        if outcome.sentence:
            pane.deck.tell(outcome.sentence, "error")
            return
        count = sum(len(each["cuts"]) for each in outcome.document)
        pane.deck.tell(f"{words.plural(count, 'clip')} in {cutting.out_dir}, ready for transcription")
        if pane.shown is None or not pane.unsaved():
            pane.open([pane.root / cutting.out_dir])

    # texts

    def clean(self) -> None:
        """Ask for cleaners, and clean the saved lists as a run."""
        from tui.screens.form import Field, FormScreen

        pane = self._pane
        corpus = pane.corpus
        if corpus is None or pane.shown is None:
            return
        if pane.board.is_changed:
            pane.deck.tell("write the lists first (w): what is on the disk is cleaned", "warning")
            return
        if workshop.is_cleaned(pane.board):
            pane.deck.tell("these lists are cleaned already")
            return
        about = "LIST becomes LIST.cleaned. As english_cleaners2, korean_cleaners, japanese_cleaners, or espeak:de."
        field = Field("cleaners", "cleaners", self.cleaners, "names, separated by commas")
        check = lambda values: "" if values["cleaners"] else "name a cleaner"  # noqa: E731
        lists = [
            path
            for path in lists_in(corpus.folder, pane.board)
            if path.name != pane.board.names["quarantine"]
        ]

        def chosen(values: dict[str, str] | None) -> None:
            if values is not None:
                self._start_cleaning(lists, values["cleaners"].replace(" ", ""))

        pane.app.push_screen(FormScreen("Clean the texts", about, (field,), check), chosen)

    def forget(self) -> None:
        """Another corpus is open."""
        self._chosen = ""

    @property
    def cleaners(self) -> str:
        """What makes phonemes here: what was chosen, else those of the config that judges, else the workspace's."""
        from engine import config as configs

        pane = self._pane
        if self._chosen:
            return self._chosen
        if pane.corpus is not None and pane.corpus.config is not None:
            try:
                return ",".join(configs.load(pane.corpus.config).data.text_cleaners)
            except InputError:
                pass  # it was removed meanwhile
        return pane.deck.workspace.settings.text_cleaners

    def _start_cleaning(self, lists: list[Path], cleaners: str) -> None:
        pane = self._pane
        self._chosen = cleaners
        column = 2 if any(clip.speaker is not None for clip in pane.board.clips) else 1
        arguments = [*map(str, lists), "--text_index", str(column), "--cleaners", cleaners]
        pane.working.start("clean", arguments, self._cleaned)

    def _cleaned(self, run: RunSnapshot) -> None:
        if run.state == "finished":
            names = [self._pane.board.names[place] for place in LISTED[:3]] if self._pane.shown else []
            self._pane.deck.tell(f"written: {', '.join(f'{name}.cleaned' for name in names)}")
