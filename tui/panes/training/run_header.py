"""Rows about one run: state, progress, newest figures, what a person should know, and what is not well."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual import getters

from engine.i18n import _
from tui.app import key_table, safe_text, words
from tui.app.dashboard import Dashboard
from tui.app.readers.messages import RunFiles
from tui.panes.training import health_notes, run_facts
from tui.widgets.flow import GrowingRows
from tui.widgets.rows import Row, row_width

if TYPE_CHECKING:
    from engine.runs.gpus import GpuSnapshot
    from engine.runs.registry import RunSnapshot

_AGES_SECONDS = 5.0  # between two looks at how long ago something was
_ALERT_SECONDS = 600.0  # how long a warning of the worker stays in sight


class RunHeader(GrowingRows):
    """The head of the training pane, which sets these values and repaints it.

    Attributes:
        place: number of the run, counted from the newest, and how many there are.
        is_ending: it was asked to stop. busy: what takes a while; "" for nothing.
    """

    app = getters.app(Dashboard)
    MOST_ROWS = 6 + health_notes.MOST_ROWS + 1

    DEFAULT_CSS = f"RunHeader {{ min-height: 4; {run_facts.STYLES} }}"

    def __init__(self) -> None:
        super().__init__(id="run-header")
        self.run: RunSnapshot | None = None
        self.place = (0, 0)
        self.figures: dict[str, float] = {}
        self.files = RunFiles()
        self.gpus: tuple[GpuSnapshot, ...] = ()
        self.is_ending = False
        self.busy = ""

    def on_mount(self) -> None:
        self.set_interval(_AGES_SECONDS, self.repaint)

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        run = self.run
        if run is None:
            return self._nothing()
        style = run_facts.state_style(run)
        rows = run_facts.head_rows(run, self.figures, self.gpus, width)
        text = _("run {number} of {total} ") if self.place[1] > 1 and self.place[0] else ""
        text = text.format(number=self.place[0], total=self.place[1])
        number = safe_text.fit(text, max(0, width - row_width(rows[0])), "right")
        rows[0] = (*rows[0], (number, "run--muted"))
        trouble = [] if self.busy else run_facts.trouble_rows(run, width, style)
        return rows + (trouble or [self._notice(run)]) + health_notes.rows(run, self.files)

    def _nothing(self) -> list[Row]:
        if not self.app.runs_read:
            return [((_(" reading runs"), "run--muted"),)]
        if self.app.is_gone:
            return [((f" {words.GLYPHS['failed']} {words.GONE}", "run--bad"),)]
        key = key_table.key_of("app.next_step")
        return [
            ((_(" Nothing has been trained here yet."), "run--strong"),),
            ((f" {key}", "run--head"), (_("  takes the next step towards a training"), "")),
        ]

    def _notice(self, run: RunSnapshot) -> Row:
        """The most pressing of: work under way, a fresh alert, the newest checkpoint."""
        if self.busy:
            return ((f" {safe_text.clean(self.busy)}", "run--watch"),)
        if self.is_ending and run.kind == "train":
            return ((_(" asked to stop: it finishes its step and writes a checkpoint"), "run--watch"),)
        if self.is_ending:
            return ((_(" asked to stop: it finishes what is under way"), "run--watch"),)
        alert = run_facts.newest_warning(self.files.alerts)
        if alert is not None and time.time() - alert.time < _ALERT_SECONDS:
            grade = "run--bad" if alert.level == "error" else "run--watch"
            return ((f" {safe_text.clean(alert.level)}: {safe_text.clean(alert.text)}", grade),)
        reason = run_facts.reason_text(run)
        facts = [
            run_facts.checkpoint_text(self.files) if run.kind == "train" else "",
            f" {reason}" if reason else "",
        ]
        return ((" ·".join(filter(None, facts)), "run--muted"),)
