"""The process between a run and the world: `python -m engine.run.keeper FOLDER [--lock N] -- ARGV...`

It starts the worker, outlives terminals and sessions, writes down how the worker ended, and leaves when it has.
The standard library only: it stays in memory for days beside the training and must not be the one that fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.run import mailbox, registry
from engine.run.events import EventWriter
from engine.run.identity import ProcessIdentity
from engine.run.lastwords import last_words
from engine.run.lock import RunLock

LOG_NAME = "train.log"
LOCKED_OUT = 75  # exit code: somebody else has the folder (sysexits.h calls it EX_TEMPFAIL)
RUN_ID_VARIABLE = "VITSDECK_RUN_ID"  # marks the worker and all that it starts as ours

_UNHEARD_SECONDS = 30.0  # a worker that leaves `stop` in its inbox this long is told by a signal
_WRITE_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a worker ended: `code` as the shell knows it, or minus the number of the signal that killed it."""

    code: int
    log_start: int  # where in the log this worker's own output begins, in bytes

    @property
    def signal_name(self) -> str:
        """SIGKILL and the like; empty when no signal ended the worker."""
        if self.code >= 0:
            return ""
        try:
            return signal.Signals(-self.code).name
        except ValueError:
            return f"signal {-self.code}"


class Keeper:
    """Keeps one worker at a time in one run folder.

    Args:
        folder: the prepared run folder.
        argv: the worker's command line.
        held: the folder's lock; the worker inherits it.
        env: the worker's environment, never written anywhere; this process's own when None.
    """

    def __init__(
        self, folder: Path, argv: Sequence[str], held: RunLock, env: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.argv = list(argv)
        self.held = held
        self.env = dict(os.environ if env is None else env)
        self.worker: subprocess.Popen[bytes] | None = None
        # A SimpleQueue may be filled from a signal handler; the main loop sleeps on it and on nothing else.
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stop_requests = 0
        self._unheard: str | None = None

    def start_worker(self) -> ProcessIdentity:
        """Start the worker with its output in the log and name it in run.json.

        Raises:
            OSError: the program cannot be started; the log and state.json say so too.
        """
        self.env.setdefault("PYTHONUNBUFFERED", "1")
        self.env[RUN_ID_VARIABLE] = registry.read_run(self.folder).id
        with _open_log(self.folder) as log:
            when = time.strftime("%Y-%m-%d %H:%M:%S")
            log.write(f"--- {when} started: {_one_line(shlex.join(registry.masked(self.argv)))}\n".encode())
            self._log_start = log.tell()
            try:
                self.worker = subprocess.Popen(
                    self.argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self.env,
                    **_worker_options(self.held),
                )
            except OSError as error:
                log.write(f"cannot start {self.argv[0]}: {error.strerror}\n".encode())
                self._write_end("failed", f"cannot start {self.argv[0]}: {error.strerror}", 127)
                raise
        worker = ProcessIdentity.of(self.worker.pid)
        registry.record(self.folder, keeper=ProcessIdentity.current().to_json(), process=worker.to_json())
        return worker

    def keep(self) -> int:
        """Wait for the worker's end, passing on what we are told, and write it down; returns its exit code."""
        assert self.worker is not None, "start_worker comes first"  # noqa: S101 - an order of calls
        threading.Thread(target=self._wait, name="wait", daemon=True).start()
        ended = False
        while not ended:
            try:
                news = self._news.get(timeout=_UNHEARD_SECONDS if self._unheard else None)
            except queue.Empty:
                news = "unheard"
            if news == "ended":
                ended = True
            elif news == "stop":
                self._pass_on_stop()
            elif self._unheard and mailbox.is_waiting(self.folder, self._unheard):
                self._unheard = None
                self.worker.terminate()
            else:
                self._unheard = None
        outcome = Outcome(self.worker.returncode, self._log_start)
        # A policy of starting again would decide here, with the lock still held.
        self._write_down(outcome)
        return outcome.code

    def request_stop(self, *_: object) -> None:
        """Ask for a stop, as SIGTERM does: first by mail, then by signal, then by force. Safe in signal handlers."""
        self._news.put("stop")

    def _wait(self) -> None:
        worker = self.worker
        assert worker is not None  # noqa: S101 - for the type checker
        if hasattr(os, "waitid") and hasattr(os, "killpg"):
            # While the worker is a zombie its number cannot be used again: now its group can be ended safely.
            os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        self._news.put("ended")

    def _pass_on_stop(self) -> None:
        assert self.worker is not None  # noqa: S101 - for the type checker
        self._stop_requests += 1
        if self._stop_requests == 1:
            try:
                self._unheard = mailbox.send(self.folder, "stop")
            except Exception:  # noqa: BLE001 - a full disk, a removed folder: the signal needs neither
                self.worker.terminate()
        elif self._stop_requests == 2:
            self.worker.terminate()
        else:
            self.worker.kill()

    def _write_down(self, outcome: Outcome) -> None:
        told = registry.StateFile(self.folder).read().get("state")
        if told in registry.FINAL_STATES:
            self._write_end(None, "", outcome.code)
        elif outcome.code == 0:
            self._write_end("stopped" if told == "stopping" else "finished", "", 0)
        elif outcome.signal_name in ("SIGTERM", "SIGKILL") and self._was_asked_to_stop():
            self._write_end(
                "stopped", f"ended by {outcome.signal_name} after a stop was asked for", outcome.code
            )
        else:
            self._write_end("failed", self._why(outcome), outcome.code)

    def _was_asked_to_stop(self) -> bool:
        return self._stop_requests > 0 or registry.stop_was_asked(self.folder)

    def _why(self, outcome: Outcome) -> str:
        words = last_words(self.folder / LOG_NAME, outcome.log_start)
        if outcome.code == 2 and words:  # bad input: the worker's own sentence says it all
            return words
        if outcome.code == -getattr(signal, "SIGKILL", 9):
            return "killed by SIGKILL: somebody's kill -9, or the system out of memory"
        what = f"killed by {outcome.signal_name}" if outcome.code < 0 else f"exit code {outcome.code}"
        return f"{what}: {words}" if words else what

    def _write_end(self, state: str | None, reason: str, code: int) -> None:
        """Write the last word, trying again for a while: a full disk may be freed."""
        fields: dict[str, Any] = {"exit_code": code, "rate": None, "eta_s": None, "device_bytes": None}
        if state is not None:
            fields |= {"state": state, "reason": reason}
        for attempt in range(_WRITE_ATTEMPTS):
            try:
                registry.StateFile(self.folder).update(**fields)
                if state is not None:
                    with EventWriter(self.folder / "events.jsonl") as events:
                        events.state(state, reason)
                return
            except OSError as error:
                print(f"cannot write the end of the run: {error}", file=sys.stderr, flush=True)  # noqa: T201
                time.sleep(2.0**attempt * 0.25)


def _open_log(folder: Path) -> Any:
    """The log at its end, on a line of its own, unbuffered."""
    handle = os.open(
        folder / LOG_NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600
    )
    log = os.fdopen(handle, "r+b", buffering=0)
    if log.seek(0, os.SEEK_END):
        log.seek(-1, os.SEEK_END)
        if log.read(1) != b"\n":
            log.write(b"\n")
    log.seek(0, os.SEEK_END)
    return log


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _worker_options(held: RunLock, platform: str = sys.platform) -> dict[str, Any]:
    """A process group of its own, so that what it leaves behind can be found, and the lock to guard the folder."""
    if platform == "win32":
        return {"creationflags": 0x0800_0000 | 0x0000_0200}  # CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP
    return {"process_group": 0, "pass_fds": (held.handle,)}


def main(arguments: Sequence[str]) -> int:
    """The keeper's process: detach, start the worker, tell the launcher, keep."""
    options, argv = _parse(arguments)
    folder = Path(options.pop(0))
    _detach()
    try:
        held = RunLock(int(options[1])) if options else registry.claim(folder)
        if not (folder / "run.json").exists():  # started by hand
            registry.prepare(folder, kind="train", argv=argv, held=held)
    except InputError as error:
        _tell_launcher(folder, {"error": str(error)})
        return LOCKED_OUT
    keeper = Keeper(folder, argv, held)
    signal.signal(signal.SIGTERM, keeper.request_stop)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # inherited by the worker, as with nohup
    try:
        worker = keeper.start_worker()
    except OSError as error:
        _tell_launcher(folder, {"error": f"cannot start {argv[0]}: {error.strerror}"})
        return 127
    _tell_launcher(folder, {"process": worker.to_json()})
    keeper.keep()
    return 0


def _parse(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    cut = arguments.index("--") if "--" in arguments else 0
    options, argv = list(arguments[:cut]), list(arguments[cut + 1 :])
    is_known = len(options) == 1 or (len(options) == 3 and options[1] == "--lock" and options[2].isdecimal())
    if not is_known or not argv:
        raise SystemExit("usage: python -m engine.run.keeper FOLDER [--lock N] -- ARGV...")
    return options, argv


def _detach() -> None:
    """A session of our own, and no parent that would have to collect us: the launcher's child ends here."""
    if sys.platform == "win32":
        return
    if os.fork():
        os._exit(0)
    with contextlib.suppress(PermissionError):  # already the leader of a session
        os.setsid()


def _tell_launcher(folder: Path, news: dict[str, Any]) -> None:
    """One line on stdout, then let go of everything that the launcher gave us: it may end, we stay."""
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(news).encode() + b"\n")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    if folder.is_dir():
        with _open_log(folder) as log:
            os.dup2(log.fileno(), 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
