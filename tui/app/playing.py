"""Playing a recording on this machine; where that cannot be, saying where it lies and copying its path."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from textual.widget import Widget

from engine.i18n import _
from tui.app import safe_text
from tui.app.workers import run_worker

# each with what it needs to play a file and end; those that know only wav come last
PLAYERS = (
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("mpv", "--no-video", "--really-quiet"),
    ("play", "-q"),
    ("afplay",),
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
)


def player() -> tuple[str, ...] | None:
    """The command that plays a file here; None where there is none."""
    return next((each for each in PLAYERS if shutil.which(each[0])), None)


class Playing:
    """Plays one recording at a time for a pane; the same key stops it.

    Args:
        pane: its owner: playing ends with it.
        show: shows a sentence there.
    """

    def __init__(self, pane: Widget, show: Callable[[str], None]) -> None:
        self._pane, self._show = pane, show
        self._path: Path | None = None  # what is being played

    def toggle(self, path: Path) -> None:
        """Play it instead of what is being played; stop when that is the same."""
        if path == self._path:
            self._path = None
            self._pane.workers.cancel_group(self._pane, "play")
        else:
            self._path = path
            run_worker(self._pane, self._play, path, group="play")

    async def _play(self, path: Path) -> None:
        try:
            why = await _why_not_played(path)
        finally:
            if self._path == path:
                self._path = None
        if why:
            self._pane.app.copy_to_clipboard(str(path))
            self._show(_("its path is copied: {why}").format(why=why))


async def _why_not_played(path: Path) -> str:
    """Play to the end; the reason when that cannot be."""
    if os.environ.get("SSH_CONNECTION"):
        return _("over SSH the sound would be played far from you")
    command = player()
    if command is None:
        return _("no player is here")
    child = await asyncio.create_subprocess_exec(
        *command,
        str(path),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl+C and the terminal are the dashboard's alone
    )
    try:
        _unused, errors = await child.communicate()
    except asyncio.CancelledError:
        child.terminate()
        raise
    if child.returncode == 0:
        return ""
    last = (errors.decode(errors="replace").strip().splitlines() or [_("it failed")])[-1]
    return _("{command} cannot play it here: {last}").format(command=command[0], last=safe_text.clean(last))
