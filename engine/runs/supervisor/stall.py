"""Whether a running worker still moves: the supervisor looks at what it writes, and asks it where it hangs.

A worker that trains writes state.json and events.jsonl at least once a second or once a step. When neither has changed
for `quiet_s`, the run is `stalled` until it moves again. Where its own steps are slow it gets ten of them as long as it
is at work, three when it is stopped or idle. No clock on the wall takes part, and time in which the supervisor itself
did not run (a frozen machine) does not count.
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

from engine.runs.events import EventWriter
from engine.runs.processes.identity import ProcessIdentity
from engine.runs.statefile import StateFile
from engine.runs.supervisor.worker import group

QUIET_SECONDS = (
    50.0  # with the pause between looks and a second's delay of state.json this stays below a minute
)
STEPS_OF_QUIET = 10  # a run whose steps take longer than five seconds is given as much as ten of them
STEPS_OF_IDLENESS = 3  # and this many without doing anything: a step may wait for data, or for another rank
IDLE_SHARE = 0.05  # of a processor
FIRST_STEP_SECONDS = 300.0  # nobody knows how long a step takes, and the worker is busy
KINDS = ("train",)  # other work may rightly be silent for long
# The worker answers with the stacks of all its threads: faulthandler.register(DUMP_SIGNAL, all_threads=True)
DUMP_SIGNAL: int | None = getattr(signal, "SIGUSR1", None)

_LOOK_SECONDS = 2.0
_MOST_PER_LOOK = 2.5  # looks; what lies further apart was not the worker's silence
_RATES = 31
_MOST_DUMPS = 16
_SAMPLES, _SAMPLE_SECONDS = 7, 0.01
_STOPPED = ("stopped", "tracing-stop")
_SAYINGS = {
    "stopped": "was stopped by a signal; `kill -CONT {pid}` lets it continue",
    "tracing-stop": "is held by a debugger",
    "disk-sleep": "waits for a disk or a driver",
    "running": "is busy, or waits for a processor: it has used {busy_s:.0f} s of processor time meanwhile",
    "sleeping": "sleeps, it has used {busy_s:.0f} s of processor time meanwhile",
    "": "does not say what it waits for",
}


class StallWatch:
    """Watches one run; call `look` every `look_s` seconds, and `restart` when another worker begins.

    Args:
        folder: the run folder.
        quiet_s: seconds without a sign of life that are too many.
        clock: monotonic seconds.
    """

    def __init__(
        self, folder: Path, quiet_s: float = QUIET_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.folder = folder
        self.quiet_s = quiet_s
        self.look_s = min(_LOOK_SECONDS, quiet_s / 5)
        self.is_stalled = False
        self._clock = clock
        self._state = StateFile(folder)
        self.restart()

    def restart(self) -> None:
        """Another worker begins: it owes nothing."""
        self.is_stalled = False
        self._seen: tuple[Any, ...] = ()
        self._told: dict[str, Any] = {}
        self._step_seconds: deque[float] = deque(maxlen=_RATES)
        self._silence_s = 0.0
        self._cpu_s: float | None = None
        self._last_look = self._clock()

    def look(self, worker: ProcessIdentity) -> None:
        """Compare with the last look, and write down when the run stalls or moves again.

        Raises:
            OSError: the change cannot be written, on a full disk for one; the next look tries again.
        """
        now = self._clock()
        passed, self._last_look = now - self._last_look, now
        seen = self._signs_of_life()
        if seen != self._seen:
            is_first, self._seen = not self._seen, seen
            self._on_life(worker, is_first)
            return
        self._silence_s += min(passed, _MOST_PER_LOOK * self.look_s)
        if not self.is_stalled and self._told.get("state") == "running" and self._is_too_long(worker):
            self._become_stalled(worker)

    def allowed_s(self, steps: int = STEPS_OF_QUIET) -> float:
        """Seconds of silence after which this run counts as stalled, if it is given so many of its own steps."""
        slow = steps * statistics.median(self._step_seconds) if self._step_seconds else 0.0
        return max(self.quiet_s, slow)

    def _signs_of_life(self) -> tuple[Any, ...]:
        signs: list[Any] = []
        for name in ("state.json", "events.jsonl"):
            with contextlib.suppress(OSError):
                about = (self.folder / name).stat()
                signs += [about.st_ino, about.st_size, about.st_mtime_ns]
        return tuple(signs)

    def _on_life(self, worker: ProcessIdentity, is_first: bool) -> None:
        silence_s, self._silence_s = self._silence_s, 0.0
        self._told = self._state.read()
        self._cpu_s = _state_and_cpu_s(worker)[1]
        if (
            is_first and self._told.get("state") == "stalled"
        ):  # another supervisor has seen it; nothing moved yet
            self.is_stalled = True
            return
        if self.is_stalled and self._state.change("stalled", state="running", reason=""):
            self._told["state"] = "running"
            self._tell("running", f"it moves again after {silence_s:.0f} s", level="info")
        self.is_stalled = False
        rate = self._told.get("rate")
        if isinstance(rate, int | float) and rate > 0:
            self._step_seconds.append(1 / rate)

    def _is_too_long(self, worker: ProcessIdentity) -> bool:
        if self._silence_s < self.allowed_s(STEPS_OF_IDLENESS):
            return False
        if self._silence_s < self.allowed_s() and self._is_at_work(worker):
            return False
        if self._step_seconds or self._silence_s >= FIRST_STEP_SECONDS:
            return True
        return self._busy_s(worker) < self._silence_s / 2  # a first step may take long, but it works

    def _is_at_work(self, worker: ProcessIdentity) -> bool:
        """Whether it computes; also when nobody can tell."""
        state, cpu_s = _state_and_cpu_s(worker)
        if state in _STOPPED:
            return False
        return cpu_s is None or self._busy_s(worker) >= IDLE_SHARE * self._silence_s

    def _busy_s(self, worker: ProcessIdentity) -> float:
        now = _state_and_cpu_s(worker)[1]
        return 0.0 if now is None or self._cpu_s is None else now - self._cpu_s

    def _become_stalled(self, worker: ProcessIdentity) -> None:
        reason = f"no sign of life for {self._silence_s:.0f} s: {evidence(worker, self._busy_s(worker))}"
        if self._silence_s >= self.allowed_s() > self.quiet_s:
            step_s = statistics.median(self._step_seconds)
            reason += (
                f"; told after {self.allowed_s():.0f} s only, since a step of this run takes {step_s:.1f} s"
            )
        if ask_for_stacks(worker):
            is_stopped = _state_and_cpu_s(worker)[0] in _STOPPED
            reason += f"; its stack is in the log{' once it continues' if is_stopped else ''}"
        if self._state.change("running", state="stalled", reason=reason):
            self.is_stalled = True
            self._tell("stalled", reason, level="warning")

    def _tell(self, state: str, reason: str, level: str) -> None:
        with EventWriter(self.folder / "events.jsonl") as events:
            events.state(state, "" if state == "running" else reason)
            events.alert(level, f"{state}: {reason}")
        self._seen = self._signs_of_life()  # what we wrote ourselves is no sign of the worker's life


def evidence(worker: ProcessIdentity, busy_s: float) -> str:
    """What the system says about a silent process; `busy_s` is the processor time that it used meanwhile."""
    seen = []
    for _ in range(_SAMPLES):  # one look alone may hit a sleeper on its way to the next sleep
        seen.append(_state_and_cpu_s(worker)[0])
        time.sleep(_SAMPLE_SECONDS)
    saying = _SAYINGS.get(statistics.mode(seen), _SAYINGS[""])
    return f"process {worker.pid} {saying.format(pid=worker.pid, busy_s=busy_s)}"


def ask_for_stacks(worker: ProcessIdentity) -> bool:
    """Make the worker and its loaders write their stacks into the log; whether one of them was asked.

    Only who has a handler for the signal gets it: anybody else would die of it.
    """
    if DUMP_SIGNAL is None or not worker.is_alive():
        return False
    asked = [
        one.send_signal(DUMP_SIGNAL) for one in group(worker.pid)[:_MOST_DUMPS] if _handles_dumps(one.pid)
    ]
    return any(asked)


def _handles_dumps(pid: int) -> bool:
    """Whether a process has a handler for DUMP_SIGNAL: proc(5), the mask SigCgt. False where there is no /proc."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_bytes().split(b"\n"):
            if line.startswith(b"SigCgt:") and DUMP_SIGNAL is not None:
                return bool(int(line.split()[1], 16) >> (DUMP_SIGNAL - 1) & 1)
    return False


def _state_and_cpu_s(worker: ProcessIdentity) -> tuple[str, float | None]:
    """The process's state as psutil names it and the seconds of processor time that it used; "" and None when gone."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    try:
        process = psutil.Process(worker.pid)
        state, times = str(process.status()), process.cpu_times()
    except psutil.Error:
        return "", None
    return (state, float(times.user + times.system)) if worker.is_alive() else ("", None)
