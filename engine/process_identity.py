"""Who a process is: its number, when it started, and the boot it belongs to.

A process number alone names a stranger as soon as it is used again, after a reboot at the latest. All three together
name one process for ever, so a signal that is sent through this module never reaches anybody else.
"""

from __future__ import annotations

import functools
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIGKILL = 9  # by number: Windows has none, and ends a process for any number

# psutil tells start times on Linux as seconds after the boot; the wall clock moves both alike
_FROM_BOOT = sys.platform.startswith("linux")
_UNITS_PER_SECOND = os.sysconf("SC_CLK_TCK") if _FROM_BOOT else 1000
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_LARGEST_PID = 2**31 - 1  # what the system calls take
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process, for ever.

    `start_ticks` counts clock ticks from boot to the start of the process on Linux, milliseconds since 1970 elsewhere.
    `boot_id` is empty where the system has none.
    """

    pid: int
    start_ticks: int
    boot_id: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity:
        """The identity of a process that exists, a zombie included.

        Raises:
            ProcessLookupError: there is no such process.
        """
        found = _start_ticks_and_life(pid)
        if found is None:
            raise ProcessLookupError(f"no process {pid}")
        return cls(pid, found[0], boot_id())

    @classmethod
    def current(cls) -> ProcessIdentity:
        """The identity of this process."""
        return cls.of(os.getpid())

    @classmethod
    def from_json(cls, obj: object) -> ProcessIdentity | None:
        """Read what `to_json` wrote; None for anything else, since run folders may hold anything."""
        if not isinstance(obj, dict):
            return None
        pid, ticks, boot = obj.get("pid"), obj.get("start_ticks"), obj.get("boot_id")
        if type(pid) is not int or type(ticks) is not int or not isinstance(boot, str):
            return None
        return cls(pid, ticks, boot) if 0 < pid <= _LARGEST_PID else None

    def to_json(self) -> dict[str, Any]:
        """Plain values for run.json."""
        return {"pid": self.pid, "start_ticks": self.start_ticks, "boot_id": self.boot_id}

    def is_alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        return self.boot_id == boot_id() and _start_ticks_and_life(self.pid) == (self.start_ticks, True)

    def send_signal(self, number: int) -> bool:
        """Signal this process and nobody else; False when it is gone or belongs to another user."""
        if not self.is_alive():
            return False
        try:
            os.kill(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until this process, a stranger's child as a rule, has ended; whether it has within `timeout_s`."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while self.is_alive():
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(_LOOK_SECONDS)
        return True


@functools.cache
def boot_id() -> str:
    """The kernel's random name for the time since the last boot; empty where there is none."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _start_ticks_and_life(pid: int) -> tuple[int, bool] | None:
    """When a process started and whether it still runs (a zombie does not); None when there is none."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    try:
        while True:
            booted = psutil.boot_time() if _FROM_BOOT else 0.0
            process = psutil.Process(pid)
            with process.oneshot():
                started = round((process.create_time() - booted) * _UNITS_PER_SECOND)
                is_alive = process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            if not _FROM_BOOT or psutil.boot_time() == booted:  # the clock was not set between the two
                return started, is_alive
    except psutil.NoSuchProcess:
        return None
