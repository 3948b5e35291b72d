"""The process that a supervisor watches: its own child, or that of a supervisor that was killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engine.files.lock import RunLock
from engine.process_identity import ProcessIdentity

RUN_ID_VARIABLE = "VITSDECK_RUN_ID"  # marks the worker and all that it starts as ours
FOLDER_VARIABLE = "VITSDECK_RUN_FOLDER"  # where the run lay when its worker started

_SIGTERM, _SIGKILL = 15, 9  # by number: Windows has no SIGKILL, and ends a process for either


class Worker:
    """One process, to be waited for once and told to end. Whoever signals by identity never hits a stranger."""

    def __init__(self, identity: ProcessIdentity) -> None:
        self.identity = identity

    def wait(self) -> int | None:
        """Wait for the end, end what is left of its process group; the exit code, None when nobody can tell."""
        raise NotImplementedError

    def terminate(self) -> None:
        self.identity.send_signal(_SIGTERM)

    def kill(self) -> None:
        self.identity.send_signal(_SIGKILL)


class OwnWorker(Worker):
    """A worker that this process started."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(ProcessIdentity.of(process.pid))
        self.process = process

    def wait(self) -> int:
        """The exit code, or minus the number of the signal that killed it."""
        if hasattr(os, "waitid") and hasattr(os, "killpg"):
            # While the worker is a zombie its number cannot be used again: now its group can be ended safely.
            os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()


class AttachedWorker(Worker):
    """A worker that another process, now gone, has started: its exit code went to whoever inherited it."""

    def __init__(self, identity: ProcessIdentity, run_id: str) -> None:
        super().__init__(identity)
        self.run_id = run_id

    def wait(self) -> None:
        """Wait for its end, then end those of its process group that carry the run's mark."""
        self.identity.wait()
        # The number may be a stranger's by now, and the group as well: each one is looked at by itself.
        for member in group(self.identity.pid):
            found = command_of(member)
            if found is not None and found.env.get(RUN_ID_VARIABLE) == self.run_id:
                member.send_signal(_SIGKILL)


@dataclass(frozen=True, slots=True)
class Command:
    """How a running process was started."""

    argv: list[str]
    env: dict[str, str]
    cwd: str


def command_of(identity: ProcessIdentity) -> Command | None:
    """The command of a process of our user; None when it is gone or belongs to somebody else."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    try:
        process = psutil.Process(identity.pid)
        found = Command(process.cmdline(), dict(process.environ()), process.cwd())
    except (psutil.Error, OSError):
        return None
    return found if identity.is_alive() else None


def group(number: int) -> list[ProcessIdentity]:
    """The members of a process group, its leader first; [] on Windows."""
    import psutil

    members: list[ProcessIdentity] = []
    if sys.platform != "win32":
        for pid in psutil.pids():
            with contextlib.suppress(OSError):  # it has ended
                if os.getpgid(pid) == number:
                    members.append(ProcessIdentity.of(pid))
    return sorted(members, key=lambda one: (one.pid != number, one.pid))


def spawn(argv: Sequence[str], log: IO[bytes], env: Mapping[str, str], held: RunLock) -> OwnWorker:
    """Start a worker with its output in the log and the folder's lock in its hands.

    Raises:
        OSError: the program cannot be started.
    """
    options: dict[str, Any] = {"process_group": 0, "pass_fds": (held.handle,)}
    if sys.platform == "win32":
        options = {"creationflags": 0x0800_0000 | 0x0000_0200}  # CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP
    return OwnWorker(
        subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=env, **options
        )
    )


def marks(folder: Path, run_id: str) -> dict[str, str]:
    """The variables by which a worker and all that it starts are known."""
    return {RUN_ID_VARIABLE: run_id, FOLDER_VARIABLE: str(folder.absolute())}
