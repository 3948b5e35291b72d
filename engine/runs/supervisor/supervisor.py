"""The supervisor of a run: starts its worker, outlives terminals and sessions, and records how the worker ended."""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import shlex
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.files import lock
from engine.files.lock import RunLock
from engine.i18n import _
from engine.process_identity import SIGKILL, ProcessIdentity
from engine.runs import commands, registry
from engine.runs.events import EventWriter
from engine.runs.folder_watch import FolderWatch
from engine.runs.logs.masking import masked
from engine.runs.supervisor import log_header
from engine.runs.supervisor.exit_status import ExitStatus
from engine.runs.supervisor.restart import MOST_RESTARTS, RestartPolicy, may_succeed_again
from engine.runs.supervisor.stall import KINDS, StallWatch
from engine.runs.supervisor.worker import FOLDER_VARIABLE, RUN_ID_VARIABLE, Worker

_WRITE_ATTEMPTS = 5
_PAUSE_LOOK_SECONDS = 0.2  # how often a pause before a restart looks for a stop
_GUARD_SECONDS = 2.0  # for a supervisor that was killed to be gone
_LOCK_SECONDS = 10.0  # loaders of a killed trainer look for their parent every five seconds


class Supervisor:
    """Supervises one worker at a time in one run folder.

    Args:
        folder: the prepared run folder; its run.json says whether a worker that died is started again.
        argv: the worker's command line.
        held: the folder's lock, which the worker inherits; None where a running worker holds it.
        env: the worker's environment, never written anywhere; this process's own when None.
        policy: when a worker is started again.
        watch: looks for stalls; None for one as the kind of the run needs it.

    Attributes:
        is_the_only_one: whether no other supervisor is at work in this folder.
    """

    def __init__(
        self,
        folder: Path,
        argv: Sequence[str],
        held: RunLock | None,
        env: Mapping[str, str] | None = None,
        *,
        policy: RestartPolicy | None = None,
        watch: StallWatch | None = None,
    ) -> None:
        self.folder = folder
        self.argv = list(argv)
        self.held = held
        self.env = dict(os.environ if env is None else env)
        self.policy = policy or RestartPolicy()
        run = registry.read_run(folder)
        self._run_id = run.id
        self._restarts = registry.recorded(folder, "restarts") is True
        self._watch = watch or (StallWatch(folder) if run.kind in KINDS else None)
        self._state = registry.StateFile(folder)
        self._folder_watch = FolderWatch(folder)
        # "stop", or "ended" with the exit code. A signal handler may fill a SimpleQueue.
        self._wakeups: queue.SimpleQueue[tuple[str, int | None]] = queue.SimpleQueue()
        self._stop_requests = 0
        self._stop_message = ""
        self._guard = RunLock.take(folder, wait_s=_GUARD_SECONDS, name=lock.SUPERVISOR_LOCK_NAME)
        self.is_the_only_one = self._guard is not None

    def start_worker(self) -> ProcessIdentity:
        """Start the worker with its output in the log and name it in run.json.

        Raises:
            OSError: the program cannot be started; the log and state.json have the reason.
        """
        if not lock.works(self.folder):
            log_header.append(
                self.folder, "this file system has no locks: never start this run twice at a time"
            )
        try:
            return self._spawn()
        except OSError as error:
            self._write_end("failed", cannot_start(self.argv, error), 127)
            self._release()
            raise

    def attach(self, identity: ProcessIdentity) -> None:
        """Supervise a worker whose supervisor was killed, instead of `start_worker`."""
        self._worker = Worker(identity, self._run_id)
        self._log_start = log_header.append(self.folder, f"process {identity.pid} has a new supervisor")
        self._persist(lambda: registry.record(self.folder, keeper=ProcessIdentity.current().to_json()))
        self._alert("warning", f"the supervisor was gone; process {identity.pid} continued and has a new one")

    def supervise(self) -> int:
        """Wait for the worker's end, pass on requests to stop, record the end; returns the worker's exit code."""
        try:
            status = self._wait()
            while self._starts_again(status):
                status = self._wait()
            return status.code or 0
        finally:
            self._release()

    def request_stop(self, *_: object) -> None:
        """Ask for a stop: first by a command, then by signal, then by force. Signal handlers may call it."""
        self._wakeups.put(("stop", None))

    def _spawn(self) -> ProcessIdentity:
        if self.held is None:  # the worker that had the lock is gone
            self.held = RunLock.take(self.folder, wait_s=_LOCK_SECONDS)
            if self.held is None:
                raise OSError(errno.EBUSY, "another process holds the run folder")
        marks = {RUN_ID_VARIABLE: self._run_id, FOLDER_VARIABLE: str(self.folder.absolute())}
        self.env = {"PYTHONUNBUFFERED": "1"} | self.env | marks
        with log_header.open_at_end(self.folder) as log:
            self._log_start = log_header.write(log, f"started: {shlex.join(masked(self.argv))}")
            try:
                self._worker = Worker.spawn(self.argv, log, self.env, self.held)
            except OSError as error:
                log.write(f"{cannot_start(self.argv, error)}\n".encode())
                raise
        worker = self._worker.identity
        processes = {"keeper": ProcessIdentity.current().to_json(), "process": worker.to_json()}
        if not self._persist(lambda: registry.record(self.folder, **processes, started=time.time())):
            worker.send_signal(SIGKILL)  # otherwise nothing could find or stop it
            self._worker.wait()
            raise OSError(errno.EIO, "its run.json cannot be written")
        return worker

    def _release(self) -> None:
        if self._guard is not None:
            self._guard.release()

    # while a worker lives

    def _wait(self) -> ExitStatus:
        worker = self._worker

        def wait() -> None:
            code = None
            try:
                code = worker.wait()
            finally:
                self._wakeups.put(("ended", code))

        if self._watch is not None:
            self._watch.restart()
        threading.Thread(target=wait, name="wait", daemon=True).start()
        wakeup, code = "", None
        while wakeup != "ended":
            try:
                wakeup, code = self._wakeups.get(timeout=None if self._watch is None else self._watch.look_s)
            except queue.Empty:
                wakeup = "look"
            if wakeup == "stop":
                self._pass_on_stop(worker.identity)
            self._look(worker.identity)
        self._follow_folder()
        return ExitStatus(code, self._log_start, self.folder)

    def _look(self, worker: ProcessIdentity) -> None:
        if self._watch is None:
            return
        try:
            self._watch.look(worker)
        except OSError:  # a full disk: the next look tries again
            pass
        except Exception:  # noqa: BLE001 - a defect in it must not leave the run without a supervisor
            self._watch = None
            _log(f"stalls are not looked for any more: {traceback.format_exc()}")

    def _pass_on_stop(self, worker: ProcessIdentity) -> None:
        self._stop_requests += 1
        if self._stop_requests == 1:
            try:
                self._stop_message = commands.send(self.folder, "stop")
            except InputError:  # a full disk, a removed folder: the signal needs neither
                worker.send_signal(signal.SIGTERM)
        elif self._stop_requests == 2:
            if self._stop_message and commands.is_waiting(self.folder, self._stop_message):
                worker.send_signal(signal.SIGINT)  # it has not read the first request: this makes two
            worker.send_signal(signal.SIGTERM)
        else:
            worker.send_signal(SIGKILL)

    # after its end

    def _follow_folder(self) -> None:
        """Write the rest where the folder is now, never into another one with its old name."""
        if self._folder_watch.has_moved():
            self._restarts = False  # its command names the old folder
            if self._folder_watch.path is not None:
                self.folder = self._folder_watch.path
                self._state = registry.StateFile(self.folder)

    def _starts_again(self, status: ExitStatus) -> bool:
        """Start another worker; False, with the end recorded, when there will be none."""
        last = self._state.read()
        has_failed, code = last.get("state") == "failed", status.code
        if code is None and has_failed and type(last.get("exit_code")) is int:
            code = last["exit_code"]  # as the worker itself has recorded it
        is_over = last.get("state") in ("finished", "stopped", "stopping") or self._is_stop_requested()
        if not self._restarts or not self.argv or is_over or not may_succeed_again(code):
            self._record_end(status, last.get("state"))
            return False
        reason = str((has_failed and last.get("reason")) or status.reason())
        pause_s = self.policy.after(reason)
        if pause_s is None:
            self._write_end("failed", self.policy.verdict, status.code)
            return False
        self._announce_restart(reason, pause_s)
        if self._is_stopped_within(pause_s):
            self._write_end("stopped", f"asked to, before it was started again after: {reason}", status.code)
            return False
        try:
            self._spawn()
        except OSError as error:
            self._write_end("failed", cannot_start(self.argv, error), 127)
            return False
        # until the worker has loaded and writes its own state
        self._persist(lambda: self._state.change("starting", reason=f"started again after: {reason}"))
        return True

    def _announce_restart(self, reason: str, pause_s: float) -> None:
        turn = f"{self.policy.count} of at most {MOST_RESTARTS} in ten minutes"
        sentence = f"{reason}; it is started again in {pause_s:.0f} s ({turn})"
        unknown = dict.fromkeys(("rate", "eta_s", "device_bytes", "exit_code"))
        log_header.append(self.folder, sentence)
        self._persist(lambda: self._state.update(state="starting", reason=sentence, **unknown))
        self._alert("error", sentence, state="starting")

    def _is_stopped_within(self, pause_s: float) -> bool:
        """Wait, and end the pause when a stop is requested."""
        until = time.monotonic() + pause_s
        while not self._is_stop_requested():
            left = until - time.monotonic()
            if left <= 0:
                return False
            with contextlib.suppress(queue.Empty):
                self._wakeups.get(timeout=min(left, _PAUSE_LOOK_SECONDS))
                self._stop_requests += 1
        return True

    def _is_stop_requested(self) -> bool:
        return self._stop_requests > 0 or registry.stop_was_asked(self.folder)

    def _record_end(self, status: ExitStatus, state: str | None) -> None:
        if state in registry.FINAL_STATES:
            self._write_end(None, "", status.code)
        elif status.code == 0:
            self._write_end("stopped" if state == "stopping" else "finished", "", 0)
        elif self._is_stop_requested() and status.may_be_requested:
            by = f" by {status.signal_name}" if status.signal_name else ""
            self._write_end("stopped", f"ended{by} after a stop was asked for", status.code)
        else:
            self._write_end("failed", status.reason(), status.code)

    def _write_end(self, state: str | None, reason: str, code: int | None) -> None:
        fields: dict[str, Any] = {"rate": None, "eta_s": None, "device_bytes": None, "settled": True}
        if code is not None:  # unknown: what the worker itself has recorded stays
            fields["exit_code"] = code
        if state is not None:
            fields |= {"state": state, "reason": reason}
        if self._persist(lambda: self._state.update(**fields)) and state is not None:
            self._alert("", reason, state=state)

    def _alert(self, level: str, text: str, state: str = "") -> None:
        """Write a change of state, an alert, or both to events.jsonl."""

        def write() -> None:
            with EventWriter(self.folder / "events.jsonl") as events:
                if state:
                    events.state(state, text)
                if level:
                    events.alert(level, text)

        self._persist(write)

    def _persist(self, write: Callable[[], object]) -> bool:
        """Write, trying again for a while: a full disk may be freed. False when it failed, never an error."""
        for attempt in range(_WRITE_ATTEMPTS if self._folder_watch.path is not None else 0):
            try:
                write()
            except OSError as error:
                _log(f"cannot write into the run folder: {error}")
                time.sleep(2.0**attempt * 0.25)
            else:
                return True
        return False


def cannot_start(argv: Sequence[str], error: OSError) -> str:
    """The sentence for a program that could not be started."""
    return _("cannot start {program}: {strerror}").format(program=argv[0], strerror=error.strerror)


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - stderr is the run's log
