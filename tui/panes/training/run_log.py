"""The log of one run: its end at once, all of it when a long one has been counted."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine.i18n import _
from engine.runs.logs.follow import size_of
from engine.runs.logs.log_index import LONG_BYTES, LogIndex
from tui.widgets.logview import LogView

PAINT_SECONDS = 1.0  # what is in sight is painted before a long log is counted


class RunLog(LogView):
    """Follows a run's train.log."""

    def __init__(self) -> None:
        super().__init__(id="log")
        self._path: Path | None = None

    def follow(self, folder: Path | None) -> None:
        """Show the log of another run."""
        self._path = None if folder is None else folder / "train.log"
        self.set_source(None, empty=_("reading the log"))
        if self._path is not None:
            self.run_worker(self._open(self._path), exclusive=True, group="log")

    async def _open(self, path: Path) -> None:
        end: LogIndex | None = None
        if await asyncio.to_thread(size_of, path) > LONG_BYTES:
            end = LogIndex(path, from_end=True)
            await asyncio.to_thread(end.poll)
            if path == self._path:
                self.set_source(end, empty=_("the log is empty"))
            await asyncio.sleep(PAINT_SECONDS)
        index = LogIndex(path)
        await asyncio.to_thread(index.poll)
        if path == self._path and end is None:
            self.set_source(index, empty=_("the log is empty"))
        elif path == self._path:
            self.extend_source(index)
