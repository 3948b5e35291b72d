"""state.json: the state of a run, replaced whole at every change. Worker and supervisor take turns to write it."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from pathlib import Path
from typing import Any, Literal, get_args

from engine.files import atomic, lock

State = Literal["starting", "running", "paused", "stopping", "stopped", "finished", "failed", "stalled"]
STATES: tuple[State, ...] = get_args(State)
FINAL_STATES: tuple[State, ...] = ("stopped", "finished", "failed")

_VERSION = 1
_LARGEST_JSON = 4 << 20  # bytes; run.json and state.json are a few hundred
# in the order in which a person wants to read them
_FIELDS = (
    *("v", "t", "state", "reason", "step", "epoch", "total_steps", "rate", "eta_s"),
    *("device", "device_bytes", "exit_code", "settled"),
)


class StateFile:
    """state.json of one run; threads and processes may share it."""

    _lock = threading.Lock()

    def __init__(self, folder: str | Path) -> None:
        self.path = Path(folder) / "state.json"

    def update(self, **fields: Any) -> None:
        """Merge `fields` into state.json and stamp the time; NaN and infinities become null.

        A change of `state` waits for the disk; a mere change of figures costs about a millisecond.

        Raises:
            ValueError: `state` is not one of `STATES`.
            OSError: the disk is full, the folder is gone, or another process keeps state.json locked.
        """
        self._merge(None, fields)

    def change(self, before: State, **fields: Any) -> bool:
        """As `update`, but only when the state is still `before`; whether it was.

        Raises:
            ValueError, OSError: as `update`.
        """
        return self._merge(before, fields)

    def read(self) -> dict[str, Any]:
        """What state.json holds now; {} when it is missing or broken."""
        return read_object(self.path) or {}

    def _merge(self, expected: State | None, fields: dict[str, Any]) -> bool:
        if "state" in fields and fields["state"] not in STATES:
            raise ValueError(f"no such state: {fields['state']!r}")
        finite = {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in fields.items()
        }
        # Nobody else may write between reading and writing: the supervisor must not undo the worker's last state.
        with self._lock, lock.exclusive(self.path.with_name(lock.RECORD_LOCK_NAME)):
            before = read_object(self.path) or dict.fromkeys(_FIELDS)
            if expected is not None and before.get("state") != expected:
                return False
            durable = "state" in fields and fields["state"] != before.get("state")
            atomic.write_json(self.path, before | finite | {"v": _VERSION, "t": time.time()}, durable=durable)
        return True


def read_object(path: Path) -> dict[str, Any] | None:
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
