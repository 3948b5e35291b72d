"""The last sentence as a picture."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.containers import Container

from engine.i18n import _
from tui.widgets.charts.spectrogram import Spectrogram
from tui.widgets.charts.waveform import Waveform


class Sound(Container):
    """The envelope and the spectrogram of the last sentence."""

    DEFAULT_CSS = """
    Sound { height: 1fr; }
    Sound Waveform { height: 2fr; }
    Sound Spectrogram { height: 3fr; }
    """

    def compose(self) -> ComposeResult:
        yield Waveform(empty="")
        yield Spectrogram(empty="")

    def show(self, reply: dict[str, Any]) -> None:
        """Draw the helper's reply to `speak`."""
        self.display = True
        wave: list[float] = reply["waveform"]
        self.query_one(Waveform).show(list(zip(wave[::2], wave[1::2], strict=False)), reply["seconds"])
        bands: list[list[float]] = reply["spectrogram"]  # rows of one frequency each, the lowest first
        frames = [list(frame) for frame in zip(*bands, strict=True)]
        self.query_one(Spectrogram).show(
            frames, _("mel bands over time, {rate:,} samples/s").format(rate=reply["rate"])
        )
