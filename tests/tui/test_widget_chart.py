"""Charts as literal rows of glyphs, and the promises that keep them cheap: bounded memory, still axes, small diffs."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from tui.widgets.charts.canvas import Canvas
from tui.widgets.charts.chart import Chart, ChartGrid
from tui.widgets.charts.glyphs import ASCII, UNICODE, choose
from tui.widgets.charts.scale import Axis, Extent, nice_limits, nice_log_limits, short_number, short_pair
from tui.widgets.charts.series import MAX_BUCKETS, Series
from tui.widgets.rows import changed_cells, row_text


def drawn(chart, width, height):
    return [row_text(row).rstrip() for row in chart._drawn(width, height)]


def test_three_points_make_these_rows():
    chart = Chart("x", glyphs=UNICODE)
    chart.extend([(0, 5.0), (200, 4.0), (400, 4.5)])
    assert drawn(chart, 40, 8) == [
        "x                                    4.5",
        "     5│⠑⢄",
        "      │  ⠑⠤⡀",
        "      │    ⠈⠢⡀                 ⢀⡀",
        "      │      ⠈⠢⡀           ⢀⡠⠔⠊⠁",
        "      │        ⠈⠒⢄     ⢀⡠⠔⠊⠁",
        "     4│           ⠑⢄⡠⠔⠊⠁",
        "0-527                        min 4 max 5",
    ]


def test_the_smallest_chart_keeps_title_value_and_limits():
    chart = Chart("loss/g/mel", glyphs=UNICODE)
    chart.extend((i, 100 - 4 * i) for i in range(20))
    assert drawn(chart, 20, 4) == [
        "loss/g/mel        24",
        "  100│⠑⠢⢄⡀",
        "     │   ⠈⠑⠢⣀",
        "   20│       ⠉⠒⠤",
    ]


def test_without_braille_it_is_drawn_in_ascii():
    chart = Chart("x", glyphs=ASCII)
    chart.extend([(0, 0.0), (10, 8.0)])
    rows = drawn(chart, 24, 6)
    assert all(row.isascii() for row in rows)
    assert rows == [
        "x                      8",
        "     8|        ..'",
        "      |     ..'",
        "      |   .'",
        "     0|.''",
        "0-16         min 0 max 8",
    ]


def test_nan_is_a_gap_and_is_said():
    chart = Chart("x", glyphs=UNICODE)
    chart.extend([(0, 1.0), (4, 1.0), (8, math.nan), (12, 1.0), (16, 1.0)])
    plot = "".join(drawn(chart, 40, 6)[1:-1])
    curve = next(row for row in drawn(chart, 40, 6)[1:-1] if "⠉" in row or "⠒" in row or "⠤" in row)
    assert "  " in curve.split("│")[1].strip(), plot
    assert "nan 1" in drawn(chart, 40, 6)[-1]
    chart.add(20, math.inf)
    assert drawn(chart, 40, 6)[0].endswith("inf")


def test_only_nan_draws_no_plot():
    chart = Chart("x")
    chart.add(1, math.nan)
    assert "no points yet" in drawn(chart, 40, 6)[1]
    assert drawn(chart, 40, 6)[0].endswith("nan")


def test_logarithmic_scale_leaves_out_what_has_no_logarithm():
    chart = Chart("x", log=True, glyphs=UNICODE)
    chart.extend([(0, 1000.0), (1, -1.0), (2, 0.0), (3, 1.0)])
    rows = drawn(chart, 40, 8)
    assert rows[0].startswith("x log")
    assert rows[1].startswith("  1000│")
    assert rows[-2].startswith("     1│")
    straight = Chart("x", log=True, glyphs=UNICODE)
    straight.extend((i, 10.0 ** (3 - i / 10)) for i in range(31))
    line = Chart("x", glyphs=UNICODE)
    line.extend((i, 30.0 - i) for i in range(31))
    assert [row[6:] for row in drawn(straight, 40, 8)[1:-1]] == [row[6:] for row in drawn(line, 40, 8)[1:-1]]


def test_memory_is_bounded_and_extremes_survive():
    series = Series()
    for step in range(200_000):
        series.add(step, 1000.0 if step == 77_777 else math.sin(step))
    buckets = series.buckets()
    assert len(buckets) <= MAX_BUCKETS
    assert max(bucket.high for bucket in buckets) == 1000.0
    assert buckets[0].first_step == 0
    assert buckets[-1].last_step == 199_999
    assert len(series.buckets(last_steps=500)) == 501


def test_a_rewound_run_replaces_its_future():
    chart = Chart("x", glyphs=UNICODE)
    chart.extend((i, float(i)) for i in range(3000))
    chart.extend((i, 0.0) for i in range(100, 200))
    buckets = chart.series.buckets()
    assert buckets[-1].last_step == 199
    assert all(a.last_step < b.first_step for a, b in itertools.pairwise(buckets))


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.floats(width=32)), max_size=60),
    st.integers(1, 70),
    st.integers(1, 15),
    st.booleans(),
    st.sampled_from([None, 10, 1000]),
)
def test_any_points_draw_at_any_size(points, width, height, log, last_steps):
    chart = Chart("any", log=log, last_steps=last_steps, glyphs=UNICODE)
    for step, value in points:
        chart.add(step, value)
    rows = chart._drawn(width, height)
    assert [len(row_text(row)) for row in rows] == [width] * height


def test_a_new_point_changes_few_cells():
    dice = random.Random(3)
    chart = Chart("loss", glyphs=UNICODE)
    changed = []
    before = None
    for step in range(4000):
        chart.add(step, 20 + 60 * math.exp(-step / 800) + dice.gauss(0, 1))
        if step < 3000:
            continue
        after = chart._drawn(40, 10)
        if before is not None:
            spans = [changed_cells(old, new) for old, new in zip(before, after, strict=True)]
            changed.append(sum(stop - start for start, stop in filter(None, spans)))
        before = after
    changed.sort()
    assert changed[len(changed) // 2] <= 6
    assert changed[int(len(changed) * 0.98)] <= 30


def test_limits_are_round_and_do_not_tremble():
    assert nice_limits(13.0, 87.0) == (0.0, 100.0)
    assert nice_limits(4.0, 4.0) == pytest.approx((3.6, 4.4))
    assert nice_log_limits(0.03, 70.0) == pytest.approx((0.02, 100.0))
    axis = Axis()

    def fit(low, high):
        return axis.fit(Extent(low, high, low, high))

    first = fit(1.0, 99.0)
    assert fit(20.0, 80.0) == first
    assert fit(20.0, 101.0) != first
    assert fit(20.0, 25.0) == (20.0, 26.0) or axis.limits[1] < 40


def limits_after(chart, points, width=40, height=8):
    """The labels of the y axis, looked at after every point: how often they changed, and the last ones."""
    seen = []
    for step, value in points:
        chart.add(step, value)
        rows = drawn(chart, width, height)
        if len(rows) > 2 and "│" in rows[1]:
            labels = rows[1].split("│")[0].strip(), rows[-2].split("│")[0].strip()
            if not seen or labels != seen[-1]:
                seen.append(labels)
    return seen


def test_one_early_outlier_does_not_squash_the_rest_for_good():
    dice = random.Random(1)
    kl = [(1, 40.0), (2, 12.0), *((step, 0.7 + dice.gauss(0, 0.03)) for step in range(3, 400))]
    chart = Chart("KL", glyphs=UNICODE)
    seen = limits_after(chart, kl)
    assert float(seen[-1][0]) <= 1.0, seen
    assert len(seen) <= 8, f"limits tremble: {seen}"
    rows = drawn(chart, 40, 8)
    assert rows[-1].endswith("max 40"), "how far it went is still said"
    assert any(sign in rows[1] for sign in "⡇⢸⡀⠁⠈⢣⢇"), "the curve comes from beyond the upper edge"


def test_a_decay_is_shown_whole():
    chart = Chart("mel", glyphs=UNICODE)
    assert limits_after(chart, ((i, 40 + 50 * math.exp(-i / 60)) for i in range(1, 200)))[-1] == ("90", "40")


def test_the_newest_value_is_always_inside():
    chart = Chart("x", glyphs=UNICODE)
    limits_after(chart, ((i, 1.0 + i % 7 / 10) for i in range(200)))
    chart.add(200, 90.0)
    assert drawn(chart, 40, 8)[1].startswith("   100│")
    for i in range(201, 240):
        chart.add(i, 1.0 + i % 7 / 10)
    assert float(drawn(chart, 40, 8)[1].split("│")[0]) <= 2.0, "a spike that is over is left out again"


def test_a_slow_decay_has_two_different_labels_in_one_notation():
    chart = Chart("learning rate", glyphs=UNICODE)
    chart.extend((i, 1e-3 * 0.99988 ** (i // 3)) for i in range(80))
    for width in (25, 40):
        rows = drawn(chart, width, 6)
        labels = rows[1].split("│")[0].strip(), rows[-2].split("│")[0].strip()
        assert labels[0] != labels[1] and all("e-" in label for label in labels), rows
        assert rows[-1].endswith("min 9.97e-4 max 1e-3")
        assert rows[0].endswith("9.97e-4")


def test_rounding_does_not_change_the_notation():
    assert short_number(0.00099996, 5) == short_number(0.001, 5) == "0.001"
    assert short_pair(0.0, 2e-4, 5) == ("0", "2e-4")
    assert short_pair(0.000997, 0.02, 7) == ("9.97e-4", "0.02")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (23.412, "23.41"), (2e-4, "2e-4"), (1.53e-5, "1.5e-5"), (12345.0, "12.35k"),
        (-0.5, "-0.5"), (math.nan, "nan"), (1234567.0, "1.235M"), (9999.0, "9999"),
    ],
)  # fmt: skip
def test_numbers_are_short(value, text):
    assert short_number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_no_number_is_longer_than_its_label(value):
    assert len(short_number(value, 6)) <= 7


def test_canvas_dots_and_lines():
    canvas = Canvas(2, 1, UNICODE)
    canvas.line(0, 0, 3, 3)
    assert canvas.rows() == ["⠑⢄"]
    canvas = Canvas(2, 1, UNICODE)
    canvas.vertical(1, -5, 99)
    canvas.dot(99, 99)
    assert canvas.rows() == ["⢸ "]


def test_glyphs_follow_the_terminal():
    assert choose({"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}) is UNICODE
    assert choose({"TERM": "xterm-256color"}) is UNICODE
    assert choose({"TERM": "linux", "LANG": "en_US.UTF-8"}) is ASCII
    assert choose({"TERM": "xterm", "LANG": "de_DE.ISO-8859-1"}) is ASCII
    assert choose({"TERM": "linux", "VITSDECK_GLYPHS": "unicode"}) is UNICODE


class Charts(App):
    def __init__(self, count):
        super().__init__()
        self.grid = ChartGrid([f"curve {i}" for i in range(count)], glyphs=UNICODE)

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_mount(self):
        self.grid.focus()


async def test_grid_paints_what_it_draws_through_many_updates_and_sizes():
    app = Charts(8)
    async with app.run_test(size=(140, 30)) as pilot:
        for step in range(120):
            for i in range(8):
                app.grid.add(f"curve {i}", step * 10, math.sin(step / (5 + i)))
            app.grid.repaint()
            if step == 60:
                await pilot.resize_terminal(100, 40)
            if step % 10 == 0:
                await pilot.pause()
        app.grid.add("late", 1, 1.0)
        app.grid.repaint()
        await pilot.pause()
        screen = [strip.text for strip in app.screen._compositor.render_strips()]
        for chart in app.grid.charts.values():
            x, y, width, height = chart.region
            assert [row[x : x + width] for row in screen[y : y + height]] == chart.shown_rows()[
                : len(screen) - y
            ]


async def test_zoom_and_logarithm_keys():
    app = Charts(2)
    async with app.run_test(size=(80, 20)) as pilot:
        for step in range(20_000):
            app.grid.add("curve 0", step, 1.0 + step)
        await pilot.press("z", "z")
        assert app.grid.last_steps == 1000
        assert app.grid.charts["curve 0"].shown_rows()[-1].startswith("18,750-20,019")
        await pilot.press("o")
        assert app.grid.charts["curve 1"].log_scale


async def test_nothing_is_sent_when_nothing_changed():
    app = Charts(1)
    async with app.run_test(size=(60, 12)) as pilot:
        app.grid.add("curve 0", 1, 1.0)
        app.grid.repaint()
        await pilot.pause()
        app.grid.repaint()
        assert not app.grid.charts["curve 0"]._repaint_regions


async def test_no_row_is_left_empty_below_the_grid():
    app = Charts(8)
    async with app.run_test(size=(140, 31)) as pilot:
        await pilot.pause()
        assert {chart.region.bottom for chart in app.grid.charts.values()} == {16, 31}
