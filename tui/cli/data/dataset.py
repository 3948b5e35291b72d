"""measure, check, fix: what is wrong with the clips of a dataset, and what to do about it."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import InputError
from engine.i18n import _, plural
from tui.app import words
from tui.cli import here
from tui.cli.options import ConfigName, Json, Lists, TextLanguage, Where, Workers
from tui.cli.output import EXIT_PARTLY, say, tell, tell_json
from tui.cli.progress import Progress
from tui.cli.runs.training import as_json

if TYPE_CHECKING:
    from engine.config import Config
    from engine.dataset.clips.validate import Validation
    from engine.dataset.repair.apply import ListsPlan
    from engine.workspace import Workspace


def measure(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SOURCE...", help=_("A folder, a manifest, or filelists."))
    ],
    detach: Annotated[
        bool, typer.Option("--detach", help=_("As a run: it continues without this terminal."))
    ] = False,
    executor: Where = None,
    workers: Workers = None,
    json: Json = False,
) -> int:
    """Measure clips (length, loudness, silence, clipping) once; what is known already is skipped."""
    from engine.dataset.clips.measure import measure_clips
    from engine.dataset.lists.open_dataset import open_source
    from engine.jobs.executor import workers as hire

    workspace = here.workspace()
    sources = [here.inside(source, workspace.root) for source in sources]
    os.chdir(workspace.root)
    audio = workspace.audio_dir if workspace.audio_dir.is_dir() else None
    if detach:
        flags = {"--audio": audio, "--executor": executor, "--workers": workers}
        given = [word for flag, value in flags.items() if value for word in (flag, str(value))]
        return _detach(workspace, "measure", [*map(str, sources), *given], json)
    board = open_source(sources, workspace.root, audio_dir=audio, language=workspace.language.code)
    names = [clip.path for clip in board.clips if clip.path]
    with Progress("measuring", "clips") as progress, hire(executor, workers, len(names)) as crew:
        report = measure_clips(workspace.root, names, executor=crew, on_progress=progress.update)
    if json:
        tell_json(dataclasses.asdict(report))
    measured = plural("{n:,} clip", "{n:,} clips", report.measured)
    say(
        _("measured {measured} ({duration} of audio), {known:,} were known").format(
            measured=measured, duration=words.duration(report.audio_seconds), known=report.known
        )
    )
    if report.missing:
        say(
            _("warning: {clips} cannot be found").format(
                clips=plural("{n:,} clip", "{n:,} clips", report.missing)
            )
        )
    return 0


def _detach(workspace: Workspace, job: str, arguments: list[str], json: bool) -> int:
    from engine.runs import launch

    folder = workspace.run_folder(job)
    argv = [sys.executable, "-P", "-m", "engine.jobs", job, "--run", str(folder), *arguments]
    run = launch.start(folder, kind=job, argv=argv)
    say(
        _(
            "{job} is under way; watch it with `vitsdeck attach {job}`, stop it with `vitsdeck stop {job}`"
        ).format(job=job)
    )
    if json:
        tell_json(as_json(run))
    return 0


def check(
    filelists: Lists = None,
    config: ConfigName = None,
    language: TextLanguage = None,
    executor: Where = None,
    workers: Workers = None,
    json: Json = False,
) -> int:
    """Judge every clip of filelists: what training refuses, what it leaves out, what a person should look at."""
    from engine.dataset.clips.issues import KINDS
    from engine.dataset.clips.validate import validate_filelists
    from engine.jobs.executor import workers as hire
    from engine.text.sidecar import check_sidecar

    settings, lists, root = _settled(config, filelists or here.usual_lists(cleaned=True))
    if language is None:
        _refuse_other_language(settings, lists)
    if settings is None and (workspace := here.maybe_workspace()) is not None:
        workspace = workspace.in_language(language) if language else workspace
        for path in lists:
            check_sidecar(path, workspace.cleaning)
    with Progress("measuring", "clips") as progress, hire(executor, workers) as crew:
        given = crew if executor or workers else None
        validation = validate_filelists(
            settings, lists, root, executor=given, on_progress=progress.update, rate=_rate()
        )
    if json:
        tell_json(_validation_json(validation))
    else:
        for (_unused, kind), fault in validation.list_faults.items():
            tell(f"{fault} [{KINDS[kind].severity}]")
        for each in validation.clips:
            if own := each.own:
                fix = next((f", {issue.fix}" for issue in own if issue.fix), "")
                tell(f"{each} [{own[0].severity}{fix}]")
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in validation.counts.items())
    say(
        _("{clips}, {count:,} bad, {left_out:,} that a training leaves out{detail}").format(
            clips=plural("{n:,} clip", "{n:,} clips", len(validation.clips)),
            count=len(validation.bad),
            left_out=validation.left_out,
            detail=f"; found: {kinds}" if kinds else "",
        )
    )
    for warning in validation.warnings:
        say(f"warning: {warning}")
    return EXIT_PARTLY if validation.bad else 0


def _refuse_other_language(settings: Config | None, lists: list[Path]) -> None:
    """Once for a list: clip by clip such texts would only look too long for their recordings."""
    from engine import languages
    from engine.text.language_check import refuse_other_language
    from engine.text.sidecar import are_cleaned_as, raw_texts

    workspace = here.maybe_workspace()
    language = languages.of_cleaners(settings.data.text_cleaners) if settings else None
    if settings is None and workspace is not None:
        language = workspace.language
    for path in lists:
        if language is not None and not are_cleaned_as([path], language):
            refuse_other_language(raw_texts(path), language, path)


def _validation_json(validation: Validation) -> dict[str, Any]:
    return {
        "clips": [
            {
                "path": each.clip.path,
                "list": each.list,
                "line": each.clip.line,
                "verdicts": [
                    {name: getattr(issue, name) for name in ("kind", "severity", "reason", "fix")}
                    for issue in each.issues
                ],
            }
            for each in validation.clips
            if each.issues
        ],
        "lists": [
            {"list": fault.path, "reason": fault.what, "fix": fault.fix}
            for fault in validation.list_faults.values()
        ],
        "total": len(validation.clips),
        "bad": len(validation.bad),
        "counts": validation.counts,
        "speakers": [dataclasses.asdict(each) for each in validation.speakers],
        "warnings": validation.warnings,
    }


def fix(
    filelists: Lists = None,
    config: ConfigName = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="ACTIONS", help=_("Of convert, centre, trim, normalise, strip, drop, quarantine: these.")
        ),
    ] = None,
    lufs: Annotated[float, typer.Option(help=_("The loudness of normalised copies."))] = -23.0,
    undo: Annotated[bool, typer.Option("--undo", help=_("Undo the last fix of these lists."))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Only say what it would do."))] = False,
    executor: Where = None,
    workers: Workers = None,
    json: Json = False,
) -> int:
    """Fix what check found, in copies below fixed/: originals stay, lists point to the copies, --undo goes back."""
    from engine.dataset.clips.validate import validate_filelists
    from engine.dataset.repair import apply as repair
    from engine.dataset.repair.plan import ACTIONS
    from engine.jobs.executor import workers as hire

    settings, lists, root = _settled(config, filelists or here.usual_lists())
    if undo:
        undone = repair.undo(root, lists)
        if json:
            tell_json({"lists": undone})
        for path in undone:
            say(_("{path} is as it was before").format(path=path))
        return 0
    with Progress("measuring", "clips") as progress, hire(executor, workers) as crew:
        given = crew if executor or workers else None
        validate_filelists(settings, lists, root, executor=given, on_progress=progress.update, rate=_rate())
        actions = ACTIONS if only is None else [action.strip() for action in only.split(",")]
        planned = repair.plan_lists(root, lists, settings, only=actions, lufs=lufs, rate=_rate())
        if not len(planned.plan):
            say(_("there is nothing to fix"))
        if dry_run:
            _show_plan(planned, json)
            return 0
        done = repair.apply(root, planned, executor=given, on_progress=progress.update)
    if json:
        tell_json(dataclasses.asdict(done))
    for file in done.files:
        if file.lines:
            say(f"{file.path}: " + plural("{n:,} line changed", "{n:,} lines changed", file.lines))
    for target, reason in done.failed.items():
        say(f"error: {target}: {reason}")
    return EXIT_PARTLY if done.failed else 0


def _show_plan(planned: ListsPlan, json: bool) -> None:
    board, plan = planned.board, planned.plan
    changes: list[dict[str, Any]] = []
    for index, how, what in (
        *((index, "copy", recipe.target) for index, recipe in plan.recipes.items()),
        *((index, "move", split) for index, split in plan.moves.items()),
        *((index, "text", change.text or "") for index, change in plan.changes.items()),
    ):
        clip, reasons = board.clip(index), [issue.reason for issue in planned.issues[index]]
        changes.append({"path": clip.path, "line": clip.line, how: what, "reasons": reasons})
        if not json:
            name = clip.path or clip.text[:60] or _("this line")
            result = f'text "{what}"' if how == "text" else what
            tell(f"{board.files[clip.source].path}:{clip.line}: {name} -> {result}: {'; '.join(reasons)}")
    if json:
        tell_json({"changes": changes})


def _settled(config: str | None, filelists: list[Path]) -> tuple[Config | None, list[Path], Path]:
    """The config, and the lists as seen from the workspace, which becomes the current folder."""
    settings = here.voice(config)[2] if config else None
    return settings, *seen_from_root(filelists)


def seen_from_root(filelists: list[Path]) -> tuple[list[Path], Path]:
    """The lists as seen from the workspace, which becomes the current folder."""
    root = here.workspace_or_folder().root
    for each in filelists:
        if each.is_dir():
            fix = _("name its lists, or make them with `vitsdeck split {each}`").format(each=each)
            raise InputError(_("is a folder, not a filelist"), path=each, fix=fix)
    lists = [here.inside(each, root) for each in filelists]
    os.chdir(root)
    return lists, Path()


def _rate() -> int | None:
    """What clips are held to where no config is named: the workspace's rate, as in the dashboard."""
    workspace = here.maybe_workspace()
    return workspace.settings.rate if workspace else None
