"""Cutting a long recording: where it would be cut is shown on its waveform while the rules are typed; enter cuts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from engine.i18n import _, plural
from tui.app import command_line, words
from tui.app.workers import run_worker
from tui.dialogs.dialog import FieldDialog, field_row
from tui.widgets.charts.waveform import Waveform
from tui.widgets.rows import Row, RowWidget
from tui.widgets.textfield import TextField

_DEBOUNCE_SECONDS = 0.6  # a preview is a process of its own
Draw = Callable[[Waveform, Path, int], Coroutine[Any, Any, None]]  # `HelperProcess.draw`
RULES = (
    ("min-pause", "0.4", _("pause s")),
    ("min", "1", _("min s")),
    ("max", "10", _("max s")),
    ("top-db", "40", _("quiet dB")),
)


@dataclass(frozen=True, slots=True)
class Cutting:
    """What was decided: the recording, the folder for its clips, and the flags of `vitsdeck slice`."""

    recording: Path
    out_dir: str
    flags: tuple[str, ...]


class Cuts(RowWidget):
    """Below a waveform: a bracket for each clip, so that neighbours can be distinguished."""

    DEFAULT_CSS = """
    Cuts { height: 1; color: $text-accent; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts: Sequence[tuple[float, float]] = ()
        self._seconds = 0.0

    def show(self, cuts: Sequence[tuple[float, float]], seconds: float) -> None:
        """Draw clips, each from where to where in seconds, of a recording of so many."""
        self._parts, self._seconds = cuts, seconds
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        cells = [" "] * width
        for begin, end in self._parts:
            first = min(width - 1, int(begin / self._seconds * width))
            last = min(width - 1, max(first, round(end / self._seconds * width) - 1))
            if first == last:
                cells[first] = "╵"
            else:
                cells[first : last + 1] = ["└", *"─" * (last - first - 1), "┘"]
        return [(("".join(cells), ""),)]


class SliceScreen(FieldDialog[Cutting]):
    """Ends with what shall be cut, or None."""

    DEFAULT_CSS = """
    SliceScreen > .dialog { width: 110; height: 90%; }
    SliceScreen Waveform { height: 1fr; min-height: 3; background: $surface; }
    SliceScreen Cuts { background: $surface; }
    SliceScreen #rules { height: 1; }
    SliceScreen #rules Label { width: auto; padding-right: 1; color: $foreground-muted; }
    SliceScreen #rules Input { width: 5; margin-right: 1; }
    SliceScreen .status { margin-top: 1; max-height: 6; }
    """

    def __init__(self, recording: Path, root: Path, out_dir: str, draw: Draw) -> None:
        super().__init__()
        self._recording, self._root, self._out_dir, self._draw = recording, root, out_dir, draw

    def compose(self) -> ComposeResult:
        title = _("Cut {name}").format(name=self._recording.name)
        with self.frame(title, _("enter cut · tab next field · esc leave")):
            yield Waveform(empty=_("reading the recording"))
            yield Cuts()
            with Horizontal(id="rules"):
                for name, value, caption in RULES:
                    yield Label(caption)
                    yield TextField(value, compact=True, id=f"rule-{name}")
            yield field_row(_("clips go to"), TextField(self._out_dir, compact=True, id="rule-out"))
            yield Static(classes="status", markup=False)

    def on_mount(self) -> None:
        run_worker(self, self._draw, self.query_one(Waveform), self._recording, 2000, group="draw")
        run_worker(self, self._preview, group="preview")

    def on_input_changed(self, message: Input.Changed) -> None:
        """A rule was changed."""
        if message.input.id != "rule-out":
            run_worker(self, self._preview, group="preview")

    def _flags(self) -> tuple[str, ...] | None:
        """The rules as flags; None where one is no number."""
        flags: list[str] = []
        for name, _unused, caption in RULES:
            value = self.query_one(f"#rule-{name}", Input).value.strip().replace(",", ".")
            try:
                float(value)
            except ValueError:
                self.show_status(_("{caption} must be a number").format(caption=caption), fault=True)
                return None
            flags += [f"--{name}", value]
        return tuple(flags)

    async def _preview(self) -> None:
        await asyncio.sleep(_DEBOUNCE_SECONDS)  # a change that comes meanwhile ends this worker
        flags = self._flags()
        if flags is None:
            return
        self.show_status(_("looking for pauses"))
        outcome = await command_line.run(
            self._root, "slice", str(self._recording), *flags, "--dry-run", "--json"
        )
        if outcome.sentence or outcome.document is None:
            self.query_one(Cuts).show((), 0.0)
            self.show_status(outcome.sentence, fault=True)
            return
        found: dict[str, Any] = outcome.document["recordings"][0]
        cuts = [(float(each["begin_s"]), float(each["end_s"])) for each in found["cuts"]]
        self.query_one(Cuts).show(cuts, float(found["seconds"]))
        self.show_status(summary(cuts, int(found["left_out"]), int(found["forced"])))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field."""
        message.stop()
        flags, out_dir = self._flags(), self.query_one("#rule-out", Input).value.strip()
        if flags is None:
            return
        if not out_dir:
            self.show_status(_("name a folder for the clips"), fault=True)
            return
        self.dismiss(Cutting(self._recording, out_dir, flags))


def summary(cuts: Sequence[tuple[float, float]], left_out: int, forced: int) -> str:
    """`12 clips of 2.1 to 9.8 s, 1 min 10 s in all; 2 sounds too short for a clip; 3 cuts forced by the longest`."""
    if not cuts:
        return _("no clip would come of it")
    lengths = [end - begin for begin, end in cuts]
    clips = plural(
        "{n:,} clip of {shortest:.1f} to {longest:.1f} s, {duration} in all",
        "{n:,} clips of {shortest:.1f} to {longest:.1f} s, {duration} in all",
        len(cuts),
        shortest=min(lengths),
        longest=max(lengths),
        duration=words.duration(sum(lengths)),
    )
    short = plural("{n:,} sound too short for a clip", "{n:,} sounds too short for a clip", left_out)
    cut = plural(
        "{n:,} cut forced by the longest, not in a pause",
        "{n:,} cuts forced by the longest, not in a pause",
        forced,
    )
    return "; ".join([clips, *[short] * bool(left_out), *[cut] * bool(forced)])
