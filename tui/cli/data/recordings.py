"""prompts, prepare, convert, slice: from sentences to read aloud to clips that training can use."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import InputError
from engine.i18n import _, plural
from tui.app import words
from tui.cli import here
from tui.cli.options import Json, Where, Workers
from tui.cli.output import EXIT_PARTLY, say, tell, tell_json
from tui.cli.progress import Progress

if TYPE_CHECKING:
    from engine.dataset.slices import Sliced
    from engine.prepare import Step


def prompts(
    language: Annotated[
        str, typer.Option(help=_("What will be spoken, as de; the workspace's, else English."))
    ] = "",
    count: Annotated[int, typer.Option("-n", min=1, help=_("How many sentences."))] = 100,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help=_("A text to choose them from; ours when left out.")),
    ] = None,
    out: Annotated[Path, typer.Option(help=_("The list that is written, as 0001.wav|sentence."))] = Path(
        "prompts/metadata.csv"
    ),
    json: Json = False,
) -> int:
    """Choose sentences to record, so that every phoneme and every common pair of phonemes occurs."""
    from engine.text import prompts as sentences
    from engine.text import pronunciations
    from engine.text.language_check import refuse_other_language
    from engine.text.parallel import clean_lines
    from engine.text.rows import write_rows

    if out.exists():
        raise InputError(_("is there already"), path=out, fix=_("name another file with --out, or delete it"))
    workspace = here.workspace_or_folder()
    if language:
        workspace = workspace.in_language(language)
    if source:
        found = sentences.read(source, workspace.language.code)
        refuse_other_language(found.sentences, workspace.language, source)
    else:
        found = sentences.own_sentences(workspace.language.code)
    cleaners, total = workspace.cleaning, len(found.sentences)
    with Progress("reading", "sentences") as progress:
        cleaned = clean_lines(
            found.sentences,
            cleaners,
            words=pronunciations.around(workspace.root, cleaners),
            on_progress=lambda done: progress.update(done, total),
        )
    choice = sentences.choose(found.sentences, cleaned, count)
    rows = [(f"{number:04}.wav", found.sentences[place]) for number, place in enumerate(choice.places, 1)]
    write_rows(out, rows)
    if json:
        tell_json(
            {
                "list": out,
                "sentences": len(rows),
                "seconds": round(choice.seconds, 1),
                "coverage": dataclasses.asdict(choice.coverage),
                "left_out": found.left_out,
            }
        )
    else:
        tell(str(out))
    if found.left_out and source:
        why = "; ".join(f"{number:,} {reason}" for reason, number in found.left_out.items())
        say(
            _("{source}: {sentences}; left out: {why}").format(
                source=source, sentences=plural("{n:,} sentence", "{n:,} sentences", total), why=why
            )
        )
    if len(rows) < count:
        say(
            _(
                "there are {count:,} to choose from, not {count2:,}; a longer text has more: --from FILE"
            ).format(count=len(rows), count2=count)
        )
    say(
        _("{sentences}, about {duration} of speech").format(
            sentences=plural("{n:,} sentence", "{n:,} sentences", len(rows)),
            duration=words.duration(choice.seconds),
        )
    )
    found_in, of = choice.coverage, source or _("our sentences")
    say(
        _(
            "of what is in {of}: {phonemes} of {of_phonemes} phonemes, {common:,} of {of_common:,} "
            "common pairs of them"
        ).format(
            of=of,
            phonemes=found_in.phonemes,
            of_phonemes=found_in.of_phonemes,
            common=found_in.common,
            of_common=found_in.of_common,
        )
    )
    if found_in.missing:
        say(_("missing phonemes: {missing}").format(missing=" ".join(found_in.missing)))
    if out.name == "metadata.csv":
        folder = out.parent
        say(
            _(
                "record each under its name in {folder}, 0001.wav first; then `vitsdeck prepare {folder}`"
            ).format(folder=folder)
        )
    else:
        say(
            _("record each under its name; then `vitsdeck prepare FOLDER --transcripts {out}`").format(
                out=out
            )
        )
    return 0


def prepare(
    recordings: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help=_("The folders of your recordings."))
    ],
    transcripts: Annotated[
        Path | None,
        typer.Option(metavar="LIST", help=_("Their texts; found beside the recordings when left out.")),
    ] = None,
    language: Annotated[
        str, typer.Option(help=_("What they speak, as de; the workspace's language from now on."))
    ] = "",
    json: Json = False,
) -> int:
    """Make recordings ready for training: find their texts, convert, split, clean, check. A second run continues."""
    from engine import prepare as preparing

    workspace = here.workspace()
    with Progress("preparing", "parts") as progress:

        def say_step(step: Step) -> None:
            say(f"{step.name}: {step.said}")

        done = preparing.prepare(
            workspace,
            recordings,
            transcripts=transcripts,
            language=language,
            on_step=say_step,
            on_progress=progress.update,
        )
    for path, reason in done.failed.items():
        say(f"error: {path}: {reason}")
    if json:
        failed = [{"path": path, "reason": reason} for path, reason in done.failed.items()]
        tell_json(dataclasses.asdict(done) | {"failed": failed})
    else:
        count = plural("{n:,} clip", "{n:,} clips", sum(done.clips.values()) - done.bad - done.left_out)
        rest = _(", {unlisted:,} more in no list").format(unlisted=done.unlisted) if done.unlisted else ""
        say(_("{count} ready{rest}; continue with `vitsdeck train -m NAME`").format(count=count, rest=rest))
    return EXIT_PARTLY if done.failed or done.bad else 0


def convert(
    in_path: Annotated[
        Path | None,
        typer.Option(
            "--in_path",
            help=_(
                "The recordings: wav, flac, ogg, mp3 and others, in any sub-folder; the workspace's "
                "recordings/."
            ),
        ),
    ] = None,
    out_path: Annotated[
        Path | None, typer.Option("--out_path", help=_("Where they go; the workspace's wavs/."))
    ] = None,
    rate: Annotated[
        int | None, typer.Option(help=_("Samples a second; the workspace's setting, else 22050."))
    ] = None,
    workers: Workers = None,
    executor: Where = None,
    json: Json = False,
) -> int:
    """Convert recordings to mono 16-bit wav at one rate; skips what is up to date."""
    from engine.audio.convert import convert_folder
    from engine.jobs.executor import workers as hire

    workspace = here.maybe_workspace()
    if in_path is None:
        in_path = workspace.root / "recordings" if workspace else Path("recordings")
        if not in_path.is_dir():
            raise InputError(_("no recordings are named"), fix=_("type `vitsdeck convert --in_path FOLDER`"))
    settings = here.settings()
    with Progress("converting", "files") as progress, contextlib.ExitStack() as stack:
        report = convert_folder(
            in_path,
            out_path or here.audio_dir(),
            settings.rate if rate is None else rate,
            (settings.workers if workers is None else workers) or None,
            progress.update,
            executor=stack.enter_context(hire(executor)) if executor else None,
        )
    if json:
        tell_json(
            {
                "converted": report.converted,
                "skipped": report.skipped,
                "failed": [dataclasses.asdict(bad) for bad in report.failed],
                "clipped": {str(path): count for path, count in report.clipped.items()},
                "warnings": report.warnings,
                "ignored": report.ignored,
                "audio_seconds": report.audio_seconds,
            }
        )
    done, length = (
        plural("{n:,} file", "{n:,} files", len(report.converted)),
        words.duration(report.audio_seconds),
    )
    say(
        _("converted {done} ({length} of audio), {skipped:,} were up to date").format(
            done=done, length=length, skipped=report.skipped
        )
    )
    for warning in report.warnings:
        say(f"warning: {warning}")
    for bad in report.failed:
        say(f"error: {bad.path}: {bad.reason}")
    return EXIT_PARTLY if report.failed else 0


def slice(  # noqa: A001 - the command's name
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help=_("Long recordings, or folders of them: wav, flac, ogg, mp3 and others.")
        ),
    ],
    out_dir: Annotated[Path | None, typer.Option("--out_dir", help=_("Where the clips go."))] = None,
    min_pause: Annotated[
        float,
        typer.Option(
            "--min-pause", metavar="S", help=_("Shorter pauses part clips only where --max forces it.")
        ),
    ] = 0.4,
    least: Annotated[float, typer.Option("--min", metavar="S", help=_("The shortest clip."))] = 1.0,
    most: Annotated[
        float,
        typer.Option(
            "--max", metavar="S", help=_("The longest clip; without a pause it is cut where it is quietest.")
        ),
    ] = 10.0,
    top_db: Annotated[
        float,
        typer.Option("--top-db", metavar="DB", help=_("How far below the loudest moment silence begins.")),
    ] = 40.0,
    rate: Annotated[
        int | None, typer.Option(help=_("Samples a second of the clips; as the recording."))
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Only say where it would cut."))] = False,
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
        raise InputError(_("--out_dir is missing"), fix=_("name the folder for the clips, or add --dry-run"))
    workspace = here.maybe_workspace()
    count = len(recordings(paths, out_dir))
    with Progress("cutting", "recordings") as progress, hire(executor, workers, count) as crew:
        report = slice_files(
            paths,
            None if dry_run else out_dir,
            CutRules(min_pause, least, most, top_db),
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
        left = (
            _(", {sounds} too short for a clip").format(
                sounds=plural("{n:,} sound", "{n:,} sounds", each.left_out)
            )
            if each.left_out
            else ""
        )
        clips, source = (
            plural("{n:,} clip", "{n:,} clips", len(each.slices)),
            here.shortest(Path(each.source)),
        )
        cuts = plural("{n:,} cut", "{n:,} cuts", each.forced)
        forced = (
            _(", {cuts} forced by --max where no pause is {min_pause:g} s long").format(
                cuts=cuts, min_pause=min_pause
            )
            if each.forced
            else ""
        )
        say(
            _("{source}: {clips} of {duration}{left}{forced}").format(
                source=source, clips=clips, duration=words.duration(each.seconds), left=left, forced=forced
            )
        )
        for warning in each.warnings:
            say(f"warning: {source}: {warning}")
    if passed := passed_over(unread_below(paths)):
        say(f"warning: {passed}")
    for failed, reason in report.failed.items():
        say(f"error: {here.shortest(Path(failed))}: {reason}")
    if report.removed:
        say(
            _("{clips} of an earlier cut went").format(
                clips=plural("{n:,} clip", "{n:,} clips", report.removed)
            )
        )
    if report.manifest is not None:
        manifest = here.shortest(report.manifest)
        command = _("vitsdeck transcribe {out_dir} --out {manifest} --provider NAME --language CODE").format(
            out_dir=out_dir, manifest=manifest
        )
        say(_("{manifest} waits for texts: `{command}`").format(manifest=manifest, command=command))
    return EXIT_PARTLY if report.failed else 0


def _sliced_json(sliced: Sliced) -> dict[str, Any]:
    document = dataclasses.asdict(sliced)
    cuts = [{"name": each.name, "begin_s": each.begin_s, "end_s": each.end_s} for each in sliced.slices]
    del document["slices"]
    return document | {"cuts": cuts}
