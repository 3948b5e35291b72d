"""The worker of a run over many files: its state and progress, and the commands that it obeys."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path

from engine import __version__
from engine.errors import InputError
from engine.i18n import _
from engine.process_identity import ProcessIdentity
from engine.runs import registry
from engine.runs.commands import Inbox
from engine.runs.events import EventWriter

EXIT_OK, EXIT_PARTLY, EXIT_INPUT, EXIT_DEFECT = 0, 1, 2, 70
_LOOK_SECONDS = 0.2
_RATE_POINTS = 50


class Job:
    """The run of this process. Calls are cheap: files are written a few times a second at most."""

    def __init__(self, folder: Path, unit: str) -> None:
        self.folder = folder
        self.unit = unit
        self.stop = threading.Event()
        self._state = registry.StateFile(folder)
        self._events = EventWriter(folder / "events.jsonl")
        self._inbox = Inbox(folder)
        self._looked = 0.0
        self._points: deque[tuple[float, int]] = deque(maxlen=_RATE_POINTS)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self.stop.is_set()

    def log(self, text: str) -> None:
        """Write one line of the log; a full disk must not end what was done or paid for."""
        with contextlib.suppress(OSError):
            print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)  # noqa: T201 - stdout is the run's log

    def alert(self, level: str, text: str) -> None:
        """Record a sentence that a person should see: `level` is info, warning or error."""
        self._events.alert(level, text)
        self.log(f"{level}: {text}")

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Record how far the work is; `note` is what was done last."""
        now = time.monotonic()
        self._points.append((now, done))
        if now - self._looked < _LOOK_SECONDS and done < total:
            return
        self.should_stop()
        (first, before) = self._points[0]
        rate = (done - before) / (now - first) if now > first and done > before else None
        eta = (total - done) / rate if rate else None
        shown = note.encode("utf-8", "replace").decode()
        try:
            self._events.progress(done, total, self.unit, rate, eta, shown)
            self._state.update(step=done, total_steps=total, rate=rate, eta_s=eta)
        except OSError as error:  # a full disk, or state.json locked for long: the work itself goes on
            self.log(f"progress cannot be written: {error}")

    def should_stop(self) -> bool:
        """Answer commands; whether one asked to stop."""
        if time.monotonic() - self._looked >= _LOOK_SECONDS:
            self._looked = time.monotonic()
            for message in self._inbox.poll():
                if message.command in ("stop", "stop_now"):
                    self.ask_to_stop()
                is_known = message.command in ("stop", "stop_now", "ping")
                answer = {"ok": True} if is_known else {"error": "a job knows stop and ping"}
                self._inbox.reply(message, **answer)
            for refusal in self._inbox.take_refusals():
                self._events.alert("warning", refusal)
        return self.stopping

    def ask_to_stop(self) -> None:
        """End after what is under way; the second time, end now.

        Raises:
            KeyboardInterrupt: on the second call.
        """
        if self.stopping:
            raise KeyboardInterrupt
        self.stop.set()
        self._state.update(state="stopping", reason=_("finishing what is under way"))

    def set_state(self, state: str, reason: str = "") -> None:
        """Record the run's state."""
        self._state.update(state=state, reason=reason)
        self._events.state(state, reason)

    def close(self) -> None:
        """Close the files."""
        self._events.close()


def run_job(folder: Path, unit: str, work: Callable[[Job], tuple[str, bool]]) -> int:
    """Do `work` as the worker of a run folder; returns the process's exit code.

    Args:
        unit: what is counted.
        work: does it; returns a sentence for the end and whether all inputs were good.
    """

    def whole() -> int:
        job = Job(folder, unit)
        try:
            obey_signals(job)
            job.set_state("running")
            sentence, all_good = work(job)
            job.log(sentence)
            job.set_state("stopped" if job.stopping else "finished", sentence)
            return EXIT_OK if all_good else EXIT_PARTLY
        except KeyboardInterrupt:
            job.set_state("stopped", _("stopped at once; what was finished is kept"))
            return EXIT_OK
        finally:
            job.close()

    return run_process(folder, whole)


def run_process(folder: Path, work: Callable[[], int]) -> int:
    """Record this process as the worker of a run folder and do `work`; returns its exit code, or that of its error.

    An error ends in the state `failed` and in the log: one that a person can fix as a sentence, a defect with its
    traceback.
    """
    os.umask(0o077)  # a run folder is private, whoever writes into it
    versions = {"vitsdeck": __version__, "python": platform.python_version()}
    registry.record(folder, process=ProcessIdentity.current().to_json(), versions=versions)
    try:
        return work()
    except InputError as error:
        print("\n".join([f"error: {error}", *error.details]), flush=True)  # noqa: T201
        code, reason = EXIT_INPUT, str(error)
    except Exception as error:  # noqa: BLE001 - edge of the process: the log gets the traceback, the state one sentence
        traceback.print_exc()
        code, reason = EXIT_DEFECT, f"{type(error).__name__}: {error}".splitlines()[0]
    finally:
        sys.stdout.flush()
    registry.StateFile(folder).update(state="failed", reason=reason)
    events = EventWriter(folder / "events.jsonl")
    events.state("failed", reason)
    events.close()
    return code


def obey_signals(job: Job) -> None:
    """SIGTERM and Ctrl+C ask the job to stop; the hang-up of a closed terminal is ignored."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: job.ask_to_stop())
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
