"""A grid of charts: one x axis for all, one chart in the whole pane, its cursor, parts, smoothing, time, other runs."""

import json
import math
import xml.etree.ElementTree as ET

import pytest

from tests.tui.widget_support import drawn, hosted
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.export import written
from tui.widgets.charts.grid import ChartGrid
from tui.widgets.charts.series import Bucket, Series
from tui.widgets.charts.view import View, in_seconds, smoothed, value_at


def series_of(points):
    series = Series()
    series.extend(points)
    return series


def footers(grid):
    return [chart.shown_rows()[-1].split()[0] for chart in grid.charts.values() if chart.display]


@pytest.mark.parametrize("last", [12, 198, 4000])
async def test_every_x_axis_ends_where_the_data_ends_all_charts_alike(last):
    async with hosted(ChartGrid(["mel", "validation"]), 80, 12) as (grid, pilot):
        mel, validation = grid.charts.values()
        mel.series.extend((step, 1.0 / step) for step in range(1, last + 1))
        validation.series.extend((step, 2.0) for step in range(last // 4, last + 1, last // 4))
        grid.repaint()
        await pilot.pause()
        assert footers(grid) == [f"1-{last:,}"] * 2


@pytest.mark.parametrize("points", [7, 60, 200, 1000])
def test_a_curve_fills_its_chart(points):
    chart = Chart("x")
    chart.series.extend((step, 1.0) for step in range(points))
    row = next(row for row in drawn(chart, 80, 8)[1:] if "⠤" in row or "⠒" in row or "⠉" in row or "⣀" in row)
    assert len(row) >= 7 + 73 * 11 // 12 - 1, "at least eleven twelfths"


def test_values_that_are_nearly_constant_are_told_apart():
    chart = Chart("lr")
    chart.series.extend([(1, 1e-3), (2, 9.998e-4), (3, 9.997e-4)])
    rows = drawn(chart, 40, 6)
    assert rows[-1].endswith("min 9.997e-4 max 1e-3") and rows[0].endswith("9.997e-4")
    assert rows[1].startswith("    1e-3") and rows[-2].startswith("9.997e-4")


async def test_one_chart_fills_the_pane_and_its_cursor_reads_values():
    async with hosted(ChartGrid(["a", "b", "c"]), 100, 20) as (grid, pilot):
        for number, chart in enumerate(grid.charts.values()):
            chart.series.extend((step, number + step) for step in range(1, 101))
        grid.repaint()
        await pilot.press("right", "enter")
        await pilot.pause()
        assert [chart.title for chart in grid.seen] == ["b"]
        assert grid.seen[0].size == (100, 20), "nothing is left empty"
        await pilot.press("left", "left", "shift+left")
        assert "at 88: 89" in grid.seen[0].shown_rows()[-1]
        await pilot.press("plus", "plus")
        await pilot.pause()
        first, last = map(int, grid.seen[0].shown_rows()[-1].split()[0].split("-"))
        assert 20 <= last - first <= 26 and first <= 88 <= last
        await pilot.press("home")
        assert f"at {first}:" in grid.seen[0].shown_rows()[-1]
        await pilot.press("end")
        assert f"at {last}:" in grid.seen[0].shown_rows()[-1]
        await pilot.press("less_than_sign")
        assert int(grid.seen[0].shown_rows()[-1].split("-")[0]) < first
        await pilot.press("down", "escape", "escape")
        await pilot.pause()
        assert len(grid.seen) == 3 and grid.chosen.title == "c"


async def test_a_click_chooses_a_chart_and_a_double_click_blows_it_up():
    async with hosted(ChartGrid(["a", "b"]), 80, 12) as (grid, pilot):
        await pilot.click(grid.charts["b"])
        await pilot.pause()
        assert grid.chosen.title == "b" and len(grid.seen) == 2
        await pilot.click(grid.charts["b"], times=2)
        await pilot.pause()
        assert [chart.title for chart in grid.seen] == ["b"]


def test_smoothing_is_the_debiased_average_and_starts_anew_after_a_gap():
    buckets = [Bucket.of_point(step, value) for step, value in enumerate([1.0, 3.0])]
    buckets += [Bucket.of_point(3, 8.0, gap=True)]
    means = [bucket.last for bucket in smoothed(buckets, 0.6)]
    assert means == pytest.approx([1.0, (0.6 * 0.4 * 1 + 0.4 * 3) / (1 - 0.36), 8.0])


def test_the_raw_curve_stays_as_a_ghost_under_the_smoothed_one():
    chart = Chart("x", View(smoothing=0.9))
    chart.series.extend((step, 5 * math.sin(step)) for step in range(200))
    styles = {style for row in chart._drawn(60, 12) for _text, style in row}
    assert {"chart--ghost", "chart--curve"} <= styles
    assert [curve.style for curve in chart.curves()] == ["chart--ghost", "chart--curve"]


def test_an_axis_of_time_puts_steps_where_they_happened():
    times = series_of([(1, 1000.0), (2, 1010.0), (3, 1100.0)])
    placed = in_seconds([Bucket.of_point(step, 0.0) for step in (1, 2, 3)], times)
    assert [bucket.first_step for bucket in placed] == [0.0, 10.0, 100.0]
    chart = Chart("x", View(by_time=True))
    chart.series, chart.times = series_of([(1, 1.0), (2, 2.0), (3, 3.0)]), times
    assert drawn(chart, 40, 8)[-1].startswith("0 s-1 min 40 s")


def test_other_runs_have_a_letter_at_their_end_and_keep_it_without_colour():
    chart = Chart("x")
    chart.series = series_of((step, 10.0) for step in range(100))
    chart.others["b"] = series_of((step, 5.0 + step / 20) for step in range(60)), Series()
    rows = drawn(chart, 60, 12)
    assert sum("a" in row for row in rows[1:-1]) == 1 and sum("b" in row for row in rows[1:-1]) == 1
    assert rows[-1].startswith("0-99")
    chart.view.cursor, chart.is_alone = 50.0, True
    assert "b 7.5" in drawn(chart, 80, 12)[-1] and "a 10" in drawn(chart, 80, 12)[-1]


def test_runs_that_end_at_the_same_place_both_keep_their_letters():
    chart = Chart("x")
    chart.series = series_of((step, 10.0) for step in range(100))
    chart.others = {letter: (chart.series, Series()) for letter in "bc"}
    assert any("bca" in row for row in drawn(chart, 60, 12)[1:-1])


async def test_a_run_that_ended_before_the_close_up_is_left_out_of_it():
    async with hosted(ChartGrid(["mel", "KL"]), 80, 24) as (grid, pilot):
        chart = grid.charts["mel"]
        chart.series = series_of((step, 10.0) for step in range(1000))
        chart.others["b"] = series_of((step, 10.0) for step in range(500)), Series()
        grid.repaint()
        await pilot.press("z", "z", "z")
        assert not any("b" in row for row in chart.shown_rows()[1:-1])
        await pilot.press("enter", "plus", "plus", "plus", "less_than_sign", "x", "o", "escape", "escape")
        assert len(grid.seen) == 2


def test_the_value_at_a_place_is_the_last_one_before_it():
    buckets = [Bucket.of_point(step, float(step)) for step in (10, 20)]
    assert [value_at(buckets, place) for place in (5, 10, 19, 25)] == [None, 10.0, 10.0, 20.0]
    stretch = Bucket.of_point(0, 0.0)
    stretch.merge(Bucket.of_point(100, 50.0))
    assert [value_at([stretch], place) for place in (0, 50, 100)] == [0.0, 25.0, 50.0]


def test_what_is_seen_is_written_as_csv_json_and_svg():
    chart = Chart("mel <1>")
    chart.series = series_of([(1, 2.0), (2, math.nan), (3, 1.5)])
    chart.others["b"] = series_of([(1, 4.0)]), Series()
    names = {"a": "anna", "b": "ben & co"}
    rows = json.loads(written([chart], names, "json"))
    assert {"curve": "mel <1>", "run": "anna", "step": 3, "value": 1.5} in rows and len(rows) == 3
    assert written([chart], names, "csv").splitlines()[:2] == [
        "curve,run,step,value",
        "mel <1>,ben & co,1,4.0",
    ]
    drawing = ET.fromstring(written([chart], names, "svg"))
    lines = [each for each in drawing.iter() if each.tag.endswith("polyline")]
    assert len(lines) == 3, "one of b, and two of a with a gap between them"


async def test_zooming_out_of_a_close_up_shows_what_the_close_up_showed():
    async with hosted(ChartGrid(["a"]), 80, 16) as (grid, pilot):
        chart = grid.charts["a"]
        chart.series.extend((step, float(step)) for step in range(100_000))
        grid.repaint()
        await pilot.press("z", "enter", "plus")
        await pilot.pause()
        first, last = (int(text.replace(",", "")) for text in chart.shown_rows()[-1].split()[0].split("-"))
        assert first >= 89_000 and 4_000 <= last - first <= 6_000
        await pilot.press("end", "left")
        assert 89_000 < grid.view.cursor < last


def test_a_smoothed_value_does_not_change_with_the_part_that_is_seen():
    chart = Chart("x", View(smoothing=0.9))
    chart.series = series_of((step, float(step % 7)) for step in range(200))
    whole = {bucket.first_step: bucket.last for bucket in chart.curves()[-1].buckets}
    chart.view.part = (100, 120)
    assert all(whole[bucket.first_step] == bucket.last for bucket in chart.curves()[-1].buckets)
