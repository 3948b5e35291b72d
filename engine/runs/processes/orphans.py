"""Processes that earlier runs have left behind: found by the mark they carry, named, and ended when a person says so.

A process is ours when it belongs to our user and was started with a run's id in its environment. It is left over when
that run of this workspace is over or gone, or has another worker by now. Everything else is not even listed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import InputError
from engine.runs import gpus, registry
from engine.runs.processes import procfs
from engine.runs.processes.identity import ProcessIdentity
from engine.runs.supervisor.worker import FOLDER_VARIABLE, RUN_ID_VARIABLE

GRACE_SECONDS = 5.0  # between SIGTERM and SIGKILL
_KILLED_SECONDS = 5.0  # a process in the middle of a disk or driver call ends when that does
_SIGKILL = getattr(signal, "SIGKILL", signal.SIGTERM)

Ended = Literal["ended", "killed", "gone", "still there"]


@dataclass(frozen=True, slots=True)
class Leftover:
    """One process that an earlier run has left behind.

    `run` is the run's name, `kind` what the process was in it: worker or child. `gpu_bytes` is None where no driver
    tells. `since` is when it started, in unix seconds by today's clock.
    """

    pid: int
    name: str
    run: str
    kind: Literal["worker", "child"]
    rss_bytes: int
    gpu_bytes: int | None
    identity: ProcessIdentity
    since: float


@dataclass(frozen=True, slots=True)
class _Marked:
    """A process of our user that carries a mark."""

    identity: ProcessIdentity
    run_id: str
    folder: str
    name: str
    rss_bytes: int
    age_s: float


def find(logs_dir: str | Path) -> list[Leftover]:
    """What runs of this workspace have left behind, oldest first. Looks at every process: keep it off the UI."""
    marked = list(_marked())
    if not marked:
        return []
    runs = {run.id: run for run in registry.list_runs(logs_dir) if run.id}
    logs = os.path.realpath(logs_dir)
    in_use = _gpu_bytes()
    found = []
    for one in marked:
        run = runs.get(one.run_id)
        name = run.name if run is not None else _name_of_gone(one, logs)
        if name is None or (run is not None and _belongs_to(run, one)) or not one.identity.is_alive():
            continue
        found.append(
            Leftover(
                pid=one.identity.pid,
                name=one.name,
                run=name,
                kind="worker" if _leads_its_group(one.identity.pid) else "child",
                rss_bytes=one.rss_bytes,
                gpu_bytes=in_use.get(one.identity.pid),
                identity=one.identity,
                since=time.time() - one.age_s,
            )
        )
    return sorted(found, key=lambda leftover: (leftover.since, leftover.pid))


def end(leftover: Leftover, grace_s: float = GRACE_SECONDS) -> Ended:
    """Ask a leftover process to end, and insist after `grace_s` seconds; whoever has its number by now is safe."""
    one = leftover.identity
    if not one.send_signal(signal.SIGTERM):
        return "still there" if one.is_alive() else "gone"
    if one.wait(grace_s):
        return "ended"
    one.send_signal(_SIGKILL)
    return "killed" if one.wait(_KILLED_SECONDS) else "still there"


def _belongs_to(run: registry.RunSnapshot, one: _Marked) -> bool:
    """Whether this process has its place in the run as it is now."""
    if run.keeper is not None and run.keeper.is_alive():
        if one.identity == run.keeper:
            return True
        if run.is_final:
            return True  # it is ending: its keeper sees to what is left
    if run.is_final:
        return False
    if run.process is None or not run.process.is_alive():
        return True  # between two workers: nobody can tell yet
    # Of this worker or a later one, whatever it has become: only what is older than the worker was left by another.
    return one.identity.start_ticks >= run.process.start_ticks


def _name_of_gone(one: _Marked, logs: str) -> str | None:
    """The name of a run that is no more; None when it lies, or lay, in somebody else's workspace."""
    if not one.folder or os.path.realpath(Path(one.folder).parent) != logs:
        return None
    with contextlib.suppress(InputError):
        if registry.read_run(one.folder).id in ("", one.run_id):
            return None  # it has come into being since the list was made
    return Path(one.folder).name


def _marked() -> Iterator[_Marked]:
    import psutil  # type: ignore[import-untyped,unused-ignore]

    mine = os.getuid() if hasattr(os, "getuid") else None
    for pid in psutil.pids():
        if pid == os.getpid():
            continue
        # The identity comes first: what is read after it is of this process, or `is_alive` will say otherwise.
        with contextlib.suppress(psutil.Error, OSError, ValueError):
            identity = ProcessIdentity.of(pid)
            process = psutil.Process(pid)
            if mine is not None and process.uids().real != mine:
                continue
            variables: Mapping[str, str] = process.environ()
            run_id = variables.get(RUN_ID_VARIABLE)
            if run_id and process.status() != psutil.STATUS_ZOMBIE:
                yield _Marked(
                    identity,
                    run_id,
                    variables.get(FOLDER_VARIABLE, ""),
                    process.name(),
                    int(process.memory_info().rss),
                    _age_s(identity, process),
                )


def _age_s(identity: ProcessIdentity, process: Any) -> float:
    if hasattr(time, "CLOCK_BOOTTIME"):  # Linux, where identities count ticks from boot
        return procfs.age_s(identity.start_ticks)
    return max(0.0, time.time() - float(process.create_time()))


def _gpu_bytes() -> dict[int, int]:
    """Bytes in use on all GPUs by process number."""
    found: dict[int, int] = {}
    for gpu in gpus.poll():
        for process in gpu.processes:
            if process.used_bytes is not None:
                found[process.pid] = found.get(process.pid, 0) + process.used_bytes
    return found


def _leads_its_group(pid: int) -> bool:
    """Workers are started in a group of their own; their loaders and ranks are not."""
    if sys.platform == "win32":
        return False
    with contextlib.suppress(OSError):
        return os.getpgid(pid) == pid
    return False
