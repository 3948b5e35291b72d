"""Cut long recordings into clips with names and a manifest, ready for transcription.

DIR/NAME_0001.wav ...      mono, 16 bits; SUB_NAME_0001.wav of a recording SUB/NAME.wav in a folder that was named
DIR/slices.jsonl           one line a clip: where it was cut from; replaced whole, after the clips
DIR/manifest.txt           PATH| a line: `vitsdeck transcribe DIR --out DIR/manifest.txt` fills in the texts

Cut again, a recording's earlier clips give way to the new ones; a text stays with a clip whose ends did not move.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.audio.recordings import check_rate, recordings_below
from engine.audio.slicing import CutRules, find_cuts, write_clips
from engine.errors import InputError, cannot_write
from engine.files.atomic import remove_stale_temporaries
from engine.i18n import _
from engine.jobs.executor import unordered, workers
from engine.text.rows import read_rows, write_lines, write_rows

CUTS = "slices.jsonl"
MANIFEST = "manifest.txt"  # a name that `layouts.manifest_in` looks for in a folder
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Slice:
    """One clip: its name in the target folder, the recording, and from where to where in seconds."""

    name: str
    source: str
    begin_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Sliced:
    """What one recording was cut into.

    Attributes:
        left_out: sounds that were too short for a clip.
        forced: cuts that are in no pause of the length asked for, since a clip would have been too long.
        warnings: what was found of the recording, and done, that a person should know.
    """

    source: str
    rate: int
    seconds: float
    slices: list[Slice]
    left_out: int = 0
    forced: int = 0
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SliceReport:
    """What became of all recordings: each in the order given, and those that could not be cut, with the reason.

    Attributes:
        manifest: where the clips are listed, to be transcribed; None when nothing was written.
        removed: clips of an earlier cut of these recordings that are no more.
    """

    sliced: list[Sliced] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    manifest: Path | None = None
    removed: int = 0

    @property
    def clips(self) -> int:
        """Clips in all."""
        return sum(len(each.slices) for each in self.sliced)


def slice_files(
    paths: Sequence[str | Path],
    out_dir: str | Path | None,
    rules: CutRules | None = None,
    *,
    rate: int | None = None,
    root: str | Path | None = None,
    executor: Executor | None = None,
    on_progress: Progress | None = None,
) -> SliceReport:
    """Cut recordings in their pauses.

    Args:
        paths: recordings, or folders of them.
        out_dir: where the clips go; None: only say where it would cut.
        rate: Hz of the clips; None: as the recording.
        root: the workspace: the manifest names clips below it as seen from there, others as seen from `out_dir`.
        executor: where; None: processes here, one for each recording under way.
        on_progress: called with recordings done, recordings in all and the last one's path.

    Raises:
        InputError: rules or a rate that cannot be met, no recordings, two whose clips would have one name, a folder
            that cannot be written to, or another kind of manifest in it.
    """
    rules = rules or CutRules()
    rules.check()
    if rate is not None:
        check_rate(rate)
    target = None if out_dir is None else Path(os.path.normpath(Path(out_dir).absolute()))
    named = _named(paths, target)
    if not named:
        raise InputError(_("no recording to cut"), fix=_("name one or more"))
    known: dict[str, str] = {}
    if target is not None:
        _make(target)
        known = _read_texts(target / MANIFEST)
        _check_no_clash(target, named)
    report = SliceReport()
    found: dict[int, Sliced] = {}
    sources = list(named)
    cut = functools.partial(_slice, target=target, rules=rules, rate=rate)
    with contextlib.ExitStack() as stack:
        crew = executor or stack.enter_context(workers(jobs=len(named)))
        for done, (index, outcome) in enumerate(unordered(crew, cut, named.items()), 1):
            source, error = sources[index], outcome.error
            if outcome.value is not None:
                found[index] = outcome.value
            elif error is not None:
                report.failed[source] = error.of(source) if isinstance(error, InputError) else str(error)
            if on_progress is not None:
                on_progress(done, len(named), source)
    report.sliced = [found[index] for index in sorted(found)]
    if target is not None and found:
        report.manifest = target / MANIFEST
        report.removed = _write_lists(target, report.sliced, known, root)
    return report


def recordings(paths: Sequence[str | Path], out_dir: str | Path | None = None) -> list[Path]:
    """The recordings that the paths name: a folder stands for all below it, but for the clips in `out_dir`.

    Raises:
        InputError: a folder without recordings, or one that cannot be read.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        found += recordings_below(path, leave_out=out_dir) if path.is_dir() else [path]
    return found


def read_cuts(folder: str | Path) -> list[dict[str, Any]]:
    """The lines of a folder's slices.jsonl; none when there is none that can be read."""
    try:
        found = [json.loads(line) for line in (Path(folder) / CUTS).read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return []
    return [each for each in found if isinstance(each, dict) and "name" in each]


def _slice(task: tuple[str, str], target: Path | None, rules: CutRules, rate: int | None) -> Sliced:
    """Cut one recording; `task`: the recording, and what the names of its clips begin with."""
    source, prefix = task
    cuts = find_cuts(source, rules)
    its_rate = cuts.recording.head.rate
    digits = max(4, len(str(len(cuts.clips))))
    slices = [
        Slice(f"{prefix}_{n:0{digits}d}.wav", source, round(begin / its_rate, 3), round(end / its_rate, 3))
        for n, (begin, end) in enumerate(cuts.clips, 1)
    ]
    if target is not None:
        targets = [target / each.name for each in slices]
        if any(path.exists() and path.samefile(source) for path in targets):
            fix = _("name another --out_dir")
            raise InputError(_("would overwrite its own source"), path=source, fix=fix)
        write_clips(cuts, targets, rate)
    warnings, left_out = cuts.recording.warnings, len(cuts.left_out)
    return Sliced(source, its_rate, cuts.samples / its_rate, slices, left_out, cuts.forced, warnings)


def _named(paths: Sequence[str | Path], target: Path | None) -> dict[str, str]:
    """Each recording, absolute and once, and what the names of its clips begin with.

    That is its own name; for one that was found in a folder its way from there, SUB_NAME for SUB/NAME.wav.
    """
    named: dict[str, str] = {}
    for path in map(Path, paths):
        for recording in recordings([path], target):
            way = recording.relative_to(path) if path.is_dir() else Path(recording.name)
            prefix = "_".join("_".join(way.with_suffix("").parts).split()).replace("|", "_")
            named.setdefault(str(recording.absolute()), prefix)
    taken: dict[str, str] = {}
    for source, prefix in named.items():
        other = taken.setdefault(prefix, source)
        if other != source:
            what = _("would give its clips the names of those of {other}").format(other=other)
            fix = _("rename one of them, or name the folder that holds both")
            raise InputError(what, path=source, fix=fix)
    return named


def _check_no_clash(folder: Path, named: dict[str, str]) -> None:
    """Clips of another recording, cut into the same folder before, are not written over."""
    owners = {prefix: source for source, prefix in named.items()}
    for line in read_cuts(folder):
        source, prefix = str(line.get("source")), str(line["name"]).rpartition("_")[0]
        if source not in named and prefix in owners and Path(source).is_file():
            what = _("would write over the clips of {source} in {folder}")
            what = what.format(source=source, folder=folder)
            raise InputError(what, path=owners[prefix], fix=_("name another --out_dir"))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_stale_temporaries(folder)
    except OSError as error:
        raise cannot_write(error, folder) from None


def _write_lists(
    folder: Path, sliced: Sequence[Sliced], known: dict[str, str], root: str | Path | None
) -> int:
    """Both lists: what was there before, without the earlier clips of these recordings, and the new clips.

    Args:
        known: path and text of each line that the manifest has.

    Returns:
        How many earlier clips are no more.
    """
    before = read_cuts(folder)
    fresh = {each.source for each in sliced}
    new = [dataclasses.asdict(each) for one in sliced for each in one.slices]
    names = {line["name"] for line in new}
    lines = [each for each in before if each.get("source") not in fresh and each["name"] not in names] + new
    base = folder if root is None else Path(root).absolute()
    seen_from = base if folder.is_relative_to(base) else folder
    now = {_listed(line["name"], folder, seen_from): line for line in lines}
    earlier = {_listed(line["name"], folder, seen_from): line for line in before}
    rows = {path: text for path, text in known.items() if path not in earlier}
    rows |= {path: known.get(path, "") if line == earlier.get(path) else "" for path, line in now.items()}
    write_lines(folder / CUTS, (json.dumps(line) + "\n" for line in lines))
    write_rows(folder / MANIFEST, rows.items())
    gone = earlier.keys() - now.keys()
    for path in gone:
        (folder / Path(earlier[path]["name"]).name).unlink(missing_ok=True)
    return len(gone)


def _listed(name: str, folder: Path, seen_from: Path) -> str:
    """A clip as `vitsdeck transcribe` names it in a manifest of this folder."""
    return (folder / name).relative_to(seen_from).as_posix()


def _read_texts(manifest: Path) -> dict[str, str]:
    """What an earlier cut, a transcription or a person wrote there; InputError when it is a list of another kind."""
    if not manifest.exists() or not manifest.stat().st_size:
        return {}
    try:
        return {row.columns[0].strip(): row.columns[1] for row in read_rows(manifest, (2,))}
    except InputError as error:
        what = _("is in the way of the clips' manifest: {reason}").format(reason=error.what)
        raise InputError(what, path=manifest, line=error.line, fix=_("name another --out_dir")) from None
