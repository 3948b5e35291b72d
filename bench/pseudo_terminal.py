"""A program on a pseudo-terminal: its bytes are counted, its keys are pressed, its frames are waited for."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import psutil

# what a current terminal answers when it is asked whether it can hold frames back until they are whole
_SYNC_QUESTION, _SYNC_ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"


class Terminal:
    """Runs `PYTHON ARGV...` on a terminal of `columns` x `rows` in true colour; PYTHON is our own."""

    def __init__(self, argv: Sequence[str], columns: int, rows: int, python: str = sys.executable) -> None:
        environ = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "VITSDECK_GLYPHS")}
        environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        pid, self._fd = pty.fork()
        if pid == 0:
            os.execve(python, [python, *argv], environ)
        self.pid = pid
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.bytes_read = 0
        self._tail = b""
        self.process = psutil.Process(pid)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, seconds: float, until: bytes = b"") -> float | None:
        """Read for so long, or until the output holds `until`; returns the seconds it took, None when it did not."""
        begin = time.perf_counter()
        self._tail = b""
        while (left := begin + seconds - time.perf_counter()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                break
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:
                break
            self.bytes_read += len(data)
            seen = self._tail + data
            if _SYNC_QUESTION in seen and _SYNC_QUESTION not in self._tail:
                os.write(self._fd, _SYNC_ANSWER)
            if until and until in seen:
                return time.perf_counter() - begin
            self._tail = seen[-64:]
        return None

    def read_some(self, seconds: float) -> None:
        """Read what is there, or the next output within so long."""
        if select.select([self._fd], [], [], seconds)[0]:
            self.read(0.0001)

    def press(self, key: bytes) -> None:
        """Send a key."""
        os.write(self._fd, key)

    def cpu_seconds(self) -> float:
        """Processor time of the program so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def waited_seconds(self) -> float:
        """Time that the program could have run and had no core: how busy the rest of the machine is (Linux)."""
        path = Path(f"/proc/{self.pid}/schedstat")
        return int(path.read_text().split()[1]) / 1e9 if path.exists() else 0.0

    def resident_mib(self) -> float:
        """Memory the program holds."""
        return float(self.process.memory_info().rss / 2**20)

    def close(self) -> None:
        """End the program and let go of the terminal."""
        try:
            self.press(b"q")
            self.read(3.0)
            os.kill(self.pid, signal.SIGKILL)
        except (OSError, psutil.NoSuchProcess):
            pass
        os.waitpid(self.pid, 0)
        os.close(self._fd)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
