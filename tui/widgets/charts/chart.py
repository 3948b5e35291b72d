"""Curves in the terminal, drawn so that a slow line keeps up with them.

    loss/g/mel          23.41      title and newest value
      40│⢣                         y limits: round numbers that do not tremble, for the many (scale.py)
        │ ⠣⡀
      20│  ⠈⠒⠤⠤⢄⣀⣀                 one column a power-of-two stretch of steps, so that a new point changes
    0-4,096  min 22.9 max 39.1     the last column only, until the curve is full and folds in half

A new point costs the same at every length (series.py); `repaint` sends only the cells that changed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Container

from engine.i18n import _
from tui.app import safe_text
from tui.widgets.charts.canvas import Canvas
from tui.widgets.charts.glyphs import current
from tui.widgets.charts.scale import Axis, Extent, short_number, short_pair
from tui.widgets.charts.series import Bucket, Series, folded
from tui.widgets.rows import Row, RowWidget

ZOOMS: tuple[int | None, ...] = (None, 10_000, 1_000, 100)  # how many of the newest steps


class Chart(RowWidget):
    """One curve under its title. Legible from 20 x 4 cells on."""

    DEFAULT_CSS = """
    Chart {
        background: $background; color: $foreground; height: 1fr; min-height: 4;
        & > .chart--title { color: $foreground; }
        & > .chart--value { color: $foreground; text-style: bold; }
        & > .chart--label { color: $foreground-muted; }
        & > .chart--curve { color: $text-primary; }
    }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = safe_text.clean(title)
        self.series = Series()  # what is added to it is shown at the next `repaint`
        self.note = ""  # in place of the extremes, as a value that the curve is compared with
        self._axis = Axis()
        self._last_steps: int | None = None

    def show_part(self, last_steps: int | None, *, log: bool) -> None:
        """Show only so many of the newest steps, None for all; `log`: values without a logarithm are gaps."""
        self._last_steps = last_steps
        self._axis = Axis(log=log)
        self.repaint()

    def clear(self) -> None:
        """Forget all points."""
        self.series, self.note = Series(), ""
        self.show_part(self._last_steps, log=self._axis.log)

    def draw(self, width: int, height: int) -> list[Row]:
        """Title, plot and, from five rows on, the range of steps and the extremes."""
        buckets = self._visible()
        title = self._title_row(width)
        if not buckets:
            return [title, ((safe_text.fit(_("no points yet"), width, "center"), "chart--label"),)]
        extent = Extent.of([one.low for one in buckets], [one.high for one in buckets], buckets[-1].last)
        bottom, top = self._axis.fit(extent)
        footer_rows = 1 if height >= 5 else 0
        label_width = 6 if width >= 24 else 5
        low_label, high_label = short_pair(bottom, top, label_width, 8 if width >= 24 else label_width)
        label_width = max(label_width, len(low_label), len(high_label))
        plot_width, plot_height = width - label_width - 1, height - 1 - footer_rows
        if plot_width < 2 or plot_height < 1:
            return [title]
        signs = current()
        canvas = Canvas(plot_width, plot_height, signs)
        start, steps_per_column = self._window(buckets, canvas.dot_columns)
        self._draw_curve(canvas, buckets, start, steps_per_column)
        labels = [""] * plot_height
        labels[-1], labels[0] = low_label, high_label
        rows: list[Row] = [title]
        for label, cells in zip(labels, canvas.rows(), strict=True):
            axis = safe_text.fit(label, label_width, "right") + signs.axis
            rows.append(((axis, "chart--label"), (cells, "chart--curve")))
        if footer_rows:
            end = start + steps_per_column * canvas.dot_columns
            rows.append(((self._footer(width, start, end, extent), "chart--label"),))
        return rows

    def _visible(self) -> list[Bucket]:
        buckets = self.series.buckets(self._last_steps)
        if not self._axis.log:
            return buckets
        positive: list[Bucket] = []
        gap = False
        for bucket in buckets:
            if bucket.low > 0:
                positive.append(replace(bucket, gap=bucket.gap or gap))
            gap = bucket.low <= 0
        return positive

    def _window(self, buckets: list[Bucket], columns: int) -> tuple[float, float]:
        """First step at the left edge, and steps per dot column."""
        first, last = buckets[0].first_step, buckets[-1].last_step
        if self._last_steps is not None and last - first > self._last_steps * 3 // 4:
            # the close-up moves on by a quarter of its width at a time, and stands still in between
            quarter = max(1, self._last_steps // 4)
            start = (last - self._last_steps) // quarter * quarter
            return float(start), (self._last_steps + quarter) / (columns - 1)
        steps = 2.0 ** math.ceil(math.log2(max(1, last - first) / max(1, columns - 1)))
        start_at = math.floor(first / steps) * steps
        if last - start_at >= columns * steps:
            steps *= 2
            start_at = math.floor(first / steps) * steps
        return start_at, steps

    def _draw_curve(self, canvas: Canvas, buckets: list[Bucket], start: float, steps: float) -> None:
        columns = folded(buckets, start, steps)
        bottom = canvas.dot_rows - 1

        def rows(values: list[float]) -> list[int]:
            # a value beyond the limits lies one row outside: its line leaves the chart there
            places = self._axis.positions(values)
            return [max(-1, min(bottom + 1, bottom - round(place * bottom))) for place in places]

        firsts, lasts = rows([c.first for c in columns]), rows([c.last for c in columns])
        tops, lows = rows([c.high for c in columns]), rows([c.low for c in columns])
        before: tuple[int, int] | None = None
        for bucket, first, last, top, low in zip(columns, firsts, lasts, tops, lows, strict=True):
            left, right = int((bucket.first_step - start) / steps), int((bucket.last_step - start) / steps)
            if before is not None and not bucket.gap:
                canvas.line(*before, left, first)
            canvas.vertical(left, top, low)
            if right > left:
                canvas.line(left, first, right, last)
            before = right, last

    def _title_row(self, width: int) -> Row:
        value = short_number(self.series.last_value, 7) if self.series.last_step is not None else ""
        mode = " log" if self._axis.log else ""
        left = safe_text.crop(self.title, max(0, width - len(value) - len(mode) - 1)) + mode
        gap = max(1, width - safe_text.width(left) - len(value))
        return (left + " " * gap, "chart--title"), (value, "chart--value")

    def _footer(self, width: int, start: float, end: float, extent: Extent) -> str:
        low, high = short_pair(extent.low, extent.high, 5, 7)
        extremes = self.note or f"min {low} max {high}"
        if self.series.gaps:
            extremes += f" nan {self.series.gaps}"
        steps = f"{math.ceil(start):,}-{math.ceil(end) - 1:,}"
        if len(steps) + 2 + len(extremes) > width:
            return safe_text.crop(extremes, width)
        return steps + " " * (width - len(steps) - len(extremes)) + extremes


class ChartGrid(Container, can_focus=True):
    """Several charts side by side, as many in a row as fit. z shows the newest steps only, o the logarithms."""

    DEFAULT_CSS = """
    ChartGrid {
        layout: grid; grid-gutter: 0 2; height: 1fr; overflow-y: auto; background: $background;
        &:focus > Chart > .chart--title { text-style: underline; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("z", "zoom", _("Close-up or all steps"), show=False),
        Binding("o", "toggle_log", _("Logarithmic or linear"), show=False),
    ]
    LEAST_WIDTH = 32
    LEAST_HEIGHT = 6

    def __init__(self, titles: Iterable[str], *, id: str | None = None) -> None:  # noqa: A002
        self.charts = {title: Chart(title) for title in titles}
        super().__init__(*self.charts.values(), id=id)
        self._zoom = 0
        self._log = False
        self._room: tuple[int, int] | None = None  # columns and rows, once they are known

    def show_only(self, shown: Collection[Chart]) -> None:
        """Leave the other charts out of the grid."""
        changed = False
        for chart in self.charts.values():
            changed |= chart.display != (chart in shown)
            chart.display = chart in shown
        if changed:
            self._arrange()

    def repaint(self) -> None:
        """Show what was added; call it on a timer."""
        for chart in self.charts.values():
            chart.repaint()

    def clear(self) -> None:
        """Empty every chart: another run is shown."""
        for chart in self.charts.values():
            chart.clear()

    def action_zoom(self) -> None:
        self._zoom = (self._zoom + 1) % len(ZOOMS)
        self._show_part()

    def action_toggle_log(self) -> None:
        self._log = not self._log
        self._show_part()

    def _show_part(self) -> None:
        for chart in self.charts.values():
            chart.show_part(ZOOMS[self._zoom], log=self._log)

    def on_resize(self, event: events.Resize) -> None:
        """As many columns as fit."""
        self._room = event.size.width, event.size.height
        self._arrange()

    def _arrange(self) -> None:
        count = sum(chart.display for chart in self.charts.values())
        if self._room is None or not count:  # charts that are being closed are not displayed
            return
        width, height = self._room
        columns = max(1, min(count, width // self.LEAST_WIDTH))
        lines = math.ceil(count / columns)
        # an even grid looks less accidental: 8 charts are 4 + 4 rather than 5 + 3
        columns = math.ceil(count / lines)
        self.styles.grid_size_columns = columns
        # rows that do not divide evenly go to the upper charts: none is left empty below the grid
        share, over = divmod(height, lines)
        self.styles.grid_rows = " ".join(
            str(max(self.LEAST_HEIGHT, share + (line < over))) for line in range(lines)
        )
