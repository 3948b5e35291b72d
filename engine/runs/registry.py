"""The runs of a workspace and the state of each: read from run.json and state.json, checked against living processes.

Readers never raise over foreign files in a folder, and never believe a state whose process is gone.
"""

from __future__ import annotations

import difflib
import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Required, TypedDict, TypeVar, Unpack

from engine.errors import InputError, cannot_write
from engine.files import atomic, lock
from engine.i18n import _
from engine.process_identity import ProcessIdentity
from engine.runs.foreign import folders
from engine.runs.logs.masking import masked
from engine.runs.statefile import FINAL_STATES, STATES, State, StateFile, read_object

__all__ = ["FINAL_STATES", "STATES", "RunSnapshot", "State", "StateFile", "list_runs", "read_run"]

T = TypeVar("T")
GONE = "the process is gone"
FOREIGN = "tensorboard"  # the kind of a run that another program trained; it is only read

_VERSION = 1
_KEPT = ("threads", "words_step", "tags", "note")  # fields of run.json that a resume keeps
_ENDING_SECONDS = 10.0  # loaders of a killed trainer look for their parent every five seconds
_STATE_FIELDS = {
    **{"reason": str, "step": int, "epoch": int, "total_steps": int, "rate": float, "eta_s": float},
    **{"device": str, "device_bytes": int, "exit_code": int},
}


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """One run at one moment. Times are unix seconds, `rate` is steps a second, unknown values are None.

    `created` is when the run began, `started` when its present or last process did. `words_step` is the step from which
    on its voice is expected to speak in words; only the demo has measured one.
    """

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
    started: float = 0.0
    updated: float = 0.0
    exit_code: int | None = None
    process: ProcessIdentity | None = None
    supervisor: ProcessIdentity | None = None  # `keeper` in run.json
    id: str = ""
    words_step: int | None = None
    tags: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_final(self) -> bool:
        """Stopped, finished or failed."""
        return self.state in FINAL_STATES

    @property
    def is_live(self) -> bool:
        """Not final; `read_run` has made sure that a process stands behind it."""
        return not self.is_final

    @property
    def has_ended(self) -> bool:
        """Final, with worker and supervisor gone."""
        return self.is_final and not (_is_alive(self.process) or _is_alive(self.supervisor))

    @property
    def lacks_supervisor(self) -> bool:
        """Whether its worker continues although its supervisor was killed."""
        was_supervised = self.supervisor is not None and not self.supervisor.is_alive()
        return self.is_live and was_supervised and _is_alive(self.process)


def read_run(folder: str | Path) -> RunSnapshot:
    """One run as it is now.

    Raises:
        InputError: there is no run in this folder, or its run.json cannot be read as one.
    """
    folder = Path(folder)
    facts = read_object(folder / "run.json")
    if facts is None:
        what = _("is not a run") if folder.is_dir() else _("no such run")
        names = (path.parent.name for path in folder.parent.glob("*/run.json"))
        fix = _("see what there is with `vitsdeck runs`")
        if near := difflib.get_close_matches(folder.name, names, n=1):
            fix = _("did you mean {name}? see what there is with `vitsdeck runs`").format(name=near[0])
        raise InputError(what, path=folder, fix=fix)
    state = read_object(folder / "state.json") or {}
    seen = _snapshot(folder, facts, state)
    if seen.is_final:
        return replace(seen, state="starting") if _may_start_again(seen, facts, state) else seen
    if _has_process(facts):
        return seen
    # The worker may have written its last state and ended between the two looks above: look again before judging.
    seen = _snapshot(folder, facts, read_object(folder / "state.json") or {})
    return seen if seen.is_final else replace(seen, state="failed", reason=GONE)


def list_runs(logs_dir: str | Path) -> list[RunSnapshot]:
    """Every run below `logs_dir`, newest first; folders that never were runs are passed over, never an error.

    Folders with event files of TensorBoard are runs of the kind `FOREIGN`.
    A run whose run.json is lost or damaged is listed as failed, so that its loss is seen.
    """
    try:
        names = [name for name in os.listdir(logs_dir) if not name.startswith(".")]  # noqa: PTH208 - names
    except OSError:
        return []
    runs = []
    for name in names:
        folder = Path(logs_dir) / name
        try:
            runs.append(read_run(folder))
        except InputError:
            if any((folder / trace).is_file() for trace in ("run.json", "events.jsonl")):
                runs.append(RunSnapshot(name, folder, "train", "failed", "its run.json cannot be read"))
            elif files := folders.event_files(folder):
                runs.append(_foreign(folder, files))
    return sorted(runs, key=lambda run: (-run.created, run.name))


def _foreign(folder: Path, files: Sequence[Path]) -> RunSnapshot:
    """A run of another program, as far as the names of its files tell."""
    created, updated = _changed(files[0]), max(map(_changed, files))
    steps = folders.checkpoints(folder)
    reason = _("of another program: it is shown, and not changed")
    return RunSnapshot(
        *(folder.name, folder, FOREIGN, "stopped", reason),
        step=max(steps, default=None),
        created=created,
        started=created,
        updated=updated,
        id=str(folder),
    )


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


class RunSpec(TypedDict, total=False):
    """What a run does, in `prepare`, `launch.start` and `launch.run_foreground`."""

    kind: Required[str]  # train, convert, transcribe, ...
    argv: Required[Sequence[str]]  # the worker's command line
    config_json: str | None  # text of config.json; None keeps the one that is there
    files: Mapping[str, str]  # texts of further files in the run folder, by name
    restarts: bool  # whether the supervisor starts a worker again that died


def prepare(folder: str | Path, *, held: lock.RunLock | None = None, **spec: Unpack[RunSpec]) -> None:
    """Make a run folder ready for a new worker: 0700, run.json, state `starting`, empty inbox.

    A folder that has a run is resumed: its id, its time of creation, its step, log and events stay. Secrets in the
    command line are masked in what is written.

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
        for part in ("inbox", "outbox"):  # a `stop` for the last worker must not end the next one
            for path in (folder / part).iterdir():
                if path.is_symlink() or not path.is_dir():
                    path.unlink(missing_ok=True)
        files = {**spec.get("files", {}), "config.json": spec.get("config_json")}
        for name, text in files.items():
            if text is not None:
                atomic.write_text(folder / name, text)
        before = read_object(folder / "run.json") or {}
        now = time.time()
        facts = {
            "v": _VERSION,
            "id": _get(before, "id", str) or os.urandom(8).hex(),
            "name": folder.name,
            "kind": spec["kind"],
            "argv": masked(spec["argv"]),
            "created": _get(before, "created", float) or now,
            "started": now,
            "versions": _get(before, "versions", dict) or {},
            "restarts": spec.get("restarts", False),
            "starter": ProcessIdentity.current().to_json(),
            "keeper": None,
            "process": None,
            **{field: before[field] for field in _KEPT if field in before},
        }
        unknown = dict.fromkeys(("rate", "eta_s", "exit_code", "device_bytes", "settled"))
        StateFile(folder).update(state="starting", reason="", **unknown)
        atomic.write_json(folder / "run.json", facts)
    except OSError as error:
        raise cannot_write(error, folder, _("check its owner and free space")) from None
    finally:
        if held is None:
            mine.release()


def claim(folder: str | Path) -> lock.RunLock:
    """Make the folder (0700) if need be and take its lock.

    Raises:
        InputError: another process has it, or the folder cannot be made.
    """
    folder = Path(folder)
    if not folder.name.isprintable() or folder.name.startswith("."):
        raise InputError(
            _("{name!r} cannot be a run's name").format(name=folder.name),
            fix=_("use letters, digits, - and _"),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        for part in ("inbox", "outbox"):
            (folder / part).mkdir(exist_ok=True, mode=0o700)
        mine = lock.RunLock.take(folder)
        if mine is None:
            if StateFile(folder).read().get("state") not in FINAL_STATES:
                _refuse_if_live(folder)
            mine = lock.RunLock.take(folder, wait_s=_ENDING_SECONDS)
    except FileExistsError as error:
        raise InputError(
            _("is not a folder"), path=error.filename or folder, fix=_("choose another name")
        ) from None
    except OSError as error:
        raise cannot_write(error, folder, _("check its owner and free space")) from None
    if mine is None:
        raise InputError(
            _("a process of an earlier run still holds this folder"),
            path=folder,
            fix=_("end it with `vitsdeck free-memory --end-leftovers`"),
        )
    return mine


def record(folder: str | Path, **fields: Any) -> None:
    """Add or replace fields of run.json (`process`, `versions`, ...); other processes may write it at the same time."""
    folder = Path(folder)
    with lock.exclusive(folder / lock.RECORD_LOCK_NAME):
        facts = read_object(folder / "run.json")
        if facts is None:  # a worker that was started by hand
            facts = {"v": _VERSION, "id": os.urandom(8).hex(), "name": folder.name, "kind": "train"}
            facts |= {"argv": [], "created": time.time(), "versions": {}}
        atomic.write_json(folder / "run.json", facts | fields)


def recorded(folder: str | Path, field: str) -> Any:
    """One field of run.json as it stands there, unchecked; None when there is none."""
    return (read_object(Path(folder) / "run.json") or {}).get(field)


def stop_was_asked(folder: str | Path) -> bool:
    """Whether the present worker was asked to stop (`launch.stop` records it)."""
    return recorded(folder, "stop_asked") is not None


def _snapshot(folder: Path, facts: dict[str, Any], state: dict[str, Any]) -> RunSnapshot:
    created = _get(facts, "created", float) or 0.0
    fields: dict[str, Any] = {name: _get(state, name, kind) for name, kind in _STATE_FIELDS.items()}
    name = state.get("state")
    return RunSnapshot(
        name=folder.name,
        folder=folder,
        kind=_get(facts, "kind", str) or "train",
        state=name if name in STATES else "starting",
        created=created,
        started=_get(facts, "started", float) or created,
        updated=_get(state, "t", float) or created,
        process=ProcessIdentity.from_json(facts.get("process")),
        supervisor=ProcessIdentity.from_json(facts.get("keeper")),
        id=_get(facts, "id", str) or "",
        words_step=_get(facts, "words_step", int),
        tags=tuple(tag for tag in _get(facts, "tags", list) or () if isinstance(tag, str)),
        note=_get(facts, "note", str) or "",
        **fields | {"reason": fields["reason"] or ""},
    )


def _may_start_again(seen: RunSnapshot, facts: dict[str, Any], state: dict[str, Any]) -> bool:
    """Whether only the worker has called this run failed: its living supervisor has not decided yet."""
    is_undecided = (
        seen.state == "failed" and facts.get("restarts") is True and state.get("settled") is not True
    )
    return is_undecided and _is_alive(seen.supervisor)


def _has_process(facts: dict[str, Any]) -> bool:
    """Whether the worker or its supervisor lives; before there is one, whether the process that starts it does."""
    known = [ProcessIdentity.from_json(facts.get(role)) for role in ("process", "keeper")]
    if not any(known):
        known = [ProcessIdentity.from_json(facts.get("starter"))]
    return any(map(_is_alive, known))


def _is_alive(one: ProcessIdentity | None) -> bool:
    return one is not None and one.is_alive()


def _refuse_if_live(folder: Path) -> None:
    facts = read_object(folder / "run.json") or {}
    for role in ("process", "keeper"):
        one = ProcessIdentity.from_json(facts.get(role))
        if role == "keeper" and one == ProcessIdentity.current():
            continue  # an earlier run that we ourselves supervised in the foreground
        if one is not None and one.is_alive():
            raise InputError(
                _('a live run has the name "{name}" (process {pid})').format(name=folder.name, pid=one.pid),
                path=folder,
                fix=_("stop it with `vitsdeck stop {name}`, or choose another name").format(name=folder.name),
            )


def _get(obj: dict[str, Any], key: str, kind: type[T]) -> T | None:
    """The value of this type, an int taken as a float where one is wanted; None for anything else, NaN included."""
    value = obj.get(key)
    if kind is float and type(value) is int and abs(value) < 1 << 63:
        value = float(value)
    is_good = type(value) is kind and (not isinstance(value, float) or math.isfinite(value))
    return value if is_good else None
