"""What /proc tells about a process; None or nothing where there is no /proc, or the process is not ours to look at."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = float(os.sysconf("SC_CLK_TCK")) if hasattr(os, "sysconf") else 100.0


@dataclass(frozen=True, slots=True)
class Facts:
    """Fields of /proc/PID/stat (proc(5)): `state` is one letter, `group` the process group, `cpu_s` seconds used."""

    pid: int
    state: str
    parent: int
    group: int
    cpu_s: float


def facts(pid: int) -> Facts | None:
    """One process as it is now."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat[stat.rindex(b")") + 2 :].split()  # the name, in brackets, may hold brackets itself
    cpu_s = (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND
    return Facts(pid, fields[0].decode("ascii"), int(fields[1]), int(fields[2]), cpu_s)


def age_s(start_ticks: int) -> float:
    """Seconds since a process started; clocks on the wall take no part."""
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - start_ticks / _TICKS_PER_SECOND)


def pids() -> Iterator[int]:
    """Every process number there is."""
    try:
        names = os.listdir("/proc")  # noqa: PTH208 - names, not paths
    except OSError:
        return
    yield from (int(name) for name in names if name.isdecimal())


def group(number: int) -> list[int]:
    """The members of a process group, its leader first."""
    members = [pid for pid in pids() if (found := facts(pid)) is not None and found.group == number]
    return sorted(members, key=lambda pid: (pid != number, pid))


def environment(pid: int) -> dict[str, str] | None:
    """The variables that a process was started with."""
    try:
        data = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return None
    pairs = (word.partition("=") for word in data.decode("utf-8", "surrogateescape").split("\0"))
    return {name: value for name, equals, value in pairs if equals}


def catches(pid: int, signal_number: int) -> bool:
    """Whether a process has a handler for this signal; without one many signals kill."""
    try:
        status = Path(f"/proc/{pid}/status").read_bytes()
    except OSError:
        return False
    for line in status.split(b"\n"):
        if line.startswith(b"SigCgt:"):
            return bool(int(line.split()[1], 16) >> (signal_number - 1) & 1)
    return False


def waits_in(pid: int) -> str:
    """The kernel function that a process sleeps in; "" when it runs, or the system does not tell."""
    try:
        found = Path(f"/proc/{pid}/wchan").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
    return "" if found == "0" else found
