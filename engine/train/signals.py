"""Stop requests: SIGTERM or Ctrl+C once saves a checkpoint and exits, twice exits at once."""

from __future__ import annotations

import signal


class StopRequest:
    """Whether the run was asked to stop."""

    def __init__(self) -> None:
        self.asked = False

    def install(self) -> None:
        """Take over SIGTERM and SIGINT; ignore the hang-up of a closed terminal."""
        signal.signal(signal.SIGTERM, self.ask)
        signal.signal(signal.SIGINT, self.ask)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def ask(self, *_: object) -> None:
        """Stop at the next step; asked again, stop now.

        Raises:
            KeyboardInterrupt: on the second call.
        """
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
