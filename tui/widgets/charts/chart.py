"""Curves in the terminal, drawn so that a slow line keeps up with them.

    loss/g/mel          23.41      title and newest value
      40│⢣                         y limits: round numbers that do not tremble, for the many (scale.py)
        │ ⠣⡀
      20│  ⠈⠒⠤⠤⢄⣀⣀                 a column holds the same steps until the curve has filled its chart
    1-4,096  min 22.9 max 39.1     the x axis ends where the data ends

A new point costs the same at every length (series.py); `repaint` sends only the cells that changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from engine.i18n import _
from tui.app import safe_text, words
from tui.widgets.charts import view as views
from tui.widgets.charts.canvas import Canvas
from tui.widgets.charts.glyphs import Glyphs, current
from tui.widgets.charts.scale import Axis, Extent, short_number, short_pair
from tui.widgets.charts.series import Bucket, Series, folded
from tui.widgets.charts.view import View, Window
from tui.widgets.rows import Row, RowWidget, Span

LETTERS = "bcde"  # of the runs that a run is compared with; its own is a
_LEAST_FOR_FOOTER = 5


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve of a chart as it is drawn: what stands at its end, its style, and its values on the x axis."""

    letter: str
    style: str
    buckets: list[Bucket]


class Chart(RowWidget):
    """One curve under its title, and those of other runs. Legible from 20 x 4 cells on."""

    DEFAULT_CSS = """
    Chart {
        background: $background; color: $foreground; height: 1fr; min-height: 4;
        & > .chart--title { color: $foreground; text-style: bold; }
        & > .chart--chosen { color: $foreground; text-style: bold underline; }
        & > .chart--label { color: $foreground-muted; }
        & > .chart--cursor { color: $foreground; text-style: bold; }
        & > .chart--ghost { color: $foreground-muted; }
        & > .chart--curve { color: $text-primary; }
        & > .chart--b { color: $text-accent; }
        & > .chart--c { color: $text-success; }
        & > .chart--d { color: $secondary; }
        & > .chart--e { color: $text-error; }
    }
    """

    def __init__(self, title: str, view: View | None = None) -> None:
        super().__init__()
        self.title = safe_text.clean(title)
        self.series = Series()  # what is added to it is shown at the next `repaint`
        self.times = Series()  # unix seconds by step, for an axis of time
        self.others: dict[str, tuple[Series, Series]] = {}  # letter -> values and times of another run
        self.note = ""  # in place of the extremes, as a value that the curve is compared with
        self.is_chosen = self.is_alone = False
        self.view = view or View()
        self._axis = Axis(log=self.view.log)

    def clear(self) -> None:
        """Forget all points of the run."""
        self.series, self.times, self.note = Series(), Series(), ""
        self.fit_anew()

    def fit_anew(self) -> None:
        """Choose the limits of the y axis anew: another part is shown, or the scale has changed."""
        self._axis = Axis(log=self.view.log)
        self.repaint()

    @property
    def ends(self) -> tuple[float, float] | None:
        """The first and last place of all its curves on the x axis; None without points."""
        found: list[Bucket] = []
        for series, times in [*self.others.values(), (self.series, self.times)]:
            ends = [series.all[0], series.all[-1]] if series.all else []
            found += views.in_seconds(ends, times) if self.view.by_time else ends
        if not found:
            return None
        return min(each.first_step for each in found), max(each.last_step for each in found)

    def curves(self) -> list[Curve]:
        """What is drawn, the run's own curve last; where it is smoothed, the raw one lies below all as a ghost."""
        view = self.view
        found: list[Curve] = []
        runs = [*((letter, *pair) for letter, pair in self.others.items()), ("", self.series, self.times)]
        for letter, series, times in runs:
            style = f"chart--{letter or 'curve'}"
            buckets = self._shown_part(series, times, view.smoothing)
            if view.smoothing and not letter:
                found.insert(0, Curve("", "chart--ghost", self._shown_part(series, times)))
            found.append(Curve(letter or ("a" if self.others else ""), style, buckets))
        return found

    def _shown_part(self, series: Series, times: Series, smoothing: float = 0.0) -> list[Bucket]:
        """What the view asks for, on its x axis; smoothed from the first point on, whatever part is seen."""
        view = self.view
        reach = None if view.by_time else view.last_steps
        if reach is not None and view.span is not None and series.last_step is not None:
            reach = max(0, reach - int(view.span[1] - series.last_step))  # it ended before the others
        buckets = series.buckets(None if smoothing else reach)
        if view.log:
            buckets = views.with_logarithm(buckets)
        if smoothing:
            buckets = views.smoothed(buckets, smoothing)
            if reach is not None and series.last_step is not None:
                buckets = _within(buckets, series.last_step - reach, series.last_step)
        if view.by_time:
            buckets = views.in_seconds(buckets, times)
        return buckets if view.part is None else _within(buckets, *view.part)

    def draw(self, width: int, height: int) -> list[Row]:
        """Title, plot and, from five rows on, the range of steps and the extremes."""
        curves = self.curves()
        drawn = [curve.buckets for curve in curves if curve.buckets]
        title = self._title_row(width)
        if not drawn:
            return [title, ((safe_text.fit(_("no points yet"), width, "center"), "chart--label"),)]
        extent = Extent.of(
            [bucket.low for each in drawn for bucket in each],
            [bucket.high for each in drawn for bucket in each],
            drawn[-1][-1].last,
        )
        bottom, top = self._axis.fit(extent)
        footer_rows = 1 if height >= _LEAST_FOR_FOOTER else 0
        label_width = 6 if width >= 24 else 5
        low_label, high_label = short_pair(bottom, top, label_width, 10 if width >= 24 else label_width)
        label_width = max(label_width, len(low_label), len(high_label))
        plot_width, plot_height = width - label_width - 1, height - 1 - footer_rows
        if plot_width < 2 or plot_height < 1:
            return [title]
        signs = current()
        ends = min(one[0].first_step for one in drawn), max(one[-1].last_step for one in drawn)
        window = views.window(self.view, *ends, plot_width * signs.columns)
        labels = [""] * plot_height
        labels[-1], labels[0] = low_label, high_label
        rows: list[Row] = [title]
        for label, cells in zip(
            labels, self._plot(curves, window, plot_width, plot_height, signs), strict=True
        ):
            axis = safe_text.fit(label, label_width, "right") + signs.axis
            rows.append(((axis, "chart--label"), *cells))
        if footer_rows:
            rows.append(((self._footer(width, window, extent, curves), "chart--label"),))
        return rows

    def _plot(self, curves: list[Curve], window: Window, width: int, height: int, signs: Glyphs) -> list[Row]:
        """The curves over each other, a row of spans for each line of cells."""
        if len(curves) == 1 and not self.is_alone:  # most charts most of the time: no cell by cell
            canvas = Canvas(width, height, signs)
            self._draw_curve(canvas, curves[0].buckets, window)
            return [((text, curves[0].style),) for text in canvas.rows()]
        cells: list[list[Span]] = [[(" ", "chart--curve")] * width for _ in range(height)]
        cursor = None if self.view.cursor is None else window.column(self.view.cursor) // signs.columns
        if cursor is not None and self.is_alone and 0 <= cursor < width:
            for line in cells:
                line[cursor] = signs.axis, "chart--cursor"
        letters: list[tuple[int, int, Curve]] = []
        for curve in curves:
            canvas = Canvas(width, height, signs)
            end = self._draw_curve(canvas, curve.buckets, window)
            for line, text in zip(cells, canvas.rows(), strict=True):
                line[:] = [
                    (glyph, curve.style) if glyph != " " else before
                    for glyph, before in zip(text, line, strict=True)
                ]
            if curve.letter and end is not None:
                letters.append((end[0] // signs.columns, end[1] // signs.rows, curve))
        taken: set[tuple[int, int]] = set()
        for column, y, curve in reversed(letters):  # the run's own first, others at that place beside it
            if 0 <= column < width and 0 <= y < height:  # it may have ended before the part that is shown
                x = next((x for x in range(column, 0, -1) if (x, y) not in taken), 0)
                cells[y][x] = curve.letter, curve.style
                taken.add((x, y))
        return [
            tuple(
                ("".join(text for text, _ in group), style)
                for style, group in groupby(line, lambda one: one[1])
            )
            for line in cells
        ]

    def _draw_curve(self, canvas: Canvas, buckets: list[Bucket], window: Window) -> tuple[int, int] | None:
        """Draw one curve; returns the dot at its end."""
        columns = folded(buckets, window.start, window.step)
        bottom = canvas.dot_rows - 1

        def rows(values: list[float]) -> list[int]:
            # a value beyond the limits lies one row outside: its line leaves the chart there
            places = self._axis.positions(values)
            return [max(-1, min(bottom + 1, bottom - round(place * bottom))) for place in places]

        firsts, lasts = rows([c.first for c in columns]), rows([c.last for c in columns])
        tops, lows = rows([c.high for c in columns]), rows([c.low for c in columns])
        before: tuple[int, int] | None = None
        for bucket, first, last, top, low in zip(columns, firsts, lasts, tops, lows, strict=True):
            left, right = window.column(bucket.first_step), window.column(bucket.last_step)
            if before is not None and not bucket.gap:
                canvas.line(*before, left, first)
            canvas.vertical(left, top, low)
            if right > left:
                canvas.line(left, first, right, last)
            before = right, last
        return before

    def _title_row(self, width: int) -> Row:
        value = short_number(self.series.last_value, 8) if self.series.last_step is not None else ""
        mode = " log" if self.view.log else ""
        if self.view.smoothing:
            mode += _(" smoothed {weight:g}").format(weight=self.view.smoothing) if width >= 40 else " ~"
        left = safe_text.crop(self.title, max(0, width - len(value) - safe_text.width(mode) - 1)) + mode
        gap = max(1, width - safe_text.width(left) - len(value))
        if not self.is_chosen:  # one span: those to the left of a change are sent with it
            return ((left + " " * gap + value, "chart--title"),)
        return (left, "chart--chosen"), (" " * gap + value, "chart--title")

    def _footer(self, width: int, window: Window, extent: Extent, curves: list[Curve]) -> str:
        low, high = short_pair(extent.low, extent.high, 5, 10)
        extremes = self.note or f"min {low} max {high}"
        if self.series.gaps:
            extremes += f" nan {self.series.gaps}"
        places = f"{self.place(window.first)}-{self.place(window.last)}"
        if self.is_alone and self.view.cursor is not None:
            places += "  " + self._reading(self.view.cursor, curves)
        if safe_text.width(places) + 2 + len(extremes) > width:
            return safe_text.crop(places if self.is_alone else extremes, width)
        return places + " " * (width - safe_text.width(places) - len(extremes)) + extremes

    def _reading(self, cursor: float, curves: list[Curve]) -> str:
        """The values at the cursor."""
        read = []
        for curve in curves:
            value = views.value_at(curve.buckets, cursor)
            if value is not None and curve.style != "chart--ghost":
                read.append(f"{curve.letter} {short_number(value, 8, most=6)}".strip())
        at = _("at {place}:").format(place=self.place(cursor))
        return f"{at} {'  '.join(read)}"

    def place(self, place: float) -> str:
        """A place on the x axis in words: a step, or the time since the first point."""
        return words.duration(place) if self.view.by_time else f"{int(place):,}"


def _within(buckets: list[Bucket], start: float, end: float) -> list[Bucket]:
    """The buckets of a part, and one at either side: the curve comes from there and goes on to there."""
    inside = [
        at for at, bucket in enumerate(buckets) if bucket.last_step >= start and bucket.first_step <= end
    ]
    return buckets[max(0, inside[0] - 1) : inside[-1] + 2] if inside else []
