"""A child process that answers questions, one JSON line in and one out: torch stays out of the dashboard.

The child is expected to end when its stdin does, so that it cannot outlive a dashboard that was killed.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import IO, Any

from engine.errors import InputError
from engine.runs.logs.log_summary import words_of

_END_SECONDS = 1.0  # for a child to end after a signal
_LAST_BYTES = 4096  # of what it wrote to stderr
Reply = dict[str, Any]


class HelperError(RuntimeError):
    """The helper's process ended, or could not be started; the next `ask` starts a new one."""


class Helper:
    """Asks a child process, which is started at the first question and again after it has died.

    Several threads may ask; one question is answered at a time.

    Args:
        argv: the child's command line.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self.argv = list(argv)
        self._asking = threading.Lock()
        self._child: _Child | None = None
        self._next_id = 0
        self._is_closed = False

    def ask(self, op: str, *, timeout_s: float = 30.0, **args: Any) -> Reply:
        """Send a question and wait for its answer.

        Raises:
            InputError: the child answered with a sentence about bad input.
            TimeoutError: no answer came in time; the child continues, its late answer is dropped.
            HelperError: the child died before it answered, or cannot be started, or this helper is closed.
        """
        with self._asking:
            child = self._living_child()
            self._next_id += 1
            try:
                reply = child.ask({**args, "id": self._next_id, "op": op}, timeout_s)
            except queue.Empty:
                raise TimeoutError(f"no answer to {op!r} within {timeout_s:g} s") from None
        if isinstance(reply.get("error"), str):
            details = reply.get("details")
            raise InputError(
                reply["error"], details=[*map(str, details)] if isinstance(details, list) else ()
            )
        return {key: value for key, value in reply.items() if key != "id"}

    def close(self) -> None:
        """End the child, whatever it is doing; waiting questions get a HelperError."""
        self._is_closed = True
        if self._child is not None:
            self._child.end()

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _living_child(self) -> _Child:
        if self._is_closed:
            raise HelperError("the helper is closed")
        if self._child is None or self._child.process.poll() is not None:
            if self._child is not None:
                self._child.end()
            try:
                self._child = _Child(self.argv)
            except OSError as error:
                raise HelperError(f"cannot start {self.argv[0]}: {error.strerror}") from error
        return self._child


class _Child:
    """One process and the thread that reads its answers."""

    def __init__(self, argv: Sequence[str]) -> None:
        # In a session of its own: a Ctrl+C or hang-up of the terminal is the asking side's affair.
        is_windows = sys.platform == "win32"
        options: dict[str, Any] = (
            {"creationflags": 0x0800_0000} if is_windows else {"start_new_session": True}
        )
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the thread that reads its end
        try:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, **options
            )
        except OSError:
            errors.close()
            raise
        self._last_words = ""
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()  # None: it has ended
        assert self.process.stdout is not None  # noqa: S101 - for the type checker
        threading.Thread(target=self._read, args=(self.process.stdout, errors), daemon=True).start()

    def ask(self, question: Reply, timeout_s: float) -> Reply:
        """Raises HelperError: it has ended; queue.Empty: no answer came in time."""
        deadline = time.monotonic() + timeout_s
        assert self.process.stdin is not None  # noqa: S101 - for the type checker
        with contextlib.suppress(OSError, ValueError):  # it died: the end of its output tells so
            self.process.stdin.write(json.dumps(question).encode() + b"\n")
            self.process.stdin.flush()
        while (line := self._lines.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
            with contextlib.suppress(ValueError, RecursionError):  # a library that prints
                reply = json.loads(line)
                if isinstance(reply, dict) and reply.get("id") == question["id"]:
                    return reply
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=_END_SECONDS)
        self.end()
        raise HelperError(f"the helper process ended (exit code {self.process.returncode}){self._last_words}")

    def end(self) -> None:
        """Ask the process to end, then insist."""
        for insist in (self.process.terminate, self.process.kill):
            insist()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=_END_SECONDS)
                break
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None  # noqa: S101 - for the type checker
            self.process.stdin.close()

    def _read(self, pipe: IO[bytes], errors: IO[bytes]) -> None:
        with errors:
            with pipe:
                for line in pipe:
                    self._lines.put(line)
            errors.seek(max(0, errors.seek(0, 2) - _LAST_BYTES))
            words = words_of(errors.read())
            self._last_words = f": {words}" if words else ""
        self._lines.put(None)
