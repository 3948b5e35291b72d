"""The checks of the environment, asked of a process of its own: nothing here can hang the screen."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.message import Message

from engine.doctor import Check

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

_CREATE_NO_WINDOW = 0x0800_0000


def command(root: Path) -> list[str]:
    """The process that examines: `engine.doctor` prints each check as a line of JSON."""
    return [sys.executable, "-P", "-m", "engine.doctor", str(root)]


class CheckAnswered(Message):
    """One check was answered."""

    def __init__(self, check: Check) -> None:
        self.check = check
        super().__init__()


class ExaminationEnded(Message):
    """No answer will come any more; `fault` says why none came at all."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        super().__init__()


class Examiner:
    """Starts the process and posts what it answers. The process ends with its stdin, which is held here."""

    def __init__(self, argv: Sequence[str], target: MessagePump) -> None:
        self._argv = list(argv)
        self._target = target
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, name="source-environment", daemon=True)

    def start(self) -> Examiner:
        self._thread.start()
        return self

    def close(self) -> None:
        """End it; returns at once."""
        with self._lock:
            self._is_closed = True
            self._close_stdin()

    def _read(self) -> None:
        fault = ""
        try:
            process = self._begin()
            if process is None:
                return
            assert process.stdout is not None  # noqa: S101 - for the type checker
            with process.stdout as lines:
                for line in lines:
                    self._take(line)
            with self._lock:
                self._close_stdin()
            process.wait()
        except OSError as error:
            fault = f"the checks cannot be started: {error.strerror}"
        self._post(ExaminationEnded(fault))

    def _begin(self) -> subprocess.Popen[bytes] | None:
        own_session: dict[str, Any] = (
            {"creationflags": _CREATE_NO_WINDOW} if sys.platform == "win32" else {"start_new_session": True}
        )
        with self._lock:
            if self._is_closed:
                return None
            self._process = subprocess.Popen(
                self._argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                **own_session,
            )
            return self._process

    def _take(self, line: bytes) -> None:
        """A check is passed on; a line that is none is not ours."""
        with contextlib.suppress(ValueError, RecursionError):
            if (check := Check.from_json(json.loads(line))) is not None:
                self._post(CheckAnswered(check))

    def _post(self, message: Message) -> None:
        if not self._is_closed:
            self._target.post_message(message)

    def _close_stdin(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
