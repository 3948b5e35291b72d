"""From a folder of recordings to lists for training: three fields, then `vitsdeck prepare` and how far it is."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.suggester import Suggester
from textual.widgets import Input, Label, Static

from engine.i18n import _
from tui.app import words
from tui.app.workers import run_worker
from tui.dialogs.dialog import FieldDialog
from tui.dialogs.source import LISTS, completions
from tui.widgets.textfield import TextField

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui.app.dashboard import Dashboard
    from tui.app.preparation import Preparation

_LOOK_SECONDS = 0.2
_FIELDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (  # name, hint, endings of files that it may name
    ("recordings", _("the folder of your recordings"), ()),
    ("transcripts", _("empty: found beside the recordings"), (*LISTS, ".tsv")),
    ("language", _("as en, de or korean"), ()),
)
_HERE = (  # what the command line says to do, and what does it in the dialog
    (_("`vitsdeck transcribe .*` writes down what is said; then prepare again"), _("^t transcribes them")),
    (r"\? --language (?=\w)", "? language: "),
    (r" with --language$", ""),
)


def fault_here(fault: str) -> str:
    """Why it failed, with the dialog's fields and keys in place of flags and commands."""
    for said, here in _HERE:
        fault = re.sub(said, here, fault, flags=re.MULTILINE)
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
    """Ends when the recordings are prepared; says why they are not."""

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
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Prepare recordings")
            dialog.border_subtitle = _("enter starts, tab completes, ^t transcribes, esc leaves")
            for name, hint, endings in _FIELDS:
                with Horizontal(classes="field"):
                    yield Label(name, classes="caption")
                    suggester = PathSuggester(root, endings) if name != "language" else None
                    yield TextField(placeholder=hint, compact=True, id=f"prepare-{name}", suggester=suggester)
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
        before = self.focused.value if isinstance(self.focused, Input) else ""
        if isinstance(self.focused, Input):
            self.focused.action_end()
            self.focused.action_cursor_right()  # takes the suggestion
        if isinstance(self.focused, Input) and self.focused.value == before:
            self.focus_next("Input")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field starts."""
        message.stop()
        if self._dashboard.preparation is not None:
            return  # under way
        recordings, transcripts, language = (self._field(name).value.strip() for name, *_unused in _FIELDS)
        if not recordings:
            self.say(_("name the folder of your recordings"), fault=True)
            return
        argv = ["prepare", os.path.expanduser(recordings)]  # noqa: PTH111 - an unknown user is no error
        if transcripts:
            argv += ["--transcripts", os.path.expanduser(transcripts)]  # noqa: PTH111
        if language and language != self._dashboard.workspace.language.code:
            argv += ["--language", language]
        run_worker(self, self._follow, self._dashboard.prepare([*argv, "--json"]), group="prepare")

    async def _follow(self, work: Preparation) -> None:
        """Say how far it is, until it has ended."""
        while work.ended is None and self.is_open:
            self.say(f"{words.GLYPHS['starting']} {work.status}")
            await asyncio.sleep(_LOOK_SECONDS)
        if not self.is_open or work.ended is None:
            return  # it was closed meanwhile
        if work.is_done:
            self.dismiss()
        else:
            self.say(fault_here(work.ended.fault), fault=True)

    async def action_transcribe(self) -> None:
        """The recordings that were named, in the transcription pane; what they become is found by `prepare`."""
        recordings = self._field("recordings").value.strip()
        folder = self._dashboard.workspace.root / os.path.expanduser(recordings)  # noqa: PTH111
        if not recordings or not folder.is_dir():
            self.say(_("name the folder of your recordings"), fault=True)
            return
        self.dismiss()
        await self._dashboard.transcribe(folder)

    def action_leave(self) -> None:
        """What is under way continues; the overview says how far it is."""
        self.dismiss()
