"""Whether a running worker still moves, by what it writes; a stalled one is asked for the stacks of its threads.

A trainer writes state.json and events.jsonl at least once a second or once a step. When neither has changed for
`quiet_s`, or for ten of its own steps where that is longer, the run is `stalled` until it moves again. The first
step gets five minutes. The wall clock takes no part, and time in which the supervisor itself did not run (a frozen
machine) does not count.
"""

from __future__ import annotations

import contextlib
import signal
import statistics
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.process_identity import ProcessIdentity
from engine.runs.events import EventWriter
from engine.runs.statefile import StateFile
from engine.runs.supervisor.worker import group

QUIET_SECONDS = 50.0  # with the pause between looks and a second's delay of state.json: below a minute
STEPS_OF_QUIET = 10  # a run whose steps take longer than five seconds is given as much as ten of them
FIRST_STEP_SECONDS = 300.0  # the length of a step is not known yet
KINDS = ("train",)  # other work may rightly be silent for long
# The worker answers with the stacks of all its threads: faulthandler.register(DUMP_SIGNAL, all_threads=True)
DUMP_SIGNAL: int | None = getattr(signal, "SIGUSR1", None)

_LOOK_SECONDS = 2.0
_MOST_PER_LOOK = 2.5  # looks; a longer pause was not the worker's silence
_RATES = 31
_MOST_DUMPS = 16


class StallWatch:
    """Watches one run; call `look` every `look_s` seconds, and `restart` when another worker begins.

    Args:
        folder: the run folder.
        quiet_s: seconds without a change that are too many.
        clock: monotonic seconds.
    """

    def __init__(
        self, folder: Path, quiet_s: float = QUIET_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.folder = folder
        self.quiet_s = quiet_s
        self.look_s = min(_LOOK_SECONDS, quiet_s / 5)
        self._clock = clock
        self._state = StateFile(folder)
        self.restart()

    def restart(self) -> None:
        """Forget what is known: another worker begins."""
        self._is_stalled = False
        self._seen: tuple[int, ...] = ()
        self._last_state: dict[str, Any] = {}
        self._step_seconds: deque[float] = deque(maxlen=_RATES)
        self._silence_s = 0.0
        self._last_look = self._clock()

    def look(self, worker: ProcessIdentity) -> None:
        """Compare with the last look, and write down when the run stalls or moves again.

        Raises:
            OSError: the change cannot be written, on a full disk for one; the next look tries again.
        """
        now = self._clock()
        passed, self._last_look = now - self._last_look, now
        seen = self._versions()
        if seen != self._seen:
            is_first, self._seen = not self._seen, seen
            self._on_change(is_first)
            return
        self._silence_s += min(passed, _MOST_PER_LOOK * self.look_s)
        is_running = not self._is_stalled and self._last_state.get("state") == "running"
        if is_running and self._silence_s >= self._allowed_s():
            self._become_stalled(worker)

    def _allowed_s(self) -> float:
        """Seconds of silence after which this run counts as stalled."""
        if not self._step_seconds:
            return max(self.quiet_s, FIRST_STEP_SECONDS)
        return max(self.quiet_s, STEPS_OF_QUIET * statistics.median(self._step_seconds))

    def _become_stalled(self, worker: ProcessIdentity) -> None:
        pid, reason = worker.pid, f"no sign of life for {self._silence_s:.0f} s"
        is_stopped = status_of(worker) in ("stopped", "tracing-stop")
        if is_stopped:
            reason += f": process {pid} was stopped by a signal; `kill -CONT {pid}` continues it"
        if ask_for_stacks(worker):
            reason += f"; its stack is in the log{' once it continues' if is_stopped else ''}"
        if self._state.change("running", state="stalled", reason=reason):
            self._is_stalled = True
            self._write_events("stalled", reason, level="warning")

    def _versions(self) -> tuple[int, ...]:
        """Inode, size and time of change of the files that a worker writes."""
        versions: list[int] = []
        for name in ("state.json", "events.jsonl"):
            with contextlib.suppress(OSError):
                about = (self.folder / name).stat()
                versions += [about.st_ino, about.st_size, about.st_mtime_ns]
        return tuple(versions)

    def _on_change(self, is_first: bool) -> None:
        silence_s, self._silence_s = self._silence_s, 0.0
        self._last_state = self._state.read()
        if is_first and self._last_state.get("state") == "stalled":
            self._is_stalled = True  # another supervisor has seen it; nothing has moved yet
            return
        if self._is_stalled and self._state.change("stalled", state="running", reason=""):
            self._last_state["state"] = "running"
            self._write_events("running", f"it moves again after {silence_s:.0f} s", level="info")
        self._is_stalled = False
        rate = self._last_state.get("rate")
        if isinstance(rate, int | float) and rate > 0:
            self._step_seconds.append(1 / rate)

    def _write_events(self, state: str, reason: str, level: str) -> None:
        with EventWriter(self.folder / "events.jsonl") as events:
            events.state(state, "" if state == "running" else reason)
            events.alert(level, f"{state}: {reason}")
        self._seen = self._versions()  # this change was not the worker's


def ask_for_stacks(worker: ProcessIdentity) -> bool:
    """Make the worker and its loaders write their stacks into the log; whether one of them was asked.

    Only processes that handle the signal get it: it kills all others.
    """
    if DUMP_SIGNAL is None or not worker.is_alive():
        return False
    members = [one for one in group(worker.pid)[:_MOST_DUMPS] if _handles_dumps(one.pid)]
    return sum(one.send_signal(DUMP_SIGNAL) for one in members) > 0


def _handles_dumps(pid: int) -> bool:
    """Whether a process has a handler for DUMP_SIGNAL: proc(5), the mask SigCgt. False where there is no /proc."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_bytes().split(b"\n"):
            if line.startswith(b"SigCgt:") and DUMP_SIGNAL is not None:
                return bool(int(line.split()[1], 16) >> (DUMP_SIGNAL - 1) & 1)
    return False


def status_of(worker: ProcessIdentity) -> str:
    """The process's state as psutil names it; "" when it is gone."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    try:
        status = str(psutil.Process(worker.pid).status())
    except psutil.Error:
        return ""
    return status if worker.is_alive() else ""
