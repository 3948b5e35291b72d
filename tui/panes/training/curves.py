"""The graphs of one run: a chart for each metric that is worth one."""

from __future__ import annotations

from tui.app.readers.messages import NewPoints
from tui.panes.training.chart_titles import METRICS, QUALITY
from tui.widgets.charts.chart import ChartGrid


class Curves(ChartGrid):
    """Nine charts, three by three on a small screen, and one for each figure of the sentences that was measured."""

    LEAST_WIDTH = 25
    LEAST_HEIGHT = 5
    # right from the first frame; the grid sees to other widths when it knows its own
    DEFAULT_CSS = "Curves { grid-size: 3; }"

    def __init__(self) -> None:
        super().__init__([title for _, title, _ in (*METRICS, *QUALITY)], id="curves")
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
        for tag, title, _ in (*METRICS, *QUALITY):
            chart = self.charts[title]
            if points.back_to is not None:
                chart.series.drop_after(points.back_to)
            if tag in points.curves:
                chart.series = points.curves[tag]
            else:
                chart.series.extend(points.by_tag.get(tag, ()))
        self.has_points = had_points or any(tag in points.by_tag for tag, _, _ in METRICS)
        self._show_measured()
        self.repaint()

    def _show_measured(self) -> None:
        charts = [self.charts[title] for _, title, _ in QUALITY]
        self.show_only(
            {*self.charts.values()} - {chart for chart in charts if chart.series.last_step is None}
        )
