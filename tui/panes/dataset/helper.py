"""What needs heavy libraries, asked of a child process: phonemes, the envelope of a recording."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.runs.processes.helper import Helper

SECONDS = 90.0  # the first answer waits for libraries to load
Envelope = list[tuple[float, float]]


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
            from engine.runs.processes.helper import Helper

            self._helper = Helper([sys.executable, "-m", "engine.speak.server"])
        helper = self._helper
        return await asyncio.to_thread(lambda: helper.ask(op, timeout_s=SECONDS, **args))

    async def envelope(self, path: Path, pairs: int = 600) -> tuple[Envelope, float]:
        """Pairs of extremes of a recording, and its length in seconds."""
        reply = await self.ask("waveform", path=str(path), pairs=pairs)
        wave = [float(value) for value in reply["waveform"]]
        return list(zip(wave[::2], wave[1::2], strict=False)), float(reply["seconds"])

    def close(self) -> None:
        """The helper would end by itself; this makes it sooner."""
        if self._helper is not None:
            threading.Thread(target=self._helper.close, daemon=True).start()
