"""Work over many files as a run: `python -m engine.jobs JOB --run FOLDER ...`, started in the workspace.

measure  the clips of filelists, manifests or folders                fix    make the copies that a plan asks for
convert  a folder of recordings as mono wav at one rate              slice  cut long recordings into clips
clean    the texts of filelists by cleaners
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from engine.audio.convert import convert_folder
from engine.audio.slicing import CutRules
from engine.dataset.clips.measure import measure_clips
from engine.dataset.lists.open_dataset import open_source
from engine.dataset.repair.apply import make_copies
from engine.dataset.repair.plan import Recipe
from engine.dataset.slices import slice_files
from engine.errors import InputError
from engine.files.atomic import write_json
from engine.i18n import _, plural
from engine.jobs.executor import requested_workers, workers
from engine.jobs.job import Job, run_job
from engine.text import pronunciations
from engine.text.preprocess import preprocess

CUT_FLAGS = {"--min-pause": "min_pause_s", "--min": "min_s", "--max": "max_s", "--top-db": "top_db"}
Work = Callable[[argparse.Namespace, Job], tuple[str, bool]]


def main() -> int:
    """Run one job; returns the process's exit code."""
    arguments = _parser().parse_args()
    unit, work = JOBS[arguments.job]
    return run_job(arguments.run, unit, lambda job: work(arguments, job))


def _measure(arguments: argparse.Namespace, job: Job) -> tuple[str, bool]:
    root = Path.cwd()
    dataset = open_source(arguments.paths, root, audio_dir=arguments.audio)
    names = [clip.path for clip in dataset.clips if clip.path]
    with workers(arguments.executor, arguments.workers, len(names)) as pool:
        report = measure_clips(
            root, names, executor=pool, on_progress=job.progress, should_stop=job.should_stop
        )
    text = _("{total} in all: {measured} measured, {known} known, {missing} missing")
    counts = {name: getattr(report, name) for name in ("total", "measured", "known", "missing")}
    return text.format(**counts), True


def _convert(arguments: argparse.Namespace, job: Job) -> tuple[str, bool]:
    with workers(arguments.executor, arguments.workers) as pool:
        report = convert_folder(
            arguments.paths[0],
            arguments.out,
            arguments.rate,
            executor=pool,
            on_progress=job.progress,
            should_stop=job.should_stop,
        )
    for warning in report.warnings:
        job.log(f"warning: {warning}")
    for path, reason in report.failed.items():
        job.alert("error", f"{path}: {reason}")
    text = _("{converted} converted, {skipped} up to date, {failed} failed")
    converted, failed = len(report.converted), len(report.failed)
    return text.format(converted=converted, skipped=report.skipped, failed=failed), not failed


def _fix(arguments: argparse.Namespace, job: Job) -> tuple[str, bool]:
    try:
        recipes = [Recipe.of(each) for each in json.loads(arguments.paths[0].read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(_("is no list of recipes"), path=arguments.paths[0]) from None
    failed = {}
    with workers(arguments.executor, arguments.workers, len(recipes)) as pool:
        for done, (target, error) in enumerate(make_copies(Path.cwd(), recipes, pool), 1):
            if error:
                failed[target] = error
                job.alert("error", f"{target}: {error}")
            job.progress(done, len(recipes), target)
            if job.should_stop():
                break
    write_json(job.folder / "mended.json", {"v": 1, "failed": failed})
    text = _("{made} copies made, {failed} failed")
    return text.format(made=len(recipes) - len(failed), failed=len(failed)), not failed


def _slice(arguments: argparse.Namespace, job: Job) -> tuple[str, bool]:
    given = {name: getattr(arguments, name) for name in CUT_FLAGS.values()}
    rules = CutRules(**{name: value for name, value in given.items() if value is not None})
    # a recording may take minutes, and a stop is looked for only between two of them: a signal ends it at once
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with workers(arguments.executor, arguments.workers, len(arguments.paths)) as pool:
        report = slice_files(
            arguments.paths, arguments.out, rules, root=Path.cwd(), executor=pool, on_progress=job.progress
        )
    for each in report.sliced:
        for warning in each.warnings:
            job.log(f"warning: {each.source}: {warning}")
    for path, reason in report.failed.items():
        job.alert("error", f"{path}: {reason}")
    parts = [plural("{n} clip", "{n} clips", report.clips)]
    if count := len(report.failed):
        parts.append(plural("{n} recording failed", "{n} recordings failed", count))
    return ", ".join(parts), not report.failed


def _clean(arguments: argparse.Namespace, job: Job) -> tuple[str, bool]:
    cleaners = arguments.cleaners.split(",")

    def on_progress(done: int, total: int) -> None:
        job.progress(done, total)
        if job.stopping:
            raise KeyboardInterrupt

    with requested_workers(arguments.executor) as pool:
        reports = preprocess(
            arguments.paths,
            arguments.text_index,
            cleaners,
            words=pronunciations.around(arguments.paths[0], cleaners),
            on_progress=on_progress,
            executor=pool,
        )
    lines = sum(each.lines for each in reports)
    return plural("{n} line cleaned", "{n} lines cleaned", lines), True


JOBS: dict[str, tuple[str, Work]] = {
    "measure": ("clip", _measure),
    "convert": ("file", _convert),
    "fix": ("clip", _fix),
    "slice": ("recording", _slice),
    "clean": ("line", _clean),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="engine.jobs", description=__doc__)
    parser.add_argument("job", choices=sorted(JOBS))
    parser.add_argument("--run", type=Path, required=True, help="the run folder")
    parser.add_argument("paths", type=Path, nargs="+", help="what to work on; fix: a file of recipes")
    parser.add_argument("--executor", help="dask://HOST:PORT of this machine, or tls://HOST:PORT")
    parser.add_argument("--workers", type=int, help="processes; one a core")
    parser.add_argument("--audio", type=Path, help="measure: where converted recordings are")
    parser.add_argument("--out", type=Path, help="convert, slice: the target folder")
    for flag, name in CUT_FLAGS.items():
        parser.add_argument(flag, type=float, dest=name, help="slice: as of `vitsdeck slice`")
    parser.add_argument("--rate", type=int, default=22050, help="convert: Hz")
    parser.add_argument("--text_index", type=int, help="clean: column of the text; the last")
    parser.add_argument("--cleaners", default="", help="clean: names, separated by commas")
    return parser


if __name__ == "__main__":
    sys.exit(main())
