"""slice: long recordings become clips."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import InputError
from tui.app import words
from tui.cli import here
from tui.cli.dataset import Where, Workers
from tui.cli.output import EXIT_PARTLY, say, tell, tell_json
from tui.cli.progress import Progress
from tui.cli.training import Json

if TYPE_CHECKING:
    from engine.dataset.slices import Sliced


def slice(  # noqa: A001 - the command's name
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Long recordings, or folders of them: wav, flac, ogg, mp3 and others."
        ),
    ],
    out_dir: Annotated[Path | None, typer.Option("--out_dir", help="Where the clips go.")] = None,
    min_pause: Annotated[
        float,
        typer.Option(
            "--min-pause", metavar="S", help="Shorter pauses part clips only where --max forces it."
        ),
    ] = 0.4,
    least: Annotated[float, typer.Option("--min", metavar="S", help="The shortest clip.")] = 1.0,
    most: Annotated[
        float,
        typer.Option(
            "--max", metavar="S", help="The longest clip; without a pause it is cut where it is quietest."
        ),
    ] = 10.0,
    top_db: Annotated[
        float, typer.Option("--top-db", metavar="DB", help="How far below the loudest moment silence begins.")
    ] = 40.0,
    rate: Annotated[int | None, typer.Option(help="Samples a second of the clips; as the recording.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say where it would cut.")] = False,
    executor: Where = None,
    workers: Workers = None,
    json: Json = False,
) -> int:
    """Cut long recordings into clips in their pauses, with a manifest for `vitsdeck transcribe` to fill in."""
    from engine.audio.recordings import passed_over, unread_below
    from engine.audio.slicing import CutRules
    from engine.dataset.slices import recordings, slice_files
    from engine.jobs.executor import workers as hire

    if out_dir is None and not dry_run:
        raise InputError("--out_dir is missing", fix="name the folder for the clips, or add --dry-run")
    rules = CutRules(min_pause, least, most, top_db)
    workspace = here.maybe_workspace()
    count = len(recordings(paths, out_dir))
    with Progress("cutting", "recording") as progress, hire(executor, workers, count) as crew:
        report = slice_files(
            paths,
            None if dry_run else out_dir,
            rules,
            rate=rate,
            root=workspace.root if workspace else None,
            executor=crew,
            on_progress=progress.update,
        )
    if json:
        tell_json({"recordings": [_sliced_json(each) for each in report.sliced]})
    for each in report.sliced:
        if not json and dry_run:
            for clip in each.slices:
                tell(f"{clip.name}  {clip.begin_s:.3f}  {clip.end_s:.3f}")
        left = f", {words.plural(each.left_out, 'sound')} too short for a clip" if each.left_out else ""
        clips, source = words.plural(len(each.slices), "clip"), here.shortest(Path(each.source))
        cuts = words.plural(each.forced, "cut")
        forced = f", {cuts} forced by --max where no pause is {min_pause:g} s long" if each.forced else ""
        say(f"{source}: {clips} of {words.duration(each.seconds)}{left}{forced}")
        for warning in each.warnings:
            say(f"warning: {source}: {warning}")
    if passed := passed_over(unread_below(paths)):
        say(f"warning: {passed}")
    for failed, reason in report.failed.items():
        say(f"error: {here.shortest(Path(failed))}: {reason}")
    if report.removed:
        say(f"{words.plural(report.removed, 'clip')} of an earlier cut went")
    if report.manifest is not None:
        say(
            f"{here.shortest(report.manifest)} waits for texts: `vitsdeck transcribe {out_dir} --out "
            f"{here.shortest(report.manifest)} --provider NAME --language CODE`"
        )
    return EXIT_PARTLY if report.failed else 0


def _sliced_json(sliced: Sliced) -> dict[str, Any]:
    return {
        "source": sliced.source,
        "rate": sliced.rate,
        "seconds": sliced.seconds,
        "left_out": sliced.left_out,
        "forced": sliced.forced,
        "warnings": sliced.warnings,
        "cuts": [{"name": each.name, "begin_s": each.begin_s, "end_s": each.end_s} for each in sliced.slices],
    }
