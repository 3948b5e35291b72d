"""Key bar, status line and gauge: one line each, legible without colour, cropped with a mark."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from tui.widgets.charts.gauge import Gauge
from tui.widgets.charts.glyphs import ASCII, UNICODE
from tui.widgets.keybar import KeyBar
from tui.widgets.rows import changed_cells, cut_row, fit_row, row_text, row_width, scrollbar_thumb
from tui.widgets.statusline import StatusLine

KEYS = [("s", "Start"), ("x", "Stop"), ("/", "Search"), ("q", "Quit")]


def line(widget, width):
    return row_text(widget._drawn(width, 1)[0]).rstrip()


class CountingGauge(Gauge):
    draws = 0

    def draw(self, width, height):
        self.draws += 1
        return super().draw(width, height)


class OneLine(App):
    def __init__(self, widget):
        super().__init__()
        self.widget = widget
        self.heard = []

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_key_bar_pressed(self, message):
        self.heard.append(message.key)

    def on_key_bar_more_requested(self):
        self.heard.append("more")


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (80, " s Start  x Stop  / Search  q Quit"),
        (34, " s Start  x Stop  / Search  q Quit"),
        (33, " s Start  x Stop  ? 2 more"),
        (20, " s Start  ? 3 more"),
        (17, " ? 4 more"),
        (4, " ?…"),
        (1, ""),
    ],
)
def test_key_bar_drops_whole_entries(width, shown):
    assert line(KeyBar(KEYS), width) == shown


async def test_key_bar_entries_and_overflow_are_clickable():
    app = OneLine(KeyBar(KEYS))
    async with app.run_test(size=(33, 5)) as pilot:
        await pilot.click(KeyBar, offset=(2, 0))
        await pilot.click(KeyBar, offset=(11, 0))
        await pilot.click(KeyBar, offset=(21, 0))
        assert app.heard == ["s", "x", "more"]
        app.widget.keys = [("z", "Zoom")]
        await pilot.click(KeyBar, offset=(2, 0))
        assert app.heard[-1] == "z"


def test_status_line_says_levels_in_signs_and_crops():
    status = StatusLine()
    status.show(["demo", ("running", "good"), ("3 clips dropped", "warning")], "gpu 41%")
    assert line(status, 60) == " demo │ running │ ! 3 clips dropped".ljust(52) + "gpu 41%"
    assert line(status, 36) == " demo │ running │ ! 3 clip… gpu 41%"
    status.show([("out of memory", "error"), "\x1b[2J[b]evil"])
    assert line(status, 60) == " !! out of memory │ [b]evil"


def test_gauge_reads_without_colour():
    gauge = Gauge("memory", high=0.9, glyphs=UNICODE)
    gauge.show(0.5, "70 of 139 GiB")
    assert line(gauge, 44) == "memory ████████░░░░░░░░░  50%  70 of 139 GiB"
    gauge.show(0.95)
    assert line(gauge, 24) == "memory ██████████░  95%!"
    gauge.show(0.001)
    assert "█░" in line(gauge, 24)
    gauge.show(0.9999)
    assert "░" in line(gauge, 24)
    gauge.show(1.0)
    assert "░" not in line(gauge, 24)
    gauge.show(None)
    assert line(gauge, 24) == "memory not known"
    gauge.show(math.nan)
    assert line(gauge, 24) == "memory not known"
    plain = Gauge("m", glyphs=ASCII)
    plain.show(0.25, "x")
    assert line(plain, 20) == "m ##........  25%  x"


@settings(max_examples=200)
@given(st.text(max_size=40), st.text(max_size=40), st.integers(1, 100), st.floats(0, 1))
def test_any_words_fit_any_width(first, second, width, fraction):
    gauge, status, keys = Gauge(first), StatusLine(), KeyBar([(first[:3], second)] * 4)
    gauge.show(fraction, second)
    status.show([first, (second, "error")], first)
    for widget in (gauge, status, keys):
        assert row_width(widget._drawn(width, 1)[0]) == width


async def test_update_marks_only_the_cells_that_changed():
    app = OneLine(Gauge("memory", glyphs=UNICODE))
    async with app.run_test(size=(60, 3)) as pilot:
        app.widget.show(0.50)
        await pilot.pause()
        app.widget.show(0.51)
        assert [(r.x, r.width) for r in app.widget._repaint_regions] == [(7 + 40 + 3, 1)]
        await pilot.pause()
        text = app.screen._compositor.render_strips()[0].text
        assert text == app.widget.shown_rows()[0]


async def test_hidden_widget_catches_up_when_shown():
    app = OneLine(CountingGauge("memory", glyphs=UNICODE))
    async with app.run_test(size=(60, 3)) as pilot:
        app.widget.show(0.1)
        await pilot.pause()
        app.widget.display = False
        await pilot.pause()
        drawn = app.widget.draws
        app.widget.show(0.9)
        await pilot.pause()
        assert app.widget.draws == drawn
        app.widget.display = True
        await pilot.pause()
        assert "90%" in app.screen._compositor.render_strips()[0].text


def test_rows_fit_and_differ_by_cells():
    assert row_text(fit_row([("abc", "x"), ("def", "")], 4)) == "abc…"
    assert row_text(fit_row([("中中", "")], 3)) == "中…"
    assert row_text(fit_row([("a", "")], 3)) == "a  "
    old = (("abcdef", ""),)
    assert changed_cells(old, (("abXdYf", ""),)) == (2, 5)
    assert changed_cells(old, (("abc", ""), ("def", ""))) is None
    assert changed_cells(old, (("ab", ""), ("c", "bold"), ("def", ""))) == (2, 3)
    assert changed_cells((("中a", ""),), (("中b", ""),)) == (0, 3)


def test_cutting_a_row_keeps_its_text_and_styles():
    row = (("abc", "x"), ("", "y"), ("def", ""))
    assert cut_row(row, 1, 5) == (("a", "x"), ("bc", "x"), ("", "y"), ("de", ""), ("f", ""))
    assert cut_row(row, 0, 6) == row
    assert cut_row(row, 3, 3) == row
    assert [span for span in cut_row(row, 1, 1) if span[0]] == [("a", "x"), ("bc", "x"), ("def", "")]


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 60))
def test_scroll_bar_thumb_stays_inside(total, first, height):
    first = min(first, max(0, total - height))
    start, stop = scrollbar_thumb(total, first, height, height)
    assert 0 <= start < stop <= height
    if total > height and first == total - height:
        assert stop == height
