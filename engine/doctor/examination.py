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
    """

    def __init__(
        self,
        root: Path,
        names: Sequence[str] | None = None,
        *,
        limits: Mapping[str, float] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._root = root
        self._env = env
        chosen = [one for one in checks.CHECKS if names is None or one.name in names]
        self._waiting = [replace(one, seconds=(limits or {}).get(one.name, one.seconds)) for one in chosen]
        self._count = len(chosen)
        self._answers: queue.SimpleQueue[Result | None] = queue.SimpleQueue()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    def __enter__(self) -> Examination:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Result]:
        for number in range(max(2, min(4, (os.cpu_count() or 2) // 2))):
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
        try:
            process = self._start(one)
        except OSError as error:
            return one.failed(f"a process cannot be started: {error.strerror}")
        try:
            out, err = process.communicate(timeout=one.seconds)
        except subprocess.TimeoutExpired:
            descendants.end(process)
            for pipe in (process.stdout, process.stderr):
                pipe.close()  # type: ignore[union-attr]
            return one.hung()
        finally:
            with self._lock:
                self._running.discard(process)
        return _read(one, out, err, process.returncode)

    def _start(self, one: Check) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-P", "-m", "engine.doctor", one.name, str(self._root)]
        with self._lock:
            if self._is_closed:
                raise InterruptedError(0, "the examination was closed")
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._env,
                **_OWN_GROUP,
            )
            self._running.add(process)
            return process


def _read(one: Check, out: bytes, err: bytes, code: int) -> Result:
    """The last line of stdout; libraries may have printed before it."""
    try:
        return Result(**json.loads(out.decode("utf-8", "replace").splitlines()[-1]))
    except (ValueError, IndexError, TypeError):
        pass
    said = [line.strip() for line in err.decode("utf-8", "replace").splitlines() if line.strip()]
    how = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return one.failed(" ".join([f"the check's process {how}", *said[-1:]]), "\n".join(said))
