"""`vitsdeck prepare` as a child process of the dashboard."""

from __future__ import annotations

from pathlib import Path

from engine.i18n import _
from tui.app import command_line


class Preparation:
    """One `vitsdeck prepare`. It continues when its dialog is closed and ends with the dashboard; the next one
    continues where it was."""

    def __init__(self, argv: list[str]) -> None:
        self.argv = argv
        self.status = _("looking at the recordings")
        self.ended: command_line.Ended | None = None

    async def run(self, root: Path) -> command_line.Ended:
        """Until it has ended."""
        self.ended = await command_line.run(root, *self.argv, on_line=self._show, outlives=False)
        return self.ended

    @property
    def is_done(self) -> bool:
        """Whether there are lists now; some recordings may have failed."""
        return self.ended is not None and (not self.ended.sentence or "clips" in (self.ended.document or {}))

    def _show(self, line: str) -> None:
        self.status = line or self.status
