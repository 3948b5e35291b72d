"""Whether a worker that died is started again: three times in ten minutes, then no more."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Sequence

MOST_RESTARTS = 3
WINDOW_SECONDS = 600.0
PAUSES_SECONDS = (1.0, 4.0, 9.0)  # before the first, second and third restart of a window

EXIT_BAD_INPUT, EXIT_HOPELESS = 2, 3  # another start would end in the same way
# A SIGTERM or Ctrl+C that kills a worker came before its handlers were installed, and was meant to end it.
_FINAL_CODES = (0, EXIT_BAD_INPUT, EXIT_HOPELESS, -signal.SIGTERM, -signal.SIGINT)


def may_succeed_again(code: int | None) -> bool:
    """Whether a restart may help after this exit code (minus a signal's number, None when unknown)."""
    return code not in _FINAL_CODES


class RestartPolicy:
    """Counts the failures of one run's workers.

    Args:
        clock: monotonic seconds: setting the wall clock neither clears the count nor causes restarts.
        pauses_s: seconds before the first, second, ... restart of a window.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, pauses_s: Sequence[float] = PAUSES_SECONDS
    ) -> None:
        self._clock = clock
        self._pauses_s = pauses_s
        self._failures: deque[tuple[float, str]] = deque()

    def after(self, reason: str) -> float | None:
        """Seconds to wait before the restart after a failure; None when it has failed too often."""
        now = self._clock()
        while self._failures and now - self._failures[0][0] >= WINDOW_SECONDS:
            self._failures.popleft()
        if len(self._failures) >= MOST_RESTARTS:
            return None
        self._failures.append((now, reason))
        return self._pauses_s[min(self.count, len(self._pauses_s)) - 1]

    @property
    def count(self) -> int:
        """Restarts in the present window."""
        return len(self._failures)

    @property
    def verdict(self) -> str:
        """Why no restart follows: the first error of the window, since later ones are often its consequences."""
        minutes = f"{WINDOW_SECONDS / 60:.0f} minutes"
        return f"{self._failures[0][1]} (started again {self.count} times within {minutes}, in vain)"
