"""The task's job: found among the runs, started by the command that a person would type, paused, stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.transcribe.jobconfig import Config
from engine.transcribe.quote import Quote
from tui.panes.transcription.task import KIND, Task

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Start:
    """A start as it was agreed to: that stays, whatever is shown meanwhile."""

    task: Task
    quote: Quote
    paths: tuple[Path, ...]
    redo: bool = False
    retry: bool = False

    def words(self) -> list[str]:
        """The command behind `vitsdeck`; it refuses by itself when the sum has grown."""
        flags = ["--redo"] * self.redo + ["--retry-unconfirmed"] * self.retry
        micros = self.quote.micros
        most = f"{micros // MILLION}.{micros % MILLION:06d}"
        return [*self.task.words(), *flags, "--only", "-", "--max-cost", most, "--detach", "--json"]


class JobFinder:
    """Finds jobs among the runs; reads each run's config once."""

    def __init__(self) -> None:
        self._configs: dict[str, Config | None] = {}  # by run and start

    def config(self, run: RunSnapshot) -> Config | None:
        """A run's; None for what is no transcription of ours."""
        key = f"{run.folder} {run.id} {run.started}"
        if key not in self._configs:
            try:
                self._configs[key] = Config.read(run.folder / "config.json")
            except InputError:
                self._configs[key] = None
        return self._configs[key]

    def newest(self, runs: Sequence[RunSnapshot]) -> RunSnapshot | None:
        """The transcription that is under way, else the newest."""
        ours = [run for run in runs if run.kind == KIND]
        return next((run for run in ours if run.is_live), ours[0] if ours else None)

    def of(self, runs: Sequence[RunSnapshot], manifest: Path) -> RunSnapshot | None:
        """The run that makes this manifest."""
        ours = [(run, self.config(run)) for run in runs if run.kind == KIND]
        return next((run for run, config in ours if config is not None and config.manifest == manifest), None)


def pause(run: RunSnapshot, *, resume: bool) -> str:
    """Ask a job to pause, or to resume; its state says that it has."""
    from engine.runs import commands

    commands.send(run.folder, "resume" if resume else "pause")
    return ""


def stop(run: RunSnapshot) -> str:
    """Stop after the calls under way, which are waited for as they are paid for; a sentence about what comes of it.

    A second request, from here or another window, changes nothing.
    """
    from engine.runs import launch, registry

    was_asked = registry.stop_was_asked(run.folder)
    if not launch.stop(run.folder):
        return f"{run.name} had ended already"
    if not was_asked:
        return f"{run.name} stops after the calls under way; T continues later"
    now = registry.read_run(run.folder)
    return f"{run.name} is already stopping: {now.reason or 'its last calls are waited for'}"
