"""A child process that answers questions, one JSON line in and one out: torch stays out of the dashboard.

The child is expected to end when its stdin does, so that it cannot outlive a dashboard that was killed.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

from engine.errors import InputError

_CLOSE_SECONDS = 1.0  # for each step of asking a child to end: closed stdin, terminate, kill
_KEPT_LINES = 50


class HelperError(RuntimeError):
    """The helper's process ended, or could not be started; the next `ask` starts a new one."""


class Helper:
    """Asks a child process, which is started at the first question and again after it has died.

    Safe to use from several threads: answers find their question by its id.

    Args:
        argv: the child's command line.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self.argv = list(argv)
        self.starts = 0
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._next_id = 0
        self._is_closed = False

    def ask(self, op: str, *, timeout_s: float = 30.0, **args: Any) -> dict[str, Any]:
        """Send a question and wait for its answer.

        Raises:
            InputError: the child answered with a sentence about bad input.
            TimeoutError: no answer came in time; the child continues, its late answer is dropped.
            HelperError: the child died before it answered, or cannot be started, or this helper is closed.
        """
        with self._lock:
            child = self._living_child()
            self._next_id += 1
            number = self._next_id
            answers = child.expect(number)
        try:
            child.send({**args, "id": number, "op": op})
            reply = answers.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError(f"no answer to {op!r} within {timeout_s:g} s") from None
        finally:
            child.forget(number)
        if reply is None:
            raise HelperError(f"the helper process ended{child.why()}")
        if isinstance(reply.get("error"), str):
            details = reply.get("details")
            raise InputError(
                reply["error"], details=list(map(str, details)) if isinstance(details, list) else ()
            )
        return {key: value for key, value in reply.items() if key != "id"}

    def close(self) -> None:
        """End the child within three seconds, whatever it is doing; waiting questions get a HelperError."""
        with self._lock:
            self._is_closed = True
            child, self._child = self._child, None
        if child is not None:
            child.end()

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _living_child(self) -> _Child:
        if self._is_closed:
            raise HelperError("the helper is closed")
        if self._child is not None and not self._child.is_alive():
            self._child.end()
            self._child = None
        if self._child is None:
            try:
                self._child = _Child(self.argv)
            except OSError as error:
                raise HelperError(f"cannot start {self.argv[0]}: {error.strerror}") from error
            self.starts += 1
        return self._child


class _Child:
    """One process and the threads that read from it."""

    def __init__(self, argv: Sequence[str]) -> None:
        # In a session of its own: a Ctrl+C or hang-up of the terminal is the asking side's affair.
        options: dict[str, Any] = (
            {"creationflags": 0x0800_0000} if sys.platform == "win32" else {"start_new_session": True}
        )
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
        )
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[dict[str, Any] | None]] = {}
        self._is_silent = False  # stdout has ended: no answer will come any more
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._threads = [
            threading.Thread(target=self._read_answers, name="helper-answers", daemon=True),
            threading.Thread(target=self._read_errors, name="helper-errors", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def is_alive(self) -> bool:
        return not self._is_silent and self.process.poll() is None

    def expect(self, number: int) -> queue.SimpleQueue[dict[str, Any] | None]:
        answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        with self._lock:
            self._waiting[number] = answers
            if self._is_silent:
                answers.put(None)
        return answers

    def forget(self, number: int) -> None:
        with self._lock:
            self._waiting.pop(number, None)

    def send(self, question: dict[str, Any]) -> None:
        line = json.dumps(question).encode() + b"\n"
        # A child that died shows on its stdout, for every question at once; here it is only a broken pipe.
        with self._writing, contextlib.suppress(OSError, ValueError):
            assert self.process.stdin is not None  # noqa: S101 - for the type checker
            self.process.stdin.write(line)
            self.process.stdin.flush()

    def why(self) -> str:
        """How the process ended and the last thing it said."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=_CLOSE_SECONDS)
        self._threads[1].join(timeout=_CLOSE_SECONDS)
        said = next((line for line in reversed(self._said) if line.strip()), "")
        return f" (exit code {self.process.returncode})" + (f": {said.strip()[:300]}" if said else "")

    def end(self) -> None:
        """Close stdin, which asks a child to end; then insist."""
        for insist in (self._close_stdin, self.process.terminate, self.process.kill):
            insist()
            try:
                self.process.wait(timeout=_CLOSE_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
        for thread in self._threads:
            # A grandchild may hold the pipes open: the threads are daemons, so nothing waits for it.
            thread.join(timeout=_CLOSE_SECONDS)

    def _close_stdin(self) -> None:
        assert self.process.stdin is not None  # noqa: S101 - for the type checker
        # A writer may be stuck in a full pipe with the lock of the stream: then only a signal helps.
        if self._writing.acquire(timeout=_CLOSE_SECONDS):
            try:
                with contextlib.suppress(OSError):
                    self.process.stdin.close()
            finally:
                self._writing.release()

    def _read_answers(self) -> None:
        assert self.process.stdout is not None  # noqa: S101 - for the type checker
        with self.process.stdout as pipe:
            for line in pipe:
                self._dispatch(line)
        with self._lock:
            self._is_silent = True
            for answers in self._waiting.values():
                answers.put(None)

    def _dispatch(self, line: bytes) -> None:
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict):  # a library that prints
            self._said.append(line.decode("utf-8", "replace"))
            return
        with self._lock:
            answers = self._waiting.get(reply.get("id", 0)) if isinstance(reply.get("id"), int) else None
        if answers is not None:
            answers.put(reply)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None  # noqa: S101 - for the type checker
        with self.process.stderr as pipe:
            while line := pipe.readline(4096):
                self._said.append(line.decode("utf-8", "replace"))
