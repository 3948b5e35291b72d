"""A process with everything that it started: found, and ended, as one.

A kill of the process group misses what has moved into a group of its own; a walk from parent to child misses what has
lost its parent. Together they miss only what has done both.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from engine.runs.processes.identity import ProcessIdentity

_END_SECONDS = (
    2.0  # a process that a hung driver holds in the kernel cannot be killed: nobody waits for it longer
)


def descendants(pid: int) -> list[ProcessIdentity]:
    """Children of a process, their children and so on, nearest first; without those that have just ended."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    found = []
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(ProcessLookupError):
                found.append(ProcessIdentity.of(child.pid))
    return found


def end(process: subprocess.Popen[Any]) -> bool:
    """Kill a child of ours that leads a process group, and all its descendants; whether it is gone."""
    family = descendants(process.pid)
    if sys.platform != "win32":
        with _nobody_there():
            if os.getpgid(process.pid) == process.pid != os.getpgrp():
                os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        with _nobody_there():
            process.kill()
    for one in family:
        one.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    try:
        process.wait(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


@contextlib.contextmanager
def _nobody_there() -> Iterator[None]:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        yield
