"""Bytes a second of live charts: ours beside Textual's Sparkline, each in a real app on a real pseudo-terminal.

    python bench/charts.py            about 40 s

Eight charts hold 5,000 points each and get new ones at 2 Hz: once one point a tick, once ten. Counted is what the
program writes to its terminal (140 x 40, true colour) in a window after the first paint, and its processor time.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from pathlib import Path

from pseudo_terminal import Terminal
from textual.app import App, ComposeResult
from textual.containers import Grid
from textual.widgets import Sparkline, Static

CHARTS = 8
POINTS = 5_000
HERTZ = 2.0
COLUMNS, ROWS = 140, 40
TARGET = 4096.0


class Feed:
    """Losses as they look: a decay with noise, another for each chart."""

    def __init__(self) -> None:
        self._dice = random.Random(5)
        self.step = 0

    def next(self) -> list[float]:
        """One value for each chart."""
        self.step += 1
        decay = math.exp(-self.step / 1500)
        return [(i + 1) * (1 + 4 * decay + self._dice.gauss(0, 0.1)) for i in range(CHARTS)]


class OwnCharts(App[None]):
    """Our charts."""

    BINDINGS = [("q", "quit", "Quit")]  # noqa: RUF012

    def __init__(self, per_tick: int) -> None:
        super().__init__()
        from tui.widgets.charts.grid import ChartGrid

        self.per_tick, self.feed = per_tick, Feed()
        self.grid = ChartGrid([f"curve {i}" for i in range(CHARTS)])
        self._add(POINTS)

    def _add(self, points: int) -> None:
        for _ in range(points):
            for i, value in enumerate(self.feed.next()):
                self.grid.charts[f"curve {i}"].series.add(self.feed.step, value)

    def compose(self) -> ComposeResult:
        """The grid alone."""
        yield self.grid

    def on_mount(self) -> None:
        """Tick."""
        from tui.app import themes

        themes.take_first(self, themes.DARK.name)
        self.set_interval(1 / HERTZ, self.tick)

    def tick(self) -> None:
        """New points, one repaint."""
        self._add(self.per_tick)
        self.grid.repaint()


class Sparklines(App[None]):
    """The same with a title and a Sparkline for each curve: as large as our charts, or one row high."""

    BINDINGS = [("q", "quit", "Quit")]  # noqa: RUF012
    CSS = """
    Grid { grid-size: 4; }
    Static { height: 1; }
    Sparkline { height: 1fr; }
    .thin Sparkline { height: 1; }
    """

    def __init__(self, per_tick: int, thin: bool) -> None:
        super().__init__()
        self.thin = thin
        self.per_tick, self.feed = per_tick, Feed()
        self.data: list[list[float]] = [[] for _ in range(CHARTS)]
        self._add(POINTS)
        self.lines = [Sparkline(list(values)) for values in self.data]
        self.titles = [Static(f"curve {i}", markup=False) for i in range(CHARTS)]

    def _add(self, points: int) -> None:
        for _ in range(points):
            for values, value in zip(self.data, self.feed.next(), strict=True):
                values.append(value)

    def compose(self) -> ComposeResult:
        """A title and a line for each curve."""
        from textual.containers import Vertical

        with Grid(classes="thin" if self.thin else ""):
            for title, line in zip(self.titles, self.lines, strict=True):
                yield Vertical(title, line)

    def on_mount(self) -> None:
        """Tick."""
        self.set_interval(1 / HERTZ, self.tick)

    def tick(self) -> None:
        """New points, new data for every line."""
        self._add(self.per_tick)
        for i, (title, line, values) in enumerate(zip(self.titles, self.lines, self.data, strict=True)):
            line.data = list(values)
            title.update(f"curve {i}  {values[-1]:.4g}", layout=False)


def measure(kind: str, per_tick: int, seconds: float) -> tuple[float, float]:
    """Bytes a second and percent of one core."""
    with Terminal(
        [str(Path(__file__)), "--child", kind, "--per-tick", str(per_tick)], COLUMNS, ROWS
    ) as terminal:
        terminal.read(4.0)
        sent, cpu, begin = terminal.bytes_read, terminal.cpu_seconds(), time.perf_counter()
        terminal.read(seconds)
        took = time.perf_counter() - begin
        return (terminal.bytes_read - sent) / took, 100 * (terminal.cpu_seconds() - cpu) / took


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--child", choices=["own", "sparkline", "thin"])
    parser.add_argument("--per-tick", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=6.0)
    wish = parser.parse_args()
    if wish.child:
        per_tick = wish.per_tick
        app = OwnCharts(per_tick) if wish.child == "own" else Sparklines(per_tick, wish.child == "thin")
        app.run()
        return 0
    print(
        f"{CHARTS} charts, {POINTS:,} points each at the start, {HERTZ:g} Hz, {COLUMNS}x{ROWS}, {wish.seconds:g} s"
    )
    worst = 0.0
    for per_tick in (1, 10):
        own, cpu = measure("own", per_tick, wish.seconds)
        worst = max(worst, own)
        print(f"ours, {per_tick:2d} points a tick:  {own / 1024:7.2f} KB/s  {cpu:5.1f}% CPU")
    for kind, name in (("thin", "Sparkline, one row high"), ("sparkline", "Sparkline of our size")):
        other, cpu = measure(kind, 10, wish.seconds)
        print(
            f"{name + ':':24s} {other / 1024:7.2f} KB/s  {cpu:5.1f}% CPU  {other / max(worst, 1.0):6.1f} x ours"
        )
    print(f"target {TARGET / 1024:g} KB/s: {'met' if worst <= TARGET else 'MISSED'}")
    return 0 if worst <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
