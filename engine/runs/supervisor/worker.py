"""The process that a supervisor watches: its own child, or one whose supervisor was killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any, NamedTuple

from engine.files.lock import RunLock
from engine.process_identity import SIGKILL, ProcessIdentity
from engine.runs.processes.detach import CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW

RUN_ID_VARIABLE = "VITSDECK_RUN_ID"  # marks the worker and all that it starts as ours
FOLDER_VARIABLE = "VITSDECK_RUN_FOLDER"  # where the run lay when its worker started


class Worker:
    """One running worker.

    Args:
        identity: its process.
        run_id: the run that it belongs to.
        child: the process when it was started here; None when another supervisor, now gone, has started it.
    """

    def __init__(
        self, identity: ProcessIdentity, run_id: str, child: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.identity = identity
        self.run_id = run_id
        self.child = child

    @classmethod
    def spawn(cls, argv: Sequence[str], log: IO[bytes], env: Mapping[str, str], held: RunLock) -> Worker:
        """Start a worker that writes into `log` and inherits the folder's lock.

        Raises:
            OSError: the program cannot be started.
        """
        options: dict[str, Any] = {"process_group": 0, "pass_fds": (held.handle,)}
        if sys.platform == "win32":
            options = {"creationflags": CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP}
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=env, **options
        )
        return cls(ProcessIdentity.of(child.pid), env[RUN_ID_VARIABLE], child)

    def wait(self) -> int | None:
        """Wait until the worker has ended, then kill what is left of its process group.

        Returns:
            The exit code, or minus the number of the signal that killed it; None when it was not started here.
        """
        if self.child is None:
            self.identity.wait()
            # The group may be a stranger's by now: only members with the mark of this run are killed.
            for member in group(self.identity.pid):
                command = command_of(member)
                if command is not None and command.env.get(RUN_ID_VARIABLE) == self.run_id:
                    member.send_signal(SIGKILL)
            return None
        if hasattr(os, "waitid") and hasattr(os, "killpg"):
            # The number of a zombie is not given to another process: now its group can be killed safely.
            os.waitid(os.P_PID, self.child.pid, os.WEXITED | os.WNOWAIT)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child.pid, signal.SIGKILL)
        return self.child.wait()


class Command(NamedTuple):
    """How a running process was started."""

    argv: list[str]
    env: dict[str, str]
    cwd: str


def command_of(identity: ProcessIdentity) -> Command | None:
    """The command of a process of our user; None when it is gone or belongs to another user."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    try:
        process = psutil.Process(identity.pid)
        command = Command(process.cmdline(), dict(process.environ()), process.cwd())
    except (psutil.Error, OSError):
        return None
    return command if identity.is_alive() else None


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
