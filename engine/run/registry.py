"""What runs there are and how each one is: read from run.json and state.json, checked against living processes.

Readers never raise over what somebody put into a folder, and never believe a state whose process is gone.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from engine.errors import InputError
from engine.run import atomic, lock
from engine.run.identity import ProcessIdentity

State = Literal["starting", "running", "stopping", "stopped", "finished", "failed", "stalled"]
STATES: tuple[State, ...] = ("starting", "running", "stopping", "stopped", "finished", "failed", "stalled")
FINAL_STATES: tuple[State, ...] = ("stopped", "finished", "failed")
GONE = "the process is gone"

_VERSION = 1
_LARGEST_JSON = 4 << 20  # bytes; run.json and state.json are a few hundred


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """One run at one moment. Times are unix seconds, `rate` is steps a second, unknown values are None."""

    name: str
    folder: Path
    kind: str
    state: State
    reason: str = ""
    step: int | None = None
    epoch: int | None = None
    total_steps: int | None = None
    rate: float | None = None
    eta_s: float | None = None
    device: str | None = None
    device_bytes: int | None = None
    created: float = 0.0
    updated: float = 0.0
    exit_code: int | None = None
    process: ProcessIdentity | None = None
    keeper: ProcessIdentity | None = None
    id: str = ""

    @property
    def is_final(self) -> bool:
        """Stopped, finished or failed."""
        return self.state in FINAL_STATES

    @property
    def is_live(self) -> bool:
        """Not final; `read_run` has made sure that a process stands behind it."""
        return not self.is_final


def read_run(folder: str | Path) -> RunSnapshot:
    """One run as it is now.

    Raises:
        InputError: there is no run in this folder, or its run.json cannot be read as one.
    """
    folder = Path(folder)
    facts = _read_object(folder / "run.json")
    if facts is None:
        what = "is not a run" if folder.is_dir() else "no such run"
        raise InputError(what, path=folder, fix="see what there is with `vitsdeck runs`")
    seen = _snapshot(folder, facts, _read_object(folder / "state.json") or {})
    if seen.is_final or _is_anybody_there(facts):
        return seen
    # The worker may have written its last state and ended between the two looks above: look again before judging.
    seen = _snapshot(folder, facts, _read_object(folder / "state.json") or {})
    return seen if seen.is_final else replace(seen, state="failed", reason=GONE)


def list_runs(logs_dir: str | Path) -> list[RunSnapshot]:
    """Every run below `logs_dir`, newest first; folders that are no runs are passed over, never an error."""
    try:
        names = [name for name in os.listdir(logs_dir) if not name.startswith(".")]  # noqa: PTH208 - names
    except OSError:
        return []
    runs = []
    for name in names:
        try:
            runs.append(read_run(Path(logs_dir) / name))
        except InputError:
            continue
    return sorted(runs, key=lambda run: (-run.created, run.name))


def prepare(
    folder: str | Path,
    *,
    kind: str,
    argv: list[str],
    config_json: str | None = None,
    held: lock.RunLock | None = None,
) -> None:
    """Make a run folder ready for a new worker: 0700, run.json, state `starting`, empty mailbox.

    A folder that has a run is resumed: its id, its time of creation, its step, log and events stay, and config.json
    stays unless `config_json` is given. Secrets in `argv` are masked in what is written.

    Args:
        held: the folder's lock, when the caller took it to hand it down; otherwise it is held for this call.

    Raises:
        InputError: a live run has the folder, or it cannot be written.
    """
    folder = Path(folder)
    mine = held or claim(folder)
    try:
        _refuse_if_live(folder)
        atomic.remove_stale_temporaries(folder)
        _empty_mailbox(folder)
        if config_json is not None:
            atomic.write_text(folder / "config.json", config_json)
        before = _read_object(folder / "run.json") or {}
        now = time.time()
        facts = {
            "v": _VERSION,
            "id": before.get("id") if isinstance(before.get("id"), str) else os.urandom(8).hex(),
            "name": folder.name,
            "kind": kind,
            "argv": masked(argv),
            "created": _number(before, "created") or now,
            "started": now,
            "versions": before.get("versions") if isinstance(before.get("versions"), dict) else {},
            "starter": ProcessIdentity.current().to_json(),
            "keeper": None,
            "process": None,
        }
        state = StateFile(folder)
        state.update(state="starting", reason="", rate=None, eta_s=None, exit_code=None, device_bytes=None)
        atomic.write_json(folder / "run.json", facts)
    except OSError as error:
        raise _not_writable(folder, error) from None
    finally:
        if held is None:
            mine.release()


def claim(folder: str | Path) -> lock.RunLock:
    """Make the folder (0700) if need be and take its lock.

    Raises:
        InputError: somebody has it, or the folder cannot be made.
    """
    folder = Path(folder)
    if not folder.name.isprintable() or folder.name.startswith("."):
        raise InputError(f"{folder.name!r} cannot be a run's name", fix="use letters, digits, - and _")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        for part in ("inbox", "outbox"):
            (folder / part).mkdir(exist_ok=True, mode=0o700)
        # A run that has just said its last word may need a moment more to end.
        mine = lock.RunLock.take(folder, wait_s=_patience(folder))
    except FileExistsError as error:
        raise InputError(
            "is not a folder", path=error.filename or folder, fix="choose another name"
        ) from None
    except OSError as error:
        raise _not_writable(folder, error) from None
    if mine is None:
        _refuse_if_live(folder)
        raise InputError(
            f"a process of an earlier run still holds this folder{_numbered(lock.holders(folder))}",
            path=folder,
            fix="wait a moment, or end that process",
        )
    return mine


def record(folder: str | Path, **fields: Any) -> None:
    """Add or replace fields of run.json (`process`, `versions`, ...); safe beside other writers."""
    folder = Path(folder)
    with lock.exclusive(folder / ".record.lock"):
        facts = _read_object(folder / "run.json")
        if facts is None:  # a worker that was started by hand
            facts = {"v": _VERSION, "id": os.urandom(8).hex(), "name": folder.name, "kind": "train"}
            facts |= {"argv": [], "created": time.time(), "versions": {}}
        atomic.write_json(folder / "run.json", facts | fields)


def recorded_argv(folder: str | Path) -> list[str]:
    """The command line of the present or last worker, secrets masked; [] when there is none on record."""
    words = (_read_object(Path(folder) / "run.json") or {}).get("argv")
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []


def stop_was_asked(folder: str | Path) -> bool:
    """Whether somebody has asked the present worker to stop (`launch.stop` records it)."""
    return "stop_asked" in (_read_object(Path(folder) / "run.json") or {})


class StateFile:
    """The worker's side of state.json; threads of one process may share the file."""

    _lock = threading.Lock()

    def __init__(self, folder: str | Path) -> None:
        self.path = Path(folder) / "state.json"

    def update(self, **fields: Any) -> None:
        """Merge `fields` into state.json and stamp the time; NaN and infinities become null.

        A change of `state` waits for the disk; a mere change of figures costs about a millisecond.

        Raises:
            ValueError: `state` is not one of `STATES`.
            OSError: the disk is full, or the folder is gone.
        """
        if "state" in fields and fields["state"] not in STATES:
            raise ValueError(f"no such state: {fields['state']!r}")
        finite = {key: None if _is_not_finite(value) else value for key, value in fields.items()}
        with self._lock:
            before = _read_object(self.path) or dict.fromkeys(_STATE_FIELDS)
            durable = "state" in fields and fields["state"] != before.get("state")
            atomic.write_json(self.path, before | finite | {"v": _VERSION, "t": time.time()}, durable=durable)

    def read(self) -> dict[str, Any]:
        """What state.json holds now; {} when it is missing or broken."""
        return _read_object(self.path) or {}


# in the order in which a person wants to read them
_STATE_FIELDS = (
    *("v", "t", "state", "reason", "step", "epoch", "total_steps", "rate", "eta_s"),
    *("device", "device_bytes", "exit_code"),
)
_SECRET_WORDS = frozenset(
    {
        *("key", "apikey", "token", "secret", "password", "passwd", "pwd", "passphrase"),
        *("credential", "credentials", "auth", "authorization"),
    }
)
_MASK = "***"


def masked(argv: list[str]) -> list[str]:
    """`argv` with the values of flags and NAME=VALUE words that look secret replaced by ***."""
    shown: list[str] = []
    hide_next = False
    for word in argv:
        name, equals, _ = word.partition("=")
        secret = not _SECRET_WORDS.isdisjoint(name.lower().lstrip("-").replace("-", "_").split("_"))
        if hide_next and not word.startswith("--"):
            shown.append(_MASK)
            hide_next = False
            continue
        hide_next = secret and not equals and word.startswith("-")
        shown.append(f"{name}={_MASK}" if secret and equals else _without_url_password(word))
    return shown


def _without_url_password(word: str) -> str:
    scheme, mark, rest = word.partition("://")
    user, at, host = rest.partition("@")
    return f"{scheme}://{_MASK}@{host}" if mark and at and "/" not in user else word


def _snapshot(folder: Path, facts: dict[str, Any], state: dict[str, Any]) -> RunSnapshot:
    created = _number(facts, "created") or 0.0
    name = state.get("state")
    return RunSnapshot(
        name=folder.name,
        folder=folder,
        kind=_text(facts, "kind") or "train",
        state=name if name in STATES else "starting",
        reason=_text(state, "reason") or "",
        step=_whole(state, "step"),
        epoch=_whole(state, "epoch"),
        total_steps=_whole(state, "total_steps"),
        rate=_number(state, "rate"),
        eta_s=_number(state, "eta_s"),
        device=_text(state, "device"),
        device_bytes=_whole(state, "device_bytes"),
        created=created,
        updated=_number(state, "t") or created,
        exit_code=_whole(state, "exit_code"),
        process=ProcessIdentity.from_json(facts.get("process")),
        keeper=ProcessIdentity.from_json(facts.get("keeper")),
        id=_text(facts, "id") or "",
    )


def _is_anybody_there(facts: dict[str, Any]) -> bool:
    """Whether the worker or its keeper lives; before there is a keeper, whether the process that starts it does."""
    known = [ProcessIdentity.from_json(facts.get(role)) for role in ("process", "keeper")]
    if not any(known):
        known = [ProcessIdentity.from_json(facts.get("starter"))]
    return any(one is not None and one.is_alive() for one in known)


def _refuse_if_live(folder: Path) -> None:
    facts = _read_object(folder / "run.json") or {}
    for role in ("process", "keeper"):
        one = ProcessIdentity.from_json(facts.get(role))
        if role == "keeper" and one == ProcessIdentity.current():
            continue  # an earlier run that was kept in the foreground, by ourselves
        if one is not None and one.is_alive():
            raise InputError(
                f'a live run has the name "{folder.name}" (process {one.pid})',
                path=folder,
                fix=f"stop it with `vitsdeck stop {folder.name}`, or choose another name",
            )


def _patience(folder: Path) -> float:
    state = StateFile(folder).read().get("state")
    return 3.0 if state in FINAL_STATES else 0.1


def _empty_mailbox(folder: Path) -> None:
    """A `stop` that was meant for the last worker must not end the next one."""
    for part in ("inbox", "outbox"):
        for path in (folder / part).iterdir():
            if path.is_symlink() or not path.is_dir():
                path.unlink(missing_ok=True)


def _not_writable(folder: Path, error: OSError) -> InputError:
    return InputError(
        f"cannot be written ({error.strerror})", path=folder, fix="check its owner and free space"
    )


def _numbered(pids: list[int]) -> str:
    return f" (process {', '.join(map(str, pids))})" if pids else ""


def _read_object(path: Path) -> dict[str, Any] | None:
    """A JSON object from a file; None when it is missing, broken, huge or something else."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    try:
        data = os.read(handle, _LARGEST_JSON)
        found = json.loads(data)
    except (OSError, ValueError, RecursionError):
        return None
    finally:
        os.close(handle)
    return found if isinstance(found, dict) else None


def _is_not_finite(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _text(obj: dict[str, Any], key: str) -> str | None:
    value = obj.get(key)
    return value if isinstance(value, str) else None


def _whole(obj: dict[str, Any], key: str) -> int | None:
    value = obj.get(key)
    return value if type(value) is int else None


def _number(obj: dict[str, Any], key: str) -> float | None:
    value = obj.get(key)
    if type(value) not in (int, float):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
