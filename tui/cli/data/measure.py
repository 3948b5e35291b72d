"""The command measure."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from engine.dataset.clips.measure import measure_clips
from engine.dataset.lists.open_dataset import open_source
from engine.i18n import _, plural
from engine.jobs.executor import workers as start_workers
from engine.runs import launch
from engine.workspace import Workspace
from tui.app import words
from tui.cli import here
from tui.cli.options import Cluster, Json, Workers
from tui.cli.output import echo_json, notify, warn
from tui.cli.progress import Progress
from tui.cli.runs.training import as_json

_JOB = "measure"


def measure(
    sources: Annotated[list[Path], Argument(metavar="SOURCE...", help=_("Folders, manifests or filelists."))],
    detach: Annotated[bool, Option("--detach", help=_("As a run that outlives this terminal."))] = False,
    executor: Cluster = None,
    workers: Workers = None,
    json: Json = False,
) -> int:
    """Measure length, loudness, silence and clipping of clips, once."""
    workspace = here.workspace()
    sources = [here.inside(source, workspace.root) for source in sources]
    os.chdir(workspace.root)
    audio = workspace.audio_dir if workspace.audio_dir.is_dir() else None
    if detach:
        flags = {"--audio": audio, "--executor": executor, "--workers": workers}
        given = [word for flag, value in flags.items() if value for word in (flag, str(value))]
        return _detach(workspace, [*map(str, sources), *given], json)
    dataset = open_source(sources, workspace.root, audio_dir=audio, language=workspace.language.code)
    names = [clip.path for clip in dataset.clips if clip.path]
    with (
        Progress(_("measuring"), _("clips")) as progress,
        start_workers(executor, workers, len(names)) as pool,
    ):
        report = measure_clips(workspace.root, names, executor=pool, on_progress=progress.update)
    if json:
        echo_json(dataclasses.asdict(report))
    measured = plural("measured {n:,} clip", "measured {n:,} clips", report.measured)
    text = _("{measured} ({duration} of audio), {known:,} were known")
    notify(text.format(measured=measured, duration=words.duration(report.audio_seconds), known=report.known))
    if report.missing:
        warn(plural("{n:,} clip cannot be found", "{n:,} clips cannot be found", report.missing))
    return 0


def _detach(workspace: Workspace, arguments: list[str], json: bool) -> int:
    folder = workspace.run_folder(_JOB)
    argv = [sys.executable, "-P", "-m", "engine.jobs", _JOB, "--run", str(folder), *arguments]
    run = launch.start(folder, kind=_JOB, argv=argv)
    text = _("{job} is under way; watch it with `vitsdeck attach {job}`, stop it with `vitsdeck stop {job}`")
    notify(text.format(job=_JOB))
    if json:
        echo_json(as_json(run))
    return 0
