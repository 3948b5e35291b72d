"""The panes, one file each. A pane's module is imported when it is first shown: a first frame pays for one pane."""

from __future__ import annotations

from dataclasses import dataclass

from engine.i18n import _


@dataclass(frozen=True, slots=True)
class PaneEntry:
    """Where a pane is found. `id` is also its place in the action table; `short` its title on a narrow terminal."""

    id: str
    title: str
    module: str
    class_name: str
    short: str = ""


PANES: tuple[PaneEntry, ...] = (
    PaneEntry("overview", "Overview", "tui.panes.overview.pane", "OverviewPane"),
    PaneEntry("environment", "Environment", "tui.panes.environment.pane", "EnvironmentPane", short="Env"),
    PaneEntry("dataset", "Dataset", "tui.panes.dataset.pane", "DatasetPane", short="Data"),
    PaneEntry(
        "transcription",
        "Transcription",
        "tui.panes.transcription.pane",
        "TranscriptionPane",
        short=_("To text"),
    ),
    PaneEntry("training", "Training", "tui.panes.training.pane", "TrainingPane"),
    PaneEntry("speech", "Speech", "tui.panes.speech.pane", "SpeechPane"),
)


def number_key(pane: str) -> str:
    """The key that shows a pane: its place in the row of tabs."""
    return str([entry.id for entry in PANES].index(pane) + 1)
