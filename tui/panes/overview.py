"""The first thing that a person sees: the live run at a glance, all runs, and what the workspace holds.

One widget of rows: sections take the height that there is, and say how much they had to leave out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from tui import actions, safe_text, words
from tui.messages import RunFiles
from tui.panes import runfacts
from tui.panes.base import Pane
from tui.widgets import glyphs
from tui.widgets.rows import Row, RowWidget

if TYPE_CHECKING:
    from engine.run.gpus import GpuSnapshot
    from engine.run.registry import RunSnapshot
    from engine.run.unreadable import Unreadable
    from tui import messages
    from tui.inventory import Inventory, Item

WIDE = 112  # from this width on, what is here stands beside the runs
_GAP: Row = (("", ""),)
_LEAST_FOR_BOTH = 9  # rows below the live run: with fewer, the list of runs takes them all


class OverviewPane(Pane):
    """What is here, what runs, is it well."""

    PLACE = "overview"
    ABOUT = (
        "The overview says what this workspace holds and what is running. Runs are marked with up and down; "
        "enter opens the marked one in the training pane.",
        "A run goes on when you leave the dashboard or lose the connection. It is stopped in the training pane only.",
    )
    BINDINGS: ClassVar[list[BindingType]] = actions.bindings(PLACE)

    def __init__(self) -> None:
        super().__init__()
        self._watched = ""

    def compose(self) -> ComposeResult:
        yield Board()

    @property
    def board(self) -> Board:
        """The one widget of the pane."""
        return self.query_one(Board)

    def first_focus(self) -> Widget:
        return self.board

    def offers(self, verb: str) -> bool:
        return verb != "open_run" or bool(self.deck.runs)

    def on_shown(self) -> None:
        from tui import sources  # the first frame does not wait for it

        self.reads(sources.inventory(self.deck.workspace, self))
        self.reads(sources.gpus(self))

    def on_hidden(self) -> None:
        self._watched = ""  # its reader has ended

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        self.board.unreadable = self.deck.unreadable
        self.board.show_runs(runs, self.deck.runs_read)
        run = self.board.at_a_glance
        watched = "" if run is None else run.name
        if run is not None and watched != self._watched:
            self.board.figures, self.board.files = {}, RunFiles()
            for reader in [reader for reader in self._readers if reader.name == f"run {self._watched}"]:
                reader.close()
                self._readers.remove(reader)
            from tui import sources

            self.reads(sources.watch(run.name, run.folder, self))
        self._watched = watched

    def on_workspace_scanned(self, message: messages.WorkspaceScanned) -> None:
        """Corpora, filelists, configs."""
        self.board.inventory = message.inventory
        self.board.repaint()

    def on_gpus_polled(self, message: messages.GpusPolled) -> None:
        """Memory and load."""
        self.board.gpus = message.gpus
        self.board.repaint()

    def on_curves_grown(self, message: messages.CurvesGrown) -> None:
        """The newest losses."""
        if message.run == self._watched:
            newest = {tag: points[-1][1] for tag, points in message.points.by_tag.items() if points}
            kept = {} if message.points.afresh else self.board.figures
            self.board.figures = {**kept, **newest}
            self.board.repaint()

    def on_run_files_listed(self, message: messages.RunFilesListed) -> None:
        """What its trainer finds unwell."""
        if message.about == self._watched:
            self.board.files = message.files
            self.board.repaint()

    async def on_board_opened(self, message: Board.Opened) -> None:
        """A run was clicked or chosen."""
        self.deck.choose_run(message.run)
        await self.deck.show_pane("training")

    def action_open_run(self) -> None:
        self.board.open_marked()

    async def action_new_run(self) -> None:
        await self.deck.do("training.new_run")


class Board(RowWidget, can_focus=True):
    """All of the overview; keeps which run is marked."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "board--head",
        "board--muted",
        "board--good",
        "board--watch",
        "board--bad",
        "board--bar",
        "board--marked",
        "board--strong",
    }
    DEFAULT_CSS = """
    Board {
        height: 1fr; background: $background; color: $foreground;
        & > .board--head { color: $primary; text-style: bold; }
        & > .board--strong { text-style: bold; }
        & > .board--muted { color: $foreground-muted; }
        & > .board--good { color: $text-success; text-style: bold; }
        & > .board--watch { color: $text-warning; text-style: bold; }
        & > .board--bad { color: $text-error; text-style: bold; }
        & > .board--bar { color: $text-primary; }
        & > .board--marked { text-style: reverse; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "mark(-1)", "Mark the run above", show=False),
        Binding("down,j", "mark(1)", "Mark the run below", show=False),
    ]

    class Opened(Message):
        """A run shall be shown."""

        def __init__(self, run: str) -> None:
            self.run = run
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="board")
        self.inventory: Inventory | None = None
        self.gpus: tuple[GpuSnapshot, ...] = ()
        self.figures: dict[str, float] = {}
        self.files = RunFiles()
        self.unreadable: tuple[Unreadable, ...] = ()
        self.runs: tuple[RunSnapshot, ...] = ()
        self._is_read = False
        self._marked = 0
        self._run_rows: dict[int, int] = {}  # row -> index of the run that stands there

    @property
    def at_a_glance(self) -> RunSnapshot | None:
        """The newest live run, else the newest."""
        return next((run for run in self.runs if run.is_live), self.runs[0] if self.runs else None)

    def show_runs(self, runs: tuple[RunSnapshot, ...], is_read: bool) -> None:
        """Show another list; the mark stays on its run."""
        name = self.runs[self._marked].name if self._marked < len(self.runs) else ""
        self.runs, self._is_read = runs, is_read
        self._marked = next((i for i, run in enumerate(runs) if run.name == name), 0)
        self.repaint()

    def open_marked(self) -> None:
        """Ask for the marked run."""
        if self._marked < len(self.runs):
            self.post_message(self.Opened(self.runs[self._marked].name))

    def action_mark(self, step: int) -> None:
        self._marked = max(0, min(len(self.runs) - 1, self._marked + step))
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Mark what was clicked; a second click on it opens it."""
        index = self._run_rows.get(event.y)
        if index is not None:
            if index == self._marked or event.chain > 1:
                self._marked = index
                self.open_marked()
            self._marked = index
            self.repaint()

    # drawing

    def draw(self, width: int, height: int) -> list[Row]:
        top = self._glance(width)
        left = self._left_share(width) if width >= WIDE else width
        runs_height = max(3, height - len(top)) if width >= WIDE else self._share(height - len(top))
        runs = self._runs(left - 2, len(top), runs_height)
        if width >= WIDE:
            stock = self._stock(width - left, height - len(top))
            return top + _beside(runs, stock, left)
        return top + runs + self._stock(width, height - len(top) - len(runs))

    def _share(self, height: int) -> int:
        """Rows for the list of runs when the inventory stands below it: all it needs, up to half."""
        if height < _LEAST_FOR_BOTH:
            return height
        return max(3, min(len(self.runs) + len(self.unreadable) + 2, height // 2))

    def _left_share(self, width: int) -> int:
        """Width of the runs when the inventory stands beside them: what their columns need, up to three fifths."""
        return min(max(54, width * 2 // 5, self._name_cells(width) + 46), width * 3 // 5)

    def _name_cells(self, width: int) -> int:
        """Width of the names: the longest, as far as it leaves room for what is said about each run."""
        longest = max((safe_text.width(safe_text.clean(run.name)) for run in self.runs), default=0)
        return max(8, min(28, longest, width - 44))

    def _glance(self, width: int) -> list[Row]:
        root = runfacts.short_path(str(self.app_root), width - 14)
        rows: list[Row] = [((" Workspace ", "board--head"), (root, "")), _GAP]
        run = self.at_a_glance
        if getattr(self.app, "is_gone", False):
            return [*rows, ((f" {words.GLYPHS['failed']} {words.GONE}", "board--bad"),), _GAP]
        if run is None:
            text = (
                " nothing has been trained here yet; t starts a training"
                if self._is_read
                else " reading runs"
            )
            return [*rows, ((text, "board--muted"),), _GAP]
        style = runfacts.state_style(run, "board")
        when = "" if run.is_live else words.ago(run.updated)
        name = safe_text.clean(run.name)
        rows.append(
            (
                (f" {words.state(run)}  ", style),
                (name, "board--strong"),
                (runfacts.epoch_text(run), ""),
                (f"  {when}", "board--muted"),
            )
        )
        rows.append(runfacts.progress_row(run, width, "board"))
        memory = runfacts.memory_text(run, self.gpus) if run.is_live else ""
        if self.figures or memory:
            rows.append(runfacts.figures_row(self.figures, runfacts.AT_A_GLANCE, memory, width, "board"))
        if trouble := runfacts.trouble_rows(run, width, style):
            rows += trouble
        elif why := runfacts.reason_text(run):
            rows.append(((f" {why}", "board--muted"),))
        if self.files.findings:
            from tui.panes import healthnotes  # the first frame does not wait for it

            rows += healthnotes.worst_row(run, self.files, width, "board")
        return [*rows, _GAP]

    def _runs(self, width: int, offset: int, height: int) -> list[Row]:
        """The list of runs around the marked one."""
        self._run_rows = {}
        if not self.runs or height < 2:
            return runfacts.lost_rows(self.unreadable, self._name_cells(width), width, height)
        room = max(height - 2 - len(self.runs), min(height // 3, height - 3))
        lost = runfacts.lost_rows(self.unreadable, self._name_cells(width), width, room)
        shown = max(1, height - 2 - len(lost))
        first = max(0, min(self._marked - shown // 2, len(self.runs) - shown))
        names = self._name_cells(width)
        left_out = len(self.runs) - shown
        note = f"  {first + 1} to {first + shown} of {len(self.runs)}" if left_out > 0 else ""
        rows: list[Row] = [((" Runs", "board--head"), (note, "board--muted"))]
        for index in range(first, min(len(self.runs), first + shown)):
            self._run_rows[offset + len(rows)] = index
            rows.append(self._run(self.runs[index], index == self._marked, names, width))
        return [*rows, *lost, _GAP]

    def _run(self, run: RunSnapshot, marked: bool, names: int, width: int) -> Row:
        mark = glyphs.current().cursor if marked else " "
        step = f"{run.step:,}" if run.step is not None else words.UNKNOWN
        note = words.rate(run.rate) if runfacts.moves(run) and run.rate else words.ago(run.updated)
        if run.reason and (run.is_live or run.state == "failed"):
            note = f"{note}, {safe_text.clean(run.reason)}"
        name = safe_text.fit(safe_text.crop_middle(safe_text.clean(run.name), names), names)
        focused = marked and self.has_focus
        text = safe_text.crop(f"  {step:>9}  {note}", max(0, width - names - 16))
        if focused:
            return ((f" {mark}{name}  {words.state(run):<11}{text} ", "board--marked"),)
        return (
            (f" {mark}{name}  ", ""),
            (f"{words.state(run):<11}", runfacts.state_style(run, "board")),
            (text, ""),
        )

    def _stock(self, width: int, height: int) -> list[Row]:
        """Corpora, filelists and configs; each gets its share of the rows."""
        if self.inventory is None:
            return [((" counting what is here", "board--muted"),)] if height > 0 else []
        if self.inventory.is_empty:
            gone = getattr(self.app, "is_gone", False)
            text = " no corpus, filelist or config here; `vitsdeck init .` makes a start"
            return [] if gone else [((text, "board--muted"),)]
        advice = self._advice() if height >= _LEAST_FOR_BOTH else []
        return [*advice, *self._groups(width, height - len(advice), self.inventory)]

    def _advice(self) -> list[Row]:
        """Where recordings come from, as long as there are none and nothing was trained from anywhere else."""
        if self.runs or not self._is_read or self.inventory is None or self.inventory.corpora:
            return []
        text = "  no recordings yet; `vitsdeck convert --in_path THEM` brings them in"
        return [((" Corpora", "board--head"),), ((text, "board--muted"),), _GAP]

    @staticmethod
    def _groups(width: int, height: int, inventory: Inventory) -> list[Row]:
        groups = [
            (title, items, unit)
            for title, items, unit in (
                ("Corpora", inventory.corpora, "clip"),
                ("Filelists", inventory.filelists, "line"),
                ("Configs", inventory.configs, ""),
            )
            if items
        ]
        room = shares([len(items) for _, items, _ in groups], height - 2 * len(groups) + 1)
        longest = max(
            safe_text.width(safe_text.clean(item.path.name)) for _, items, _ in groups for item in items
        )
        names = min(width // 2, longest)
        rows: list[Row] = []
        for (title, items, unit), count in zip(groups, room, strict=True):
            if count:
                rows += [*_group(title, items, unit, count, names=names, width=width), _GAP]
        return rows

    @property
    def app_root(self) -> str:
        """The workspace's folder."""
        return str(getattr(self.app, "workspace").root)  # noqa: B009 - the widget knows the app by this alone


def shares(wanted: Sequence[int], rows: int) -> list[int]:
    """How `rows` are shared out: nobody gets more than wanted, small wishes first; 0 where nothing is left."""
    given = [0] * len(wanted)
    left = max(0, rows)
    open_wishes = sorted(range(len(wanted)), key=lambda index: wanted[index])
    while open_wishes:
        index = open_wishes.pop(0)
        given[index] = min(wanted[index], -(-left // (len(open_wishes) + 1)))
        left -= given[index]
    return given


def _group(title: str, items: Sequence[Item], unit: str, count: int, *, names: int, width: int) -> list[Row]:
    """A heading with the folder, and a row for each item; the last row counts those that found no place."""
    left_out = len(items) - count
    shown = items[: count - 1] if left_out and count > 1 else items[:count]
    folders = {item.name.rpartition(item.path.name)[0] for item in items}
    folder = f"  {safe_text.clean(folders.pop())}" if len(folders) == 1 else ""
    rows: list[Row] = [((f" {title}", "board--head"), (folder, "board--muted"))]
    for item in shown:
        name = safe_text.fit(safe_text.clean(item.path.name), names)
        room = max(0, width - names - 6)
        if item.fault:
            fault = f"{words.GLYPHS['failed']} {safe_text.clean(item.fault)}"
            rows.append(((f"  {name}  ", ""), (safe_text.crop(fault, room), "board--bad")))
        elif item.count is not None:
            number = f"{item.count:>7,}"
            rows.append(
                ((f"  {name}", ""), (f"{number} {unit if item.count == 1 else unit + 's'}", "board--muted"))
            )
        else:
            rows.append(((f"  {name}  ", ""), (safe_text.crop(item.note, room), "board--muted")))
    if len(shown) < len(items):
        rows.append(((f"  and {len(items) - len(shown)} more", "board--muted"),))
    return rows


def _beside(left: list[Row], right: list[Row], width: int) -> list[Row]:
    from tui.widgets.rows import fit_row

    height = max(len(left), len(right))
    left = left + [_GAP] * (height - len(left))
    right = right + [_GAP] * (height - len(right))
    return [(*fit_row(one, width), *other) for one, other in zip(left, right, strict=True)]
