"""The supervisor of a run: starts its worker, outlives terminals and sessions, and records how the worker ended."""

from __future__ import annotations

import contextlib
import errno
import os
import queue
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
from engine.process_identity import ProcessIdentity
from engine.runs import commands, registry
from engine.runs.events import EventWriter
from engine.runs.folder_watch import FolderWatch
from engine.runs.supervisor import log_header
from engine.runs.supervisor.exit_status import Outcome
from engine.runs.supervisor.restart import MOST_RESTARTS, RestartPolicy, is_worth_another_start
from engine.runs.supervisor.stall import KINDS, StallWatch
from engine.runs.supervisor.worker import AttachedWorker, Worker, marks, spawn

_WRITE_ATTEMPTS = 5
_PAUSE_LOOK_SECONDS = 0.2  # how soon a stop is heard while no worker lives to hear it
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
        watch: what looks for stalls; None for one as the kind of the run needs it.
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
        self.worker: Worker | None = None
        self.policy = policy or RestartPolicy()
        run = registry.read_run(folder)
        self._run_id = run.id
        self._restarts = registry.recorded(folder, "restarts") is True
        self._watch = watch or (StallWatch(folder) if run.kind in KINDS else None)
        self._state = registry.StateFile(folder)
        self._folder_watch = FolderWatch(folder)
        # A SimpleQueue may be filled from a signal handler; the main loop sleeps on it and on nothing else.
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stop_requests = 0
        self._stop_message = ""
        self._guard = RunLock.take(folder, wait_s=_GUARD_SECONDS, name=lock.SUPERVISOR_LOCK_NAME)

    @property
    def is_the_only_one(self) -> bool:
        """Whether no other supervisor is at work in this folder."""
        return self._guard is not None

    def start_worker(self) -> ProcessIdentity:
        """Start the worker with its output in the log and name it in run.json.

        Raises:
            OSError: the program cannot be started; the log and state.json say so too.
        """
        if not lock.works(self.folder):
            log_header.header(
                self.folder, "this file system has no locks: never start this run twice at a time"
            )
        try:
            return self._spawn()
        except OSError as error:
            self._write_end("failed", cannot_start(self.argv, error), 127)
            self._release()
            raise

    def attach(self, identity: ProcessIdentity) -> None:
        """Take over a worker whose supervisor was killed, in the place of `start_worker`."""
        self.worker = AttachedWorker(identity, self._run_id)
        self._log_start = log_header.header(self.folder, f"process {identity.pid} has a new supervisor")
        self._persist(lambda: registry.record(self.folder, keeper=ProcessIdentity.current().to_json()))
        self._alert("warning", f"the supervisor was gone; process {identity.pid} continued and has a new one")

    def supervise(self) -> int:
        """Wait for the worker's end, passing on what we are told, and write it down; returns its exit code."""
        try:
            outcome = self._until_end()
            while self._starts_again(outcome):
                outcome = self._until_end()
            return outcome.code or 0
        finally:
            self._release()

    def request_stop(self, *_: object) -> None:
        """Ask for a stop, as SIGTERM does: by a command, then by signal, then by force. Safe in signal handlers."""
        self._news.put("stop")

    def _spawn(self) -> ProcessIdentity:
        if self.held is None:  # the worker that had the lock is gone
            self.held = RunLock.take(self.folder, wait_s=_LOCK_SECONDS)
            if self.held is None:
                raise OSError(errno.EBUSY, "another process holds the run folder")
        self.env.setdefault("PYTHONUNBUFFERED", "1")
        self.env |= marks(self.folder, self._run_id)
        with log_header.open_at_end(self.folder) as log:
            self._log_start = log_header.write_start(log, self.argv)
            try:
                self.worker = spawn(self.argv, log, self.env, self.held)
            except OSError as error:
                log.write(f"{cannot_start(self.argv, error)}\n".encode())
                raise
        worker = self.worker.identity
        who = {"keeper": ProcessIdentity.current().to_json(), "process": worker.to_json()}
        if not self._persist(lambda: registry.record(self.folder, **who, started=time.time())):
            self.worker.kill()  # nobody could find it, stop it, or see that it lives
            self.worker.wait()
            raise OSError(errno.EIO, "its run.json cannot be written")
        return worker

    def _release(self) -> None:
        if self._guard is not None:
            self._guard.release()

    # while a worker lives

    def _until_end(self) -> Outcome:
        assert self.worker is not None, "start_worker comes first"  # noqa: S101 - an order of calls
        worker, ended = self.worker, threading.Event()
        code: list[int | None] = []

        def wait() -> None:
            try:
                code.append(worker.wait())
            finally:
                ended.set()
                self._news.put("ended")

        if self._watch is not None:
            self._watch.restart()
        threading.Thread(target=wait, name="wait", daemon=True).start()
        while not ended.is_set():
            try:
                news = self._news.get(timeout=None if self._watch is None else self._watch.look_s)
            except queue.Empty:
                news = "look"
            if news == "stop":
                self._pass_on_stop(worker)
            self._look(worker)
        self._follow_folder()
        return Outcome(code[0] if code else None, self._log_start, self.folder)

    def _look(self, worker: Worker) -> None:
        if self._watch is None:
            return
        try:
            self._watch.look(worker.identity)
        except OSError:  # a full disk: the next look tries again
            pass
        except Exception:  # noqa: BLE001 - a defect in it must not leave the run without a supervisor
            self._watch = None
            _log(f"stalls are not looked for any more: {traceback.format_exc()}")

    def _pass_on_stop(self, worker: Worker) -> None:
        self._stop_requests += 1
        if self._stop_requests == 1:
            try:
                self._stop_message = commands.send(self.folder, "stop")
            except InputError:  # a full disk, a removed folder: the signal needs neither
                worker.terminate()
        elif self._stop_requests == 2:
            if self._stop_message and commands.is_waiting(self.folder, self._stop_message):
                worker.identity.send_signal(signal.SIGINT)  # it has not heard the first one: now it hears two
            worker.terminate()
        else:
            worker.kill()

    # after its end

    def _follow_folder(self) -> None:
        """What is still to be written goes where the folder is now, never into another one of its old name."""
        if self._folder_watch.has_moved():
            self._restarts = False  # its command names the old folder
            if self._folder_watch.place is not None:
                self.folder = self._folder_watch.place
                self._state = registry.StateFile(self.folder)

    def _starts_again(self, outcome: Outcome) -> bool:
        """Whether another worker was started in the dead one's place; if not, its end is written down."""
        told = self._state.read()
        has_failed, code = told.get("state") == "failed", outcome.code
        if code is None and has_failed and type(told.get("exit_code")) is int:
            code = told["exit_code"]  # an attached worker's own word
        is_over = told.get("state") in ("finished", "stopped", "stopping") or self._was_asked_to_stop()
        if not self._restarts or not self.argv or is_over or not is_worth_another_start(code):
            self._write_down(outcome, told)
            return False
        why = str((has_failed and told.get("reason")) or outcome.why())
        pause_s = self.policy.after(why)
        if pause_s is None:
            self._write_end("failed", self.policy.verdict, outcome.code)
            return False
        self._announce_restart(why, pause_s)
        if self._is_stopped_within(pause_s):
            self._write_end("stopped", f"asked to, before it was started again after: {why}", outcome.code)
            return False
        try:
            self._spawn()
        except OSError as error:
            self._write_end("failed", cannot_start(self.argv, error), 127)
            return False
        # until the worker has loaded and speaks for itself
        self._persist(lambda: self._state.change("starting", reason=f"started again after: {why}"))
        return True

    def _announce_restart(self, why: str, pause_s: float) -> None:
        turn = f"{self.policy.count} of at most {MOST_RESTARTS} in ten minutes"
        sentence = f"{why}; it is started again in {pause_s:.0f} s ({turn})"
        unknown = dict.fromkeys(("rate", "eta_s", "device_bytes", "exit_code"))
        log_header.header(self.folder, sentence)  # for whoever follows the log
        self._persist(lambda: self._state.update(state="starting", reason=sentence, **unknown))
        self._alert("error", sentence, state="starting")

    def _is_stopped_within(self, pause_s: float) -> bool:
        """Wait, while listening for a stop that no worker could hear."""
        until = time.monotonic() + pause_s
        while not self._was_asked_to_stop():
            left = until - time.monotonic()
            if left <= 0:
                return False
            with contextlib.suppress(queue.Empty):
                if self._news.get(timeout=min(left, _PAUSE_LOOK_SECONDS)) == "stop":
                    self._stop_requests += 1
        return True

    def _was_asked_to_stop(self) -> bool:
        return self._stop_requests > 0 or registry.stop_was_asked(self.folder)

    def _write_down(self, outcome: Outcome, told: dict[str, Any]) -> None:
        state, code = told.get("state"), outcome.code
        if state in registry.FINAL_STATES:
            self._write_end(None, "", code)
        elif code == 0:
            self._write_end("stopped" if state == "stopping" else "finished", "", 0)
        elif self._was_asked_to_stop() and outcome.may_be_by_request:
            by = f" by {outcome.signal_name}" if outcome.signal_name else ""
            self._write_end("stopped", f"ended{by} after a stop was asked for", code)
        else:
            self._write_end("failed", outcome.why(), code)

    def _write_end(self, state: str | None, reason: str, code: int | None) -> None:
        fields: dict[str, Any] = {"rate": None, "eta_s": None, "device_bytes": None, "settled": True}
        if code is not None:  # of an attached worker only it itself could know
            fields["exit_code"] = code
        if state is not None:
            fields |= {"state": state, "reason": reason}
        if self._persist(lambda: self._state.update(**fields)) and state is not None:
            self._alert("", reason, state=state)

    def _alert(self, level: str, text: str, state: str = "") -> None:
        """Tell it in events.jsonl: as a change of state, as an alert, or both."""

        def write() -> None:
            with EventWriter(self.folder / "events.jsonl") as events:
                if state:
                    events.state(state, text)
                if level:
                    events.alert(level, text)

        self._persist(write)

    def _persist(self, write: Callable[[], object]) -> bool:
        """Write, trying again for a while: a full disk may be freed. The supervisor itself must not die of it."""
        for attempt in range(_WRITE_ATTEMPTS if self._folder_watch.place is not None else 0):
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
    return f"cannot start {argv[0]}: {error.strerror}"


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - stderr is the run's log
