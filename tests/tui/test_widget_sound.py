"""Waveform and spectrogram as rows of glyphs, with and without colour."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from tui.widgets.charts.glyphs import ASCII, UNICODE
from tui.widgets.charts.spectrogram import Spectrogram
from tui.widgets.charts.waveform import Waveform
from tui.widgets.rows import row_text


def drawn(widget, width, height):
    return [row_text(row).rstrip() for row in widget._drawn(width, height)]


class Sound(App):
    def __init__(self, widget):
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


def test_a_burst_between_silences():
    wave = Waveform(glyphs=UNICODE)
    wave.show([0.0] * 20 + [-0.5, 0.5] * 20 + [0.0] * 20, 1.5)
    assert drawn(wave, 20, 4) == [
        "     ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿",
        "⠤⠤⠤⠤⠤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⠤⠤⠤⠤⠤",
        "     ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿",
        "peak 0.50     1.50 s",
    ]


def test_waveform_from_extremes_and_in_ascii():
    wave = Waveform(glyphs=ASCII)
    wave.show([(-1.0, 1.0), (0.0, 0.0), (-0.5, 0.25)], 2.0)
    rows = drawn(wave, 30, 7)
    assert all(row.isascii() for row in rows)
    assert rows[-1] == "peak 1.00               2.00 s"
    wave.show([], 0.0)
    assert drawn(wave, 30, 3)[0].strip() == "no sound yet"
    wave.show([math.nan, 0.5], 1.0)
    assert "peak 0.50" in drawn(wave, 30, 3)[-1]


def test_spectrogram_in_shades_has_low_frequencies_below():
    picture = Spectrogram(glyphs=ASCII)
    picture.show([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], "0-11 kHz")
    assert drawn(picture, 8, 3) == ["    ####", "####", "0-11 kHz"]
    picture.show([[0.0, 0.25, 0.5, 0.75, 1.0]])
    assert drawn(picture, 1, 5) == ["#", "*", ":", ".", ""]


async def test_spectrogram_in_colour_uses_half_blocks():
    app = Sound(Spectrogram(glyphs=UNICODE))
    async with app.run_test(size=(20, 12)) as pilot:
        app.widget.show([[0.0] * 8 + [1.0] * 8] * 10, "caption")
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert strips[0].text == "▀" * 20
        assert strips[9].text.startswith("caption")
        top = next(iter(strips[0])).style.color.triplet
        bottom = next(iter(strips[8])).style.color.triplet
        assert sum(top) > 3 * sum(bottom)


async def test_spectrogram_without_colour_uses_shades(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = Sound(Spectrogram(glyphs=UNICODE))
    async with app.run_test(size=(20, 12)) as pilot:
        app.widget.show([[0.0] * 8 + [1.0] * 8] * 10)
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert strips[0].text == "█" * 20
        assert strips[9].text == " " * 20


def test_ragged_frames_are_refused():
    with pytest.raises(ValueError, match="same number of bands"):
        Spectrogram().show([[1.0], [1.0, 2.0]])


@settings(max_examples=100)
@given(
    st.lists(st.lists(st.floats(width=32), min_size=3, max_size=3), max_size=20),
    st.integers(1, 50),
    st.integers(1, 12),
)
def test_any_sound_draws_at_any_size(frames, width, height):
    picture, wave = Spectrogram(glyphs=UNICODE), Waveform(glyphs=UNICODE)
    picture.show(frames, "x")
    wave.show([value for frame in frames for value in frame], 1.0)
    for widget in (picture, wave):
        assert [len(row_text(row)) for row in widget._drawn(width, height)] == [width] * height


async def test_resizing_and_replacing_paints_every_row():
    app = Sound(Waveform(glyphs=UNICODE))
    async with app.run_test(size=(60, 12)) as pilot:
        for size in ((30, 8), (90, 20), (12, 7)):
            app.widget.show([math.sin(i / 9) for i in range(900)], 1.0)
            await pilot.resize_terminal(*size)
            await pilot.pause()
            screen = [strip.text for strip in app.screen._compositor.render_strips()]
            rows = app.widget.shown_rows()
            assert screen[: len(rows)] == rows[: len(screen)]
