"""The process between a run and the world: it starts the worker, outlives terminals and sessions, and writes down how
the worker ended.

    python -m engine.runs.supervisor.supervisor FOLDER [--lock N] -- ARGV...    starts ARGV
    ... --adopt PID:TICKS -- ARGV...    takes over a worker without a supervisor

The standard library only: it stays in memory for days beside the training and must not be the one that fails.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.files.lock import KEEPER_LOCK_NAME, RunLock
from engine.runs import commands, registry
from engine.runs.events import EventWriter
from engine.runs.folder_watch import FolderWatch
from engine.runs.processes.detach import detach
from engine.runs.processes.identity import ProcessIdentity, boot_id
from engine.runs.supervisor import log_header
from engine.runs.supervisor.exit_status import Outcome
from engine.runs.supervisor.log_header import LOG_NAME
from engine.runs.supervisor.restart import MOST_RESTARTS, RestartPolicy, is_worth_another_start
from engine.runs.supervisor.stall import KINDS, StallWatch
from engine.runs.supervisor.worker import RUN_ID_VARIABLE, AdoptedWorker, Worker, marks, spawn

__all__ = ["LOCKED_OUT", "LOG_NAME", "RUN_ID_VARIABLE", "Keeper", "main"]

LOCKED_OUT = 75  # exit code: somebody else has the folder (sysexits.h calls it EX_TEMPFAIL)

_UNHEARD_SECONDS = 30.0  # a worker that leaves `stop` in its inbox this long is told by a signal
_WRITE_ATTEMPTS = 5
_PAUSE_LOOK_SECONDS = 0.2  # how soon a stop is heard while no worker lives to hear it
_KEEPER_GONE_SECONDS = 2.0


class Keeper:
    """Keeps one worker at a time in one run folder.

    Args:
        folder: the prepared run folder; its run.json says whether a worker that died is started again.
        argv: the worker's command line.
        held: the folder's lock; the worker inherits it.
        env: the worker's environment, never written anywhere; this process's own when None.
        policy: when a worker is started again.
        watch: what looks for stalls; None for one as the kind of the run needs it.
    """

    def __init__(
        self,
        folder: Path,
        argv: Sequence[str],
        held: RunLock,
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
        self._restarts = registry.may_restart(folder)
        self._watch = watch or (StallWatch(folder) if run.kind in KINDS else None)
        self._state = registry.StateFile(folder)
        self._folder_watch = FolderWatch(folder)
        # A SimpleQueue may be filled from a signal handler; the main loop sleeps on it and on nothing else.
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stop_requests = 0
        self._unheard: tuple[str, float] | None = None  # a message, and until when it may lie unread
        self._guard = RunLock.take(folder, wait_s=_KEEPER_GONE_SECONDS, name=KEEPER_LOCK_NAME)

    @property
    def is_the_only_one(self) -> bool:
        """Whether no other keeper is at work in this folder."""
        return self._guard is not None

    def start_worker(self) -> ProcessIdentity:
        """Start the worker with its output in the log and name it in run.json.

        Raises:
            OSError: the program cannot be started; the log and state.json say so too.
        """
        try:
            return self._spawn()
        except OSError as error:
            self._write_end("failed", _cannot_start(self.argv, error), 127)
            self._release()
            raise

    def adopt(self, identity: ProcessIdentity) -> None:
        """Take over a worker whose keeper was killed, in the place of `start_worker`."""
        self.worker = AdoptedWorker(identity, self._run_id)
        self._log_start = log_header.header(self.folder, f"process {identity.pid} has a new keeper")
        self.policy.recall(registry.recorded(self.folder, "restarted"))
        self._persist(lambda: registry.record(self.folder, keeper=ProcessIdentity.current().to_json()))
        self._alert("warning", f"the keeper was gone; process {identity.pid} went on and has a new one")

    def keep(self) -> int:
        """Wait for the worker's end, passing on what we are told, and write it down; returns its exit code."""
        try:
            outcome = self._until_end()
            while self._starts_again(outcome):
                outcome = self._until_end()
            return outcome.code or 0
        finally:
            self._release()

    def request_stop(self, *_: object) -> None:
        """Ask for a stop, as SIGTERM does: first by mail, then by signal, then by force. Safe in signal handlers."""
        self._news.put("stop")

    def _spawn(self) -> ProcessIdentity:
        self.env.setdefault("PYTHONUNBUFFERED", "1")
        self.env |= marks(self.folder, self._run_id, self.held)
        with log_header.open_at_end(self.folder) as log:
            self._log_start = log_header.write_start(log, self.argv)
            try:
                self.worker = spawn(self.argv, log, self.env, self.held)
            except OSError as error:
                log.write(f"{_cannot_start(self.argv, error)}\n".encode())
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
                news = self._news.get(timeout=self._next_look_s())
            except queue.Empty:
                news = "look"
            if news == "stop":
                self._pass_on_stop(worker)
            self._look(worker)
        self._unheard = None
        self._follow_folder()
        return Outcome(code[0] if code else None, self._log_start, self.folder)

    def _next_look_s(self) -> float | None:
        waits = [] if self._watch is None else [self._watch.look_s]
        if self._unheard is not None:
            waits.append(max(0.0, self._unheard[1] - time.monotonic()))
        return min(waits, default=None)

    def _look(self, worker: Worker) -> None:
        if self._unheard is not None and time.monotonic() >= self._unheard[1]:
            message, self._unheard = self._unheard[0], None
            if commands.is_waiting(self.folder, message):
                worker.terminate()
        if self._watch is not None:
            with contextlib.suppress(Exception):  # a full disk for one: the next look tries again
                self._watch.look(worker.identity)

    def _pass_on_stop(self, worker: Worker) -> None:
        self._stop_requests += 1
        if self._stop_requests == 1:
            try:
                self._unheard = (commands.send(self.folder, "stop"), time.monotonic() + _UNHEARD_SECONDS)
            except Exception:  # noqa: BLE001 - a full disk, a removed folder: the signal needs neither
                worker.terminate()
        elif self._stop_requests == 2:
            if self._unheard is not None and commands.is_waiting(self.folder, self._unheard[0]):
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
        while True:
            told = self._state.read()
            if not self._restarts or not self._may_go_better(outcome, told):
                self._write_down(outcome, told)
                return False
            why = str(told.get("reason") or "") if told.get("state") == "failed" else ""
            why = why or outcome.why()
            pause_s = self.policy.after(why)
            if pause_s is None:
                self._write_end("failed", self.policy.verdict, outcome.code)
                return False
            self._announce_restart(why, pause_s)
            if self._is_stopped_within(pause_s):
                self._write_end(
                    "stopped", f"asked to, before it was started again after: {why}", outcome.code
                )
                return False
            try:
                self._spawn()
            except OSError as error:
                outcome = outcome.unstarted(_cannot_start(self.argv, error))
            else:
                # until the worker has loaded and speaks for itself
                self._persist(lambda: self._state.change("starting", reason=f"started again after: {why}"))  # noqa: B023
                return True

    def _may_go_better(self, outcome: Outcome, told: dict[str, Any]) -> bool:
        if told.get("state") in ("finished", "stopped", "stopping") or self._was_asked_to_stop():
            return False
        code = outcome.code
        if code is None and told.get("state") == "failed" and type(told.get("exit_code")) is int:
            code = told["exit_code"]
        return is_worth_another_start(code)

    def _announce_restart(self, why: str, pause_s: float) -> None:
        turn = f"{self.policy.count} of at most {MOST_RESTARTS} in ten minutes"
        sentence = f"{why}; it is started again in {pause_s:.0f} s ({turn})"
        unknown = dict.fromkeys(("rate", "eta_s", "device_bytes", "exit_code"))
        log_header.header(self.folder, sentence)  # for whoever follows the log
        self._persist(lambda: self._state.update(state="starting", reason=sentence, **unknown))
        self._persist(lambda: registry.record(self.folder, restarted=self.policy.to_json()))
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
        state = told.get("state")
        if state in registry.FINAL_STATES:
            self._write_end(None, "", outcome.code)
        elif outcome.code == 0:
            self._write_end("stopped" if state == "stopping" else "finished", "", 0)
        elif outcome.signal_name in ("SIGTERM", "SIGINT", "SIGKILL") and self._was_asked_to_stop():
            reason = f"ended by {outcome.signal_name} after a stop was asked for"
            self._write_end("stopped", reason, outcome.code)
        elif outcome.code is None and self._was_asked_to_stop():
            self._write_end("stopped", "ended after a stop was asked for", None)
        else:
            self._write_end("failed", outcome.why(), outcome.code)

    def _write_end(self, state: str | None, reason: str, code: int | None) -> None:
        fields: dict[str, Any] = {"rate": None, "eta_s": None, "device_bytes": None, "settled": True}
        if code is not None:  # of an adopted worker only it itself could know
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

    def _persist(self, write: Any) -> bool:
        """Write, trying again for a while: a full disk may be freed. The keeper itself must not die of it."""
        for attempt in range(_WRITE_ATTEMPTS if self._folder_watch.place is not None else 0):
            try:
                write()
            except OSError as error:
                print(f"cannot write into the run folder: {error}", file=sys.stderr, flush=True)  # noqa: T201
                time.sleep(2.0**attempt * 0.25)
            else:
                return True
        return False


def _cannot_start(argv: Sequence[str], error: OSError) -> str:
    return f"cannot start {argv[0]}: {error.strerror}"


def main(arguments: Sequence[str]) -> int:
    """The keeper's process: detach, start the worker or adopt it, tell the launcher, keep."""
    options, argv = _parse(arguments)
    folder = Path(options["folder"])
    detach()
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # inherited by the worker, as with nohup
    if "--adopt" in options:
        return _adopt(folder, argv, options)
    try:
        held = RunLock(int(options["--lock"])) if "--lock" in options else registry.claim(folder)
        if not (folder / "run.json").exists():  # started by hand
            registry.prepare(folder, kind="train", argv=argv, held=held)
    except InputError as error:
        _tell_launcher(folder, {"error": str(error)})
        return LOCKED_OUT
    keeper = Keeper(folder, argv, held)
    signal.signal(signal.SIGTERM, keeper.request_stop)
    try:
        worker = keeper.start_worker()
    except OSError as error:
        _tell_launcher(folder, {"error": _cannot_start(argv, error)})
        return 127
    _tell_launcher(folder, {"process": worker.to_json()})
    keeper.keep()
    return 0


def _adopt(folder: Path, argv: list[str], options: dict[str, str]) -> int:
    """Keep a worker that runs already, unless somebody else does, or the folder has another worker by now."""
    pid, _, ticks = options["--adopt"].partition(":")
    worker = ProcessIdentity(int(pid), int(ticks), boot_id())
    held = RunLock(int(options["--lock"])) if "--lock" in options else RunLock.take(folder, wait_s=5)
    if held is None or registry.read_run(folder).process != worker:
        return LOCKED_OUT
    keeper = Keeper(folder, argv, held)
    if not keeper.is_the_only_one:
        return LOCKED_OUT
    signal.signal(signal.SIGTERM, keeper.request_stop)
    keeper.adopt(worker)
    keeper.keep()
    return 0


def _parse(arguments: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    cut = arguments.index("--") if "--" in arguments else 0
    words, argv = list(arguments[:cut]), list(arguments[cut + 1 :])
    found = dict(zip(words[1::2], words[2::2], strict=False))
    numbers = "".join(found.values()).replace(":", "")
    is_known = len(words) % 2 == 1 and len(found) == len(words) // 2 and set(found) <= {"--lock", "--adopt"}
    if not is_known or not argv or (found and not numbers.isdecimal()):
        raise SystemExit(
            "usage: engine.runs.supervisor.supervisor FOLDER [--lock N] [--adopt PID:TICKS] -- ARGV..."
        )
    return found | {"folder": words[0]}, argv


def _tell_launcher(folder: Path, news: dict[str, Any]) -> None:
    """One line on stdout, then let go of everything that the launcher gave us: it may end, we stay."""
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(news).encode() + b"\n")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    if folder.is_dir():
        with log_header.open_at_end(folder) as log:
            os.dup2(log.fileno(), 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
