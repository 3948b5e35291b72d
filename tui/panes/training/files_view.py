"""What a run has written: checkpoints and samples, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from tui.app import words
from tui.app.messages import RunFiles
from tui.widgets.table import Column, Table


class FilesView(Vertical):
    """Two tables; the tab key goes from one to the other."""

    DEFAULT_CSS = """
    FilesView { height: 1fr; & > Table { height: 1fr; } }
    """
    CHECKPOINTS: ClassVar = (
        Column("step", 10, "right"),
        Column("", 6),
        Column("mel", 8, "right"),
        Column("epoch", 6, "right"),
        Column("written", 12),
        Column("size", 8, "right"),
        Column("checkpoint", least=12),
    )
    SAMPLES: ClassVar = (
        Column("step", 10, "right"),
        Column("written", 12),
        Column("sample", least=20),
        Column("says", least=20),
    )

    def compose(self) -> ComposeResult:
        yield Table(self.CHECKPOINTS, id="checkpoints", empty="no checkpoint yet")
        yield Table(self.SAMPLES, id="samples", empty="no sample yet")

    _names: Sequence[str] = ()

    class Opened(Message):
        """Enter, or a second click, on a checkpoint: `name` is its file."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def on_table_activated(self, message: Table.Activated) -> None:
        """A checkpoint is opened; a sample has nothing behind it that a terminal could show."""
        message.stop()
        if message.table.id == "checkpoints" and message.index < len(self._names):
            self.post_message(self.Opened(self._names[message.index]))

    def clear(self) -> None:
        """Another run is shown."""
        self.show(RunFiles())

    def show(self, files: RunFiles) -> None:
        """Fill both tables."""
        checkpoints = [one for one in files.checkpoints if one.present]
        # each was the best when it was written; the newest of them still is
        best = next((one.step for one in checkpoints if one.best), None)

        def checkpoint(index: int) -> tuple[str, ...]:
            one = checkpoints[index]
            name = next((name for name in one.files if name.startswith("G_")), ", ".join(one.files))
            grade = "best" if one.step == best else ""
            return (
                f"{one.step:,}",
                grade,
                words.value(one.mel),
                f"{one.epoch:,}",
                words.clock(one.time),
                words.size(one.bytes),
                name,
            )

        def sample(index: int) -> tuple[str, ...]:
            one = files.samples[index]
            return f"{one.step:,}", words.clock(one.time), one.wav, one.text

        table, samples = self.query_one("#checkpoints", Table), self.query_one("#samples", Table)
        self._names = [next((n for n in one.files if n.startswith("G_")), "") for one in checkpoints]
        table.set_rows(len(checkpoints), checkpoint, key=lambda index: checkpoints[index].step)
        samples.set_rows(
            len(files.samples),
            sample,
            key=lambda index: (files.samples[index].step, files.samples[index].wav),
        )
