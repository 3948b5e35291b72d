"""A program on a real pseudo-terminal, its screen kept by a terminal emulator (pyte): type, look, resize, hang up."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import pyte

from engine.runs.registry import RunSnapshot

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f5": "\x1b[15~",
    "backspace": "\x7f",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "home": "\x1b[H",
    "end": "\x1b[F",
}


class Screen(pyte.Screen):
    """pyte's screen; it does not know a few sequences that Textual sends with `<` or `>` parameters."""

    def report_device_status(self, mode: int, **_: Any) -> None:
        """Nobody reads our answers."""

    def set_margins(self, *args: Any, **_: Any) -> None:
        """Ignore private variants of the sequence."""
        super().set_margins(*args)


class Terminal:
    """Runs `argv` on a terminal of its own session. Use it as a context manager: it ends the program."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        ours = ("NO_COLOR", "VITSDECK_GLYPHS", "COLUMNS", "LINES")  # what would change the program's terminal
        environ = {key: value for key, value in os.environ.items() if key not in ours}
        environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **(env or {})}
        self.screen = Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            with contextlib.suppress(BaseException):
                if cwd is not None:
                    os.chdir(cwd)
                # the size must be there before the program first asks
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background ignores it
                os.execvpe(argv[0], list(argv), environ)
            os._exit(127)
        self.process = psutil.Process(self.pid)
        self.exit_code: int | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def lines(self) -> list[str]:
        """The screen as a person reads it."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines())

    def read(self, seconds: float = 0.05) -> None:
        """Take in what the program writes within `seconds`."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._fd < 0 or not select.select([self._fd], [], [], left)[0]:
                return
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:  # the program closed its side
                data = b""
            if not data:
                time.sleep(min(left, 0.02))
                self._reap()
                return
            self.raw += data
            # pyte draws unknown private sequences as text; these two carry no text of their own
            self._stream.feed(_without_private(data))

    def wait_until(self, met: Callable[[str], object], seconds: float = 15.0, what: str = "it") -> str:
        """Read until the screen meets a condition; fails with the screen when it does not."""
        end = time.monotonic() + seconds
        while True:
            if met(self.text):
                return self.text
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not show within {seconds:g} s; the screen is\n{self.text}")
            self.read()

    def wait_for(self, *texts: str, seconds: float = 15.0) -> str:
        """Read until all texts are on the screen."""
        return self.wait_until(lambda seen: all(text in seen for text in texts), seconds, " and ".join(texts))

    def wait_gone(self, text: str, seconds: float = 15.0) -> str:
        """Read until a text is no longer on the screen."""
        return self.wait_until(lambda seen: text not in seen, seconds, f"a screen without {text!r}")

    def find(self, text: str) -> tuple[int, int]:
        """Column and row of a text on the screen, from 0."""
        for row, line in enumerate(self.screen.display):
            if (column := line.find(text)) >= 0:
                return column, row
        raise AssertionError(f"{text!r} is not on the screen\n{self.text}")

    def colours(self) -> set[tuple[str, str]]:
        """Foreground and background of every cell that has text."""
        return {
            (cell.fg, cell.bg)
            for row in range(self.screen.lines)
            for cell in (self.screen.buffer[row][column] for column in range(self.screen.columns))
            if cell.data.strip()
        }

    def type(self, text: str) -> None:
        """Text as it is."""
        os.write(self._fd, text.encode())

    def press(self, *names: str) -> Terminal:
        """Press keys by name (`enter`, `ctrl+p`) or as one character, as fast as a quick person."""
        for name in names:
            if name.startswith("ctrl+"):
                self.type(chr(ord(name[-1]) & 31))
            else:
                self.type(KEYS.get(name, name))
            # what follows an escape at once is part of it
            self.read(0.25 if name == "escape" else 0.05)
        return self

    def enter(self, text: str) -> Terminal:
        """Type a text and press enter."""
        self.type(text)
        return self.press("enter")

    def click(self, text: str) -> None:
        """Press and release the left button on a text of the screen."""
        column, row = self.find(text)
        where = f"{column + 1};{row + 1}"
        self.type(f"\x1b[<0;{where}M\x1b[<0;{where}m")

    def resize(self, columns: int, rows: int) -> None:
        """As when a person drags the window's corner."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the terminal under the program, as sshd does when the connection drops."""
        os.close(self._fd)
        self._fd = -1

    def wait_end(self, seconds: float = 10.0) -> int:
        """The exit code (negative: the signal) once the program has ended."""
        end = time.monotonic() + seconds
        while self.exit_code is None:
            if time.monotonic() > end:
                raise AssertionError(f"the program has not ended within {seconds:g} s\n{self.text}")
            self.read(0.05) if self._fd >= 0 else time.sleep(0.02)
            self._reap()
        if self._fd >= 0:
            self.read(0.1)
        return self.exit_code

    def close(self) -> None:
        """End the program, politely first."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.exit_code is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, number)
                with contextlib.suppress(AssertionError):
                    self.wait_end(5.0)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _reap(self) -> None:
        if self.exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)


OpenApp = Callable[..., Terminal]
StartRun = Callable[..., RunSnapshot]


def _without_private(data: bytes) -> bytes:
    """Without the keyboard protocol's `CSI > n u` and `CSI < u`, which pyte would take for cursor commands."""
    return re.sub(rb"\x1b\[[<>][^\x40-\x7e]*[\x40-\x7e]?", b"", data)
