"""Choosing what to open: what the workspace has, or any path, completed as in a shell."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from engine.audio.recordings import SUFFIXES
from engine.i18n import _
from tui.app import safe_text
from tui.app.workers import run_worker
from tui.dialogs.picker import MOST_ROWS, Choice, ListDialog
from tui.widgets.table import Column, Table
from tui.widgets.textfield import TextField

_MOST_ENTRIES = 500  # of a folder
LISTS = (".txt", ".csv", ".cleaned", ".previous")


class SourceScreen(ListDialog[Path]):
    """Ends with a path, or None. Words narrow the list; a text with a slash or a ~ is a path, tab completes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", _("Complete"), priority=True),
    ]

    def __init__(
        self,
        title: str,
        root: Path,
        look: Callable[[], Sequence[Choice]] = tuple,
        *,
        suffixes: Sequence[str] = (*LISTS, *SUFFIXES),
        files_only: bool = False,
        hint: str = _("type to narrow the list, or a path: /, ./ or ~/"),
    ) -> None:
        super().__init__()
        self._title, self._root, self._look = title, root, look
        self._suffixes, self._hint, self._files_only = tuple(suffixes), hint, files_only
        self._choices: tuple[Choice, ...] = ()
        self._shown: tuple[Choice, ...] = ()
        self._shown_for = ""  # what was typed when these were found

    def compose(self) -> ComposeResult:
        with self.frame(self._title, _("enter open · tab complete · ↑↓ choose · esc leave")):
            yield TextField(placeholder=self._hint, compact=True)
            yield Table((Column("", least=18), Column("", 27)), empty=_("nothing of that name"))

    def on_mount(self) -> None:
        table = self.query_one(Table)
        table.can_focus = False  # the arrows come from the field
        self._fill("")
        run_worker(self, self._find, group="look", exclusive=False)

    async def _find(self) -> None:
        """The dialog takes keys at once; the list comes when the disk has been read."""
        self._choices = tuple(await asyncio.to_thread(self._look))
        self._fill(self.query_one(Input).value)

    def _fill(self, typed: str) -> None:
        """Show at once what the words let through; a folder is read in a thread, with the old list until then."""
        found = [one for one in self._choices if one.fits(typed)]
        if typed and (_is_path(typed) or not found):
            run_worker(self, self._read, typed, group="read")
        else:
            self._show(typed, found)

    async def _read(self, typed: str) -> None:
        self._show(typed, await asyncio.to_thread(completions, typed, self._root, self._suffixes))

    def _show(self, typed: str, found: Sequence[Choice]) -> None:
        self._shown, self._shown_for = tuple(found), typed
        table = self.query_one(Table)
        table.set_rows(len(self._shown), lambda index: (self._shown[index].name, self._shown[index].note))
        table.styles.height = min(max(1, len(self._shown)), MOST_ROWS) + 1
        table.move_cursor(0)

    async def _marked(self) -> str:
        """The key of the marked entry of what is typed now; "" where there is none that can be opened."""
        typed = self.query_one(Input).value
        if typed != self._shown_for:  # faster than the disk
            await self._read(typed)
        return self._shown[self.query_one(Table).cursor].key if self._shown else ""

    def on_input_changed(self, message: Input.Changed) -> None:
        self._fill(message.value)

    def action_complete(self) -> None:
        """Put the marked entry into the field."""
        run_worker(self, self._complete, group="take")

    async def _complete(self) -> None:
        if marked := await self._marked():
            self._type(marked + (os.sep if _is_folder(Path(marked)) and not marked.endswith(os.sep) else ""))

    def _type(self, text: str) -> None:
        if safe_text.clean(text) != text:  # would reach the terminal as it is
            self.notify(_("its name has characters that cannot be typed; enter opens it"), markup=False)
            return
        field = self.query_one(Input)
        field.value = text
        field.cursor_position = len(text)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter: the path that was typed if there is such a thing, else what is marked."""
        message.stop()
        run_worker(self, self._submit, message.value.strip(), group="take")

    async def _submit(self, typed: str) -> None:
        if _is_path(typed) and (path := _existing(typed, self._root)) is not None:
            self._take(path)
        elif marked := await self._marked():
            self._take(Path(marked))

    def _take(self, path: Path) -> None:
        """End with this; where only a file will do, open a folder instead."""
        if self._files_only and _is_folder(path):
            self._type(f"{path}{os.sep}")
        else:
            self.dismiss(path)

    def on_table_activated(self) -> None:
        """A double click."""
        if key := self._shown[self.query_one(Table).cursor].key:
            self._take(Path(key))


def _is_path(typed: str) -> bool:
    return os.sep in typed or typed.startswith("~")


def _absolute(typed: str, root: Path) -> str:
    """The path that is meant, with a slash at its end if there is one."""
    return os.path.join(root, os.path.expanduser(typed))  # noqa: PTH111, PTH118 - Path drops the slash at the end


def _existing(typed: str, root: Path) -> Path | None:
    path = Path(os.path.normpath(_absolute(typed, root)))
    try:
        return path if path.exists() else None
    except (OSError, ValueError):  # a name that is too long, a folder that lets nobody look
        return None


def _is_folder(path: Path | os.DirEntry[str]) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def completions(typed: str, root: Path, suffixes: Sequence[str]) -> list[Choice]:
    """What a path that is being typed may become, folders first; an entry without a key says why there is no more."""
    folder, _unused, begin = _absolute(typed, root).rpartition(os.sep)
    try:
        with os.scandir(folder or os.sep) as entries:
            found = [
                (not _is_folder(entry), entry.name)
                for entry in entries
                if entry.name.startswith(begin) and (begin.startswith(".") or not entry.name.startswith("."))
            ]
    except OSError as error:
        return [Choice("", _("cannot be read"), str(error.strerror))] if _is_path(typed) else []
    except ValueError:  # a null byte
        return []
    wanted = sorted(
        (is_file, name) for is_file, name in found if not is_file or name.lower().endswith(tuple(suffixes))
    )
    here = folder + os.sep
    shown = [
        Choice(here + name, name if is_file else f"{name}/", "" if is_file else _("folder"))
        for is_file, name in wanted[:_MOST_ENTRIES]
    ]
    if (more := len(wanted) - len(shown)) > 0:
        shown.append(Choice("", _("and {n:,} more").format(n=more), _("type more of the name")))
    return shown
