"""A child process that answers questions, one JSON line in and one out: torch stays out of the dashboard.

The child is expected to end when its stdin does, so that it cannot outlive a dashboard that was killed.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from engine.errors import InputError

_CLOSE_SECONDS = 1.0  # for each step of asking a child to end: closed stdin, terminate, kill
_KEPT_LINES = 50
Reply = dict[str, Any]


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

    def ask(self, op: str, *, timeout_s: float = 30.0, **args: Any) -> Reply:
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
            answer = child.expect(number)
        try:
            child.send({**args, "id": number, "op": op})
            reply = answer.result(timeout=timeout_s)
        except TimeoutError:
            raise TimeoutError(f"no answer to {op!r} within {timeout_s:g} s") from None
        finally:
            child.forget(number)
        if reply is None:
            raise HelperError(f"the helper process ended{child.why()}")
        if isinstance(reply.get("error"), str):
            details = reply.get("details")
            raise InputError(
                reply["error"], details=[*map(str, details)] if isinstance(details, list) else ()
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
        is_windows = sys.platform == "win32"
        options: dict[str, Any] = (
            {"creationflags": 0x0800_0000} if is_windows else {"start_new_session": True}
        )
        pipe = subprocess.PIPE
        process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, **options)
        assert process.stdin and process.stdout and process.stderr  # noqa: S101 - for the type checker
        self.process, self._stdin, self._stdout, self._stderr = (
            process,
            process.stdin,
            process.stdout,
            process.stderr,
        )
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: dict[int, Future[Reply | None]] = {}
        self._is_silent = False  # stdout has ended: no answer will come any more
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._threads = [
            threading.Thread(target=read, name=f"helper{read.__name__}", daemon=True)
            for read in (self._read_answers, self._read_errors)
        ]
        for thread in self._threads:
            thread.start()

    def is_alive(self) -> bool:
        return not self._is_silent and self.process.poll() is None

    def expect(self, number: int) -> Future[Reply | None]:
        """The answer to come; None when the process has ended."""
        answer: Future[Reply | None] = Future()
        with self._lock:
            self._waiting[number] = answer
            if self._is_silent:
                answer.set_result(None)
        return answer

    def forget(self, number: int) -> None:
        with self._lock:
            self._waiting.pop(number, None)

    def send(self, question: Reply) -> None:
        # A child that died shows on its stdout, for every question at once; here it is only a broken pipe.
        with self._writing, contextlib.suppress(OSError, ValueError):
            self._stdin.write(json.dumps(question).encode() + b"\n")
            self._stdin.flush()

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
        # A writer may be stuck in a full pipe with the lock of the stream: then only a signal helps.
        if self._writing.acquire(timeout=_CLOSE_SECONDS):
            with contextlib.suppress(OSError):
                self._stdin.close()
            self._writing.release()

    def _read_answers(self) -> None:
        with self._stdout as pipe:
            for line in pipe:
                self._dispatch(line)
        with self._lock:
            self._is_silent = True
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_result(None)

    def _dispatch(self, line: bytes) -> None:
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict):  # a library that prints
            self._said.append(line.decode("utf-8", "replace"))
            return
        number = reply.get("id")
        with self._lock:
            answer = self._waiting.get(number) if isinstance(number, int) else None
            if answer is not None and not answer.done():
                answer.set_result(reply)

    def _read_errors(self) -> None:
        with self._stderr as pipe:
            while line := pipe.readline(4096):
                self._said.append(line.decode("utf-8", "replace"))
