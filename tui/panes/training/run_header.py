"""Rows about one run: state, progress, newest figures, and what a person should know."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import getters
from textual.timer import Timer

from engine.i18n import _
from tui.app import actions, safe_text, words
from tui.app.dashboard import Dashboard
from tui.app.readers.messages import Alert, NewPoints, RunFiles
from tui.panes.training import run_facts
from tui.widgets.flow import GrowingRows
from tui.widgets.rows import Row, Span, row_width

if TYPE_CHECKING:
    from engine.runs.gpus import GpuSnapshot
    from engine.runs.registry import RunSnapshot

_ALERT_SECONDS = 600.0  # how long a warning of the worker stays in sight
_TAGS = (*run_facts.AT_A_GLANCE, "learning_rate")


class RunHeader(GrowingRows):
    """The head of the training pane; a long reason takes more rows than one."""

    app = getters.app(Dashboard)
    MOST_ROWS = 6

    DEFAULT_CSS = f"RunHeader {{ min-height: 4; {run_facts.STYLES} }}"

    def __init__(self) -> None:
        super().__init__(id="run-header")
        self._run: RunSnapshot | None = None
        self._number = ""
        self._figures: dict[str, float] = {}
        self._files = RunFiles()
        self._gpus: tuple[GpuSnapshot, ...] = ()
        self.is_ending = False  # it was asked to stop
        self._busy = ""
        self._busy_since = 0.0
        self._clock: Timer | None = None

    def show(self, run: RunSnapshot | None, number: int, total: int) -> None:
        """Another snapshot: run `number` of `total`, counted from the newest."""
        self._run = run
        text = _("run {number} of {total}") if total > 1 and number else ""
        self._number = text.format(number=number, total=total)
        self.repaint()

    def clear(self) -> None:
        """Forget what belonged to another run."""
        self._figures, self._files = {}, RunFiles()
        self.repaint()

    def add_figures(self, points: NewPoints) -> None:
        """The newest value of each curve."""
        self._figures = points.newest(self._figures)
        self.repaint()

    def show_files(self, files: RunFiles) -> None:
        """Newest checkpoint and alert."""
        self._files = files
        self.repaint()

    def show_gpus(self, gpus: tuple[GpuSnapshot, ...]) -> None:
        """Memory and load of the device."""
        self._gpus = gpus
        self.repaint()

    def show_busy(self, what: str) -> None:
        """Something takes a while: say what, and for how long already; "" when it is over."""
        self._busy, self._busy_since = what, time.monotonic()
        if self._clock is not None:
            self._clock.stop()
            self._clock = None
        if what:
            self._clock = self.set_interval(1.0, self.repaint)
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        run = self._run
        if run is None:
            return self._nothing()
        style = run_facts.state_style(run)
        left: list[Span] = [(f" {words.state(run)}  ", style), (safe_text.clean(run.name), "run--strong")]
        when = _("  started {time}").format(time=words.clock(run.created)) if run.is_live else ""
        when = when or f"  {words.ago(run.updated)}"
        left += [(run_facts.epoch_text(run), ""), (when, "run--muted")]
        number = safe_text.fit(f"{self._number} ", max(0, width - row_width(tuple(left))), "right")
        rows: list[Row] = [(*left, (number, "run--muted")), run_facts.progress_row(run, width)]
        memory = run_facts.memory_text(run, self._gpus) if run.is_live else ""
        rows.append(run_facts.figures_row(self._figures, _TAGS, memory, width))
        trouble = [] if self._busy else run_facts.trouble_rows(run, width, style)
        return rows + (trouble or [self._notice(run)])

    def _nothing(self) -> list[Row]:
        if not self.app.runs_read:
            return [((_(" reading runs"), "run--muted"),)]
        if self.app.is_gone:
            return [((f" {words.GLYPHS['failed']} {words.GONE}", "run--bad"),)]
        key = actions.key_of("app.next_step")
        return [
            ((_(" Nothing has been trained here yet."), "run--strong"),),
            ((f" {key}", "run--head"), (_("  takes the next step towards a training"), "")),
        ]

    def _notice(self, run: RunSnapshot) -> Row:
        """The most pressing of: work under way, a fresh alert, the newest checkpoint."""
        if self._busy:
            passed = words.duration(time.monotonic() - self._busy_since)
            return ((f" {safe_text.clean(self._busy)} ({passed})", "run--watch"),)
        if self.is_ending and run.kind == "train":
            return ((_(" asked to stop: it finishes its step and writes a checkpoint"), "run--watch"),)
        if self.is_ending:
            return ((_(" asked to stop: it finishes what is under way"), "run--watch"),)
        alert = newest_warning(self._files.alerts)
        if alert is not None and time.time() - alert.time < _ALERT_SECONDS:
            grade = "run--bad" if alert.level == "error" else "run--watch"
            return ((f" {safe_text.clean(alert.level)}: {safe_text.clean(alert.text)}", grade),)
        reason = run_facts.reason_text(run)
        facts = [self._checkpoint() if run.kind == "train" else "", f" {reason}" if reason else ""]
        return ((" ·".join(filter(None, facts)), "run--muted"),)

    def _checkpoint(self) -> str:
        checkpoints = self._files.checkpoints
        if not checkpoints:
            return _(" no checkpoint yet")
        newest = checkpoints[0]
        best = next((one.step for one in checkpoints if one.best and one.present), newest.step)
        text = _(" checkpoint at step {step:,}, {ago}; best at step {best:,}")
        if best == newest.step:
            text = _(" checkpoint at step {step:,}, {ago}")
        return text.format(step=newest.step, ago=words.ago(newest.time), best=best)


def newest_warning(alerts: Sequence[Alert]) -> Alert | None:
    """Of alerts, newest first, the one that still says something: a stall that has ended does not."""
    moves_again = False
    for alert in alerts:
        if alert.level == "info":
            moves_again = moves_again or alert.text.startswith("running:")
        elif not (moves_again and alert.text.startswith("stalled:")):
            return alert
    return None
