"""Convert a folder of recordings to mono 16-bit WAV at one rate.

Each file is one task for an executor: processes here, since a library that crashes on a damaged file must not take the
others with it, or the workers of a cluster.
A clip has the time of its recording, so that a second run does only what changed.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import os
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.audio.header import header
from engine.audio.recordings import SUFFIXES, check_rate, files_below, no_recording, passed_over, unread_below
from engine.audio.resample import resampled
from engine.audio.wav import Recording, write_pcm16_blocks
from engine.errors import InputError, cannot_write
from engine.files.atomic import remove_stale_temporaries
from engine.i18n import _, plural
from engine.jobs.executor import WorkerLost, unordered
from engine.jobs.executor import workers as processes

_SAME_TIME_SECONDS = 2.0  # some file systems keep times no finer

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class ConvertReport:
    """What became of a folder; paths of `converted`, `clipped` and `notes` are relative to the target.

    Attributes:
        converted: files written.
        skipped: how many were up to date.
        failed: sources that could not be converted, each with the reason; the job's exit code is 1 when there are any.
        clipped: samples held at full scale, for each file that had some.
        notes: what a person should know of each recording that was converted.
        audio_seconds: length of what was written.
        ignored: sound files of kinds that cannot be opened, by suffix.
    """

    converted: list[Path] = field(default_factory=list)
    skipped: int = 0
    failed: dict[Path, str] = field(default_factory=dict)
    clipped: dict[Path, int] = field(default_factory=dict)
    notes: dict[Path, list[str]] = field(default_factory=dict)
    audio_seconds: float = 0.0
    ignored: dict[str, int] = field(default_factory=dict)

    @property
    def warnings(self) -> list[str]:
        """What a person should know of the recordings, one sentence each."""
        found = []
        for name in self.converted:
            found += [f"{name}: {each}" for each in self.notes[name]]
            if clipped := self.clipped.get(name):
                held = plural("{n:,} sample held at full scale", "{n:,} samples held at full scale", clipped)
                found.append(f"{name}: {held}")
        return found + [each for each in [passed_over(self.ignored)] if each]


def convert_folder(
    in_path: str | Path,
    out_path: str | Path,
    rate: int = 22050,
    workers: int | None = None,
    on_progress: Progress | None = None,
    *,
    executor: concurrent.futures.Executor | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    only: Container[Path] | None = None,
) -> ConvertReport:
    """Convert every recording below a folder, keeping its sub-folders.

    A bad file is reported and the rest is done. Interrupted, it leaves whole files only. A recording of somebody's
    that stands where a result would go is reported and left alone.

    Args:
        in_path: folder (or one file); hidden files and folders are left out, links are followed once.
        workers: how many at the same time; None: as many as there are cores.
        executor: where; None: processes here, if there is enough to do.
        should_stop: asked after each file.
        only: convert these recordings of the folder; None: all.
        on_progress: called in this thread after each file with files done, files in all and the file's name.

    Raises:
        InputError: no such folder, nothing to convert in it, the same folder twice, a rate that is not above
            0, or a target that cannot be written to.
    """
    source, target = Path(in_path), Path(out_path)
    check_rate(rate)
    root = source.parent if source.is_file() else source
    report = ConvertReport()
    sources = [path for path in _find(source, target, report) if only is None or path in only]
    if not sources:
        raise no_recording(source)
    _make_folder(target)
    jobs = _plan(sources, root, target, rate, report)
    done = len(sources) - len(jobs)
    if on_progress is not None and done:
        on_progress(done, len(sources), "")
    with contextlib.ExitStack() as stack:
        crew = executor or stack.enter_context(processes(count=workers, jobs=len(jobs)))
        tasks = [(path.absolute(), (target / name).absolute()) for path, name in jobs]
        for number, outcome in unordered(crew, functools.partial(_convert, rate=rate), tasks):
            path, name = jobs[number]
            try:
                samples, clipped, report.notes[name] = outcome.get()
            except (InputError, WorkerLost) as error:
                report.failed[path] = error.of(path) if isinstance(error, InputError) else str(error)
            else:
                report.converted.append(name)
                report.audio_seconds += samples / rate
                if clipped:
                    report.clipped[name] = clipped
            done += 1
            if on_progress is not None:
                on_progress(done, len(sources), str(name))
            if should_stop():
                break
    report.converted.sort()
    report.failed = dict(sorted(report.failed.items()))
    return report


def _convert(task: tuple[Path, Path], rate: int) -> tuple[int, int, list[str]]:
    """Convert one recording; samples written, samples clipped, and warnings."""
    source, target = task
    recording = Recording(source)
    changed_ns = source.stat().st_mtime_ns
    if target.exists() and target.samefile(source):
        raise InputError(_("would overwrite its own source"), path=source)
    _make_folder(target.parent)
    pieces = resampled(recording.mono(), recording.head.rate, rate)
    samples, clipped = write_pcm16_blocks(target, pieces, rate, durable=False)
    with contextlib.suppress(OSError):  # where times cannot be set it is converted again the next time
        os.utime(target, ns=(changed_ns, changed_ns))
    return samples, clipped, recording.warnings


def _find(source: Path, target: Path, report: ConvertReport) -> list[Path]:
    """Sources in a fixed order; what is below the target is the target's, not a source."""
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise InputError(_("no such folder"), path=source)
    if target.exists() and target.samefile(source):
        raise InputError(
            _("in_path and out_path are the same folder"), path=source, fix=_("name another out_path")
        )
    report.ignored = unread_below([source], leave_out=target)
    return [path for path in files_below(source, leave_out=target) if path.suffix.lower() in SUFFIXES]


def _plan(
    sources: Sequence[Path], root: Path, target: Path, rate: int, report: ConvertReport
) -> list[tuple[Path, Path]]:
    """What is to be done: (source, name below the target). Clashes are reported, what is up to date counted."""
    by_name: dict[Path, list[Path]] = {}
    for path in sources:
        by_name.setdefault(path.relative_to(root).with_suffix(".wav"), []).append(path)
    jobs = []
    for name, paths in by_name.items():
        if len(paths) > 1:
            for path in paths:
                others = " and ".join(other.name for other in paths if other != path)
                what = _("{others} would become {name} as well; rename one")
                report.failed[path] = what.format(others=others, name=name)
        elif _is_foreign(target / name, paths[0], rate):
            what = _(
                "{path} is there already and no mono wav of {rate} Hz; remove it or name another out_path"
            ).format(path=target / name, rate=rate)
            report.failed[paths[0]] = what
        elif _is_current(target / name, paths[0]):
            report.skipped += 1
        else:
            jobs.append((paths[0], name))
    for folder in {(target / name).parent for _unused, name in jobs}:
        if folder.is_dir():
            remove_stale_temporaries(folder)
    return jobs


def _is_foreign(path: Path, source: Path, rate: int) -> bool:
    """Whether a file is of another kind than those that are written here, so it may be somebody's recording."""
    if not path.exists() or path.samefile(source):  # the last is refused elsewhere
        return False
    try:
        found = header(path)
    except InputError:
        return True
    return (found.rate, found.channels, found.subtype) != (rate, 1, "PCM_16")


def _is_current(path: Path, source: Path) -> bool:
    """Whether a clip was made from its recording as that is now: they have the same time."""
    if not path.exists() or path.samefile(source):
        return False
    return abs(path.stat().st_mtime - source.stat().st_mtime) <= _SAME_TIME_SECONDS


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(error, folder) from None
    if not os.access(folder, os.W_OK):
        raise InputError(
            _("cannot be written to"), path=folder, fix=_("name another folder, or change its mode")
        )
