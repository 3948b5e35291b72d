"""All rows of the overview in one widget: sections take the height that there is, and say how much they left out."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, getters
from textual.binding import Binding, BindingType
from textual.message import Message

from engine.i18n import _
from tui.app import safe_text, words
from tui.app.dashboard import Dashboard
from tui.app.readers.messages import RunFiles
from tui.panes.overview import path_rows, stock
from tui.panes.training import run_facts
from tui.widgets.charts import glyphs
from tui.widgets.rows import Row, RowWidget, fit_row

if TYPE_CHECKING:
    from engine.runs.gpus import GpuSnapshot
    from engine.runs.registry import RunSnapshot
    from tui.panes.overview.inventory import Inventory

WIDE = 112  # from this width on, the inventory stands beside the runs
_GAP: Row = (("", ""),)
Target = str | Path  # what can be opened: a run by its name, data by its path
_LEAST_FOR_BOTH = 9  # rows below the live run: with fewer, the list of runs takes them all
_LEAST_FOR_PATH = 16


class Summary(RowWidget, can_focus=True):
    """All rows of the overview; keeps what is marked."""

    app = getters.app(Dashboard)

    DEFAULT_CSS = f"Summary {{ height: 1fr; {run_facts.STYLES} }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "mark(-1)", _("Mark what stands above"), show=False),
        Binding("down,j", "mark(1)", _("Mark what stands below"), show=False),
        Binding(
            "left,h", "mark_group(-1)", _("Go to the group before: runs, corpora, filelists"), show=False
        ),
        Binding("right,l", "mark_group(1)", _("Go to the next group"), show=False),
    ]

    class Opened(Message):
        """A run (its name) or data (a path) shall be shown."""

        def __init__(self, what: Target) -> None:
            self.what = what
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="summary")
        self.inventory: Inventory | None = None
        self.gpus: tuple[GpuSnapshot, ...] = ()
        self.figures: dict[str, float] = {}
        self.files = RunFiles()
        self.runs: tuple[RunSnapshot, ...] = ()
        self._mark: Target | None = None  # None until a person marks something
        self._left = 0  # width of what stands at the left
        self._places: dict[tuple[bool, int], Target] = {}  # (beside the runs?, row) -> what stands there

    @property
    def at_a_glance(self) -> RunSnapshot | None:
        """The newest live run, else the newest."""
        return next((run for run in self.runs if run.is_live), self.runs[0] if self.runs else None)

    @property
    def groups(self) -> list[tuple[Target, ...]]:
        """What can be opened: runs by name, corpora and filelists by path."""
        runs = tuple(run.name for run in self.runs)
        return [*([runs] if runs else []), *stock.openable(self.inventory)]

    @property
    def targets(self) -> list[Target]:
        """The same without groups, from top to bottom."""
        return [target for group in self.groups for target in group]

    @property
    def mark(self) -> Target | None:
        """What is marked: the first thing until a person has marked another one that is still there."""
        return self._mark if self._mark in self.targets else next(iter(self.targets), None)

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        """Show another list; the mark stays on its run."""
        if self._mark is None and self.runs:
            self._mark = self.runs[0].name
        self.runs = runs
        self.repaint()

    def open_marked(self) -> None:
        """Ask for what is marked."""
        if self.mark is not None:
            self.post_message(self.Opened(self.mark))

    def _set_mark(self, target: Target) -> None:
        self._mark = target
        self.repaint()

    def action_mark(self, step: int) -> None:
        if self.mark is not None:
            at = self.targets.index(self.mark) + step
            self._set_mark(self.targets[max(0, min(len(self.targets) - 1, at))])

    def action_mark_group(self, step: int) -> None:
        groups = self.groups
        at = next((i for i, group in enumerate(groups) if self.mark in group), 0)
        if 0 <= at + step < len(groups):
            self._set_mark(groups[at + step][0])

    def on_click(self, event: events.Click) -> None:
        """Mark what was clicked; a second click on it opens it."""
        target = self._places.get((event.x >= self._left, event.y))
        if target is not None:
            again = target == self.mark or event.chain > 1
            self._set_mark(target)
            if again:
                self.open_marked()

    # drawing

    def draw(self, width: int, height: int) -> list[Row]:
        top = self._glance(width, height) + self._path(width, height)
        room = height - len(top)
        self._places = {}
        if width >= WIDE:
            self._left = self._left_share(width)
            runs = self._runs(self._left - 2, len(top), max(3, room))
            return top + _beside(runs, self._stock(width - self._left, room, len(top)), self._left)
        self._left = 0
        runs = self._runs(width, len(top), self._share(room))
        return top + runs + self._stock(width, room - len(runs), len(top) + len(runs))

    def _share(self, height: int) -> int:
        """Rows for the list of runs when the inventory stands below it: all it needs, up to half."""
        if height < _LEAST_FOR_BOTH:  # whoever has the mark takes them all
            return 0 if isinstance(self.mark, Path) else height
        return max(3, min(len(self.runs) + 2, height // 2))

    def _left_share(self, width: int) -> int:
        """Width of the runs when the inventory stands beside them: what their columns need, up to three fifths."""
        return min(max(54, width * 2 // 5, self._name_cells(width) + 46), width * 3 // 5)

    def _name_cells(self, width: int) -> int:
        """Width of the names: the longest, as far as it leaves room for what is said about each run."""
        longest = max((safe_text.width(safe_text.clean(run.name)) for run in self.runs), default=0)
        return max(8, min(28, longest, width - 44))

    def _glance(self, width: int, height: int) -> list[Row]:
        root = stock.short_path(str(self.app.workspace.root), width - 14)
        rows: list[Row] = [((" Workspace ", "run--head"), (root, "")), _GAP]
        run = self.at_a_glance
        if self.app.is_gone:
            return [*rows, ((f" {words.GLYPHS['failed']} {words.GONE}", "run--bad"),), _GAP]
        if run is None:
            return rows if self.app.runs_read else [*rows, ((_(" reading runs"), "run--muted"),), _GAP]
        style = run_facts.state_style(run)
        rows += run_facts.head_rows(run, self.figures, self.gpus, width)
        if trouble := run_facts.trouble_rows(run, width, style):
            rows += trouble
        elif why := run_facts.reason_text(run):
            rows.append(((f" {why}", "run--muted"),))
        rows += run_facts.sentence_rows(self.app.shortage, width, "run--watch")
        if self.files.is_read:
            rows += self._written(run, width) if height >= _LEAST_FOR_PATH else []
            from tui.panes.training import health_notes  # the first frame does not wait for it

            rows += health_notes.worst_row(run, self.files, width)
        return [*rows, _GAP]

    def _written(self, run: RunSnapshot, width: int) -> list[Row]:
        """Its newest checkpoint, and the newest alert of a live one with its age."""
        if run.kind != "train":
            return []
        rows: list[Row] = [((run_facts.checkpoint_text(self.files), "run--muted"),)]
        alert = run_facts.newest_warning(self.files.alerts) if run.is_live else None
        if alert is None:
            return rows
        level, when = safe_text.clean(alert.level), words.ago(alert.time)
        text = f" ! {level}, {when}: {safe_text.clean(alert.text)}"
        return [*rows, ((safe_text.crop(text, width), "run--bad" if level == "error" else "run--watch"),)]

    def _path(self, width: int, height: int) -> list[Row]:
        """How far the workspace is, and what comes next; on a low screen the list of runs needs the rows."""
        app = self.app
        if app.progress is None or app.step is None or (self.runs and height < _LEAST_FOR_PATH):
            return []
        doing = app.preparation.status if app.preparation is not None else ""
        return [*path_rows.rows(app.progress, app.step, doing, width, height // 4), _GAP]

    def _runs(self, width: int, offset: int, height: int) -> list[Row]:
        """The list of runs around the marked one."""
        names = self._name_cells(width)
        if not self.runs or height < 2:
            return []
        shown = max(1, height - 2)
        at = next((i for i, run in enumerate(self.runs) if run.name == self.mark), 0)
        first = stock.page(at, shown)
        is_all = len(self.runs) <= shown
        text = "" if is_all else _("  {first} to {last} of {n}")
        note = text.format(first=first + 1, last=min(first + shown, len(self.runs)), n=len(self.runs))
        rows: list[Row] = [((" Runs", "run--head"), (note, "run--muted"))]
        for run in self.runs[first : first + shown]:
            self._places[self._left == 0, offset + len(rows)] = run.name
            rows.append(self._run(run, run.name == self.mark, names, width))
        return [*rows, _GAP]

    def _run(self, run: RunSnapshot, marked: bool, names: int, width: int) -> Row:
        mark = glyphs.current().cursor if marked else " "
        step = f"{run.step:,}" if run.step is not None else words.UNKNOWN
        note = words.rate(run.rate) if run_facts.moves(run) and run.rate else words.ago(run.updated)
        if run.reason and (run.is_live or run.state == "failed"):
            note = f"{note}, {safe_text.clean(run.reason)}"
        name = safe_text.fit(safe_text.crop_middle(safe_text.clean(run.name), names), names)
        head, state = f" {mark}{name}  ", f"{words.state(run):<11}"
        text = safe_text.crop(f"  {step:>9}  {note}", max(0, width - names - 16))
        if marked and self.has_focus:
            return ((f"{head}{state}{text} ", "run--marked"),)
        return ((head, ""), (state, run_facts.state_style(run)), (text, ""))

    def _stock(self, width: int, height: int, offset: int) -> list[Row]:
        """Corpora, filelists and configs; each gets its share of the rows."""
        if self.inventory is None:
            return [((_(" counting what is here"), "run--muted"),)] if height > 0 else []
        if self.inventory.is_empty:
            return [] if self.app.is_gone else [((_(" no recordings, lists or configs yet"), "run--muted"),)]
        lines = stock.lines(self.inventory, self.mark, self.has_focus, width, height)
        for at, (_unused, path) in enumerate(lines):
            if path is not None:
                self._places[True, offset + at] = path
        return [row for row, _unused in lines]


def _beside(left: list[Row], right: list[Row], width: int) -> list[Row]:
    rows = zip_longest(left, right, fillvalue=_GAP)
    return [(*fit_row(one, width), *other) for one, other in rows]
