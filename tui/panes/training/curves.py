"""The graphs of one run: a chart for each metric that is worth one."""

from __future__ import annotations

from engine.i18n import _
from tui.app.readers.messages import NewPoints
from tui.panes.training.chart_titles import ADVERSARIAL, CHARTS, METRICS, QUALITY
from tui.widgets.charts.chart import ChartGrid
from tui.widgets.charts.scale import short_number


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
        self._show_measured()
        self.has_points: bool | None = None  # None until the run's events have been read

    def clear(self) -> None:
        """Another run is shown."""
        super().clear()
        self.has_points = None
        self._show_measured()

    def take(self, points: NewPoints) -> None:
        """Draw what was added to the run's metrics."""
        had_points = bool(self.has_points)
        if points.afresh:
            super().clear()
        for tag, title, _short in CHARTS:
            chart = self.charts[title]
            if points.back_to is not None:
                chart.series.drop_after(points.back_to)
            if tag in points.curves:
                chart.series = points.curves[tag]
            else:
                chart.series.extend(points.by_tag.get(tag, ()))
            if of_recordings := points.by_tag.get(f"{tag}_recordings"):
                chart.note = _("recordings {value}").format(value=short_number(of_recordings[-1][1], 7))
        self.has_points = had_points or any(tag in points.by_tag for tag, _title, _short in METRICS)
        self._show_measured()
        self.repaint()

    def _show_measured(self) -> None:
        later = {*QUALITY, *(one for one in METRICS if one[0] in ADVERSARIAL)}
        charts = {self.charts[title] for _tag, title, _short in later}
        self.show_only(
            {*self.charts.values()} - {chart for chart in charts if chart.series.last_step is None}
        )
