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
from collections.abc import Callable, Sequence
from typing import IO, Any

from engine.errors import InputError
from engine.i18n import _
from engine.runs.logs.log_summary import summarize_output
from engine.runs.processes.detach import CREATE_NO_WINDOW

_END_SECONDS = 1.0  # for a child to end after a signal
_ERROR_BYTES = 4096  # of what it wrote last to stderr
Reply = dict[str, Any]
REPORTS = ("progress", "sound")  # a line with such a field comes before the answer
OnReport = Callable[[Reply], None]


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

    def ask(
        self, op: str, *, timeout_s: float = 30.0, on_report: OnReport | None = None, **args: Any
    ) -> Reply:
        """Send a question and wait for its answer.

        Args:
            timeout_s: how long to wait, from the question or the last report on.
            on_report: called in this thread with each line of REPORTS that the child writes before it answers.

        Raises:
            InputError: the child answered with a sentence about bad input.
            TimeoutError: no answer came in time; the child continues, its late answer is dropped.
            HelperError: the child died before it answered, or cannot be started, or this helper is closed.
        """
        with self._asking:
            child = self._living_child()
            self._next_id += 1
            try:
                reply = child.ask({**args, "id": self._next_id, "op": op}, timeout_s, on_report)
            except queue.Empty:
                text = _("no answer to {question!r} within {seconds:g} s")
                raise TimeoutError(text.format(question=op, seconds=timeout_s)) from None
        if "error" in reply:
            raise InputError(reply["error"])
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
            raise HelperError(_("the helper is closed"))
        if self._child is None or self._child.process.poll() is not None:
            if self._child is not None:
                self._child.end()
            try:
                self._child = _Child(self.argv)
            except OSError as error:
                raise HelperError(
                    _("cannot start {program}: {strerror}").format(
                        program=self.argv[0], strerror=error.strerror
                    )
                ) from error
        return self._child


class _Child:
    """One process and the thread that reads its answers. Raises OSError: it cannot be started."""

    def __init__(self, argv: Sequence[str]) -> None:
        # In a session of its own: a Ctrl+C or hang-up of the terminal is for the dashboard alone.
        options: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            options = {"creationflags": CREATE_NO_WINDOW}
        with contextlib.ExitStack() as opened:
            errors = opened.enter_context(tempfile.TemporaryFile())
            self.process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, **options
            )
            opened.pop_all()  # the thread closes it
        assert self.process.stdin and self.process.stdout  # noqa: S101 - for the type checker
        self._stdin, self._error = self.process.stdin, ""
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()  # None: it has ended
        threading.Thread(target=self._read, args=(self.process.stdout, errors), daemon=True).start()

    def ask(self, question: Reply, timeout_s: float, on_report: OnReport | None) -> Reply:
        """Raises HelperError: it has ended; queue.Empty: no answer came in time."""
        deadline = time.monotonic() + timeout_s
        with contextlib.suppress(OSError, ValueError):  # it died: its output ends as well
            self._stdin.write(json.dumps(question).encode() + b"\n")
            self._stdin.flush()
        while (line := self._lines.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
            reply = None
            with contextlib.suppress(ValueError, RecursionError):  # a library that prints
                reply = json.loads(line)
            if not isinstance(reply, dict) or reply.get("id") != question["id"]:
                continue
            if not any(field in reply for field in REPORTS):
                return reply
            deadline = time.monotonic() + timeout_s
            if on_report is not None:
                on_report(reply)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=_END_SECONDS)
        self.end()
        text = _("the helper process ended (exit code {code})").format(code=self.process.returncode)
        raise HelperError(f"{text}{self._error}")

    def end(self) -> None:
        """Ask the process to end, then kill it."""
        for end in (self.process.terminate, self.process.kill):
            end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=_END_SECONDS)
                break
        with contextlib.suppress(OSError):
            self._stdin.close()

    def _read(self, pipe: IO[bytes], errors: IO[bytes]) -> None:
        with errors, pipe:
            for line in pipe:
                self._lines.put(line)
            errors.seek(max(0, errors.seek(0, 2) - _ERROR_BYTES))
            error = summarize_output(errors.read())
            self._error = f": {error}" if error else ""
        self._lines.put(None)
