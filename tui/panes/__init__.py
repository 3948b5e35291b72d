"""The panes, one file each. A pane's module is imported when it is first shown: a first frame pays for one pane."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaneEntry:
    """Where a pane is found. `id` is also its place in the action table."""

    id: str
    title: str
    module: str
    class_name: str


PANES: tuple[PaneEntry, ...] = (
    PaneEntry("overview", "Overview", "tui.panes.overview", "OverviewPane"),
    PaneEntry("training", "Training", "tui.panes.training", "TrainingPane"),
    PaneEntry("speech", "Speech", "tui.panes.speech", "SpeechPane"),
)
