"""The command open."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from typer import Argument

from engine import workspace as workspaces
from engine.errors import InputError
from engine.i18n import _
from engine.runs.foreign import folders
from tui.app.dashboard import EXPORTS
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
    if any(not folders.is_foreign(run) for run in runs):
        fix = _("go to its workspace, and open the dashboard there with `vitsdeck`")
        raise InputError(_("holds runs of vitsdeck"), path=folder, fix=fix)
    if not runs:
        fix = _("name the folder with the files events.out.tfevents.*, or one that holds it")
        raise InputError(_("holds no event files of TensorBoard"), path=folder, fix=fix)
    if json:
        echo_json({"runs": [_facts(run) for run in runs]})
        return 0
    # all that the dashboard writes, as its theme, goes into a workspace that is removed afterwards
    with tempfile.TemporaryDirectory(prefix="vitsdeck-open-") as temporary:
        workspace = workspaces.init(Path(temporary))
        workspace.logs_dir.mkdir(exist_ok=True)
        names: dict[Path, str] = {}
        for run in runs:
            again = sum(other.name == run.name for other in names)
            name = f"{run.name}-{again + 1}" if again else run.name
            while name in names.values():
                name += "-"
            (workspace.logs_dir / name).symlink_to(run, target_is_directory=True)
            names[run] = name
        newest = max(runs, key=lambda run: max(each.stat().st_mtime for each in folders.event_files(run)))
        return dashboard.show(workspace, names[newest], exports=Path.cwd() / EXPORTS)


def _facts(run: Path) -> dict[str, object]:
    """What a run holds: its last step, its curves with their numbers of points, and what cannot be read."""
    from engine.runs.foreign.tail import ForeignTail

    tail = ForeignTail(run)
    points: dict[str, int] = {}
    step = 0
    while events := tail.read_new(1):
        for event in (event for event in events if event["kind"] == "metric"):
            step = max(step, event["step"])
            for tag in event["values"]:
                points[tag] = points.get(tag, 0) + 1
    facts = {"name": run.name, "folder": str(run), "step": step, "points": points}
    return facts | {
        "checkpoints": sorted(folders.checkpoints(run)),
        "not_shown": tail.others,
        "faults": tail.faults,
    }
