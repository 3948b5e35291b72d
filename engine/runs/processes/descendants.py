"""Ending a process with everything that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import Any

_END_SECONDS = 2.0  # a process that a hung driver holds in the kernel cannot be killed: do not wait longer


def end(process: subprocess.Popen[Any]) -> bool:
    """Kill a child of ours that leads a process group, and all its descendants; whether it is gone.

    A kill of the group misses what has moved into a group of its own, a walk from parent to child what has lost its
    parent: both are done.
    """
    import psutil  # type: ignore[import-untyped,unused-ignore]

    family = []
    with contextlib.suppress(psutil.Error):
        family = psutil.Process(process.pid).children(recursive=True)
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) == process.pid != os.getpgrp():
                os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            process.kill()
    for one in family:
        with contextlib.suppress(psutil.Error):  # psutil checks that its number is not another's by now
            one.kill()
    try:
        process.wait(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True
