"""What a run has written: checkpoints and samples, newest first."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from engine.i18n import _
from tui.app import words
from tui.app.readers.messages import Checkpoint, RunFiles, Sample
from tui.panes.training.chart_titles import SHORT
from tui.widgets.table import Column, Table

CHECKPOINTS = (
    Column("step", 9, "right"),
    Column("", 4),
    Column(_("best by"), 12),
    Column("epoch", 6, "right"),
    Column("written", 12),
    Column("size", 8, "right"),
    Column("checkpoint", least=12),
)
SAMPLES = (
    Column("step", 10, "right"),
    Column("written", 12),
    Column("sample", least=20),
    Column("says", least=20),
)


class FilesView(Vertical):
    """Two tables; the tab key goes from one to the other."""

    DEFAULT_CSS = "FilesView { height: 1fr; & > Table { height: 1fr; } }"

    class Opened(Message):
        """Enter, or a second click, on a checkpoint: `name` is its file."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    class SampleOpened(Message):
        """The same on a sample: `wav` is relative to the run folder."""

        def __init__(self, wav: str) -> None:
            self.wav = wav
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="files")
        self._checkpoints: list[Checkpoint] = []
        self._spoken: tuple[Sample, ...] = ()
        self._table = Table(CHECKPOINTS, id="checkpoints", empty=_("no checkpoint yet"))
        self._samples = Table(SAMPLES, id="samples", empty=_("no sample yet"))

    def compose(self) -> ComposeResult:
        yield self._table
        yield self._samples

    def on_table_activated(self, message: Table.Activated) -> None:
        """Ask for what is marked to be opened."""
        message.stop()
        if message.table is self._samples and message.index < len(self._spoken):
            self.post_message(self.SampleOpened(self._spoken[message.index].wav))
        elif message.table is self._table and message.index < len(self._checkpoints):
            self.post_message(self.Opened(_generator(self._checkpoints[message.index])))

    def show(self, files: RunFiles) -> None:
        """Fill both tables."""
        self._checkpoints = found = [one for one in files.checkpoints if one.present]
        best = next(
            (one for one in found if one.best), None
        )  # older runs: each was the best when it was written
        self._table.set_rows(
            len(found),
            lambda i: _checkpoint_cells(found[i], is_best=found[i] is best),
            key=lambda i: _generator(found[i]),
        )
        self._spoken = samples = files.samples
        self._samples.set_rows(
            len(samples), lambda i: _sample_cells(samples[i]), key=lambda i: (samples[i].step, samples[i].wav)
        )


def _generator(one: Checkpoint) -> str:
    return next((name for name in one.files if name.startswith("G_")), ", ".join(one.files))


def _checkpoint_cells(one: Checkpoint, *, is_best: bool) -> tuple[str, ...]:
    grade = "best" if is_best else ""
    written, size = words.clock(one.time), words.size(one.bytes)
    return f"{one.step:,}", grade, _figure(one), f"{one.epoch:,}", written, size, _generator(one)


def _figure(one: Checkpoint) -> str:
    """The figure that checkpoints are compared by, as `CER 0.171`."""
    return words.UNKNOWN if one.value is None else f"{SHORT.get(one.tag, one.tag)} {one.value:.3g}"


def _sample_cells(one: Sample) -> tuple[str, ...]:
    return f"{one.step:,}", words.clock(one.time), one.wav, one.text
