"""Who a process is: its number, the tick it started at, and the boot it belongs to.

A process number alone names a stranger as soon as it is used again, after a reboot at the latest. All three together
name one process for ever, so a signal that is sent through this module never reaches anybody else.
"""

from __future__ import annotations

import contextlib
import functools
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ON_LINUX = sys.platform.startswith("linux")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_LARGEST_PID = 2**31 - 1  # what the system calls take
_LOOK_SECONDS = 0.25
_DEAD_STATES = ("Z", "X", "x")  # a zombie has ended; only its parent has not asked for the exit code yet


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process, for ever.

    `start_ticks` counts clock ticks from boot to the start of the process on Linux (proc(5), field 22 of
    /proc/PID/stat), milliseconds since 1970 elsewhere. `boot_id` is empty where the system has none.
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
        found = _start_ticks_and_state(pid)
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
        if self.boot_id != boot_id():
            return False
        found = _start_ticks_and_state(self.pid)
        return found is not None and found[0] == self.start_ticks and found[1] not in _DEAD_STATES

    def send_signal(self, number: int) -> bool:
        """Signal this process and nobody else; False when it is gone or belongs to another user."""
        with _handle(self.pid) as handle:
            # The handle pins the process number: what is checked now is what is signalled below.
            if not self.is_alive():
                return False
            try:
                if handle is None:
                    os.kill(self.pid, number)
                else:
                    signal.pidfd_send_signal(handle, number)
            except (ProcessLookupError, PermissionError):
                return False
        return True

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until this process, a stranger's child as a rule, has ended; whether it has within `timeout_s`."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with _handle(self.pid) as handle:
            while self.is_alive():
                left = None if deadline is None else max(0.0, deadline - time.monotonic())
                if left == 0.0:
                    return False
                if handle is None:
                    time.sleep(_LOOK_SECONDS if left is None else min(_LOOK_SECONDS, left))
                else:
                    ended = select.poll()
                    ended.register(handle, select.POLLIN)
                    ended.poll(None if left is None else left * 1000)
        return True


@functools.cache
def boot_id() -> str:
    """The kernel's random name for the time since the last boot; empty where there is none."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


@contextlib.contextmanager
def _handle(pid: int) -> Iterator[int | None]:
    """A pidfd of the process, or None where the system has none to give."""
    if not hasattr(os, "pidfd_open"):
        yield None
        return
    try:
        handle = os.pidfd_open(pid)
    except OSError:  # no such process (the caller will see that), or a kernel without pidfds
        yield None
        return
    try:
        yield handle
    finally:
        os.close(handle)


def _start_ticks_and_state(pid: int) -> tuple[int, str] | None:
    if not _ON_LINUX:
        return _from_psutil(pid)
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123 - polled for every run
            stat = file.read(2048)
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name, in brackets, may itself hold brackets and blanks: fields are counted from the last one.
    fields = stat[stat.rindex(b")") + 2 :].split()
    return int(fields[19]), fields[0].decode("ascii")


def _from_psutil(pid: int) -> tuple[int, str] | None:
    import psutil  # type: ignore[import-untyped,unused-ignore]

    try:
        process = psutil.Process(pid)
        state = "Z" if process.status() == psutil.STATUS_ZOMBIE else "R"
        return round(process.create_time() * 1000), state
    except psutil.NoSuchProcess:
        return None
