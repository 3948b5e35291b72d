"""When a worker that died is started again, and when that is given up: three times in ten minutes, then no more.

Time is the monotonic clock's: setting the wall clock a day forward neither clears the count nor makes a storm.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Sequence

MOST_RESTARTS = 3
WINDOW_SECONDS = 600.0
PAUSES_SECONDS = (1.0, 4.0, 9.0)  # before the first, second and third restart of a window

EXIT_OK, EXIT_BAD_INPUT, EXIT_HOPELESS = 0, 2, 3
# A SIGTERM or Ctrl+C that a worker dies of, since it came before its handlers, was meant to end it.
_SIGNALS_TO_STOP = (-signal.SIGTERM, -signal.SIGINT)


def is_worth_another_start(code: int | None) -> bool:
    """Whether an end with this exit code (minus a signal's number, None when unknown) may go better next time."""
    return code not in (EXIT_OK, EXIT_BAD_INPUT, EXIT_HOPELESS, *_SIGNALS_TO_STOP)


class RestartPolicy:
    """Counts the deaths of one run's workers.

    Args:
        clock: monotonic seconds, the same for all processes of one boot.
        pauses_s: seconds before the first, second, ... restart of a window.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, pauses_s: Sequence[float] = PAUSES_SECONDS
    ) -> None:
        self._clock = clock
        self._pauses_s = tuple(pauses_s)
        self._deaths: deque[tuple[float, str]] = deque()

    def after(self, reason: str) -> float | None:
        """Seconds to wait before the next start after a death, or None: it has died too often."""
        now = self._clock()
        while self._deaths and now - self._deaths[0][0] >= WINDOW_SECONDS:
            self._deaths.popleft()
        if len(self._deaths) >= MOST_RESTARTS:
            return None
        self._deaths.append((now, reason))
        return self._pauses_s[min(len(self._deaths), len(self._pauses_s)) - 1]

    @property
    def count(self) -> int:
        """Restarts in the present window."""
        return len(self._deaths)

    @property
    def verdict(self) -> str:
        """Why it was given up: the first error of the window, since later ones are often its consequences."""
        first = self._deaths[0][1] if self._deaths else ""
        return f"{first} (started again {self.count} times within {WINDOW_SECONDS / 60:.0f} minutes, in vain)"
