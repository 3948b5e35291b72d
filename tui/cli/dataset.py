"""check, analyse, mend, speakers: what a corpus is made of, and what to do about it."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import InputError
from tui.app import words
from tui.cli import here
from tui.cli.output import EXIT_PARTLY, say, tell, tell_json
from tui.cli.progress import Progress
from tui.cli.training import Json, as_json

if TYPE_CHECKING:
    from engine.config import Config
    from engine.dataset.clips.validate import Validation
    from engine.dataset.repair.repairs import Prepared
    from engine.workspace import Workspace

Lists = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILELIST...", help="Filelists of path|text or path|speaker|text; the workspace's."
    ),
]
ConfigName = Annotated[
    str | None, typer.Option("--config", "-c", help="The voice's config: a file, or its name in configs/.")
]
Where = Annotated[
    str | None,
    typer.Option(
        "--executor", metavar="ADDRESS", help="A dask cluster: dask://127.0.0.1:PORT, or tls://HOST:PORT."
    ),
]
Workers = Annotated[int | None, typer.Option(min=0, help="How many at the same time; 0: one a core.")]


def check(
    filelists: Lists = None,
    config: ConfigName = None,
    language: Annotated[
        str | None,
        typer.Option(help="What the texts are written in, as de, where they are taken for another language."),
    ] = None,
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
    with Progress("measuring", "clip") as progress, hire(executor, workers) as crew:
        validation = validate_filelists(
            settings,
            lists,
            root,
            executor=crew if executor or workers else None,
            on_progress=progress.update,
            rate=_rate(),
        )
    if json:
        tell_json(_validation_json(validation))
    else:
        for (_, kind), fault in validation.list_faults.items():
            tell(f"{fault} [{KINDS[kind].severity}]")
        for each in validation.clips:
            if own := each.own:
                fix = next((verdict.fix for verdict in own if verdict.fix), "")
                tell(f"{each.told(own)} [{own[0].severity}{f', {fix}' if fix else ''}]")
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in validation.counts.items())
    say(
        f"{words.plural(len(validation.clips), 'clip')}, {len(validation.bad):,} bad, "
        f"{validation.left_out:,} that a training leaves out{f'; found: {kinds}' if kinds else ''}"
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


def analyse(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SOURCE...", help="A folder, a manifest, or filelists.")
    ],
    detach: Annotated[
        bool, typer.Option("--detach", help="As a run: it continues without this terminal.")
    ] = False,
    executor: Where = None,
    workers: Workers = None,
    json: Json = False,
) -> int:
    """Measure clips (length, loudness, silence, clipping) once; what is known already is skipped."""
    from engine.dataset.clips.measure import analyse as measure
    from engine.dataset.lists.open_dataset import open_source
    from engine.jobs.executor import workers as hire

    workspace = here.workspace()
    sources = [here.inside(source, workspace.root) for source in sources]
    os.chdir(workspace.root)
    if detach:
        flags = [
            *(["--executor", executor] if executor else []),
            *(["--workers", str(workers)] if workers else []),
        ]
        audio = ["--audio", str(workspace.audio_dir)] if workspace.audio_dir.is_dir() else []
        return _detach(workspace, "analyse", [*map(str, sources), *audio, *flags], json)
    audio_dir = workspace.audio_dir if workspace.audio_dir.is_dir() else None
    code = workspace.language.code
    board = open_source(sources, workspace.root, audio_dir=audio_dir, language=code)
    names = [clip.path for clip in board.clips if clip.path]
    with Progress("measuring", "clip") as progress, hire(executor, workers, len(names)) as crew:
        report = measure(workspace.root, names, executor=crew, on_progress=progress.update)
    if json:
        tell_json(dataclasses.asdict(report))
    measured = words.plural(report.measured, "clip")
    say(f"measured {measured} ({words.duration(report.audio_seconds)} of audio), {report.known:,} were known")
    if report.missing:
        say(f"warning: {words.plural(report.missing, 'clip')} cannot be found")
    return 0


def mend(
    filelists: Lists = None,
    config: ConfigName = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="ACTIONS", help="Of convert, centre, trim, normalise, strip, drop, quarantine: these."
        ),
    ] = None,
    lufs: Annotated[float, typer.Option(help="The loudness of normalised copies.")] = -23.0,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back what mend did last to these lists.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
    executor: Where = None,
    workers: Workers = None,
    json: Json = False,
) -> int:
    """Mend what verdicts name, in copies below fixed/: originals stay, lists point to the copies, --undo goes back."""
    from engine.dataset.clips.validate import validate_filelists
    from engine.dataset.repair import repairs
    from engine.jobs.executor import workers as hire

    settings, lists, root = _settled(config, filelists or here.usual_lists())
    if undo:
        undone = repairs.undo(root, lists)
        if json:
            tell_json(dataclasses.asdict(undone))
        for path in undone.lists:
            say(f"{path} is as it was before")
        for path in undone.not_mended:
            say(f"error: {path}: nothing was mended here")
        return EXIT_PARTLY if undone.not_mended else 0
    with Progress("measuring", "clip") as progress, hire(executor, workers) as crew:
        given = crew if executor or workers else None
        validate_filelists(settings, lists, root, executor=given, on_progress=progress.update, rate=_rate())
        actions = None if only is None else [action.strip() for action in only.split(",")]
        prepared = repairs.prepare(root, lists, settings, only=actions, lufs=lufs, rate=_rate())
        if dry_run:
            _show_plan(prepared, json)
            return 0
        done = repairs.carry_out(root, prepared, executor=given, on_progress=progress.update)
    if json:
        tell_json(dataclasses.asdict(done))
    for file in done.files:
        if file.lines:
            say(f"{file.path}: {words.plural(file.lines, 'line')} changed")
    for by, count in done.measured_by.items():
        say(f"the loudness of {words.plural(count, 'clip')} was measured by {by}")
    for target, reason in done.failed.items():
        say(f"error: {target}: {reason}")
    if not len(prepared.plan):
        say("there is nothing that could be mended")
    return EXIT_PARTLY if done.failed else 0


def speakers(
    filelists: Lists = None,
    config: ConfigName = None,
    write: Annotated[
        bool,
        typer.Option(
            "--write",
            help="Keep the ids in voice.json, or in a config of your own.",
        ),
    ] = False,
    json: Json = False,
) -> int:
    """Show who speaks how much in filelists, and give each speaker an id."""
    from engine import presets
    from engine.dataset.speakers import MOST_FAULTS, name_speakers, of_lists, warnings

    voice = here.voice(config) if config or write else None
    lists, root = _seen_from_root(filelists or here.usual_lists())
    census = of_lists(lists, root)
    tallies, faults = census.tallies, census.faults
    named, file = None, None
    if voice is not None:
        workspace, path, settings = voice
        named = name_speakers(settings, [each.name for each in tallies], nameless=census.nameless)
        file = here.shortest(presets.file_of(workspace, path))
        if write:
            if faults:
                raise InputError(faults[0], fix="mend the lists first", details=faults[1:MOST_FAULTS])
            if named is settings and census.nameless:
                raise InputError("there is no name to write", path=lists[0], fix="write path|speaker|text")
            presets.store(workspace, path, named)
            say(f"{file}: {words.plural(len(named.speakers or ()), 'speaker')} named")
    ids = {name: i for i, name in enumerate((named and named.speakers) or ())}
    if json:
        found = [dataclasses.asdict(each) | {"id": ids.get(each.name)} for each in tallies]
        tell_json({"speakers": found, "file": file, "warnings": warnings(tallies), "faults": faults})
        return EXIT_PARTLY if faults else 0
    for each in tallies:
        number = f"{ids[each.name]:>4}  " if each.name in ids else ""
        tell(
            f"{number}{each.name or '-'}  {words.plural(each.clips, 'clip')}  "
            f"{each.minutes:.1f} min  {100 * each.share:.0f} %"
        )
    for warning in warnings(tallies):
        say(f"warning: {warning}")
    if census.unread:
        say(f"warning: {words.plural(census.unread, 'clip')} cannot be read and counted as 0 minutes")
    for fault in faults[:MOST_FAULTS]:
        say(f"error: {fault}")
    if len(faults) > MOST_FAULTS:
        say(f"error: {words.plural(len(faults) - MOST_FAULTS, 'other line')} like these")
    return EXIT_PARTLY if faults else 0


def _settled(config: str | None, filelists: list[Path]) -> tuple[Config | None, list[Path], Path]:
    """The config, and the lists as seen from the workspace, which becomes the current folder."""
    settings = here.voice(config)[2] if config else None
    return settings, *_seen_from_root(filelists)


def _seen_from_root(filelists: list[Path]) -> tuple[list[Path], Path]:
    """The lists as seen from the workspace, which becomes the current folder."""
    root = here.workspace_or_folder().root
    for each in filelists:
        if each.is_dir():
            raise InputError("is a folder, not a filelist", path=each, fix=_instead_of(each))
    lists = [here.inside(each, root) for each in filelists]
    os.chdir(root)
    return lists, Path()


def _rate() -> int | None:
    """What clips are held to where no config is named: the workspace's rate, as in the dashboard."""
    workspace = here.maybe_workspace()
    return workspace.settings.rate if workspace else None


def _instead_of(folder: Path) -> str:
    """What to name where a folder was named for its lists."""
    from engine.dataset.lists.open_dataset import home_of

    names = sorted(path.name for path in folder.iterdir() if path.suffix in (".txt", ".csv", ".cleaned"))
    lists = [str(folder / name) for name in names if home_of(name)]
    if lists:
        return f"name its lists: {' '.join(lists[:4])}"
    return "name filelists; `vitsdeck split MANIFEST` makes them of a manifest"


def _detach(workspace: Workspace, job: str, arguments: list[str], json: bool) -> int:
    from engine.runs import launch

    folder = workspace.run_folder(job)
    argv = [sys.executable, "-P", "-m", "engine.jobs", job, "--run", str(folder), *arguments]
    run = launch.start(folder, kind=job, argv=argv)
    say(f"{job} is under way; watch it with `vitsdeck attach {job}`, stop it with `vitsdeck stop {job}`")
    if json:
        tell_json(as_json(run))
    return 0


def _validation_json(validation: Validation) -> dict[str, Any]:
    return {
        "clips": [
            {
                "path": each.clip.path,
                "list": each.list,
                "line": each.clip.line,
                "verdicts": [
                    {
                        "kind": verdict.kind,
                        "severity": verdict.severity,
                        "reason": verdict.reason,
                        "fix": verdict.fix,
                    }
                    for verdict in each.verdicts
                ],
            }
            for each in validation.clips
            if each.verdicts
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


def _show_plan(prepared: Prepared, json: bool) -> None:
    board, plan = prepared.board, prepared.plan
    told: list[tuple[int, str, str]] = [
        *((index, "copy", recipe.target) for index, recipe in plan.recipes.items()),
        *((index, "move", place) for index, place in plan.moves.items()),
        *((index, "text", change.text or "") for index, change in plan.changes.items()),
    ]
    if json:
        changes = [
            {"path": board.clip(index).path, "line": board.clip(index).line, how: what}
            | {"reasons": [verdict.reason for verdict in prepared.verdicts[index]]}
            for index, how, what in told
        ]
        tell_json({"changes": changes})
        return
    if not told:
        say("there is nothing that could be mended")
    for index, how, what in told:
        clip = board.clip(index)
        place = f"{board.files[clip.source].path}:{clip.line}: "
        reasons = "; ".join(verdict.reason for verdict in prepared.verdicts[index])
        result = f'text "{what}"' if how == "text" else what
        tell(f"{place}{clip.path or clip.text[:60] or 'this line'} -> {result}: {reasons}")
