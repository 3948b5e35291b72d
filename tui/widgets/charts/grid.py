"""Several charts side by side; one of them can fill the grid, with a cursor that reads its values.

All charts of a grid have one x axis, so that what happened at the same time stands below each other.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message

from engine.i18n import _
from tui.app import safe_text
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.view import SMOOTHINGS, View
from tui.widgets.rows import Row, RowWidget

CLOSE_UPS: tuple[int | None, ...] = (None, 10_000, 1_000, 100)  # how many of the newest steps
_ZOOM = 2.0  # how much of a part is left after zooming in
_LEAST_PART = 2048  # of the whole: a curve has no more detail
_STEPS_OF_CURSOR = 100  # the cursor moves by this part of the axis


class Legend(RowWidget):
    """Which letter is which run; not shown while there is one run."""

    DEFAULT_CSS = """
    Legend {
        dock: bottom; height: 1; background: $background; color: $foreground; display: none;
        & > .legend--a { color: $text-primary; }
        & > .legend--b { color: $text-accent; }
        & > .legend--c { color: $text-success; }
        & > .legend--d { color: $secondary; }
        & > .legend--e { color: $text-error; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}  # letter -> run

    def show_names(self, names: dict[str, str]) -> None:
        """Show these runs."""
        self.names, self.display = names, len(names) > 1
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        return [
            tuple(
                (f"{letter} {safe_text.clean(name)}   ", f"legend--{letter}")
                for letter, name in self.names.items()
            )
        ]


class ChartGrid(Container, can_focus=True):
    """Charts, as many in a row as fit."""

    DEFAULT_CSS = """
    ChartGrid { layout: grid; grid-gutter: 0 2; height: 1fr; overflow-y: auto; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "blow_up", _("One chart in the whole pane, or all of them"), show=False),
        Binding("escape", "all", _("All charts again; all steps again"), show=False),
        Binding(
            "left", "go(-1)", _("The chart to the left; in one chart: the cursor to the left"), show=False
        ),
        Binding(
            "right", "go(1)", _("The chart to the right; in one chart: the cursor to the right"), show=False
        ),
        Binding("shift+left", "go(-10)", _("Ten places to the left"), show=False),
        Binding("shift+right", "go(10)", _("Ten places to the right"), show=False),
        Binding("home", "go_end(0)", _("The first chart; in one chart: the start of the axis"), show=False),
        Binding("end", "go_end(-1)", _("The last chart; in one chart: the end of the axis"), show=False),
        Binding("up", "go_row(-1)", _("The chart above; in one chart: the one before"), show=False),
        Binding("down", "go_row(1)", _("The chart below; in one chart: the next one"), show=False),
        Binding("plus,equals_sign", "zoom(1)", _("Zoom in around the cursor"), show=False),
        Binding("minus", "zoom(-1)", _("Zoom out"), show=False),
        Binding("less_than_sign", "pan(-1)", _("Pan to the left"), show=False),
        Binding("greater_than_sign", "pan(1)", _("Pan to the right"), show=False),
        Binding("z", "close_up", _("Close-up or all steps"), show=False),
        Binding("o", "toggle_log", _("Logarithmic or linear"), show=False),
        Binding("t", "smooth", _("Smooth the curves; the raw ones stay as a shadow"), show=False),
        Binding("x", "toggle_time", _("X axis: steps or time"), show=False),
    ]

    class BlownUp(Message):
        """One chart fills the grid, or all are shown again."""

    LEAST_WIDTH = 32
    LEAST_HEIGHT = 6

    def __init__(self, titles: Iterable[str], *, id: str | None = None) -> None:  # noqa: A002
        self.view = View()
        self.charts = {title: Chart(title, self.view) for title in titles}
        self.legend = Legend()
        super().__init__(*self.charts.values(), self.legend, id=id)
        self._offered = list(self.charts.values())
        self._chosen = self._offered[0]
        self.is_blown_up = False
        self._columns = 1
        self._room: tuple[int, int] | None = None  # columns and rows, once they are known

    @property
    def chosen(self) -> Chart:
        """The chart that keys go to."""
        return self._chosen if self._chosen in self._offered else self._offered[0]

    @property
    def seen(self) -> list[Chart]:
        """The charts that are on the screen."""
        return [chart for chart in self.charts.values() if chart.display]

    def show_only(self, shown: Collection[Chart]) -> None:
        """Leave the other charts out of the grid."""
        self._offered = [chart for chart in self.charts.values() if chart in shown] or [
            *self.charts.values()
        ][:1]
        self._show()

    def _show(self) -> None:
        changed = False
        for chart in self.charts.values():
            wanted = chart is self.chosen if self.is_blown_up else chart in self._offered
            changed |= chart.display != wanted
            chart.display = wanted
            is_chosen = chart is self.chosen and self.has_focus
            if (chart.is_chosen, chart.is_alone) != (is_chosen, self.is_blown_up):
                chart.is_chosen, chart.is_alone = is_chosen, self.is_blown_up
                chart.repaint()
        if changed:
            self._arrange()

    def repaint(self) -> None:
        """Show what was added; call it on a timer."""
        ends = [found for chart in self._offered if (found := chart.ends) is not None]
        self.view.span = (min(a for a, _ in ends), max(b for _, b in ends)) if ends else None
        for chart in self.charts.values():
            chart.repaint()

    def clear(self) -> None:
        """Empty every chart: another run is shown."""
        self.view.part = self.view.cursor = self.view.span = None
        for chart in self.charts.values():
            chart.clear()

    def on_focus(self) -> None:
        """Show which chart the keys go to."""
        self._show()

    on_blur = on_focus

    def on_click(self, event: events.Click) -> None:
        """A click chooses a chart, a second one blows it up."""
        chart = event.widget
        if isinstance(chart, Chart):
            again = chart is self.chosen and (event.chain > 1 or self.is_blown_up)
            self._chosen = chart
            self._show()
            if again:
                self.action_blow_up()

    # keys

    def action_blow_up(self) -> None:
        self.is_blown_up = not self.is_blown_up
        self.post_message(self.BlownUp())
        self.view.cursor = self.view.part = None
        self.fit_anew()
        self._show()

    def action_all(self) -> None:
        """First to all steps, then to all charts."""
        if self.view.part is not None:
            self.view.part = None
            self.fit_anew()
        elif self.is_blown_up:
            self.action_blow_up()

    def action_go(self, count: int) -> None:
        if not self.is_blown_up:
            self._choose(self._offered.index(self.chosen) + (1 if count > 0 else -1))
        elif self.view.shown is not None:
            first, last = self.view.shown
            least = 0.0 if self.view.by_time else 1.0
            place = self.view.cursor if self.view.cursor is not None else last
            place += count * max(least, (last - first) / _STEPS_OF_CURSOR)
            self.view.cursor = min(last, max(first, place if self.view.by_time else round(place)))
            self.chosen.repaint()

    def action_go_end(self, end: int) -> None:
        if not self.is_blown_up:
            self._choose((0, len(self._offered) - 1)[end])
        elif self.view.shown is not None:
            self.view.cursor = self.view.shown[end]
            self.chosen.repaint()

    def action_go_row(self, count: int) -> None:
        by = count if self.is_blown_up else count * self._columns
        self._choose(self._offered.index(self.chosen) + by)

    def _choose(self, at: int) -> None:
        if 0 <= at < len(self._offered):
            self._chosen = self._offered[at]
            self._show()
            self.chosen.fit_anew()
            self.chosen.scroll_visible(animate=False)

    def action_zoom(self, direction: int) -> None:
        """Half of what is shown around the cursor, or twice as much."""
        if self.view.span is None or self.view.shown is None:
            return
        first, last = self.view.shown
        at = self.view.cursor if self.view.cursor is not None else (first + last) / 2
        size = (last - first) * (1 / _ZOOM if direction > 0 else _ZOOM)
        whole = self.view.span[1] - self.view.span[0]
        if direction > 0 and size < max(4, whole / _LEAST_PART):
            return
        self._show_part(at - size * (at - first) / max(1e-9, last - first), size)

    def action_pan(self, direction: int) -> None:
        if self.view.part is not None:
            first, last = self.view.part
            self._show_part(first + direction * (last - first) / 4, last - first)

    def _show_part(self, first: float, size: float) -> None:
        if self.view.span is None:
            return
        least, most = self.view.span
        first = max(least, min(first, most - size))
        self.view.part, self.view.last_steps = None if size >= most - least else (first, first + size), None
        self.fit_anew()

    def action_close_up(self) -> None:
        at = CLOSE_UPS.index(self.view.last_steps)
        self.view.part, self.view.by_time, self.view.last_steps = (
            None,
            False,
            CLOSE_UPS[(at + 1) % len(CLOSE_UPS)],
        )
        self.fit_anew()

    def action_toggle_log(self) -> None:
        self.view.log = not self.view.log
        self.fit_anew()

    def action_smooth(self) -> None:
        at = SMOOTHINGS.index(self.view.smoothing)
        self.view.smoothing = SMOOTHINGS[(at + 1) % len(SMOOTHINGS)]
        self.fit_anew()

    def action_toggle_time(self) -> None:
        self.view.by_time = not self.view.by_time
        self.view.part = self.view.cursor = None
        self.fit_anew()

    def fit_anew(self) -> None:
        """Choose all limits anew."""
        for chart in self.charts.values():
            chart.fit_anew()
        self.repaint()

    # layout

    def on_resize(self, event: events.Resize) -> None:
        """As many columns as fit."""
        self._room = event.size.width, event.size.height
        self._arrange()

    def _arrange(self) -> None:
        count = sum(chart.display for chart in self.charts.values())
        if self._room is None or not count:  # charts that are being closed are not displayed
            return
        width, height = self._room
        height -= 1 if self.legend.display else 0
        columns = max(1, min(count, width // self.LEAST_WIDTH))
        lines = math.ceil(count / columns)
        # an even grid looks less accidental: 8 charts are 4 + 4 rather than 5 + 3
        self._columns = math.ceil(count / lines)
        self.styles.grid_size_columns = self._columns
        # rows that do not divide evenly go to the upper charts: none is left empty below the grid
        share, over = divmod(height, lines)
        self.styles.grid_rows = " ".join(
            str(max(self.LEAST_HEIGHT, share + (line < over))) for line in range(lines)
        )
