"""Charts as literal rows of glyphs, and the promises that keep them cheap: bounded memory, still axes, small diffs."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.widget_support import drawn, hosted, painted
from tui.widgets.charts import chart as chart_module
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.glyphs import ASCII, UNICODE, choose
from tui.widgets.charts.grid import ChartGrid
from tui.widgets.charts.scale import Axis, Extent, nice_limits, nice_log_limits, short_number, short_pair
from tui.widgets.charts.series import MAX_BUCKETS, Series
from tui.widgets.charts.view import View
from tui.widgets.rows import changed_cells, row_text


def chart_of(points, title="x", *, last_steps=None, log=False):
    chart = Chart(title, View(last_steps=last_steps, log=log))
    chart.fit_anew()
    chart.series.extend(points)
    return chart


def labels(rows):
    """The labels of the y axis, the upper one first."""
    return rows[1].split("│")[0].strip(), rows[-2].split("│")[0].strip()


def test_three_points_make_these_rows():
    assert drawn(chart_of([(0, 5.0), (200, 4.0), (400, 4.5)]), 40, 8) == [
        "x                                    4.5",
        "     5│⠑⠢⡀",
        "      │  ⠈⠑⠤⡀",
        "      │     ⠈⠒⢄                       ⢀⡀",
        "      │        ⠉⠢⢄               ⣀⡠⠤⠒⠊⠁",
        "      │           ⠑⠢⣀       ⣀⡠⠔⠒⠉",
        "     4│              ⠑⠤⣀⠤⠒⠊⠉",
        "0-400                        min 4 max 5",
    ]


def test_the_smallest_chart_keeps_title_value_and_limits():
    assert drawn(chart_of(((i, 100 - 4 * i) for i in range(20)), "loss/g/mel"), 20, 4) == [
        "loss/g/mel        24",
        "  100│⠑⠒⠤⢄⡀",
        "     │    ⠈⠉⠒⠢⣀⡀",
        "   20│         ⠈⠉⠒⠢⠄",
    ]


def test_without_braille_it_is_drawn_in_ascii(monkeypatch):
    monkeypatch.setattr(chart_module, "current", lambda: ASCII)
    assert drawn(chart_of([(0, 0.0), (10, 8.0)]), 24, 6) == [
        "x                      8",
        "     8|            ..''",
        "      |        ..''",
        "      |    ..''",
        "     0|..''",
        "0-10         min 0 max 8",
    ]


def test_nan_is_a_gap_and_is_counted():
    chart = chart_of([(0, 1.0), (4, 1.0), (8, math.nan), (12, 1.0), (16, 1.0)])
    rows = drawn(chart, 40, 6)
    curve = next(row for row in rows[1:-1] if any(sign in row for sign in "⠉⠒⠤"))
    assert "  " in curve.split("│")[1].strip() and "nan 1" in rows[-1]
    chart.series.add(20, math.inf)
    assert drawn(chart, 40, 6)[0].endswith("inf")
    rows = drawn(chart_of([(1, math.nan)]), 40, 6)
    assert rows[0].endswith("nan") and "no points yet" in rows[1]


def test_logarithmic_scale_leaves_out_what_has_no_logarithm():
    rows = drawn(chart_of([(0, 1000.0), (1, -1.0), (2, 0.0), (3, 1.0)], log=True), 40, 8)
    assert rows[0].startswith("x log") and labels(rows) == ("1000", "1")
    straight = drawn(chart_of(((i, 10.0 ** (3 - i / 10)) for i in range(31)), log=True), 40, 8)
    line = drawn(chart_of((i, 30.0 - i) for i in range(31)), 40, 8)
    assert [row[6:] for row in straight[1:-1]] == [row[6:] for row in line[1:-1]]


def test_memory_is_bounded_and_extremes_survive():
    series = Series()
    series.extend((step, 1000.0 if step == 77_777 else math.sin(step)) for step in range(200_000))
    buckets = series.buckets()
    assert len(buckets) <= MAX_BUCKETS and max(bucket.high for bucket in buckets) == 1000.0
    assert (buckets[0].first_step, buckets[-1].last_step) == (0, 199_999)
    assert len(series.buckets(last_steps=500)) == 501


def test_a_rewound_run_replaces_its_future():
    chart = chart_of((i, float(i)) for i in range(3000))
    chart.series.extend((i, 0.0) for i in range(100, 200))
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
    rows = chart_of(points, last_steps=last_steps, log=log)._drawn(width, height)
    assert [len(row_text(row)) for row in rows] == [width] * height


def test_a_new_point_changes_few_cells():
    dice = random.Random(3)
    points = [(step, 20 + 60 * math.exp(-step / 800) + dice.gauss(0, 1)) for step in range(4000)]
    chart, changed = chart_of(points[:3000]), []
    before = chart._drawn(40, 10)
    for point in points[3000:]:
        chart.series.add(*point)
        after = chart._drawn(40, 10)
        spans = [changed_cells(old, new) for old, new in zip(before, after, strict=True)]
        changed.append(sum(stop - start for start, stop in filter(None, spans)))
        before = after
    changed.sort()
    assert changed[len(changed) // 2] <= 6 and changed[int(len(changed) * 0.98)] <= 30


def test_limits_are_round_and_do_not_tremble():
    assert nice_limits(13.0, 87.0) == (0.0, 100.0)
    assert nice_limits(4.0, 4.0) == pytest.approx((3.6, 4.4))
    assert nice_log_limits(0.03, 70.0) == pytest.approx((0.02, 100.0))
    axis = Axis()
    first, still, wider, narrower = (
        axis.fit(Extent(low, high, low, high))
        for low, high in ((1.0, 99.0), (20.0, 80.0), (20.0, 101.0), (20.0, 25.0))
    )
    assert still == first != wider and narrower[1] < 40


def limits_after(chart, points):
    """The labels of the y axis, looked at after every point: each change of them."""
    seen = []
    for point in points:
        chart.series.add(*point)
        rows = drawn(chart, 40, 8)
        if len(rows) > 2 and "│" in rows[1] and (not seen or labels(rows) != seen[-1]):
            seen.append(labels(rows))
    return seen


def test_one_early_outlier_does_not_squash_the_rest_for_good():
    dice = random.Random(1)
    chart = Chart("KL")
    kl = [(1, 40.0), (2, 12.0), *((step, 0.7 + dice.gauss(0, 0.03)) for step in range(3, 400))]
    seen = limits_after(chart, kl)
    assert float(seen[-1][0]) <= 1.0, seen
    assert len(seen) <= 8, f"limits tremble: {seen}"
    rows = drawn(chart, 40, 8)
    assert rows[-1].endswith("max 40"), "how far it went is still said"
    assert any(sign in rows[1] for sign in "⡇⢸⡀⠁⠈⢣⢇"), "the curve comes from beyond the upper edge"


def test_a_decay_is_shown_whole():
    decay = ((i, 40 + 50 * math.exp(-i / 60)) for i in range(1, 200))
    assert limits_after(Chart("mel"), decay)[-1] == ("90", "40")


def test_the_newest_value_is_always_inside():
    chart = Chart("x")
    limits_after(chart, ((i, 1.0 + i % 7 / 10) for i in range(200)))
    assert limits_after(chart, [(200, 90.0)])[-1][0] == "100"
    last = limits_after(chart, ((i, 1.0 + i % 7 / 10) for i in range(201, 240)))[-1]
    assert float(last[0]) <= 2.0, "a spike that is over is left out again"


@pytest.mark.parametrize("width", [25, 40])
def test_a_slow_decay_has_two_different_labels_in_one_notation(width):
    rows = drawn(chart_of((i, 1e-3 * 0.99988 ** (i // 3)) for i in range(80)), width, 6)
    upper, lower = labels(rows)
    assert upper != lower and "e-" in upper and "e-" in lower, rows
    assert rows[-1].endswith("min 9.97e-4 max 1e-3") and rows[0].endswith("9.969e-4")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (23.412, "23.41"), (2e-4, "2e-4"), (1.53e-5, "1.5e-5"), (12345.0, "12.35k"),
        (-0.5, "-0.5"), (math.nan, "nan"), (1234567.0, "1.235M"), (9999.0, "9999"), (0.00099996, "0.001"),
    ],
)  # fmt: skip
def test_numbers_are_short(value, text):
    assert short_number(value) == text


def test_two_numbers_that_stand_together_have_one_notation():
    assert short_pair(0.0, 2e-4, 5) == ("0", "2e-4")
    assert short_pair(0.000997, 0.02, 7) == ("9.97e-4", "0.02")


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_no_number_is_longer_than_its_label(value):
    assert len(short_number(value, 6)) <= 7


@pytest.mark.parametrize(
    ("environ", "glyphs"),
    [
        ({"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}, UNICODE),
        ({"TERM": "xterm-256color"}, UNICODE),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, ASCII),
        ({"TERM": "xterm", "LANG": "de_DE.ISO-8859-1"}, ASCII),
        ({"TERM": "linux", "VITSDECK_GLYPHS": "unicode"}, UNICODE),
    ],
)
def test_glyphs_follow_the_terminal(environ, glyphs):
    assert choose(environ) is glyphs


def grid_of(count):
    return ChartGrid([f"curve {i}" for i in range(count)])


async def test_grid_paints_what_it_draws_through_many_updates_and_sizes():
    async with hosted(grid_of(8), 140, 30) as (grid, pilot):
        for step in range(120):
            for i, chart in enumerate(grid.charts.values()):
                chart.series.add(step * 10, math.sin(step / (5 + i)))
            grid.repaint()
            if step == 60:
                await pilot.resize_terminal(100, 40)
            if step % 10 == 0:
                await pilot.pause()
        await pilot.pause()
        screen = painted(grid.app)
        for chart in grid.charts.values():
            x, y, width, height = chart.region
            rows = chart.shown_rows()[: len(screen) - y]
            assert [row[x : x + width] for row in screen[y : y + height]] == rows


async def test_zoom_and_logarithm_keys():
    async with hosted(grid_of(2), 80, 20) as (grid, pilot):
        chart, other = grid.charts.values()
        chart.series.extend((step, 1.0 + step) for step in range(20_000))
        await pilot.press("z", "z")
        assert chart.shown_rows()[-1].startswith("18,750-19,999"), "the newest 1,000 steps"
        await pilot.press("o")
        assert other.shown_rows()[0].startswith("curve 1 log")


async def test_nothing_is_sent_when_nothing_changed():
    async with hosted(grid_of(1), 60, 12) as (grid, pilot):
        chart = grid.charts["curve 0"]
        chart.series.add(1, 1.0)
        grid.repaint()
        await pilot.pause()
        grid.repaint()
        assert not chart._repaint_regions


async def test_no_row_is_left_empty_below_the_grid():
    async with hosted(grid_of(8), 140, 31) as (grid, pilot):
        await pilot.pause()
        assert {chart.region.bottom for chart in grid.charts.values()} == {16, 31}
