"""What a new list of runs tells that the one before did not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.app import words

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from engine.runs.registry import RunSnapshot
    from tui.panes.base import Pane

Runs = tuple["RunSnapshot", ...]


def endings(before: Runs, now: Runs, front: Pane | None = None) -> Iterator[tuple[str, SeverityLevel]]:
    """A run that was live a second ago and is over now is news, but where the pane in front says it itself."""
    live = {run.folder for run in before if run.is_live}
    for run in now:
        if run.is_final and run.folder in live and not (front is not None and front.tells(run)):
            why = f": {run.reason}" if run.reason else ""
            yield f"{words.state(run)}  {run.name}{why}", "error" if run.state == "failed" else "information"


def is_missed(name: str, before: Runs, now: Runs) -> bool:
    """Whether this run has no folder any more; panes go on to another, which must not pass unseen."""
    return any(run.name == name for run in before) and all(run.name != name for run in now)
