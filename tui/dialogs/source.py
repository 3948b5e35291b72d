"""Choosing what to open: what the workspace has, or any path, completed as in a shell.

`os.path` is used where `Path` would drop a slash at the end or raise for a name that cannot be.
"""

# ruff: noqa: PTH110, PTH111, PTH112, PTH118, PTH208

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from engine.audio.recordings import SUFFIXES
from engine.i18n import _
from tui.app import safe_text
from tui.app.workers import run_worker
from tui.dialogs.picker import Choice, ListDialog
from tui.widgets.table import Column

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
        keys = _("enter open · tab complete · ↑↓ choose · esc leave")
        super().__init__(title, keys, hint, (Column("", least=18), Column("", 27)))
        self._root, self._look = root, look
        self._suffixes, self._files_only = tuple(suffixes), files_only
        self._choices: Sequence[Choice] = ()
        self._shown_for = ""  # what was typed when the choices in the table were found

    def on_mount(self) -> None:
        self.show_choices(())
        run_worker(self, self._find, group="look", exclusive=False)

    async def _find(self) -> None:
        """The dialog takes keys at once; the list comes when the disk has been read."""
        self._choices = await asyncio.to_thread(self._look)
        await self._fill(self.query_one(Input).value)

    async def _fill(self, typed: str) -> None:
        """Show what the words let through, else the files of a folder, with the old list until they are read."""
        found = [one for one in self._choices if one.fits(typed)]
        if typed and (_is_path(typed) or not found):
            found = await asyncio.to_thread(completions, typed, self._root, self._suffixes)
        self._shown_for = typed
        self.show_choices(found)

    async def _marked(self) -> str:
        """The key of the marked entry of what is typed now; "" where there is none that can be opened."""
        typed = self.query_one(Input).value
        if typed != self._shown_for:  # faster than the disk
            await self._fill(typed)
        return self.marked

    def on_input_changed(self, message: Input.Changed) -> None:
        run_worker(self, self._fill, message.value, group="fill")

    def action_complete(self) -> None:
        """Put the marked entry into the field."""
        run_worker(self, self._complete, group="take")

    async def _complete(self) -> None:
        if marked := await self._marked():
            self._type(f"{marked.rstrip(os.sep)}{os.sep}" if os.path.isdir(marked) else marked)

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
        path = os.path.normpath(_absolute(typed, self._root))
        if _is_path(typed) and os.path.exists(path):
            self._take(path)
        elif marked := await self._marked():
            self._take(marked)

    def _take(self, path: str) -> None:
        """End with this; where only a file will do, open a folder instead."""
        if self._files_only and os.path.isdir(path):
            self._type(f"{path}{os.sep}")
        else:
            self.dismiss(Path(path))

    def on_table_activated(self) -> None:
        """A double click."""
        if self.marked:
            self._take(self.marked)


def _is_path(typed: str) -> bool:
    return os.sep in typed or typed.startswith("~")


def _absolute(typed: str, root: Path) -> str:
    """The path that is meant, with a slash at its end if there is one."""
    return os.path.join(root, os.path.expanduser(typed))


def completions(typed: str, root: Path, suffixes: Sequence[str]) -> list[Choice]:
    """What a path that is being typed may become, folders first; an entry without a key says why there is none."""
    folder, _unused, begin = _absolute(typed, root).rpartition(os.sep)
    try:
        names = os.listdir(folder or os.sep)
    except (OSError, ValueError) as error:  # a null byte is a ValueError
        reason = getattr(error, "strerror", None) or str(error)
        return [Choice("", _("cannot be read"), reason)] if _is_path(typed) else []
    folders, files = [], []
    for name in sorted(names):
        path = f"{folder}{os.sep}{name}"
        if not name.startswith(begin) or (name.startswith(".") and not begin.startswith(".")):
            continue
        if os.path.isdir(path):
            folders.append(Choice(path, f"{name}/", _("folder")))
        elif name.lower().endswith(tuple(suffixes)):
            files.append(Choice(path, name))
    return folders + files
