"""Which clips the table shows and in which order: filter, sorting, selection, the next suspicious one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.timer import Timer
from textual.widgets import Input

from engine.errors import InputError
from tui.app import safe_text, words
from tui.panes.dataset import view

if TYPE_CHECKING:
    from tui.panes.dataset.pane import DatasetPane

_TYPING_SECONDS = 0.15
_NOTHING_OPEN = (
    "nothing is open: o opens a folder of audio, a manifest or filelists\n"
    "i converts raw recordings first, z cuts long ones into clips"
)


class Finding:
    """A part of the pane.

    Attributes:
        rows: the clips in the table, in its order.
        wanted: the filter; `fault`: what is wrong with it.
        sorted_by: a column; "" is the order of the lists.
        face: of the columns, on a narrow terminal.
    """

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane
        self.rows: list[int] = []
        self.columns: tuple[view.Kind, ...] = ()
        self.wanted = self.fault = ""
        self.sorted_by, self.descending = "", False
        self.face = 0
        self._typing: Timer | None = None

    @property
    def _field(self) -> Input:
        return self._pane.query_one("#filter", Input)

    def reset(self) -> None:
        """Another corpus is open."""
        table = self._pane.table
        self.sorted_by, self.descending = "", False
        table.selected, table.range_from, table.cursor = set(), None, 0
        self.set_filter("")

    def fill(self) -> None:
        """The rows, after anything has changed."""
        pane, shown = self._pane, self._pane.shown
        if shown is None:
            return
        try:
            self.rows = view.order(
                shown,
                wanted=self.wanted,
                by=self.sorted_by,
                descending=self.descending,
                selected=pane.table.selected,
            )
            self.fault = ""
        except InputError as error:  # the filter is being typed
            self.fault = str(error)
        rows, columns = self.rows, self.columns
        place = next((i for i, kind in enumerate(columns) if kind.id == self.sorted_by), -1)
        pane.table.set_rows(
            len(rows),
            lambda row: [kind.cell(shown, rows[row]) for kind in columns],
            key=lambda row: rows[row],
            sorted_by=(place, self.descending) if place >= 0 else None,
        )

    def lay_columns(self) -> None:
        """The columns that the width has room for."""
        self.columns = view.columns(self._pane.size.width, self.face)
        self._pane.table.columns = tuple(kind.column for kind in self.columns)
        self.fill()

    def turn_columns(self) -> None:
        """The other columns, where not all have room."""
        self.face += 1
        self.lay_columns()

    # order

    def sort_by(self, name: str) -> None:
        """Sort; the same column again turns it round, the third time it is the order of the lists."""
        if self.sorted_by != name:
            self.sorted_by, self.descending = name, False
        elif not self.descending:
            self.descending = True
        else:
            self.sorted_by, self.descending = "", False
        self._pane.refresh_all()

    def ask_sort(self) -> None:
        """Choose a column."""
        from tui.dialogs.picker import Choice, PickerScreen

        names = {"": "as in the lists"} | {name: name for name in view.KINDS_OF_COLUMNS}
        notes = {self.sorted_by: "now; choosing it again turns it round" if self.sorted_by else "now"}
        choices = [Choice(name, said, notes.get(name, "")) for name, said in names.items()]

        def chosen(name: str | None) -> None:
            if name:
                self.sort_by(name)
            elif name is not None:
                self.sorted_by, self.descending = "", False
                self._pane.refresh_all()

        self._pane.app.push_screen(PickerScreen("Sort by", choices, self.sorted_by), chosen)

    def next_suspicious(self) -> None:
        """Mark the next clip below the cursor whose text is suspicious, else the first of all."""
        pane, shown = self._pane, self._pane.shown
        if shown is None:
            return
        here = pane.table.cursor
        rows = [*range(here + 1, len(self.rows)), *range(here + 1)]
        found = next((row for row in rows if view.doubt(shown, self.rows[row]) is not None), None)
        if found is None:
            pane.say("no transcript here is suspicious")
        else:
            pane.table.move_cursor(found)

    @property
    def following(self) -> int | None:
        """The clip below the marked one, as the table stands; None at its end."""
        below = self._pane.table.cursor + 1
        return self.rows[below] if below < len(self.rows) else None

    @property
    def hint(self) -> str:
        """What to do where no clip is in sight."""
        shown = self._pane.shown
        if shown is None:
            return _NOTHING_OPEN
        count = words.plural(len(shown.board), "clip")
        wanted = safe_text.clean(self.wanted.strip())
        return f'the filter "{wanted}" hides all of {count}:\nescape shows them again, / changes it'

    def go_to(self, index: int) -> None:
        """Mark a clip; the filter gives way when it hides it."""
        if index not in self.rows:
            self.set_filter("")
        self._pane.table.move_cursor(self.rows.index(index))

    # filter and selection

    def begin(self) -> None:
        """Into the field."""
        self._field.add_class("shown")
        self._field.focus()

    def set_filter(self, text: str) -> None:
        """Show what passes this."""
        field = self._field
        self.wanted = text
        with field.prevent(Input.Changed):
            field.value = text
        field.set_class(bool(text), "shown")
        self._pane.refresh_all()

    def typed(self, text: str) -> None:
        """The filter is being typed: what passes is shown at the next pause."""
        self.wanted = text
        if self._typing is not None:
            self._typing.stop()
        self._typing = self._pane.set_timer(_TYPING_SECONDS, self._pane.refresh_all)

    def leave(self) -> None:
        """Out of the filter; in the table: nothing selected, then nothing filtered."""
        field, table = self._field, self._pane.table
        if self._pane.app.focused is field:
            table.focus()
            self.wanted = field.value
            field.set_class(bool(self.wanted), "shown")
            self._pane.refresh_all()
        elif table.selected or table.range_from is not None:
            table.select(set())
        elif self.wanted:
            self.set_filter("")

    def select_all(self) -> None:
        """All that the table shows; once more: nothing."""
        everything = set(self.rows)
        self._pane.table.select(set() if self._pane.table.selected == everything else set(everything))
