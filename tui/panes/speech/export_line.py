"""Exports a voice in the background: a line with the seconds that have passed, and then with its folder."""

from __future__ import annotations

import time

from textual import getters
from textual.content import Content
from textual.widgets import Static

from engine.i18n import _
from tui.app import command_line, safe_text, words
from tui.app.dashboard import Dashboard
from tui.app.workers import run_worker
from tui.panes.speech.voices import Voice


class ExportLine(Static):
    """Runs `vitsdeck export`, one at a time; it continues when the dashboard is left. Hidden until the first one."""

    app = getters.app(Dashboard)
    DEFAULT_CSS = """
    ExportLine { height: auto; max-height: 3; display: none; }
    ExportLine.fault { color: $text-error; }
    """

    def __init__(self) -> None:
        super().__init__(id="export", markup=False)
        self._exporting = ""  # the voice that is being exported
        self._since = 0.0

    def export(self, voice: Voice, *, redo: bool = False) -> None:
        """Begin, unless one is under way, which is said."""
        if self._exporting:
            text = _("{voice} is still being exported; one voice at a time")
            self.app.notify(text.format(voice=self._exporting), severity="warning")
            return
        self._exporting, self._since = str(voice), time.monotonic()
        run_worker(self, self._export, voice, redo, group="export")

    async def _export(self, voice: Voice, redo: bool) -> None:
        clock = self.set_interval(1.0, self._show_seconds)
        self._show_seconds()
        flags = [*voice.flags(), "--json", *(["--redo"] if redo else [])]
        ended = await command_line.run(self.app.workspace.root, "export", *flags)
        clock.stop()
        name, self._exporting = self._exporting, ""
        if ended.document is None:
            self._show(f"{words.GLYPHS['failed']} {ended.sentence}", fault=True)
            if "--redo" in ended.sentence:  # the remedy that the command names
                self.app.ask(
                    _("Replace the export that is there?"),
                    ended.sentence.rpartition(": ")[0],
                    lambda: self.export(voice, redo=True),
                    yes=_("replace"),
                    no=_("keep it"),
                )
            return
        folder = self.app.shortened(ended.document["folder"])
        text = _("{voice} is exported to {folder}").format(voice=name, folder=folder)
        self._show("\n".join([f"{words.GLYPHS['finished']} {text}", *ended.document["limits"]]))

    def _show_seconds(self) -> None:
        text = _("exporting {voice}, {duration}").format(
            voice=self._exporting, duration=words.duration(time.monotonic() - self._since)
        )
        self._show(f"{words.GLYPHS['starting']} {text}")

    def _show(self, text: str, *, fault: bool = False) -> None:
        self.display = True
        self.set_class(fault, "fault")
        self.update(Content("\n".join(map(safe_text.clean, text.split("\n")))))
