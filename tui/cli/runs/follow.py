"""Following a run in a terminal: its log as it comes, and on a terminal a bar below that says how far it is."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.i18n import _
from engine.runs import registry
from engine.runs.events import EventTail
from engine.runs.logs.follow import FollowedFile
from engine.runs.logs.log_index import size_of
from engine.runs.registry import RunSnapshot
from tui.cli.output import safe, say
from tui.cli.progress import Progress

LOG_NAME = "train.log"
LOOK_SECONDS = 0.2
STOP_SECONDS = 300.0  # calls of a transcription that are under way are waited for
_BLOCK = 1 << 20

Say = Callable[[str], None]


class LogLines:
    """The lines of a run's log that come after `start` bytes."""

    def __init__(self, folder: Path, start: int = 0) -> None:
        self._file = FollowedFile(folder / LOG_NAME)
        self._file.offset = start
        self._rest = b""

    def read_new(self) -> Iterator[str]:
        """Whole lines since the last call, fit to be shown."""
        while True:
            data, restarted = self._file.read_new(_BLOCK)
            if restarted:
                self._rest = b""
            if not data:
                return
            *lines, self._rest = (self._rest + data).split(b"\n")
            yield from map(shown, lines)

    def rest(self) -> Iterator[str]:
        """A last line without an end, once nobody writes any more."""
        if self._rest:
            yield shown(self._rest)
            self._rest = b""


def shown(line: bytes) -> str:
    """A log line as a terminal would show it in the end, without what a terminal would obey."""
    return safe(line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace"))


def log_size(folder: Path) -> int:
    """Bytes that the log has now; 0 before there is one."""
    return size_of(folder / LOG_NAME)


def follow(
    folder: Path, say: Say, start: int = 0, is_over: Callable[[RunSnapshot], bool] | None = None
) -> RunSnapshot:
    """Say each line of the log from byte `start` on until the run is over; returns its last snapshot."""
    lines = LogLines(folder, start)
    ends = is_over or _is_over
    is_seen = sys.stdout.isatty() and sys.stderr.isatty()
    with Progress(folder.name, "steps") if is_seen else contextlib.nullcontext() as bar:
        while True:
            run = registry.read_run(folder)  # before the log: what was written before the end is still shown
            for line in lines.read_new():
                say(line)
            if ends(run):
                for line in lines.rest():
                    say(line)
                return run
            if bar is not None:
                bar.update(run.step or 0, run.total_steps, run.reason)
            time.sleep(LOOK_SECONDS)


def _is_over(run: RunSnapshot) -> bool:
    """Final, and its exit code is written down or nobody is left to do so."""
    return run.is_final and (run.exit_code is not None or run.has_ended)


def follow_job(folder: Path, begun: float, said: set[str]) -> RunSnapshot:
    """Show how far the run is until it ends. Ctrl+C stops it: calls under way are waited for."""
    from engine.runs import launch

    try:
        return _watch_job(folder, begun, said)
    except KeyboardInterrupt:
        say(_("stopping after the calls under way"))
        launch.stop(folder, wait_s=STOP_SECONDS)
        return registry.read_run(folder)


def _watch_job(folder: Path, begun: float, said: set[str]) -> RunSnapshot:
    tail = EventTail(folder / "events.jsonl")
    with Progress("transcribing", "chunks") as progress:
        while True:
            run = registry.read_run(folder)
            for event in tail.read_new():
                if event.get("t", 0) < begun:  # said by an earlier run of this folder
                    continue
                text = str(event.get("text", ""))
                if event["kind"] == "alert" and event.get("level") != "info" and text not in said:
                    said.add(text)
                    say(f"{event['level']}: {text}")
            if run.total_steps:
                progress.update(run.step or 0, run.total_steps)
            if _is_over(run):
                return run
            time.sleep(0.1)
