"""The process that a keeper keeps: its own child, or one that it adopted after the keeper before it was killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from engine.files.lock import RunLock
from engine.runs.processes import procfs
from engine.runs.processes.identity import ProcessIdentity

RUN_ID_VARIABLE = "VITSDECK_RUN_ID"  # marks the worker and all that it starts as ours
FOLDER_VARIABLE = "VITSDECK_RUN_FOLDER"  # where the run lay when its worker started
LOCK_VARIABLE = "VITSDECK_RUN_LOCK"  # number of the handle by which the worker holds the folder's lock

_SIGTERM, _SIGKILL = 15, 9  # by number: Windows has no SIGKILL, and ends a process for either


class Worker(Protocol):
    """One process, to be waited for once and told to end."""

    identity: ProcessIdentity

    def wait(self) -> int | None:
        """Wait for the end, end what is left of its process group; the exit code, None when nobody can tell."""

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


class _Signalled:
    """Whoever signals by identity never hits a stranger."""

    identity: ProcessIdentity

    def terminate(self) -> None:
        self.identity.send_signal(_SIGTERM)

    def kill(self) -> None:
        self.identity.send_signal(_SIGKILL)


class OwnWorker(_Signalled):
    """A worker that this process started."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.identity = ProcessIdentity.of(process.pid)

    def wait(self) -> int:
        """The exit code, or minus the number of the signal that killed it."""
        if hasattr(os, "waitid") and hasattr(os, "killpg"):
            # While the worker is a zombie its number cannot be used again: now its group can be ended safely.
            os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()


class AdoptedWorker(_Signalled):
    """A worker that another process, now gone, has started: its exit code went to whoever inherited it."""

    def __init__(self, identity: ProcessIdentity, run_id: str) -> None:
        self.identity = identity
        self.run_id = run_id

    def wait(self) -> None:
        """Wait for its end, then end those of its process group that carry the run's mark."""
        self.identity.wait()
        for pid in procfs.group(self.identity.pid):
            # The number may be a stranger's by now, and the group as well: each one is looked at by itself.
            with contextlib.suppress(ProcessLookupError):
                member = ProcessIdentity.of(pid)
                if (procfs.environment(pid) or {}).get(RUN_ID_VARIABLE) == self.run_id:
                    member.send_signal(_SIGKILL)


def spawn(argv: Sequence[str], log: IO[bytes], env: Mapping[str, str], held: RunLock) -> OwnWorker:
    """Start a worker with its output in the log and the folder's lock in its hands.

    Raises:
        OSError: the program cannot be started.
    """
    return OwnWorker(
        subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=env, **_options(held)
        )
    )


def marks(folder: Path, run_id: str, held: RunLock) -> dict[str, str]:
    """The variables by which a worker and all that it starts are known, and by which it knows its lock."""
    found = {RUN_ID_VARIABLE: run_id, FOLDER_VARIABLE: str(folder.absolute())}
    return found | ({} if sys.platform == "win32" else {LOCK_VARIABLE: str(held.handle)})


def unmarked(env: Mapping[str, str]) -> dict[str, str]:
    """An environment without the marks: for a process that a worker starts and that is none of its own."""
    ours = (RUN_ID_VARIABLE, FOLDER_VARIABLE, LOCK_VARIABLE)
    return {name: value for name, value in env.items() if name not in ours}


def _options(held: RunLock, platform: str = sys.platform) -> dict[str, Any]:
    """A process group of its own, so that what it leaves behind can be found, and the lock to guard the folder."""
    if platform == "win32":
        return {"creationflags": 0x0800_0000 | 0x0000_0200}  # CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP
    return {"process_group": 0, "pass_fds": (held.handle,)}
