"""Work that outlives the pane: runs of `engine.jobs`."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.app import safe_text, words

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from engine.workspace import Workspace

VERBS = {
    "measure": "measuring",
    "convert": "converting",
    "fix": "fixing",
    "clean": "cleaning",
    "slice": "cutting",
}


def start(workspace: Workspace, job: str, arguments: Sequence[str]) -> RunSnapshot:
    """Start a run of `engine.jobs`; call it beside the screen's thread.

    Raises:
        InputError: such a run is under way, or it cannot be started.
    """
    from engine.runs import launch

    folder = workspace.run_folder(job)
    argv = [sys.executable, "-P", "-m", "engine.jobs", job, "--run", str(folder), *arguments]
    return launch.start(folder, kind=job, argv=argv, cwd=workspace.root)


def progress(run: RunSnapshot) -> str:
    """`analysing 1,200 of 13,100, 2 min left`."""
    doing = VERBS.get(run.kind, run.kind)
    if run.state == "stopping":
        return f"{doing}: stopping"
    clock = words.duration(time.time() - run.started) if run.started else "…"
    if run.step is None or not run.total_steps:
        return f"{doing} {clock}, S stops it"
    left = (
        f", {words.duration(run.eta_s)} left" if run.eta_s is not None and run.step < run.total_steps else ""
    )
    return f"{doing} {run.step:,} of {run.total_steps:,}{left}"


def ending(run: RunSnapshot) -> str:
    """What became of a run, with its first complaints."""
    text = safe_text.clean(run.reason) or run.state
    complaints = alerts(run.folder)
    if complaints:
        more = f" (and {len(complaints) - 2} more)" if len(complaints) > 2 else ""
        text = f"{text}\n" + "\n".join(safe_text.clean(each) for each in complaints[:2]) + more
    return text


def alerts(folder: Path) -> list[str]:
    """What a run complained about."""
    from engine.runs.events import EventTail

    events = EventTail(folder / "events.jsonl").read_new()
    begin = max((i for i, event in enumerate(events) if _begins(event)), default=0)
    return [str(event.get("text")) for event in events[begin:] if event.get("kind") == "alert"]


def _begins(event: dict[str, Any]) -> bool:
    return event.get("kind") == "state" and event.get("state") == "running"
