"""Ending at once when the terminal is gone.

A Textual app whose terminal was closed reads end-of-file for ever, at 70 to 90% of a core, and may wait for ever on a
writer whose queue is full. So the end of the terminal is watched from outside the event loop: a signal handler for
SIGHUP and SIGTERM, and a thread that sleeps in poll(2) until the other end of the terminal closes. Runs are not
touched: they belong to their keepers. Nothing is lost, since the dashboard holds nothing that is not in a file.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

_GRACE_SECONDS = 2.0
_LOOK_MS = 2000


def watch(leave: Callable[[], None], fd: int = 0) -> None:
    """End the process when its terminal goes. Call it from the main thread.

    Args:
        leave: asks the app to end in order; called on SIGTERM, and on SIGHUP while the terminal still answers. The
            process ends by force when that takes longer than two seconds.
        fd: the terminal.
    """

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if is_gone(fd):
            _end(number)
        timer = threading.Timer(_GRACE_SECONDS, _end, (number,))
        timer.daemon = True
        timer.start()
        leave()

    for name in ("SIGHUP", "SIGTERM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), on_signal)
    if sys.platform != "win32":
        threading.Thread(target=_wait_for_end, args=(fd,), name="hangup", daemon=True).start()


def is_gone(fd: int) -> bool:
    """Whether the other end of a terminal has closed."""
    if sys.platform == "win32":
        return False
    import termios

    try:
        termios.tcgetattr(fd)
    except (termios.error, OSError):
        return True
    return bool(_hung_up(fd, 0))


def _wait_for_end(fd: int) -> None:
    while not _hung_up(fd, _LOOK_MS):
        pass
    _end(getattr(signal, "SIGHUP", 1))


def _hung_up(fd: int, wait_ms: int) -> int:
    """Wait up to `wait_ms` for a hang-up; asks for no events, so that input does not wake it."""
    poller = select.poll()
    poller.register(fd, 0)
    with contextlib.suppress(InterruptedError):
        return sum(
            event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poller.poll(wait_ms)
        )
    return 0


def _end(number: int) -> None:
    os._exit(128 + number)
