"""Rows of text, key bar and status line: legible without colour, cropped with a mark, repainted by cells."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.widget_support import Host, drawn, painted
from tui.widgets.keybar import KeyBar
from tui.widgets.rows import changed_cells, fit_row, row_text, row_width, scrollbar_thumb
from tui.widgets.statusline import StatusLine

KEYS = [("s", "Start"), ("x", "Stop"), ("/", "Search"), ("q", "Quit")]


def status_of(facts, right=""):
    status = StatusLine()
    status.show(facts, right)
    return status


class Bar(Host):
    """A key bar that notes what is clicked."""

    def __init__(self):
        super().__init__(KeyBar(KEYS))
        self.clicked = []

    def on_key_bar_pressed(self, message):
        self.clicked.append(message.key)

    def on_key_bar_more_requested(self):
        self.clicked.append("more")


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (80, " s Start  x Stop  / Search  q Quit"),
        (34, " s Start  x Stop  / Search  q Quit"),
        (33, " s Start  x Stop  +2 more"),
        (20, " s Start  +3 more"),
        (16, " +4 more"),
        (4, " +4…"),
        (1, ""),
    ],
)
def test_key_bar_drops_whole_entries(width, shown):
    assert drawn(KeyBar(KEYS), width, 1) == [shown]


async def test_key_bar_entries_and_overflow_are_clickable():
    app = Bar()
    async with app.run_test(size=(33, 5)) as pilot:
        for x in (2, 11, 21):
            await pilot.click(KeyBar, offset=(x, 0))
        assert app.clicked == ["s", "x", "more"]
        app.widget.keys = [("z", "Zoom")]
        await pilot.click(KeyBar, offset=(2, 0))
        assert app.clicked[-1] == "z"


def test_status_line_shows_levels_by_signs_and_crops():
    status = status_of(["demo", ("running", "good"), ("3 clips dropped", "warning")], "gpu 41%")
    assert drawn(status, 60, 1) == [" demo │ running │ ! 3 clips dropped".ljust(52) + "gpu 41%"]
    assert drawn(status, 36, 1) == [" demo │ running │ ! 3 clip… gpu 41%"]
    status = status_of([("out of memory", "error"), "\x1b[2J[b]evil"])
    assert drawn(status, 60, 1) == [" !! out of memory │ [b]evil"]


@settings(max_examples=200)
@given(st.text(max_size=40), st.text(max_size=40), st.integers(1, 100))
def test_any_words_fit_any_width(first, second, width):
    for widget in (status_of([first, (second, "error")], first), KeyBar([(first[:3], second)] * 4)):
        assert row_width(widget._drawn(width, 1)[0]) == width


async def test_update_marks_only_the_cells_that_changed():
    app = Host(status_of(["step 50"]))
    async with app.run_test(size=(60, 3)) as pilot:
        await pilot.pause()
        app.widget.show(["step 51"])
        assert [(r.x, r.width) for r in app.widget._repaint_regions] == [(7, 1)]
        await pilot.pause()
        assert painted(app)[0] == app.widget.shown_rows()[0]


async def test_hidden_widget_catches_up_when_shown(monkeypatch):
    draws, draw = [], StatusLine.draw
    monkeypatch.setattr(StatusLine, "draw", lambda *args: draws.append(1) or draw(*args))
    app = Host(status_of(["10%"]))
    async with app.run_test(size=(60, 3)) as pilot:
        app.widget.display = False
        await pilot.pause()
        before = len(draws)
        app.widget.show(["90%"])
        await pilot.pause()
        assert len(draws) == before
        app.widget.display = True
        await pilot.pause()
        assert "90%" in painted(app)[0]


def test_rows_fit_and_differ_by_cells():
    assert row_text(fit_row([("abc", "x"), ("def", "")], 4)) == "abc…"
    assert row_text(fit_row([("中中", "")], 3)) == "中…"
    assert row_text(fit_row([("a", "")], 3)) == "a  "
    old = (("abcdef", ""),)
    assert changed_cells(old, (("abXdYf", ""),)) == (2, 5)
    assert changed_cells(old, (("abc", ""), ("def", ""))) is None
    assert changed_cells(old, (("ab", ""), ("c", "bold"), ("def", ""))) == (2, 3)
    assert changed_cells((("中a", ""),), (("中b", ""),)) == (0, 3)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 60))
def test_scroll_bar_thumb_stays_inside(total, first, height):
    first = min(first, max(0, total - height))
    start, stop = scrollbar_thumb(total, first, height, height)
    assert 0 <= start < stop <= height
    if total > height and first == total - height:
        assert stop == height
