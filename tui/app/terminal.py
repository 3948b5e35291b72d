"""The dashboard and its terminal: it does not start without one, and ends when it goes.

A Textual app whose terminal was closed reads end-of-file for ever, at 70 to 90% of a core, and may wait for ever on a
writer whose queue is full. So the end of the terminal is watched from outside the event loop: by a signal handler for
SIGHUP and SIGTERM, and by a thread that sleeps in poll(2). Runs continue; all that lasts is in files.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from textual.app import App

from engine.errors import InputError
from engine.i18n import _
from engine.runs.registry import list_runs
from tui.app import safe_text
from tui.cli.output import is_debug

_GRACE_SECONDS = 2.0
_LOOK_MS = 2000
_NO_TEXT = "vitsdeck-no-text"


class TerminalApp(App[object]):
    """Keeps the fault that ended it, for the command line's one sentence; Textual's traceback is for --debug."""

    fault: Exception | None = None

    def panic(self, *renderables: Any) -> None:
        """A thread of the terminal ended by a fault."""
        self.fault = self.fault or RuntimeError("the terminal can no longer be read")
        super().panic(*renderables)

    def _handle_exception(self, error: Exception) -> None:
        self.fault = self.fault or error
        super()._handle_exception(error)

    def _print_error_renderables(self) -> None:
        if is_debug():
            super()._print_error_renderables()


def end_with_it(leave: Callable[[], object], fd: int = 0) -> None:
    """End the process when its terminal goes. Call it from the main thread.

    Args:
        leave: asks the app to end in order; called on SIGTERM, and on SIGHUP while the terminal still answers. The
            process ends by force when that takes longer than two seconds.
        fd: the terminal.
    """

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if is_gone(fd):
            os._exit(128 + number)
        timer = threading.Timer(_GRACE_SECONDS, os._exit, (128 + number,))
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
    os._exit(128 + getattr(signal, "SIGHUP", 1))


def _hung_up(fd: int, wait_ms: int) -> int:
    """Wait up to `wait_ms` for a hang-up; asks for no events, so that input does not wake it."""
    poller = select.poll()
    poller.register(fd, 0)
    with contextlib.suppress(InterruptedError):
        return sum(
            event & (select.POLLHUP | select.POLLERR | select.POLLNVAL)
            for _unused, event in poller.poll(wait_ms)
        )
    return 0


def read_any_bytes() -> None:
    """Let a byte that is no UTF-8 be nothing: a lone one, in a paste, or in a mouse report of an old terminal.

    Textual's reader would end the app. It takes NUL for such a byte now, which its pastes leave out and no key is; left
    out here, the report would take the next key for its last byte.
    """
    if sys.platform == "win32":
        return
    from textual.drivers import linux_driver

    def nothing(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        return "\0" * (error.end - error.start), error.end

    codecs.register_error(_NO_TEXT, nothing)
    reader = partial(codecs.getincrementaldecoder("utf-8"), errors=_NO_TEXT)
    linux_driver.getincrementaldecoder = lambda _unused: reader  # type: ignore[attr-defined]


def refuse_without_one(fix: str = "") -> None:
    """One sentence instead of escape sequences in a file.

    Args:
        fix: what works without a terminal; else the commands are named.

    Raises:
        InputError: a stream is no terminal, or the terminal cannot move its cursor.
    """
    fix = fix or _("use the commands there: vitsdeck runs, vitsdeck tail NAME, vitsdeck --help")
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream is not None and stream.isatty() for stream in streams):
        raise InputError(_("the dashboard needs a terminal, and this is a file or a pipe"), fix=fix)
    if os.environ.get("TERM", "console" if sys.platform == "win32" else "") in ("", "dumb"):
        raise InputError(
            _("the dashboard needs a terminal that can move its cursor (TERM is dumb or unset)"), fix=fix
        )


def print_live_runs(logs_dir: Path) -> None:
    """Say which runs continue, once the screen is the shell's again."""
    for run in list_runs(logs_dir):
        if run.is_live:
            name = safe_text.clean(run.name)
            sys.stdout.write(_("run {name} continues; `vitsdeck attach {name}`\n").format(name=name))
