"""Processes that earlier runs have left behind.

A process is ours when it belongs to our user and was started with a run's id in its environment. It is left over when
that run of this workspace is over or gone, or has another worker by now. Other processes are never listed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.process_identity import SIGKILL, ProcessIdentity
from engine.runs import gpus, registry
from engine.runs.supervisor.worker import FOLDER_VARIABLE, RUN_ID_VARIABLE

GRACE_SECONDS = 5.0  # between SIGTERM and SIGKILL
_KILLED_SECONDS = 5.0  # a process in the middle of a disk or driver call ends when that does

Ended = Literal["ended", "killed", "gone", "still there"]


@dataclass(frozen=True, slots=True)
class Leftover:
    """One process that an earlier run has left behind.

    `run` is the run's name, `kind` what the process was in it: worker or child. `gpu_bytes` is None where the driver
    does not report it. `since` is when it started, in unix seconds by the present clock.
    """

    pid: int
    name: str
    run: str
    kind: Literal["worker", "child"]
    rss_bytes: int
    gpu_bytes: int | None
    identity: ProcessIdentity
    since: float


def find(logs_dir: str | Path) -> list[Leftover]:
    """What runs of this workspace have left behind, oldest first. Looks at every process: keep it off the UI."""
    marked = list(_marked())
    if not marked:
        return []
    runs = {run.id: run for run in registry.list_runs(logs_dir) if run.id}
    gpu_bytes: Counter[int] = Counter()  # by process number, on all GPUs together
    for gpu in gpus.poll():
        gpu_bytes.update({one.pid: one.used_bytes for one in gpu.processes if one.used_bytes is not None})
    found = []
    for identity, run_id, folder in marked:
        run = runs.get(run_id)
        name = run.name if run is not None else Path(folder).name
        if run is None and os.path.realpath(Path(folder).parent) != os.path.realpath(logs_dir):
            continue  # it is gone, and was of another workspace
        if not name or (run is not None and _belongs_to(run, identity)):
            continue
        with contextlib.suppress(ProcessLookupError):
            found.append(_describe(identity, name, gpu_bytes.get(identity.pid)))
    return sorted(found, key=lambda leftover: (leftover.since, leftover.pid))


def end(leftover: Leftover, grace_s: float = GRACE_SECONDS) -> Ended:
    """Ask a leftover process to end, and kill it after `grace_s` seconds; another one with its number is safe."""
    one = leftover.identity
    if not one.send_signal(signal.SIGTERM):
        return "still there" if one.is_alive() else "gone"
    if one.wait(grace_s):
        return "ended"
    one.send_signal(SIGKILL)
    return "killed" if one.wait(_KILLED_SECONDS) else "still there"


def _marked() -> Iterator[tuple[ProcessIdentity, str, str]]:
    """Processes of our user that carry a run's mark, with the run's id and folder."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    mine = psutil.Process().username()
    for pid in psutil.pids():
        if pid == os.getpid():
            continue
        with contextlib.suppress(psutil.Error, OSError, ValueError):
            # The identity comes first: what is read after it is of this process, or `is_alive` is false.
            identity, process = ProcessIdentity.of(pid), psutil.Process(pid)
            if process.username() == mine:
                variables = process.environ()
                if run_id := variables.get(RUN_ID_VARIABLE):
                    yield identity, run_id, variables.get(FOLDER_VARIABLE, "")


def _describe(identity: ProcessIdentity, run: str, gpu_bytes: int | None) -> Leftover:
    """Raises ProcessLookupError: it has ended."""
    import psutil

    try:
        process = psutil.Process(identity.pid)
        name, since, rss = process.name(), float(process.create_time()), int(process.memory_info().rss)
        # workers are started in a group of their own; their loaders and ranks are not
        leads = sys.platform != "win32" and os.getpgid(identity.pid) == identity.pid
    except psutil.Error:
        raise ProcessLookupError from None
    if not identity.is_alive():
        raise ProcessLookupError
    kind: Literal["worker", "child"] = "worker" if leads else "child"
    return Leftover(identity.pid, name, run, kind, rss, gpu_bytes, identity, since)


def _belongs_to(run: registry.RunSnapshot, one: ProcessIdentity) -> bool:
    """Whether this process has its place in the run as it is now."""
    is_supervised = run.supervisor is not None and run.supervisor.is_alive()
    if is_supervised and (one == run.supervisor or run.is_final):
        return True  # of a run that is ending its supervisor sees to what is left
    if run.is_final:
        return False
    if run.process is None or not run.process.is_alive():
        return True  # between two workers: not known yet
    # Of this worker or a later one, whatever it has become: only what is older than the worker was left by another.
    return one.start_ticks >= run.process.start_ticks
