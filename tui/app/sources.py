"""Background readers: each looks at one thing in its own thread and posts what it saw.

Threads are daemons, so that a file system which hangs can hold up its own reader only, never a key or the way out.
Nothing is polled for a pane that nobody sees, beyond the list of runs.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.runs import health, suggestions
from tui.app import messages
from tui.app.messages import Alert, Checkpoint, NewPoints, RunFiles, Sample

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

    from engine.runs.health import Finding
    from engine.runs.suggestions import Offer
    from engine.workspace import Workspace
    from tui.panes.training.catchup import Collected

RUNS_SECONDS = 1.0
WATCH_SECONDS = 0.5
GPUS_SECONDS = 2.0
SCAN_SECONDS = 5.0
_BLOCK = 1 << 20  # bytes of events taken in at once: a long history comes in pieces that hold up no key
_KEPT_ALERTS = 50
_KEPT_SAMPLES = 200


class Poller:
    """Calls `look` at once and then each `every_s` seconds until it is closed."""

    def __init__(self, name: str, every_s: float, look: Callable[[], None], target: MessagePump) -> None:
        self.name = name
        self.every_s = every_s
        self._look = look
        self._target = target
        self._closed = False
        self._awake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"source-{name}", daemon=True)

    def start(self) -> Poller:
        self._thread.start()
        return self

    def wake(self) -> None:
        """Look now instead of at the next turn."""
        self._awake.set()

    def close(self) -> None:
        """Look no more; returns at once, a look that is under way posts nothing that is still read."""
        self._closed = True
        self._awake.set()

    @property
    def is_closed(self) -> bool:
        return self._closed

    def _run(self) -> None:
        while not self._closed:
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - a reader continues; the person is told
                sentence = f"{self.name} cannot be read: {type(error).__name__}: {error}".splitlines()[0]
                self._target.post_message(messages.SourceFailed(self.name, sentence))
            self._awake.wait(self.every_s)
            self._awake.clear()


def runs(root: Path, logs_dir: Path, target: MessagePump) -> Poller:
    """Posts RunsListed whenever anything about any run has changed, or the workspace went or came back."""
    from engine.runs import disk_space, registry, unreadable

    before: list[Any] = [None]

    def look() -> None:
        listed = tuple(registry.list_runs(logs_dir))
        if any(run.lacks_supervisor for run in listed):
            from engine.runs import launch

            launch.attach_supervisors(listed)
        broken = tuple(unreadable.list_unreadable(logs_dir))
        saving = [run for run in listed if run.is_live and run.kind == "train" and run.state != "paused"]
        shortage = disk_space.shortage(logs_dir, map(disk_space.saves_of, saving))
        seen = listed, broken, not root.is_dir(), shortage
        if seen != before[0]:
            before[0] = seen
            target.post_message(
                messages.RunsListed(listed, is_gone=seen[2], unreadable=broken, shortage=shortage)
            )

    return Poller("runs", RUNS_SECONDS, look, target).start()


def inventory(workspace: Workspace, target: MessagePump) -> Poller:
    """Posts WorkspaceScanned whenever a corpus, a filelist or a config has changed."""
    from tui.panes.overview.inventory import Scanner

    scanner = Scanner(workspace)
    before: list[Any] = [None]

    def look() -> None:
        seen = scanner.scan()
        if seen != before[0]:
            before[0] = seen
            target.post_message(messages.WorkspaceScanned(seen))

    return Poller("workspace", SCAN_SECONDS, look, target).start()


def path(workspace: Workspace, target: MessagePump) -> Poller:
    """Posts PathCounted whenever a step of the path has come further."""
    from engine.progress import progress_of

    before: list[Any] = [None]

    def look() -> None:
        seen = progress_of(workspace)
        if seen != before[0]:
            before[0] = seen
            target.post_message(messages.PathCounted(seen))

    return Poller("path", SCAN_SECONDS, look, target).start()


def gpus(target: MessagePump) -> Poller:
    """Posts GpusPolled whenever the driver says something new."""
    before: list[Any] = [()]

    def look() -> None:
        from engine.runs.gpus import poll

        seen = tuple(poll())
        if seen != before[0]:
            before[0] = seen
            target.post_message(messages.GpusPolled(seen))

    return Poller("gpus", GPUS_SECONDS, look, target).start()


def leftovers(logs_dir: Path, target: MessagePump) -> Poller:
    """Posts LeftoversListed whenever there are others than before."""
    from engine.runs.processes import orphans as processes

    before: list[Any] = [None]

    def look() -> None:
        seen = tuple(processes.find(logs_dir))
        if seen != before[0]:
            before[0] = seen
            target.post_message(messages.LeftoversListed(seen))

    return Poller("leftovers", SCAN_SECONDS, look, target).start()


def watch(name: str, folder: Path, target: MessagePump) -> Poller:
    """Follows one run's events; posts CurvesGrown and RunFilesListed about it."""
    watched = _Watched(name, folder, target)
    poller = Poller(f"run {name}", WATCH_SECONDS, lambda: watched.look(poller), target)
    return poller.start()


class _Watched:
    """One run's events, from the first look on; a long history is shown by its shape before it has been read."""

    def __init__(self, name: str, folder: Path, target: MessagePump) -> None:
        from engine.runs.events import EventTail

        self._name, self._folder, self._target = name, folder, target
        self._history = RunHistory(folder)
        self._tail = EventTail(folder / "events.jsonl")
        self._restarts = 0
        self._collected: Collected | None = None  # while a long history is read
        self._is_new = True

    def look(self, poller: Poller) -> None:
        """Everything new, in blocks."""
        if self._is_new:
            self._is_new = False
            self._preview()
            if self._collected is not None:
                return  # it is painted first; the next look reads all
        while not poller.is_closed:
            events = self._tail.read_new(_BLOCK)
            if self._tail.restarts != self._restarts:
                self._restarts = self._tail.restarts
                self._history.clear()
            self._take(self._history.add(events))
            if not events:
                self._catch_up()
            if self._collected is None and (files := self._history.changed_files()):
                self._target.post_message(messages.RunFilesListed(self._name, files))
            if not events:
                return

    def _preview(self) -> None:
        from tui.panes.training import catchup

        events = catchup.preview(self._folder / "events.jsonl")
        if not events:
            return
        shape = RunHistory(self._folder)
        self._post(shape.add(events))
        if files := shape.changed_files():
            self._target.post_message(messages.RunFilesListed(self._name, files))
        self._collected = catchup.Collected()

    def _take(self, points: NewPoints) -> None:
        if self._collected is not None:
            self._collected.add(points)
        elif points.by_tag or points.afresh or points.back_to is not None:
            self._post(points)

    def _catch_up(self) -> None:
        """The whole history has been read: the screen gets its curves."""
        if self._collected is not None:
            self._post(self._collected.take())
            self._collected = None

    def _post(self, points: NewPoints) -> None:
        self._target.post_message(messages.CurvesGrown(self._name, points))


class RunHistory:
    """Events of one run, sorted into curves, checkpoints, samples, alerts and findings; foreign fields are passed over.

    Where the run went back to an earlier step, what came after that step is forgotten: it has not happened.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._afresh = True
        self._last_step = -1
        self._checkpoints: dict[int, dict[str, Any]] = {}
        self._samples: dict[tuple[int, str], Sample] = {}
        self._alerts: list[Alert] = []
        self._findings: dict[str, Finding] = {}
        self._offer: Offer | None = None
        self._posted: RunFiles | None = None

    def clear(self) -> None:
        """Forget everything: the file has begun anew."""
        self.__init__(self.folder)  # type: ignore[misc]

    def add(self, events: Iterable[dict[str, Any]]) -> NewPoints:
        """Take in events; returns the points that they add to the curves."""
        by_tag: dict[str, list[tuple[int, float]]] = {}
        back_to: int | None = None
        for event in events:
            kind = event.get("kind")
            if kind == "metric":
                self._metric(event, by_tag)
            elif kind == "checkpoint" and isinstance(event.get("step"), int):
                self._checkpoints[event["step"]] = event
            elif kind == "sample":
                self._sample(event)
            elif kind == "alert":
                self._alert(event)
            elif kind == "resumed" and isinstance(event.get("step"), int):
                back_to = min(event["step"], event["step"] if back_to is None else back_to)
                self._go_back(event["step"], by_tag)
            else:
                self._standing(event)
        afresh, self._afresh = self._afresh, False
        return NewPoints(afresh, {tag: tuple(points) for tag, points in by_tag.items() if points}, back_to)

    def _go_back(self, step: int, by_tag: dict[str, list[tuple[int, float]]]) -> None:
        """The run resumed at `step`."""
        for points in by_tag.values():
            points[:] = [point for point in points if point[0] <= step]
        self._checkpoints = {at: event for at, event in self._checkpoints.items() if at <= step}
        self._samples = {key: sample for key, sample in self._samples.items() if key[0] <= step}

    def _standing(self, event: dict[str, Any]) -> None:
        """What holds until another event ends it: findings, and an offer until the run continues without it."""
        if (known := health.from_event(event)) is not None:
            finding, active = known
            self._findings.pop(finding.rule, None)
            if active:
                self._findings[finding.rule] = finding
        elif (offer := suggestions.from_event(event)) is not None:
            self._offer = offer
        elif event.get("kind") == "state" and event.get("state") in ("starting", "running"):
            self._offer = None

    def changed_files(self) -> RunFiles | None:
        """Checkpoints, samples and alerts, when they differ from what was last returned."""
        files = RunFiles(
            tuple(self._checkpoint(event) for _, event in sorted(self._checkpoints.items(), reverse=True)),
            tuple(sorted(self._samples.values(), key=lambda sample: -sample.step)[:_KEPT_SAMPLES]),
            tuple(reversed(self._alerts)),
            tuple(self._findings.values()),
            self._offer,
            tuple(suggestions.changes(self.folder, self._offer)) if self._offer is not None else (),
        )
        if files == self._posted:
            return None
        self._posted = files
        return files

    def _metric(self, event: dict[str, Any], by_tag: dict[str, list[tuple[int, float]]]) -> None:
        step, values = event.get("step"), event.get("values")
        if not isinstance(step, int) or not isinstance(values, dict):
            return
        for tag, value in values.items():
            if value is None:  # NaN and infinities are written so
                by_tag.setdefault(tag, []).append((step, math.nan))
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                by_tag.setdefault(tag, []).append((step, float(value)))

    def _checkpoint(self, event: dict[str, Any]) -> Checkpoint:
        names = tuple(name for name in event.get("files") or () if isinstance(name, str))
        return Checkpoint(
            step=event["step"],
            epoch=_whole(event.get("epoch")),
            time=_number(event.get("t")) or 0.0,
            bytes=_whole(event.get("bytes")),
            best=event.get("best") is True,
            mel=_number(event.get("mel")),
            files=names,
            present=bool(names) and all((self.folder / Path(name).name).is_file() for name in names),
        )

    def _sample(self, event: dict[str, Any]) -> None:
        files = event.get("files")
        wav = files.get("wav") if isinstance(files, dict) else None
        if isinstance(wav, str):
            sample = Sample(
                _whole(event.get("step")), _number(event.get("t")) or 0.0, str(event.get("text")), wav
            )
            self._samples[sample.step, sample.wav] = sample

    def _alert(self, event: dict[str, Any]) -> None:
        alert = Alert(_number(event.get("t")) or 0.0, str(event.get("level")), str(event.get("text")))
        self._alerts = [*self._alerts[-_KEPT_ALERTS + 1 :], alert]


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
