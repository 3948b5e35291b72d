"""Starting and stopping runs. A started run does not depend on a terminal: supervisor and worker are detached."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Unpack

from engine.errors import InputError
from engine.files.lock import RunLock
from engine.i18n import _
from engine.process_identity import SIGKILL
from engine.runs import commands, registry
from engine.runs.processes.detach import CREATE_BREAKAWAY_FROM_JOB, detached_options
from engine.runs.registry import RunSpec
from engine.runs.supervisor.log_header import LOG_NAME
from engine.runs.supervisor.supervisor import Supervisor, cannot_start

PATIENT = frozenset({"transcribe"})  # what is under way is paid for: a second stop must not throw it away
_START_SECONDS = 30.0  # a cold, loaded machine may take this long to start an interpreter
_LOOK_SECONDS = 0.02
_ATTACH_AGAIN_SECONDS = 60.0

_attach_after: dict[Path, float] = {}  # monotonic time before which no other supervisor is tried


def start(
    folder: str | Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
    **spec: Unpack[RunSpec],
) -> registry.RunSnapshot:
    """Start a worker under a detached supervisor; returns once run.json names both, long before the worker is ready.

    In a folder that has a run this resumes it: log and events are appended to, config.json stays unless given.

    Args:
        folder: the run folder, made when missing; its name is the run's name.
        env: the worker's environment, this process's own when None; it is never written to disk.
        cwd: the worker's directory, the current one when None.
        spec: what the run does.

    Raises:
        InputError: a live run has the folder, it cannot be written, or the program cannot be started.
    """
    folder = Path(folder).absolute()
    with _prepared(folder, spec) as held:
        if sys.platform == "win32":
            held.release()  # a lock cannot be handed down there: the supervisor takes it anew
        lock = [] if sys.platform == "win32" else ["--lock", str(held.handle)]
        answer = _start_supervisor(folder, [*lock, "--", *spec["argv"]], held, env, cwd)
    run = registry.read_run(folder)
    if run.process is None:
        reason = answer.get("error") or _("the supervisor did not start")
        if not run.is_final:
            registry.StateFile(folder).update(state="failed", reason=reason)
        raise InputError(reason, path=folder, fix=_("see {file} there").format(file=LOG_NAME))
    return run


def run_foreground(
    folder: str | Path, *, on_started: Callable[[Supervisor], None] | None = None, **spec: Unpack[RunSpec]
) -> int:
    """Start a worker as `start` does, but supervise it in this process until it ends; returns its exit code.

    Args:
        on_started: called once the worker runs; connect the terminal's Ctrl+C to `supervisor.request_stop` here.

    Raises:
        InputError: as `start`.
    """
    folder = Path(folder).absolute()
    with _prepared(folder, spec) as held:
        supervisor = Supervisor(folder, spec["argv"], held)
        try:
            supervisor.start_worker()
        except OSError as error:
            raise InputError(cannot_start(spec["argv"], error), fix=_("check the command")) from None
        if on_started is not None:
            on_started(supervisor)
        return supervisor.supervise()


@contextlib.contextmanager
def _prepared(folder: Path, spec: RunSpec) -> Iterator[RunLock]:
    """The run folder made ready, and its lock for the time of a `with` block."""
    held = registry.claim(folder)
    try:
        registry.prepare(folder, held=held, **spec)
        yield held
    finally:
        held.release()


def attach_supervisors(runs: Iterable[registry.RunSnapshot]) -> None:
    """Start a supervisor for each run whose worker continues although its supervisor was killed.

    Called whenever runs are listed; a start takes a fraction of a second, and each run is tried once a minute.
    """
    for run in runs:
        folder, now = run.folder.absolute(), time.monotonic()
        if run.lacks_supervisor and now >= _attach_after.get(folder, now):
            _attach_after[folder] = now + _ATTACH_AGAIN_SECONDS
            with contextlib.suppress(OSError):  # its log cannot be opened
                _start_supervisor(folder, ["--attach"])


def stop(folder: str | Path, *, now: bool = False, wait_s: float = 0) -> bool:
    """Ask a run to stop, by a command; by signal when `wait_s` is given and the worker does not answer.

    The first call asks for a checkpoint and the end; from the second one on it is as if `now` were given. A kind of
    `PATIENT` that is stopping already is left to it: only `now` makes it harder.

    Args:
        now: stop without a last checkpoint. The worker is killed when it has not ended within `wait_s`.
        wait_s: seconds to wait for the end. After half of them without an answer the worker gets a SIGTERM.

    Returns:
        With `wait_s` 0: whether a live run was asked. Otherwise: whether a live run has ended.

    Raises:
        InputError: there is no run in this folder.
    """
    run = registry.read_run(folder)
    if run.is_final:
        return False
    is_on_its_way = run.state == "stopping" and registry.stop_was_asked(folder)
    now = is_at_once(run, now=now)
    with contextlib.suppress(OSError):  # a run must be stoppable on a full disk
        registry.record(folder, stop_asked=time.time())  # a signal that ends it from now on is no failure
    message = None if is_on_its_way and not now else _send_stop(run, now)
    if wait_s <= 0:
        return True
    deadline = time.monotonic() + wait_s
    if _ends_by(folder, deadline - wait_s / 2):
        return True
    run = registry.read_run(folder)
    is_unread = message is not None and run.state != "stopping" and commands.is_waiting(folder, message)
    if run.process and (now or is_unread):
        run.process.send_signal(signal.SIGTERM)
    if _ends_by(folder, deadline - (wait_s / 10 if now else 0)):
        return True
    if now and run.process:
        run.process.send_signal(SIGKILL)
    return _ends_by(folder, deadline)


def is_at_once(run: registry.RunSnapshot, *, now: bool = False) -> bool:
    """Whether a stop ends the run at once: asked for, or the second one where that loses no money."""
    return now or (run.kind not in PATIENT and registry.stop_was_asked(run.folder))


def _send_stop(run: registry.RunSnapshot, now: bool) -> str | None:
    """The id of the message; None when there was no room for one and a signal had to do."""
    try:
        message = commands.send(run.folder, "stop_now" if now else "stop")
    except InputError:
        if run.process is None or not run.process.send_signal(signal.SIGTERM):
            raise
        return None
    if now and run.state == "stopping" and run.process is not None:
        # it writes its last checkpoint, and reads no commands meanwhile
        run.process.send_signal(signal.SIGTERM)
    return message


def _ends_by(folder: str | Path, deadline: float) -> bool:
    """Whether the run is over, worker and supervisor gone, before the clock's `deadline`."""
    while not registry.read_run(folder).has_ended:
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(_LOOK_SECONDS, left))
    return True


def _start_supervisor(
    folder: Path,
    words: list[str],
    held: RunLock | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
) -> dict[str, Any]:
    """Start a supervisor and return its answer: {"process": ...} or {"error": ...}, {} when there is none."""
    # -P: a file of the workspace called json.py must not be taken for the library's.
    command = [sys.executable, "-P", "-m", "engine.runs.supervisor", str(folder), *words]
    options = detached_options() | {"cwd": cwd, "env": None if env is None else dict(env)}
    if held is not None and "pass_fds" in options:
        options["pass_fds"] = (held.handle,)
    log = os.open(folder / LOG_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return _read_answer(
            _popen(command, log, options)
        )  # if the supervisor itself fails, the log has its error
    except OSError as error:
        return {"error": _("cannot start a process: {strerror}").format(strerror=error.strerror)}
    finally:
        os.close(log)


def _popen(command: list[str], log: int, options: dict[str, Any]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, **options
        )
    except PermissionError:
        flags = options.get("creationflags", 0)
        if not flags & CREATE_BREAKAWAY_FROM_JOB:
            raise
        # Our job object allows no breakaway: the run starts, but ends with the job.
        return _popen(command, log, options | {"creationflags": flags & ~CREATE_BREAKAWAY_FROM_JOB})


def _read_answer(child: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert child.stdout is not None  # noqa: S101 - for the type checker
    with child:
        if sys.platform == "win32":
            line = child.stdout.readline()
            child.returncode = 0  # the supervisor itself: it lives on without us
        else:
            try:  # this process forks and ends; the supervisor closes the pipe after its answer
                line, _stderr = child.communicate(timeout=_START_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                line = b""
    try:
        answer = json.loads(
            (line.splitlines() or [b"{}"])[-1]
        )  # Python's own start may have printed lines before
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {}
