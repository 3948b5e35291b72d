"""Event files of TensorBoard as our own events: the readers of the dashboard take one for the other."""

from __future__ import annotations

import contextlib
import math
import struct
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import SessionLog

from engine.i18n import _
from engine.runs.foreign import folders
from engine.runs.foreign.records import EventFile

# what Piper calls the figures of the family
_TAGS = {
    "loss_gen_all": "loss/g/total",
    "loss_disc_all": "loss/d/total",
    "loss_g": "loss/g/total",
    "loss_d": "loss/d/total",
}
_QUIET_SECONDS = 60.0  # a record that is unfinished for so long is not being written any more
_FLOATS = {1: ("f", 4), 2: ("d", 8), 3: ("i", 4), 9: ("q", 8)}  # TensorBoard's types of numbers
_KINDS = {"images": _("images"), "audio": _("sounds"), "histograms": _("histograms")}


class ForeignTail:
    """Follows a folder's event files. Used as `engine.runs.events.EventTail` is.

    Scalars become events of kind metric, checkpoints of the family events of kind checkpoint; what cannot be read, and
    what is not shown, is an alert.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[Path, EventFile] = {}
        self._checkpoints: set[int] = set()
        self._faults: dict[Path, str] = {}
        self._others: Counter[str] = Counter()  # of events that are no scalars, by kind
        self._has_said = False
        self.restarts = 0  # how often a file turned out to be another one: all is read again

    @property
    def faults(self) -> list[str]:
        """A sentence for each file that cannot be read to its end."""
        return list(self._faults.values())

    @property
    def others(self) -> dict[str, int]:
        """How many images, sounds and histograms there are."""
        return dict(self._others)

    def read_new(self, limit_bytes: int | None = None) -> list[dict[str, Any]]:
        """The events since the last call; with a limit about one block of a file. [] means that there is no more."""
        for path in folders.event_files(self.folder):
            self._files.setdefault(path, EventFile(path))
        found = self._read(limit_bytes)
        if any(file.restarts for file in self._files.values()):
            self.restarts += 1
            for known in (self._files, self._faults, self._others, self._checkpoints):
                known.clear()
            self._has_said = False
            return self.read_new(limit_bytes)
        return found

    def _read(self, limit_bytes: int | None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for path, file in self._files.items():
            is_main = path.parent == self.folder
            while True:
                found += self._events(file, "" if is_main else f"{path.parent.name}/")
                if file.is_at_end or (limit_bytes is not None and found):
                    break
            if limit_bytes is not None and found and not file.is_at_end:
                return found
            found += self._fault(path, file)
        return [*found, *self._new_checkpoints(), *self._not_shown()]

    def _events(self, file: EventFile, prefix: str) -> Iterator[dict[str, Any]]:
        """Metrics, those of one step together; a session that began anew at a step voids what came from there on.

        Args:
            prefix: of the tags; those of a second folder are other curves.
        """
        metric: dict[str, Any] | None = None
        for event in file.read_new():
            values = {f"{prefix}{tag}": value for tag, value in self._scalars(event).items()}
            if metric is not None and values and metric["step"] == event.step:
                metric["values"].update(values)
                continue
            if metric is not None:
                yield metric
                metric = None
            if event.session_log.status == SessionLog.START and event.step > 0 and not prefix:
                yield {"kind": "resumed", "step": event.step - 1}
            if values:
                metric = {"kind": "metric", "step": event.step, "epoch": 0, "values": values}
                metric |= {} if prefix else {"t": event.wall_time}
        if metric is not None:
            yield metric

    def _scalars(self, event: Any) -> dict[str, float | None]:
        values: dict[str, float | None] = {}
        for value in event.summary.value:
            kind = value.WhichOneof("value")
            number = value.simple_value if kind == "simple_value" else None
            if kind == "tensor":
                plugin = value.metadata.plugin_data.plugin_name
                number = _number(value.tensor)
                kind = plugin if plugin in _KINDS else kind
            if number is not None:
                values[_TAGS.get(value.tag, value.tag)] = number if math.isfinite(number) else None
            elif (name := {"image": "images", "histo": "histograms"}.get(kind, kind)) in _KINDS:
                self._others[name] += 1
        return values

    def _fault(self, path: Path, file: EventFile) -> Iterator[dict[str, Any]]:
        """What is wrong with a file, said once."""
        fault = file.fault
        if not fault and (not file.records or file.unfinished_bytes) and _age(path) > _QUIET_SECONDS:
            text = _("{file} is cut off after {n:,} records; they are shown")
            fault = text.format(file=path.name, n=file.records)
        if fault and self._faults.get(path) != fault:
            self._faults[path] = fault
            yield {"kind": "alert", "level": "warning", "text": fault, "t": time.time()}
        elif not fault:
            self._faults.pop(path, None)

    def _new_checkpoints(self) -> Iterator[dict[str, Any]]:
        found = folders.checkpoints(self.folder)
        for step in sorted(found.keys() - self._checkpoints):
            about = {}
            for name in (found[step].name, f"D_{step}.pth"):
                with contextlib.suppress(OSError):  # pruned in the meantime, or a link to nothing
                    about[name] = (self.folder / name).stat()
            if not about:
                continue
            files = list(about)
            sizes = {
                "bytes": sum(each.st_size for each in about.values()),
                "t": max(each.st_mtime for each in about.values()),
            }
            yield {"kind": "checkpoint", "step": step, "epoch": 0, "files": files, "best": False, **sizes}
        self._checkpoints |= found.keys()

    def _not_shown(self) -> Iterator[dict[str, Any]]:
        """How many pictures, sounds and histograms there are, said once when all has been read."""
        if self._others and not self._has_said:
            self._has_said = True
            what = ", ".join(f"{count:,} {_KINDS[kind]}" for kind, count in sorted(self._others.items()))
            text = _("{what} of TensorBoard are not shown here").format(what=what)
            yield {"kind": "alert", "level": "info", "text": text, "t": time.time()}


def _number(tensor: Any) -> float | None:
    """The one number of a tensor; None where it holds something else."""
    if any(each.size != 1 for each in tensor.tensor_shape.dim):
        return None
    for values in (tensor.float_val, tensor.double_val, tensor.int_val, tensor.int64_val):
        if values:
            return float(values[0])
    code, size = _FLOATS.get(tensor.dtype, ("", 0))
    if code and len(tensor.tensor_content) == size:
        return float(struct.unpack(f"<{code}", tensor.tensor_content)[0])
    return None


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
