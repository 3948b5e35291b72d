"""The graphs of one run: a chart for each metric that is worth one."""

from __future__ import annotations

from engine.i18n import _
from tui.app.readers.messages import NewPoints
from tui.app.readers.run_history import TIMES
from tui.panes.training.chart_titles import ADVERSARIAL, CHARTS, METRICS, QUALITY
from tui.widgets.charts.chart import LETTERS, Chart
from tui.widgets.charts.grid import ChartGrid
from tui.widgets.charts.scale import short_number
from tui.widgets.charts.series import Series

_OURS = {tag for tag, _title, _short in CHARTS}
_MOST = 40  # charts


class Curves(ChartGrid):
    """A chart for each curve. Those of the discriminators and of the sentences appear with their first point.

    Without discriminators and judges there are eight: all of them fit on a screen of 80 columns and 24 rows.
    """

    LEAST_WIDTH = 25
    LEAST_HEIGHT = 5
    # right from the first frame; the grid sees to other widths when it knows its own
    DEFAULT_CSS = "Curves { grid-size: 3; }"

    def __init__(self) -> None:
        super().__init__([title for _tag, title, _short in CHARTS], id="curves")
        self.has_points: bool | None = None  # None until the run's events have been read
        self._times = Series()
        self.run = ""  # its name
        self.shows_all = False  # also tags that have no chart of ours: the run is of another program
        self._titles = {tag: title for tag, title, _short in CHARTS}
        self._letters: dict[str, str] = {}  # of the runs that are compared
        self._show_measured()

    def clear(self) -> None:
        """Another run is shown."""
        super().clear()
        for tag in self._titles.keys() - _OURS:  # of another program's run
            self.charts.pop(self._titles.pop(tag)).remove()
        self.has_points = None
        self.compare([])
        self._show_measured()

    def take(self, points: NewPoints) -> None:
        """Draw what was added to the run's metrics."""
        had_points = bool(self.has_points)
        if points.afresh:
            super().clear()
            self._times = Series()
        self._times = _grown(self._times, TIMES, points)
        self._add_charts(points)
        for tag, title in self._titles.items():
            chart = self.charts[title]
            chart.series, chart.times = _grown(chart.series, tag, points), self._times
            if of_recordings := points.by_tag.get(f"{tag}_recordings"):
                chart.note = _("recordings {value}").format(value=short_number(of_recordings[-1][1], 7))
        measured = {tag for tag, _title, _short in METRICS} | (self._titles.keys() - _OURS)
        self.has_points = had_points or not measured.isdisjoint(points.by_tag)
        self._show_measured()
        self.repaint()

    def _add_charts(self, points: NewPoints) -> None:
        """A chart for each tag that has none yet, under the tag as its title."""
        if not self.shows_all:
            return
        new = [tag for tag in points.by_tag if tag not in self._titles and tag != TIMES]
        for tag in new[: _MOST - len(self._titles)]:
            title = self._titles[tag] = tag if tag not in self.charts else f"{tag} ({self.run})"
            self.charts[title] = Chart(title, self.view)
            self.mount(self.charts[title], before=self.legend)

    # other runs

    @property
    def compared(self) -> list[str]:
        """The other runs that are shown, in the order of their choice."""
        return list(self._letters)

    def compare(self, runs: list[str]) -> None:
        """Show these runs over the run's own curves; one that stays keeps its letter and colour."""
        self._letters = {run: letter for run, letter in self._letters.items() if run in runs}
        for run in runs:
            free = [letter for letter in LETTERS if letter not in self._letters.values()]
            if run not in self._letters and free:
                self._letters[run] = free[0]
        for chart in self.charts.values():
            chart.others = {
                letter: pair for letter, pair in chart.others.items() if letter in self._letters.values()
            }
        self.legend.show_names({"a": self.run, **{letter: run for run, letter in self._letters.items()}})
        self._arrange()
        self.fit_anew()

    def take_other(self, run: str, points: NewPoints) -> None:
        """Draw what another run's metrics are, or were given in addition."""
        letter = self._letters.get(run)
        if letter is None:
            return
        times: Series | None = None
        for tag, title in self._titles.items():
            others = self.charts[title].others
            series, before = (
                (Series(), Series()) if points.afresh else others.get(letter, (Series(), Series()))
            )
            times = _grown(before, TIMES, points) if times is None else times
            others[letter] = _grown(series, tag, points), times
        self.repaint()

    def _show_measured(self) -> None:
        if self.shows_all:
            self.show_only({chart for chart in self.charts.values() if chart.series.last_step is not None})
            return
        later = {*QUALITY, *(one for one in METRICS if one[0] in ADVERSARIAL)}
        charts = {self.charts[title] for _tag, title, _short in later}
        self.show_only(
            {*self.charts.values()} - {chart for chart in charts if chart.series.last_step is None}
        )


def _grown(series: Series, tag: str, points: NewPoints) -> Series:
    """The curve with what was added to it, or the finished one in its place."""
    if points.back_to is not None:
        series.drop_after(points.back_to)
    if tag in points.curves:
        return points.curves[tag]
    series.extend(points.by_tag.get(tag, ()))
    return series
