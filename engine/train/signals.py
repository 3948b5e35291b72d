"""Stop requests: SIGTERM or Ctrl+C once saves a checkpoint and exits, twice exits at once."""

from __future__ import annotations

import signal
from types import FrameType


class StopRequest:
    """Whether the run was asked to stop."""

    def __init__(self) -> None:
        self.asked = False

    def install(self) -> None:
        """Take over SIGTERM and SIGINT; ignore the hang-up of a closed terminal."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def ask(self) -> None:
        """Stop at the next step; asked again, stop now.

        Raises:
            KeyboardInterrupt: on the second call.
        """
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.ask()
