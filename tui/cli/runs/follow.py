"""Following a run in a terminal: its log as it grows, and on a terminal a progress bar below it."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.i18n import _
from engine.runs import launch, registry
from engine.runs.events import EventTail
from engine.runs.logs.follow import FollowedFile, size_of
from engine.runs.registry import RunSnapshot
from tui.cli.output import notify, safe
from tui.cli.progress import Progress

LOG_NAME = "train.log"
LOOK_SECONDS = 0.2
STOP_SECONDS = 300.0  # waits for the calls of a transcription
_BLOCK = 1 << 20


def printable(line: bytes) -> str:
    """A log line as a terminal would show it in the end, without control characters."""
    return safe(line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace"))


def log_size(folder: Path) -> int:
    """Bytes that the log has now; 0 before there is one."""
    return size_of(folder / LOG_NAME)


def is_over(run: RunSnapshot) -> bool:
    """Whether a run is final, and its exit code is recorded or nobody is left to record it."""
    return run.is_final and (run.exit_code is not None or run.has_ended)


def follow(
    folder: Path,
    show: Callable[[str], None],
    start: int = 0,
    ends: Callable[[RunSnapshot], bool] = is_over,
) -> RunSnapshot:
    """Pass each line of the log from byte `start` on to `show` until the run ends; returns its last snapshot."""
    log, rest = FollowedFile(folder / LOG_NAME), b""
    log.offset = start
    on_terminal = sys.stdout.isatty() and sys.stderr.isatty()
    with Progress(folder.name, "steps") if on_terminal else contextlib.nullcontext() as bar:
        while True:
            run = registry.read_run(folder)  # before the log: what was written before the end is still shown
            has_ended = ends(run)
            while True:
                data, has_restarted = log.read_new(_BLOCK)
                rest = b"" if has_restarted else rest
                if not data:
                    break
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    show(printable(line))
            if has_ended:
                if rest:
                    show(printable(rest))
                return run
            if bar is not None:
                bar.update(run.step or 0, run.total_steps, run.reason)
            time.sleep(LOOK_SECONDS)


def follow_transcription(folder: Path, started: float, shown: set[str]) -> RunSnapshot:
    """Show the progress of a transcription until it ends. Ctrl+C stops it after the present calls.

    Args:
        started: unix seconds; alerts of an earlier run of this folder are left out.
        shown: alerts that are not printed again; those that are printed are added.
    """
    try:
        return _show_progress(folder, started, shown)
    except KeyboardInterrupt:
        notify(_("stopping after the calls under way"))
        launch.stop(folder, wait_s=STOP_SECONDS)
        return registry.read_run(folder)


def _show_progress(folder: Path, started: float, shown: set[str]) -> RunSnapshot:
    events = EventTail(folder / "events.jsonl")
    with Progress(_("transcribing"), _("chunks")) as progress:
        while True:
            run = registry.read_run(folder)
            for event in events.read_new():
                is_alert = event["kind"] == "alert" and event.get("level") != "info"
                text = str(event.get("text", ""))
                if is_alert and event.get("t", 0) >= started and text not in shown:
                    shown.add(text)
                    notify(f"{event['level']}: {text}")
            if run.total_steps:
                progress.update(run.step or 0, run.total_steps)
            if is_over(run):
                return run
            time.sleep(LOOK_SECONDS / 2)
