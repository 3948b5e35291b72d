"""A worker whose keeper was killed gets another one: it starts the new keeper itself and hands it the folder's lock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.files.lock import LOCK_NAME
from engine.runs import registry
from engine.runs.processes.detach import detached_options
from engine.runs.processes.identity import ProcessIdentity
from engine.runs.supervisor.worker import LOCK_VARIABLE, unmarked

_LOOK_SECONDS = 1.0
_PATIENCE_SECONDS = (10.0, 30.0, 60.0, 300.0)  # for a new keeper to report, before the next one is tried
LOG_NAME = "train.log"


class Guardian:
    """The worker's eye on its keeper. Only the process that the keeper started should have one.

    `look` between two steps costs a comparison; once a second, a look at the parent's number, 20 microseconds at most.

    Args:
        folder: the run folder.
        argv: the command line that starts this worker again; this process's own when None.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        folder: str | Path,
        argv: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = Path(folder).absolute()
        self.argv = [sys.executable, *sys.orig_argv[1:]] if argv is None else list(argv)
        self._clock = clock
        self._keeper = self._recorded_keeper()
        self._lock = self._inherited_lock()
        self._next_look = -float("inf")
        self._child: subprocess.Popen[bytes] | None = None
        self._attempts = 0
        self._next_attempt = -float("inf")

    def look(self) -> None:
        """See whether the keeper is there, and start another one when it is not; never raises, never waits."""
        now = self._clock()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK_SECONDS
        if self._child is not None and self._child.poll() is not None:
            self._child = None  # the new keeper has detached itself from us
        if self._keeper is None or self._is_kept():
            return
        found = self._recorded_keeper()
        if found is not None and found != self._keeper:
            self._keeper, self._attempts, self._next_attempt = found, 0, -float("inf")
        elif now >= self._next_attempt:
            self._next_attempt = now + _PATIENCE_SECONDS[min(self._attempts, len(_PATIENCE_SECONDS) - 1)]
            self._attempts += 1
            self._start_keeper()

    def _is_kept(self) -> bool:
        assert self._keeper is not None  # noqa: S101 - for the type checker
        if sys.platform != "win32" and os.getppid() == self._keeper.pid:
            return True
        return self._keeper.is_alive()

    def _recorded_keeper(self) -> ProcessIdentity | None:
        """Who keeps us by the record; None for a worker that was started by hand."""
        try:
            run = registry.read_run(self.folder)
        except Exception:  # noqa: BLE001 - whatever lies in the folder, a training must not end of it
            return None
        return run.keeper

    def _inherited_lock(self) -> int | None:
        """The handle of the folder's lock, if we were given one; our own children must not have it by chance."""
        try:
            handle = int(os.environ.get(LOCK_VARIABLE, ""))
            given, wanted = os.fstat(handle), (self.folder / LOCK_NAME).stat()
            if (given.st_ino, given.st_dev) != (wanted.st_ino, wanted.st_dev):
                return None
            os.set_inheritable(handle, False)
        except (OSError, ValueError):
            return None
        return handle

    def _start_keeper(self) -> None:
        # -P: a file of the workspace called json.py must not be taken for the library's.
        command = [sys.executable, "-P", "-m", "engine.runs.supervisor.supervisor", str(self.folder)]
        options = detached_options()
        if self._lock is not None and "pass_fds" in options:
            command += ["--lock", str(self._lock)]
            options["pass_fds"] = (self._lock,)
        me = ProcessIdentity.current()
        command += ["--adopt", f"{me.pid}:{me.start_ticks}", "--", *self.argv]
        try:
            log = os.open(self.folder / LOG_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                self._child = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    env=unmarked(os.environ),
                    **options,
                )
            finally:
                os.close(log)
        except OSError as error:  # no room for a process: the next attempt may find some
            print(f"cannot start a new keeper: {error.strerror}", flush=True)  # noqa: T201 - stdout is the log
