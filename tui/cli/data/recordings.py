"""The commands convert and slice: from recordings to clips that training can use."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from engine.audio.convert import convert_folder
from engine.audio.recordings import passed_over, unread_below
from engine.audio.slicing import CutRules
from engine.dataset.slices import Sliced, recordings, slice_files
from engine.errors import InputError
from engine.i18n import _, plural
from engine.jobs.executor import requested_workers
from engine.jobs.executor import workers as start_workers
from tui.app import words
from tui.cli import here
from tui.cli.options import Cluster, DryRun, Json, Workers
from tui.cli.output import EXIT_PARTLY, clips, echo, echo_json, error, notify, warn
from tui.cli.progress import Progress

_RECORDINGS = _(
    "The recordings: wav, flac, ogg, mp3 and others, in any sub-folder; the workspace's recordings/."
)
_LONG_RECORDINGS = _("Long recordings, or folders of them: wav, flac, ogg, mp3 and others.")
_MIN_PAUSE = _("Shorter pauses part clips only where --max forces it.")
_MOST = _("The longest clip; without a pause it is cut where it is quietest.")


def convert(
    in_path: Annotated[Path | None, Option("--in_path", help=_RECORDINGS)] = None,
    out_path: Annotated[
        Path | None, Option("--out_path", help=_("Where they go; the workspace's wavs/."))
    ] = None,
    rate: Annotated[int | None, Option(help=_("Samples a second; the workspace's or 22050."))] = None,
    workers: Workers = None,
    executor: Cluster = None,
    json: Json = False,
) -> int:
    """Convert recordings to mono 16-bit wav; skips what is up to date."""
    if in_path is None:
        in_path = here.workspace_or_folder().root / "recordings"
        if not in_path.is_dir():
            raise InputError(_("no recordings are named"), fix=_("type `vitsdeck convert --in_path FOLDER`"))
    settings = here.settings()
    with Progress(_("converting"), _("files")) as progress, requested_workers(executor) as pool:
        report = convert_folder(
            in_path,
            out_path or here.audio_dir(),
            settings.rate if rate is None else rate,
            (settings.workers if workers is None else workers) or None,
            progress.update,
            executor=pool,
        )
    if json:
        echo_json(
            {
                "converted": report.converted,
                "skipped": report.skipped,
                "failed": [{"path": path, "reason": reason} for path, reason in report.failed.items()],
                "clipped": {str(path): count for path, count in report.clipped.items()},
                "warnings": report.warnings,
                "ignored": report.ignored,
                "audio_seconds": report.audio_seconds,
            }
        )
    converted = plural("converted {n:,} file", "converted {n:,} files", len(report.converted))
    text = _("{converted} ({duration} of audio), {skipped:,} were up to date")
    duration = words.duration(report.audio_seconds)
    notify(text.format(converted=converted, duration=duration, skipped=report.skipped))
    for warning in report.warnings:
        warn(warning)
    for path, reason in report.failed.items():
        error(f"{path}: {reason}")
    return EXIT_PARTLY if report.failed else 0


def slice(  # noqa: A001 - the command's name
    paths: Annotated[list[Path], Argument(metavar="FILE...", help=_LONG_RECORDINGS)],
    out_dir: Annotated[Path | None, Option("--out_dir", help=_("Where the clips go."))] = None,
    min_pause: Annotated[float, Option("--min-pause", metavar="S", help=_MIN_PAUSE)] = 0.4,
    least: Annotated[float, Option("--min", metavar="S", help=_("The shortest clip."))] = 1.0,
    most: Annotated[float, Option("--max", metavar="S", help=_MOST)] = 10.0,
    top_db: Annotated[
        float, Option("--top-db", metavar="DB", help=_("How far below the loudest moment silence begins."))
    ] = 40.0,
    rate: Annotated[int | None, Option(help=_("Samples a second; as the recording."))] = None,
    dry_run: DryRun = False,
    executor: Cluster = None,
    workers: Workers = None,
    json: Json = False,
) -> int:
    """Cut long recordings into clips in their pauses.

    Writes a manifest for `vitsdeck transcribe` to fill in.
    """
    if out_dir is None and not dry_run:
        raise InputError(_("--out_dir is missing"), fix=_("name the folder for the clips, or add --dry-run"))
    workspace = here.maybe_workspace()
    count = len(recordings(paths, out_dir))
    with (
        Progress(_("cutting"), _("recordings")) as progress,
        start_workers(executor, workers, count) as pool,
    ):
        report = slice_files(
            paths,
            None if dry_run else out_dir,
            CutRules(min_pause, least, most, top_db),
            rate=rate,
            root=workspace.root if workspace else None,
            executor=pool,
            on_progress=progress.update,
        )
    if json:
        echo_json({"recordings": [_sliced_json(each) for each in report.sliced]})
    for each in report.sliced:
        if not json and dry_run:
            for clip in each.slices:
                echo(f"{clip.name}  {clip.begin_s:.3f}  {clip.end_s:.3f}")
        _show_sliced(each, min_pause)
    if passed := passed_over(unread_below(paths)):
        warn(passed)
    for failed, reason in report.failed.items():
        error(f"{here.shortest(Path(failed))}: {reason}")
    if report.removed:
        notify(
            plural(
                "removed {n:,} clip of an earlier cut",
                "removed {n:,} clips of an earlier cut",
                report.removed,
            )
        )
    if report.manifest is not None:
        text = _(
            "add texts to {manifest}: `vitsdeck transcribe {folder} --out {manifest} --provider NAME --language CODE`"
        )
        notify(text.format(folder=out_dir, manifest=here.shortest(report.manifest)))
    return EXIT_PARTLY if report.failed else 0


def _show_sliced(sliced: Sliced, min_pause: float) -> None:
    source = here.shortest(Path(sliced.source))
    parts = [
        _("{clips} of {duration}").format(
            clips=clips(len(sliced.slices)), duration=words.duration(sliced.seconds)
        )
    ]
    if sliced.left_out:
        parts.append(
            plural("{n:,} sound too short for a clip", "{n:,} sounds too short for a clip", sliced.left_out)
        )
    if sliced.forced:
        forced = plural("{n:,} cut forced by --max", "{n:,} cuts forced by --max", sliced.forced)
        parts.append(_("{cuts} where no pause is {seconds:g} s long").format(cuts=forced, seconds=min_pause))
    notify(f"{source}: {', '.join(parts)}")
    for warning in sliced.warnings:
        warn(f"{source}: {warning}")


def _sliced_json(sliced: Sliced) -> dict[str, Any]:
    document = dataclasses.asdict(sliced)
    cuts = [{"name": each.name, "begin_s": each.begin_s, "end_s": each.end_s} for each in sliced.slices]
    del document["slices"]
    return document | {"cuts": cuts}
