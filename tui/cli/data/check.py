"""The commands check and fix: what is wrong with the clips of a dataset, and what to do about it."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from engine import languages
from engine.config import Config
from engine.dataset.clips.issues import KINDS
from engine.dataset.clips.validate import Validation, validate_filelists
from engine.dataset.repair import apply as repair
from engine.dataset.repair.apply import ListsPlan
from engine.dataset.repair.plan import ACTIONS
from engine.errors import InputError
from engine.i18n import _, plural
from engine.jobs.executor import requested_workers
from engine.text.language_check import refuse_other_language
from engine.text.sidecar import are_cleaned_as, check_sidecar, raw_texts
from tui.cli import here
from tui.cli.options import Cluster, ConfigName, DryRun, Json, Lists, TextLanguage, Workers
from tui.cli.output import EXIT_PARTLY, clips, echo, echo_json, error, notify, warn
from tui.cli.progress import Progress
from tui.cli.voice import voice

_ACTIONS = _("Of convert, centre, trim, normalise, strip, drop, quarantine: these.")


def check(
    filelists: Lists = None,
    config: ConfigName = None,
    language: TextLanguage = None,
    executor: Cluster = None,
    workers: Workers = None,
    json: Json = False,
) -> int:
    """Judge every clip of filelists, and say what is wrong with it.

    What training refuses, what it leaves out, and what a person should look at.
    """
    settings = voice(config)[2] if config else None
    lists, root = seen_from_root(filelists or here.usual_lists(cleaned=True))
    if language is None:
        _refuse_other_language(settings, lists)
    if settings is None and (workspace := here.maybe_workspace()) is not None:
        workspace = workspace.in_language(language) if language else workspace
        for path in lists:
            check_sidecar(path, workspace.cleaning)
    with Progress(_("measuring"), _("clips")) as progress, requested_workers(executor, workers) as pool:
        validation = validate_filelists(
            settings, lists, root, executor=pool, on_progress=progress.update, rate=_rate()
        )
    if json:
        echo_json(_validation_json(validation))
    else:
        for (_list, kind), fault in validation.list_faults.items():
            echo(f"{fault} [{KINDS[kind].severity}]")
        for each in validation.clips:
            if own := each.own:
                fix = next((f", {issue.fix}" for issue in own if issue.fix), "")
                echo(f"{each} [{own[0].severity}{fix}]")
    counts = {"clips": clips(len(validation.clips)), "bad": len(validation.bad), "out": validation.left_out}
    text = _("{clips}, {bad:,} bad, {out:,} that a training leaves out")
    if validation.counts:
        text = _("{clips}, {bad:,} bad, {out:,} that a training leaves out; found: {kinds}")
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in validation.counts.items())
    notify(text.format(**counts, kinds=kinds))
    for warning in validation.warnings:
        warn(warning)
    return EXIT_PARTLY if validation.bad else 0


def _refuse_other_language(settings: Config | None, lists: list[Path]) -> None:
    """Once for a list: clip by clip such texts would only look too long for their recordings."""
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
    only: Annotated[str | None, Option(metavar="ACTIONS", help=_ACTIONS)] = None,
    lufs: Annotated[float, Option(help=_("The loudness of normalised copies."))] = -23.0,
    undo: Annotated[bool, Option("--undo", help=_("Undo the last fix of these lists."))] = False,
    dry_run: DryRun = False,
    executor: Cluster = None,
    workers: Workers = None,
    json: Json = False,
) -> int:
    """Fix what check found, in copies below fixed/.

    Originals stay, lists point to the copies, and --undo goes back.
    """
    settings = voice(config)[2] if config else None
    lists, root = seen_from_root(filelists or here.usual_lists())
    if undo:
        undone = repair.undo(root, lists)
        if json:
            echo_json({"lists": undone})
        for path in undone:
            notify(_("{path} is as it was before").format(path=path))
        return 0
    with Progress(_("measuring"), _("clips")) as progress, requested_workers(executor, workers) as pool:
        validate_filelists(settings, lists, root, executor=pool, on_progress=progress.update, rate=_rate())
        actions = ACTIONS if only is None else [action.strip() for action in only.split(",")]
        planned = repair.plan_lists(root, lists, settings, only=actions, lufs=lufs, rate=_rate())
        if not len(planned.plan):
            notify(_("there is nothing to fix"))
        if dry_run:
            _show_plan(planned, json)
            return 0
        done = repair.apply(root, planned, executor=pool, on_progress=progress.update)
    if json:
        echo_json(dataclasses.asdict(done))
    for file in done.files:
        if file.lines:
            changed = plural("{n:,} line changed", "{n:,} lines changed", file.lines)
            notify(f"{file.path}: {changed}")
    for target, reason in done.failed.items():
        error(f"{target}: {reason}")
    return EXIT_PARTLY if done.failed else 0


def _show_plan(planned: ListsPlan, json: bool) -> None:
    dataset, plan = planned.board, planned.plan
    changes: list[dict[str, Any]] = []
    for index, how, what in (
        *((index, "copy", recipe.target) for index, recipe in plan.recipes.items()),
        *((index, "move", split) for index, split in plan.moves.items()),
        *((index, "text", change.text or "") for index, change in plan.changes.items()),
    ):
        clip, reasons = dataset.clip(index), [issue.reason for issue in planned.issues[index]]
        changes.append({"path": clip.path, "line": clip.line, how: what, "reasons": reasons})
        if not json:
            name = clip.path or clip.text[:60] or _("this line")
            result = _('text "{text}"').format(text=what) if how == "text" else what
            echo(f"{dataset.files[clip.source].path}:{clip.line}: {name} -> {result}: {'; '.join(reasons)}")
    if json:
        echo_json({"changes": changes})


def seen_from_root(filelists: list[Path]) -> tuple[list[Path], Path]:
    """The lists as seen from the workspace, which becomes the current folder."""
    root = here.workspace_or_folder().root
    for each in filelists:
        if each.is_dir():
            fix = _("name its lists, or make them with `vitsdeck split {folder}`").format(folder=each)
            raise InputError(_("is a folder, not a filelist"), path=each, fix=fix)
    lists = [here.inside(each, root) for each in filelists]
    os.chdir(root)
    return lists, Path()


def _rate() -> int | None:
    """The sample rate that clips need where no config is named: the workspace's, as in the dashboard."""
    workspace = here.maybe_workspace()
    return workspace.settings.rate if workspace else None
