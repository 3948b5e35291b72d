"""From a folder of recordings to lists for training: three fields, then `vitsdeck prepare` and how far it is."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.widgets import Input, Static

from engine.i18n import _
from tui.app import words
from tui.app.dashboard import Dashboard
from tui.app.preparation import Preparation
from tui.app.workers import run_worker
from tui.dialogs.dialog import FieldDialog, field_row
from tui.dialogs.source import LISTS, completions
from tui.widgets.textfield import TextField

_LOOK_SECONDS = 0.2
# name, caption, hint, endings of files that it may name
_FIELDS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("recordings", _("recordings"), _("the folder of your recordings"), ()),
    ("transcripts", _("transcripts"), _("empty: found beside the recordings"), (*LISTS, ".tsv")),
    ("language", _("language"), _("as en, de or korean"), ()),
)
_IN_DIALOG = (  # what the command line says to do, and what does it in the dialog
    (_("`vitsdeck transcribe .*` writes down what is said; then prepare again"), _("^t transcribes them")),
    (r"\? --language (?=\w)", "? language: "),
    (r" with --language$", ""),
)


def fault_here(fault: str) -> str:
    """Why it failed, with the dialog's fields and keys in place of flags and commands."""
    for pattern, here in _IN_DIALOG:
        fault = re.sub(pattern, here, fault, flags=re.MULTILINE)
    return fault


class PathSuggester(Suggester):
    """Completes a path as it is typed: a folder, or a file with one of these endings."""

    def __init__(self, root: Path, suffixes: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._root, self._suffixes = root, suffixes

    async def get_suggestion(self, value: str) -> str | None:
        found = await asyncio.to_thread(completions, value, self._root, self._suffixes) if value else []
        if not found or not found[0].key:
            return None
        typed = value.rpartition(os.sep)[2]
        return value + os.path.basename(found[0].key)[len(typed) :]  # noqa: PTH119


class PrepareScreen(FieldDialog[None]):
    """Ends when the recordings are prepared; shows why they are not. Work under way continues when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "transcribe", _("Transcribe recordings that have no texts"), priority=True),
        Binding("tab", "complete", _("Complete the path, or go to the next field"), priority=True),
    ]
    DEFAULT_CSS = """
    PrepareScreen .status { margin-top: 1; }
    """

    def __init__(self, app: Dashboard) -> None:
        super().__init__()
        self._dashboard = app

    def compose(self) -> ComposeResult:
        root = self._dashboard.workspace.root
        keys = _("enter starts, tab completes, ^t transcribes, esc leaves")
        with self.frame(_("Prepare recordings"), keys):
            for name, caption, hint, endings in _FIELDS:
                suggester = PathSuggester(root, endings) if name != "language" else None
                field = TextField(placeholder=hint, compact=True, id=f"prepare-{name}", suggester=suggester)
                yield field_row(caption, field)
            yield Static(classes="status", markup=False)

    def on_mount(self) -> None:
        workspace, progress = self._dashboard.workspace, self._dashboard.progress
        if progress is not None and progress.recordings:
            self._field("recordings").value = workspace.settings.audio
        elif (transcribed := self._dashboard.transcribed) is not None:
            self._field("recordings").value = str(transcribed)
        self._field("language").value = workspace.language.code
        self._field("recordings").focus()
        if self._dashboard.preparation is not None:
            run_worker(self, self._follow, self._dashboard.preparation, group="prepare")

    def _field(self, name: str) -> Input:
        return self.query_one(f"#prepare-{name}", Input)

    def action_complete(self) -> None:
        if isinstance(field := self.focused, Input):
            before = field.value
            field.action_end()
            field.action_cursor_right()  # takes the suggestion
            if field.value == before:
                self.focus_next("Input")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field starts."""
        message.stop()
        if self._dashboard.preparation is not None:
            return  # under way
        recordings, transcripts, language = (self._field(name).value.strip() for name, *_unused in _FIELDS)
        if not recordings:
            self.show_status(_("name the folder of your recordings"), fault=True)
            return
        argv = ["prepare", os.path.expanduser(recordings)]  # noqa: PTH111 - an unknown user is no error
        if transcripts:
            argv += ["--transcripts", os.path.expanduser(transcripts)]  # noqa: PTH111
        if language and language != self._dashboard.workspace.language.code:
            argv += ["--language", language]
        run_worker(self, self._follow, self._dashboard.prepare([*argv, "--json"]), group="prepare")

    async def _follow(self, work: Preparation) -> None:
        """Show how far it is, until it has ended."""
        while work.ended is None and self.is_open:
            self.show_status(f"{words.GLYPHS['starting']} {work.status}")
            await asyncio.sleep(_LOOK_SECONDS)
        if not self.is_open or work.ended is None:
            return  # it was closed meanwhile
        if work.is_done:
            self.dismiss()
        else:
            self.show_status(fault_here(work.ended.fault), fault=True)

    async def action_transcribe(self) -> None:
        """The recordings that were named, in the transcription pane; what they become is found by `prepare`."""
        recordings = self._field("recordings").value.strip()
        folder = self._dashboard.workspace.root / os.path.expanduser(recordings)  # noqa: PTH111
        if not recordings or not folder.is_dir():
            self.show_status(_("name the folder of your recordings"), fault=True)
            return
        self.dismiss()
        await self._dashboard.transcribe(folder)
