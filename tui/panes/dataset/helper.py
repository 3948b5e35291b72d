"""What needs heavy libraries, asked of a child process: phonemes, the envelope of a recording. And a player."""

from __future__ import annotations

import asyncio
import shutil
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from engine.run.helper import Helper

SECONDS = 90.0  # the first answer waits for libraries to load
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
Envelope = list[tuple[float, float]]


def player() -> tuple[str, ...] | None:
    """The command that plays a file here; None where there is none."""
    return next((each for each in PLAYERS if shutil.which(each[0])), None)


class Asker:
    """One helper process for the pane and its dialogs, started at the first question."""

    def __init__(self) -> None:
        self._helper: Helper | None = None

    async def ask(self, op: str, **args: Any) -> dict[str, Any]:
        """A question, off the screen's thread.

        Raises:
            InputError: what a person can mend; HelperError, TimeoutError: the helper ended, or is stuck.
        """
        if self._helper is None:
            from engine.run.helper import Helper

            self._helper = Helper([sys.executable, "-m", "engine.speak_server"])
        helper = self._helper
        return await asyncio.to_thread(lambda: helper.ask(op, timeout_s=SECONDS, **args))

    async def envelope(self, path: Path, pairs: int = 600) -> tuple[Envelope, float]:
        """Pairs of extremes of a recording, and its length in seconds."""
        reply = await self.ask("waveform", path=str(path), pairs=pairs)
        wave = [float(value) for value in reply["waveform"]]
        return list(zip(wave[::2], wave[1::2], strict=False)), float(reply["seconds"])

    async def listen(self, app: App[object], path: Path, say: Callable[[str], None]) -> None:
        """Play a recording; where that cannot be, its path is copied, and `say` is told why."""
        command = player()
        why = "no player is here"
        if command is not None:
            child = await asyncio.create_subprocess_exec(
                *command,
                str(path),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                _, errors = await child.communicate()
            except asyncio.CancelledError:  # another clip is to be heard
                child.terminate()
                raise
            if child.returncode == 0:
                return
            last = (errors.decode(errors="replace").strip().splitlines() or ["it failed"])[-1]
            why = f"{command[0]} cannot play it here: {safe_text.clean(last)}"
        app.copy_to_clipboard(str(path))
        say(f"its path is copied: {why}")

    def close(self) -> None:
        """The helper would end by itself; this makes it sooner."""
        if self._helper is not None:
            threading.Thread(target=self._helper.close, daemon=True).start()
