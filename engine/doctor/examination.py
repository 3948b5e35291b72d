"""The checks at work: each look is a process of its own with a time limit, and answers come as they come.

A look that hangs is ended with everything that it started, and its check says so. One that cannot even be killed, held
in the kernel by a driver, is left behind: nothing waits for it.
"""

from __future__ import annotations

import contextlib
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

from engine.doctor.check import Check, Facts
from engine.doctor.table import ENTRIES, Entry
from engine.runs.processes import descendants

_CREATE_NO_WINDOW = 0x0800_0000
_LAST_WORDS_SECONDS = 1.0
_KEPT_CHARACTERS = 8000


class Examination:
    """Checks under way. Iterate for each as it is answered; use it as a context manager, or close it.

    Args:
        root: the folder that is looked at: a workspace, or anything else.
        names: the checks to make; all of them when None.
        limits: other time limits, by name, in seconds.
        env: the environment of the looks; this process's own when None.
        at_once: looks at the same time.
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
        self.root = root
        self._entries = [
            replace(one, limit_s=(limits or {}).get(one.name, one.limit_s))
            for one in ENTRIES
            if names is None or one.name in names
        ]
        self._env = None if env is None else dict(env)
        self._answers: queue.SimpleQueue[Check | None] = queue.SimpleQueue()
        self._waiting = list(self._entries)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        self._at_once = min(len(self._entries), at_once or max(2, min(4, (os.cpu_count() or 2) // 2)))

    def __enter__(self) -> Examination:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Check]:
        for number in range(self._at_once):
            threading.Thread(target=self._work, name=f"doctor-{number}", daemon=True).start()
        for _ in self._entries:
            check = self._answers.get()
            if check is None:
                return
            yield check

    def close(self) -> None:
        """End looks that are still under way."""
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
                entry = self._waiting.pop(0)
            started = time.monotonic()
            check = self._judged(entry)
            self._answers.put(replace(check, seconds=round(time.monotonic() - started, 2)))

    def _judged(self, entry: Entry) -> Check:
        facts = self._look(entry)
        if facts is None:
            seen = f"no answer within {entry.limit_s:g} s"
            return Check(entry.name, entry.hung, seen, entry.hung_fix)
        try:
            return entry.judge(facts)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            seen = f"its facts cannot be judged ({type(error).__name__}: {error})"
            return Check(
                entry.name, "warning", seen, "report this as a defect", json.dumps(facts)[:_KEPT_CHARACTERS]
            )

    def _look(self, entry: Entry) -> Facts | None:
        """What the probe saw; None when it had to be ended."""
        try:
            process = self._start(entry)
        except OSError as error:
            return {"error": f"a process cannot be started: {error.strerror}"}
        if process is None:
            return None
        try:
            out, err = process.communicate_within(entry.limit_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with self._lock:
                self._running.discard(process)
        return _facts(out, err, process.returncode)

    def _start(self, entry: Entry) -> _Look | None:
        with self._lock:
            if self._is_closed:
                return None
            process = _Look(entry.name, self.root, self._env)
            self._running.add(process)
            return process


class _Look(subprocess.Popen[bytes]):
    """The process of one look. It holds a pipe of ours as stdin: when we end in whatever way, so does it."""

    def __init__(self, name: str, root: Path, env: Mapping[str, str] | None) -> None:
        own_group: dict[str, Any] = (
            {"creationflags": _CREATE_NO_WINDOW} if sys.platform == "win32" else {"start_new_session": True}
        )
        super().__init__(
            [sys.executable, "-P", "-m", "engine.probe", name, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            **own_group,
        )

    def communicate_within(self, seconds: float) -> tuple[bytes, bytes]:
        """All it says; raises TimeoutExpired once it and its descendants have been ended."""
        said: dict[str, bytes] = {"out": b"", "err": b""}
        assert self.stdout is not None and self.stderr is not None and self.stdin is not None  # noqa: S101
        pipes = {"out": self.stdout, "err": self.stderr}

        def read(name: str) -> None:
            with contextlib.suppress(OSError, ValueError), pipes[name] as pipe:
                said[name] = pipe.read()

        # threads, since `communicate` would close stdin at once; daemons, since a stray grandchild may hold a pipe
        readers = [threading.Thread(target=read, args=(name,), daemon=True) for name in pipes]
        for reader in readers:
            reader.start()
        try:
            self.wait(timeout=seconds)
        finally:
            descendants.end(self)
            with contextlib.suppress(OSError):
                self.stdin.close()
        for reader in readers:
            reader.join(timeout=_LAST_WORDS_SECONDS)
        return said["out"], said["err"]


def _facts(out: bytes, err: bytes, code: int) -> Facts:
    """The last line of stdout; libraries may have printed before it."""
    lines = out.decode("utf-8", "replace").splitlines()
    try:
        found = json.loads(lines[-1])
    except (ValueError, IndexError):
        found = None
    if isinstance(found, dict):
        return found
    words = [line.strip() for line in err.decode("utf-8", "replace").splitlines() if line.strip()]
    how = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    story = "\n".join(words)[-_KEPT_CHARACTERS:]
    return {"error": " ".join([f"the process that looked {how}", *words[-1:]]), "story": story}
