"""The table of clips with its filter, its order and its selection."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from engine.dataset.clips.issues import SUSPICIOUS_TEXT
from engine.dataset.session import DatasetState
from engine.errors import InputError
from engine.i18n import _, plural
from tui.app import safe_text
from tui.app.workers import run_worker
from tui.panes.dataset import filtering
from tui.panes.dataset.clip_view import ClipColumn, ClipView, columns
from tui.widgets.table import Table
from tui.widgets.textfield import TextField

_TYPING_SECONDS = 0.15
_NOTHING_OPEN = _(
    "nothing is open: o opens a folder of audio, a manifest or filelists\ni converts raw "
    "recordings first, z cuts long ones into clips"
)


class ClipTable(Table):
    """The table of clips: ranges with shift and the arrows, with m at both ends, by a drag, or by shift and a click.

    Ctrl and a click selects one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle_selected", _("Select, and go to the next row"), show=False),
        Binding("shift+up", "extend(-1)", _("Select upwards"), show=False),
        Binding("shift+down", "extend(1)", _("Select downwards"), show=False),
        Binding("shift+pageup", "extend(-20)", _("Select 20 upwards"), show=False),
        Binding("shift+pagedown", "extend(20)", _("Select 20 downwards"), show=False),
        Binding("m", "mark_range", _("Mark one end of a range, then the other"), show=False),
    ]

    def __init__(self) -> None:
        super().__init__((), selectable=True, id="clips", empty=_("no clip passes the filter"))
        self.range_from: Hashable = None  # where a range begins
        self.is_marking = False  # m has marked its first end
        self._kept: set[Hashable] = set()  # what was selected before it
        self._dragged_from: int | None = None  # the row where the button was pressed
        self._is_dragging = False

    def action_extend(self, rows: int) -> None:
        self._extend_to(self.cursor + rows)

    def _extend_to(self, row: int) -> None:
        if not self.row_count:
            return
        if self.range_from is None:
            self.range_from, self._kept, self.is_marking = self.cursor_key, set(self.selected), False
        super().move_cursor(row)
        self._select_range()

    def action_mark_range(self) -> None:
        """Begin a range at the cursor; end it there the second time."""
        if not self.row_count:
            return
        self.is_marking = self.range_from is None
        if self.is_marking:
            self.range_from, self._kept = self.cursor_key, set(self.selected)
        self._select_range()
        if not self.is_marking:
            self.range_from = None

    def _select_range(self) -> None:
        begin = next((i for i in range(self.row_count) if self._key(i) == self.range_from), self.cursor)
        low, high = sorted((begin, self.cursor))
        self.selected = self._kept | {self._key(i) for i in range(low, high + 1)}
        self._selection_changed()

    def action_toggle_selected(self) -> None:
        """Select the row under the cursor, or deselect it, and move to the next."""
        super().action_toggle_selected()
        self.range_from = None
        self.action_move(1)

    def select(self, keys: set[Hashable]) -> None:
        """Select exactly these."""
        self.selected, self.range_from = keys, None
        self._selection_changed()

    def _selection_changed(self) -> None:
        self.post_message(self.SelectionChanged(self, self.cursor, self.cursor_key))
        self.repaint()

    # with the mouse

    def _row_at(self, event: events.MouseEvent) -> int:
        """The row under the mouse; one out of sight above or below while it is dragged there."""
        return max(0, min(self._first + event.y - 1, self.row_count - 1))

    def _is_on_row(self, event: events.MouseEvent) -> bool:
        return 0 < event.y <= self.row_count - self._first

    def on_click(self, event: events.Click) -> None:
        """With ctrl a row is selected, with shift all up to it, without opening anything."""
        if event.get_content_offset(self) is None or not self._is_on_row(event):
            return
        if event.ctrl:
            self.move_cursor(self._row_at(event))
            super().action_toggle_selected()
        elif event.shift:
            self._extend_to(self._row_at(event))
        else:
            if not self.is_marking:  # the next range begins at the row that was clicked
                self.range_from = None
            return
        event.stop()
        event.prevent_default()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Remember where a drag would begin."""
        if event.button == 1 and self._is_on_row(event) and not (event.ctrl or event.shift):
            self._dragged_from = self._row_at(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select the rows that are dragged over."""
        begin, row = self._dragged_from, self._row_at(event)
        if event.button != 1 or begin is None or not self.row_count:
            self._dragged_from = None
        elif row != self.cursor or self._is_dragging:
            if not self._is_dragging:
                self._is_dragging, self.range_from = True, None
                self.capture_mouse()
                self.move_cursor(begin)
            self._extend_to(row)

    def on_mouse_up(self) -> None:
        """End the drag."""
        if self._is_dragging:
            self.release_mouse()
        self._dragged_from, self._is_dragging = None, False


class ClipBrowser(Vertical):
    """Shows the clips of a view; posts `Changed` when other rows are shown.

    Attributes:
        rows: the clips in the table, in its order.
        wanted: the filter; `fault`: what is wrong with it.
        sorted_by: a column; "" is the order of the lists.
    """

    DEFAULT_CSS = """
    ClipBrowser { height: 1fr; }
    ClipBrowser #filter { height: 1; background: $panel; display: none; }
    ClipBrowser #filter.shown { display: block; }
    """

    class Changed(Message):
        """Other rows are shown, or in another order."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []
        self.columns: tuple[ClipColumn, ...] = ()
        self.wanted = self.fault = ""
        self.sorted_by, self.descending = "", False
        self._view = ClipView(DatasetState((), b""))
        self._page = 0  # of the columns, on a narrow terminal

    def compose(self) -> ComposeResult:
        hint = _("words, issue:clipped, split:val, speaker:anna, is:edited")
        yield TextField(placeholder=hint, compact=True, id="filter")
        yield ClipTable()

    def on_mount(self) -> None:
        self.table.display = False

    @property
    def table(self) -> ClipTable:
        """The table below the filter."""
        return self.query_one(ClipTable)

    @property
    def _field(self) -> Input:
        return self.query_one("#filter", Input)

    # what the pane calls

    def begin(self, view: ClipView) -> None:
        """Show another dataset, unfiltered and in its own order."""
        self.sorted_by, self.descending = "", False
        table = self.table
        table.selected, table.range_from, table.cursor, table.display = set(), None, 0, True
        table.focus()
        self._view = view
        self.set_filter("")

    def show(self, view: ClipView) -> None:
        """Show another state of this dataset."""
        self._view = view
        self._fill()

    @property
    def marked(self) -> int | None:
        """The clip under the cursor."""
        return self.rows[self.table.cursor] if 0 <= self.table.cursor < len(self.rows) else None

    @property
    def selected(self) -> set[int]:
        """The clips that are selected."""
        return cast("set[int]", self.table.selected)

    @property
    def targets(self) -> list[int]:
        """What a key works on: the selection, else the marked clip."""
        return sorted(self.selected) or ([] if self.marked is None else [self.marked])

    @property
    def following(self) -> int | None:
        """The clip below the marked one, as the table stands; None at its end."""
        below = self.table.cursor + 1
        return self.rows[below] if below < len(self.rows) else None

    @property
    def hint(self) -> str:
        """What to do where no clip is shown."""
        if not len(self._view.state):
            return _NOTHING_OPEN
        return plural(
            'the filter "{filter}" hides the {n:,} clip:\nescape shows it again, / changes the filter',
            'the filter "{filter}" hides all of {n:,} clips:\nescape shows them again, / changes the filter',
            len(self._view.state),
            filter=safe_text.clean(self.wanted.strip()),
        )

    def go_to(self, index: int) -> None:
        """Mark a clip; a filter that hides it is cleared."""
        if index not in self.rows:
            self.set_filter("")
        self.table.move_cursor(self.rows.index(index))

    @property
    def suspicious(self) -> list[int]:
        """The clips in the table whose texts are suspicious: those below the cursor first, the marked one last."""
        after = self.table.cursor + 1
        return [
            index
            for index in self.rows[after:] + self.rows[:after]
            if any(issue.kind in SUSPICIOUS_TEXT for issue in self._view.issues(index))
        ]

    def select_all(self) -> None:
        """Select all that the table shows, or nothing when all is selected."""
        self.table.select(set() if self.table.selected == set(self.rows) else set(self.rows))

    # rows, columns and their order

    def _fill(self) -> None:
        view = self._view
        try:
            self.rows = filtering.order(
                view,
                wanted=self.wanted,
                by=self.sorted_by,
                descending=self.descending,
                selected=self.table.selected,
            )
            self.fault = ""
        except InputError as error:  # the filter is being typed
            self.fault = str(error)
        rows, shown = self.rows, self.columns
        sorted_column = next((i for i, each in enumerate(shown) if each.id == self.sorted_by), None)
        self.table.set_rows(
            len(rows),
            lambda row: [each.cell(view, rows[row]) for each in shown],
            key=lambda row: rows[row],
            sorted_by=None if sorted_column is None else (sorted_column, self.descending),
        )

    def _refill(self) -> None:
        """Fill the table for another filter, order or width, and post that it changed."""
        self._fill()
        self.post_message(self.Changed())

    def on_resize(self) -> None:
        """The columns follow the width."""
        self.turn_columns(0)

    def turn_columns(self, pages: int = 1) -> None:
        """Show the other columns, where not all have room."""
        self._page += pages
        self.columns = columns(self.size.width, self._page)
        self.table.columns = tuple(each.column for each in self.columns)
        self._refill()

    def on_table_header_clicked(self, message: Table.HeaderClicked) -> None:
        """Sort by this column."""
        message.stop()
        self.sort_by(self.columns[message.column].id)

    def sort_by(self, name: str) -> None:
        """Sort by a column; again: descending; the third time, or "": the order of the lists."""
        is_third = self.sorted_by == name and self.descending
        self.descending = self.sorted_by == name and not self.descending and bool(name)
        self.sorted_by = "" if is_third else name
        self._refill()

    # the filter

    def begin_filter(self) -> None:
        """Put the cursor into the field."""
        self._field.add_class("shown")
        self._field.focus()

    def set_filter(self, text: str) -> None:
        """Show what passes this."""
        field = self._field
        self.wanted = text
        with field.prevent(Input.Changed):
            field.value = text
        field.set_class(bool(text), "shown")
        self._refill()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Filter at the next pause in the typing."""
        message.stop()
        self.wanted = message.value
        run_worker(self, self._filter_soon, group="filter")

    async def _filter_soon(self) -> None:
        await asyncio.sleep(_TYPING_SECONDS)
        self._refill()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in the filter."""
        message.stop()
        self.leave()

    def leave(self) -> None:
        """Leave the filter; in the table, deselect all, else clear the filter."""
        if self.app.focused is self._field:
            self.table.focus()
            self.set_filter(self._field.value)
        elif self.table.selected or self.table.range_from is not None:
            self.table.select(set())
        elif self.wanted:
            self.set_filter("")
