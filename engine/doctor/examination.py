"""Run checks side by side, each in a process of its own with a time limit; answers come as they are found.

A check that hangs is ended with everything that it started. One that cannot even be killed, because a driver holds
it in the kernel, is left behind: nothing waits for it.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.doctor import checks
from engine.doctor.check import Check, Result
from engine.runs.processes import descendants

_CREATE_NO_WINDOW = 0x0800_0000
_OWN_GROUP: dict[str, Any] = (
    {"creationflags": _CREATE_NO_WINDOW} if sys.platform == "win32" else {"start_new_session": True}
)


class Examination:
    """Checks under way. Iterate for each answer as it comes; use it as a context manager, or close it.

    Args:
        root: the folder that is checked: a workspace, or any other.
        names: the checks to run; all of them when None.
        limits: other time limits, by name, in seconds.
        env: the environment of the checks; this process's own when None.
        at_once: checks at the same time.
    """

    def __init__(
        self,
        root: Path,
        names: Sequence[str] | None = None,
        *,
        limits: Mapping[str, float] | None = None,
        env: Mapping[str, str] | None = None,
        at_once: int | None = None,
    ) -> None:
        self._root = root
        self._env = env
        chosen = [one for one in checks.CHECKS if names is None or one.name in names]
        self._waiting = [replace(one, seconds=(limits or {}).get(one.name, one.seconds)) for one in chosen]
        self._count = len(chosen)
        self._at_once = min(self._count, at_once or max(2, min(4, (os.cpu_count() or 2) // 2)))
        self._answers: queue.SimpleQueue[Result | None] = queue.SimpleQueue()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    def __enter__(self) -> Examination:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Result]:
        for number in range(self._at_once):
            threading.Thread(target=self._work, name=f"doctor-{number}", daemon=True).start()
        for _ in range(self._count):
            answer = self._answers.get()
            if answer is None:
                return
            yield answer

    def close(self) -> None:
        """End checks that are still under way."""
        with self._lock:
            self._is_closed = True
            running = list(self._running)
        for process in running:
            descendants.end(process)
        self._answers.put(None)

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._is_closed or not self._waiting:
                    return
                one = self._waiting.pop(0)
            started = time.monotonic()
            answer = self._answer(one)
            self._answers.put(replace(answer, seconds=round(time.monotonic() - started, 2)))

    def _answer(self, one: Check) -> Result:
        # `communicate` would close a stdin of its own making at once; this one stays open until we end, however we do
        stdin, ours = os.pipe()
        process = None
        try:
            process = self._start(one, stdin)
            out, err = process.communicate(timeout=one.seconds)
        except OSError as error:
            return one.failed(f"a process cannot be started: {error.strerror}")
        except subprocess.TimeoutExpired:
            return one.hung()
        finally:
            if process is not None:
                self._end(process)
            os.close(stdin)
            os.close(ours)
        return _read(one, out, err, process.returncode)

    def _start(self, one: Check, stdin: int) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-P", "-m", "engine.doctor", one.name, str(self._root)]
        with self._lock:
            if self._is_closed:
                raise InterruptedError(0, "the examination was closed")
            process = subprocess.Popen(
                argv,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._env,
                **_OWN_GROUP,
            )
            self._running.add(process)
            return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running.discard(process)
        if process.returncode is None:
            descendants.end(process)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _read(one: Check, out: bytes, err: bytes, code: int) -> Result:
    """The last line of stdout; libraries may have printed before it."""
    try:
        answer = Result.from_json(json.loads(out.decode("utf-8", "replace").splitlines()[-1]))
    except (ValueError, IndexError):
        answer = None
    if answer is not None:
        return answer
    said = [line.strip() for line in err.decode("utf-8", "replace").splitlines() if line.strip()]
    how = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return one.failed(" ".join([f"the check's process {how}", *said[-1:]]), "\n".join(said))
