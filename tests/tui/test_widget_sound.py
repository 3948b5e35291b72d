"""Waveform and spectrogram as rows of glyphs, with and without colour."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.widget_support import Host, drawn, painted
from tui.widgets.charts import spectrogram, waveform
from tui.widgets.charts.glyphs import ASCII
from tui.widgets.charts.spectrogram import Spectrogram
from tui.widgets.charts.waveform import Waveform
from tui.widgets.rows import row_text


@pytest.fixture
def plain(monkeypatch):
    """A terminal without braille."""
    for module in (spectrogram, waveform):
        monkeypatch.setattr(module, "current", lambda: ASCII)


def test_a_burst_between_silences():
    wave = Waveform()
    wave.show([0.0] * 20 + [-0.5, 0.5] * 20 + [0.0] * 20, 1.5)
    assert drawn(wave, 20, 4) == [
        "     ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿",
        "⠤⠤⠤⠤⠤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⠤⠤⠤⠤⠤",
        "     ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿",
        "peak 0.50     1.50 s",
    ]


def test_waveform_from_extremes_and_in_ascii(plain):
    wave = Waveform()
    wave.show([(-1.0, 1.0), (0.0, 0.0), (-0.5, 0.25)], 2.0)
    rows = drawn(wave, 30, 7)
    assert all(row.isascii() for row in rows)
    assert rows[-1] == "peak 1.00               2.00 s"
    wave.show([], 0.0)
    assert drawn(wave, 30, 3)[0].strip() == "no sound yet"
    wave.show([math.nan, 0.5], 1.0)
    assert "peak 0.50" in drawn(wave, 30, 3)[-1]


def test_spectrogram_in_shades_has_low_frequencies_below(plain):
    picture = Spectrogram()
    picture.show([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], "0-11 kHz")
    assert drawn(picture, 8, 3) == ["    ####", "####", "0-11 kHz"]
    picture.show([[0.0, 0.25, 0.5, 0.75, 1.0]])
    assert drawn(picture, 1, 5) == ["#", "*", ":", ".", ""]


@pytest.mark.parametrize("colour", [True, False])
async def test_spectrogram_uses_half_blocks_in_colour_and_shades_without(monkeypatch, colour):
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    app = Host(Spectrogram())
    async with app.run_test(size=(20, 12)) as pilot:
        app.widget.show([[0.0] * 8 + [1.0] * 8] * 10, "caption")
        await pilot.pause()
        rows = painted(app)
        assert rows[0] == ("▀" if colour else "█") * 20 and rows[9].startswith("caption")
        if colour:
            top, bottom = (next(iter(app.widget.render_line(y))).style.color.triplet for y in (0, 8))
            assert sum(top) > 3 * sum(bottom)
        else:
            assert rows[8] == " " * 20


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
    picture, wave = Spectrogram(), Waveform()
    picture.show(frames, "x")
    wave.show([value for frame in frames for value in frame], 1.0)
    for widget in (picture, wave):
        assert [len(row_text(row)) for row in widget._drawn(width, height)] == [width] * height


async def test_resizing_and_replacing_paints_every_row():
    app = Host(Waveform())
    async with app.run_test(size=(60, 12)) as pilot:
        for size in ((30, 8), (90, 20), (12, 7)):
            app.widget.show([math.sin(i / 9) for i in range(900)], 1.0)
            await pilot.resize_terminal(*size)
            await pilot.pause()
            screen, rows = painted(app), app.widget.shown_rows()
            assert screen[: len(rows)] == rows[: len(screen)]
