"""Background readers: each looks at one thing in its own thread and posts what it saw.

Threads are daemons, so that a file system which hangs can hold up its own reader only, never a key or the way out.
Nothing is polled for a pane that nobody sees, beyond the list of runs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.i18n import _
from engine.progress import progress_of
from engine.runs import disk_space, launch, registry
from engine.runs import gpus as driver
from engine.runs.events import EventTail
from engine.runs.foreign.folders import is_foreign
from engine.runs.processes import orphans
from engine.runs.processes.machine import measure
from tui.app import words
from tui.app.readers import catch_up, messages
from tui.app.readers.messages import NewPoints
from tui.app.readers.run_history import RunHistory

if TYPE_CHECKING:
    from textual.message import Message
    from textual.message_pump import MessagePump

    from engine.runs.foreign.tail import ForeignTail
    from engine.workspace import Workspace

logger = logging.getLogger(__name__)
RUNS_SECONDS = 1.0
WATCH_SECONDS = 0.5
GPUS_SECONDS = 2.0
_FIRST_LOAD_SECONDS = 0.2
SCAN_SECONDS = 5.0  # what changes rarely
_BLOCK = 1 << 20  # bytes of events taken in at once: a long history comes in pieces that hold up no key


class Poller:
    """Calls `look` at once and then each `every_s` seconds until it is closed.

    Posts `message` of what `look` has found whenever that is another thing than before.
    """

    def __init__(
        self,
        name: str,
        every_s: float,
        look: Callable[[], Any],
        target: MessagePump,
        message: Callable[[Any], Message] | None = None,
    ) -> None:
        self.name = name
        self.every_s = every_s
        self.is_closed = False
        self._look, self._message = look, message
        self._target = target
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
        self.is_closed = True
        self._awake.set()

    def _run(self) -> None:
        before = None
        while not self.is_closed:
            try:
                found = self._look()
                if self._message is not None and found != before:
                    self._target.post_message(self._message(found))
                before = found
            except Exception as error:
                logger.exception("reader %s", self.name)
                sentence = _("{reader} cannot be read: {error}").format(
                    reader=self.name, error=words.sentence(error)
                )
                self._target.post_message(messages.SourceFailed(self.name, sentence))
            self._awake.wait(self.every_s)
            self._awake.clear()


def runs(root: Path, logs_dir: Path, target: MessagePump) -> Poller:
    """Posts RunsListed whenever anything about any run has changed, or the workspace went or came back."""

    def look() -> tuple[Any, ...]:
        listed = tuple(registry.list_runs(logs_dir))
        if any(run.lacks_supervisor for run in listed):
            launch.attach_supervisors(listed)
        saving = [run for run in listed if run.is_live and run.kind == "train" and run.state != "paused"]
        shortage = disk_space.shortage(logs_dir, map(disk_space.saves_of, saving))
        return listed, not root.is_dir(), shortage

    return Poller("runs", RUNS_SECONDS, look, target, lambda found: messages.RunsListed(*found)).start()


def path(workspace: Workspace, target: MessagePump) -> Poller:
    """Posts PathCounted whenever a step of the path has come further."""
    return Poller("path", SCAN_SECONDS, lambda: progress_of(workspace), target, messages.PathCounted).start()


def gpus(target: MessagePump) -> Poller:
    """Posts GpusPolled whenever the driver says something new."""
    return Poller("gpus", GPUS_SECONDS, lambda: tuple(driver.poll()), target, messages.GpusPolled).start()


def machine(target: MessagePump) -> Poller:
    """Posts MachineMeasured at every look."""
    waits = chain([_FIRST_LOAD_SECONDS], repeat(None))  # the first look has no earlier one to compare with

    def look() -> None:
        target.post_message(messages.MachineMeasured(*measure(next(waits))))

    return Poller("machine", GPUS_SECONDS, look, target).start()


def leftovers(logs_dir: Path, target: MessagePump) -> Poller:
    """Posts LeftoversListed whenever there are others than before."""
    look = partial(orphans.find, logs_dir)
    return Poller(
        "leftovers", SCAN_SECONDS, look, target, lambda found: messages.LeftoversListed(tuple(found))
    ).start()


def watch(name: str, folder: Path, target: MessagePump) -> Poller:
    """Follows one run's events; posts CurvesGrown and RunFilesListed about it."""
    watched = _Watched(name, folder, target)
    poller = Poller(f"run {name}", WATCH_SECONDS, lambda: watched.look(poller), target)
    return poller.start()


def _tail_of(folder: Path) -> EventTail | ForeignTail:
    """What follows the events of a run, of ours or of another program."""
    if not (folder / "events.jsonl").exists() and is_foreign(folder):
        from engine.runs.foreign.tail import (
            ForeignTail,  # loads TensorBoard's protocol, which other runs do not need
        )

        return ForeignTail(folder)
    return EventTail(folder / "events.jsonl")


class _Watched:
    """One run's events, from the first look on; a long history is shown by its shape before it has been read."""

    def __init__(self, name: str, folder: Path, target: MessagePump) -> None:
        self._name, self._folder, self._target = name, folder, target
        self._history = RunHistory(folder)
        self._tail = _tail_of(folder)
        self._restarts = 0
        self._collected: catch_up.Collected | None = None  # while a long history is read
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
                self._history = RunHistory(self._folder)
            self._take(self._history.add(events))
            if not events:
                self._catch_up()
            if not events and self._collected is None and (files := self._history.changed_files()):
                self._target.post_message(messages.RunFilesListed(self._name, files))
            if not events:
                return

    def _preview(self) -> None:
        events = catch_up.preview(self._folder / "events.jsonl")
        if not events:
            return
        shape = RunHistory(self._folder)
        self._post(shape.add(events))
        if files := shape.changed_files():
            self._target.post_message(messages.RunFilesListed(self._name, files))
        self._collected = catch_up.Collected()

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
