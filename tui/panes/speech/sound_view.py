"""What was spoken, drawn, below a line that says how it went."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from textual import getters
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from engine.i18n import _
from tui.app import safe_text, words
from tui.app.dashboard import Dashboard
from tui.panes.speech.pronouncing import FAULTS
from tui.widgets.charts.spectrogram import Spectrogram
from tui.widgets.charts.waveform import Waveform


class SoundView(Vertical):
    """A status line, the waveform and the spectrogram of the last sound."""

    app = getters.app(Dashboard)
    DEFAULT_CSS = """
    SoundView #status { height: auto; max-height: 5; margin: 1 0 0 0; }
    SoundView #status.fault { color: $text-error; }
    SoundView Waveform { height: 2fr; }
    SoundView Spectrogram { height: 3fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._clock: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="status", markup=False)
        yield Waveform(empty="")
        yield Spectrogram(empty="")

    @property
    def is_busy(self) -> bool:
        """Whether a sound is being made."""
        return self._clock is not None

    @contextmanager
    def busy(self, describe: Callable[[float], str]) -> Iterator[None]:
        """One sound at a time: show what `describe` says of the seconds that have passed; a fault ends the block."""
        since = time.monotonic()

        def show() -> None:
            self.show_status(f"{words.GLYPHS['starting']} {describe(time.monotonic() - since)}")

        clock = self._clock = self.set_interval(0.2, show)
        show()
        self.app.show_keys()
        try:
            with self.faults_shown():
                yield
        finally:
            clock.stop()
            self._clock = None
            self.app.show_keys()

    @contextmanager
    def faults_shown(self) -> Iterator[None]:
        """A fault of what was typed, or of a helper, ends the block and is one sentence here."""
        try:
            yield
        except ValueError as error:
            self.show_status(str(error), fault=True)
        except FAULTS as error:
            self.show_error(error)

    def show_sound(self, reply: dict[str, Any]) -> None:
        """Draw what the helper made, and say how long it took."""
        self.show_status(f"{words.GLYPHS['finished']} {took(reply)}\n{self.app.shortened(reply['path'])}")
        wave: list[float] = reply["waveform"]
        self.query_one(Waveform).show(list(zip(wave[::2], wave[1::2], strict=False)), reply["seconds"])
        frames = list(zip(*reply["spectrogram"], strict=True))  # rows of one frequency each, the lowest first
        caption = _("mel bands over time, {rate:,} samples/s").format(rate=reply["rate"])
        self.query_one(Spectrogram).show(frames, caption)

    def show_error(self, error: Exception) -> None:
        """One sentence for the person."""
        self.show_status(self.app.shortened(words.sentence(error)), fault=True)

    def show_status(self, text: str, *, fault: bool = False) -> None:
        """Show these lines instead of what stood there."""
        for status in self.query("#status").results(Static):  # none when the dashboard is closing
            status.set_class(fault, "fault")
            mark = f"{words.GLYPHS['failed']} " if fault else ""
            status.update(Content(mark + "\n".join(safe_text.clean(line) for line in text.split("\n"))))


def took(reply: dict[str, Any]) -> str:
    """How long the sound is, how long the work took, and what did it where the helper says so."""
    parts = [
        _("{seconds:.2f} s of sound in {took_s:.2f} s, {ratio:.1f} x real time"),
        *([_("first sound after {first_s:.2f} s"), "{runtime} {precision}"] if "first_s" in reply else []),
    ]
    return ", ".join(parts).format_map(reply)


def speaking(passed_s: float) -> str:
    """How long it is being spoken."""
    if passed_s > 2:
        return _("speaking, {seconds:.1f} s (the first sentence loads the voice)").format(seconds=passed_s)
    return _("speaking, {seconds:.1f} s").format(seconds=passed_s)
