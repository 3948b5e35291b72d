"""Choosing what to open: what the workspace has, or any path, completed as in a shell."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui.beside import beside
from tui.inventory import CLIP_SUFFIXES
from tui.screens.dialog import Dialog
from tui.screens.picker import Choice
from tui.widgets.table import Column, Table

_MOST_ROWS = 12
_MOST_ENTRIES = 500  # of a folder
LISTS = (".txt", ".csv", ".cleaned", ".previous")


class SourceScreen(Dialog[Path]):
    """Ends with a path, or None. Words narrow the list; a text with a slash or a ~ is a path, tab completes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("tab", "complete", "Complete", priority=True),
    ]
    DEFAULT_CSS = """
    SourceScreen Input { margin-bottom: 1; }
    """

    def __init__(
        self,
        title: str,
        root: Path,
        look: Callable[[], Sequence[Choice]] = tuple,
        *,
        suffixes: Sequence[str] = (*LISTS, *CLIP_SUFFIXES),
        files_only: bool = False,
        hint: str = "words narrow the list; /, ./ or ~/ begins a path, tab completes it",
    ) -> None:
        super().__init__()
        self._title, self._root, self._look = title, root, look
        self._suffixes, self._hint, self._files_only = tuple(suffixes), hint, files_only
        self._choices: tuple[Choice, ...] = ()
        self._shown: tuple[Choice, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "enter opens, tab completes, arrows choose, esc leaves"
            yield Input(placeholder=self._hint, compact=True)
            yield Table((Column("", least=18), Column("", 29)), empty="nothing of that name")

    def on_mount(self) -> None:
        table = self.query_one(Table)
        table.can_focus = False  # the arrows come from the field
        self._fill("")
        beside(self, self._find, group="look", exclusive=False)

    async def _find(self) -> None:
        """The dialog takes keys at once; what there is comes when the disk has told."""
        self._choices = tuple(await asyncio.to_thread(self._look))
        self._fill(self.query_one(Input).value)

    def _fill(self, typed: str) -> None:
        if _is_path(typed):
            self._shown = tuple(_completions(typed, self._root, self._suffixes))
        else:
            parts = typed.lower().split()
            self._shown = tuple(
                one
                for one in self._choices
                if all(part in f"{one.name} {one.note}".lower() for part in parts)
            ) or tuple(_completions(typed, self._root, self._suffixes))
        table = self.query_one(Table)
        table.set_rows(len(self._shown), lambda index: (self._shown[index].name, self._shown[index].note))
        table.styles.height = min(max(1, len(self._shown)), _MOST_ROWS) + 1
        table.move_cursor(0)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Something was typed."""
        self._fill(message.value)

    def on_key(self, event: events.Key) -> None:
        """The arrows move in the list while the field keeps the focus."""
        steps = {"up": -1, "down": 1, "pageup": -_MOST_ROWS, "pagedown": _MOST_ROWS}
        if event.key in steps:
            event.stop()
            self.query_one(Table).action_move(steps[event.key])

    def action_complete(self) -> None:
        """Put the marked entry into the field."""
        if self._shown:
            field = self.query_one(Input)
            marked = self._shown[self.query_one(Table).cursor].key
            field.value = marked + ("/" if Path(marked).is_dir() and not marked.endswith("/") else "")
            field.cursor_position = len(field.value)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter: the path that was typed if there is such a thing, else what is marked."""
        typed = message.value.strip()
        if _is_path(typed) and (path := _whole(typed, self._root)).exists():
            self._take(path)
        elif self._shown:
            self._take(Path(self._shown[self.query_one(Table).cursor].key))

    def _take(self, path: Path) -> None:
        """The end; but where only a file will do, a folder is gone into."""
        if self._files_only and path.is_dir():
            field = self.query_one(Input)
            field.value = f"{path}{os.sep}"
            field.cursor_position = len(field.value)
        else:
            self.dismiss(path)

    def on_table_activated(self) -> None:
        """A double click."""
        self._take(Path(self._shown[self.query_one(Table).cursor].key))

    def action_leave(self) -> None:
        self.dismiss(None)


def _is_path(typed: str) -> bool:
    return os.sep in typed or typed.startswith("~")


def _whole(typed: str, root: Path) -> Path:
    return Path(os.path.normpath(root / os.path.expanduser(typed)))  # noqa: PTH111 - an unknown user is no error


def _completions(typed: str, root: Path, suffixes: Sequence[str]) -> list[Choice]:
    """What a path that is being typed may become: folders first."""
    folder, _, begin = str(root / os.path.expanduser(typed)).rpartition(os.sep)  # noqa: PTH111
    try:
        with os.scandir(folder or os.sep) as entries:
            found = [
                (not entry.is_dir(), entry.name)
                for entry in entries
                if entry.name.startswith(begin) and (begin.startswith(".") or not entry.name.startswith("."))
            ]
    except OSError:
        return []
    wanted = [
        (is_file, name)
        for is_file, name in sorted(found)
        if not is_file or name.lower().endswith(tuple(suffixes))
    ]
    here = folder + os.sep
    return [
        Choice(here + name, name if is_file else f"{name}/", "" if is_file else "folder")
        for is_file, name in wanted[:_MOST_ENTRIES]
    ]
