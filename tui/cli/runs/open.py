"""The command open."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from typer import Argument

from engine import workspace as workspaces
from engine.config.settings import FILE_NAME, save_setting
from engine.errors import InputError
from engine.i18n import _
from engine.runs.foreign import folders
from tui.cli import dashboard
from tui.cli.options import Json
from tui.cli.output import echo_json


def open(  # noqa: A001 - the name of the command
    folder: Annotated[Path, Argument(metavar="DIR", help=_("A run, or a folder of runs."))],
    json: Json = False,
) -> int:
    """Show trainings of other programs: their event files of TensorBoard.

    For the VITS family and Piper (lightning_logs). They may still be growing. Nothing is written there.
    """
    runs = folders.runs_below(folder.resolve())
    if not runs:
        fix = _("name the folder with the files events.out.tfevents.*, or one that holds it")
        raise InputError(_("holds no event files of TensorBoard"), path=folder, fix=fix)
    if json:
        echo_json({"runs": [_facts(run) for run in runs]})
        return 0
    parents = sorted({run.parent for run in runs})
    if len(parents) > 1:
        fix = _("open one of these: {folders}").format(folders=", ".join(map(str, parents)))
        raise InputError(_("holds runs in {n} folders").format(n=len(parents)), path=folder, fix=fix)
    # the dashboard's own files, as its theme, go into a workspace that is removed afterwards
    with tempfile.TemporaryDirectory(prefix="vitsdeck-open-") as temporary:
        root = workspaces.init(Path(temporary)).root
        save_setting(root / FILE_NAME, "logs", str(parents[0]))
        workspace = workspaces.find(root)
        assert workspace is not None  # noqa: S101 - it was just made
        newest = max(runs, key=lambda run: max(each.stat().st_mtime for each in folders.event_files(run)))
        return dashboard.show(workspace, run=newest.name)


def _facts(run: Path) -> dict[str, object]:
    """What a run holds: its last step, its curves with their numbers of points, and what cannot be read."""
    from engine.runs.foreign.tail import ForeignTail

    tail = ForeignTail(run)
    points: dict[str, int] = {}
    step = 0
    for event in tail.read_new():
        if event["kind"] == "metric":
            step = max(step, event["step"])
            for tag in event["values"]:
                points[tag] = points.get(tag, 0) + 1
    facts = {"name": run.name, "folder": str(run), "step": step, "points": points}
    return facts | {
        "checkpoints": sorted(folders.checkpoints(run)),
        "not_shown": tail.others,
        "faults": tail.faults,
    }
