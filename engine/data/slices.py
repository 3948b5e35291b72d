"""Long recordings as clips with names and a manifest, so that transcription can begin.

DIR/NAME_0001.wav ...      mono, 16 bits
DIR/slices.jsonl           one line a clip: where it was cut from; replaced whole, after the clips
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.audio.slicing import CutRules, find_cuts, write_clips
from engine.errors import InputError
from engine.run.atomic import remove_stale_temporaries
from engine.text.rows import write_lines
from engine.work.executor import unordered, workers

MANIFEST = "slices.jsonl"
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
    """What one recording was cut into; `left_out` is the number of sounds that were too short for a clip."""

    source: str
    rate: int
    seconds: float
    slices: list[Slice]
    left_out: int = 0


@dataclass(slots=True)
class SliceReport:
    """What became of all recordings: each in the order given, and those that could not be cut, with the reason."""

    sliced: list[Sliced] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def clips(self) -> int:
        """Clips in all."""
        return sum(len(each.slices) for each in self.sliced)


@dataclass(frozen=True, slots=True)
class _Task:
    source: str
    target: str | None
    prefix: str
    rules: CutRules
    rate: int | None


def slice_files(
    paths: Sequence[str | Path],
    out_dir: str | Path | None,
    rules: CutRules | None = None,
    *,
    rate: int | None = None,
    executor: Executor | None = None,
    on_progress: Progress | None = None,
) -> SliceReport:
    """Cut recordings in their pauses.

    Args:
        out_dir: where the clips go; None: only say where it would cut.
        rate: Hz of the clips; None: as the recording.
        executor: where; None: processes here, one for each recording under way.
        on_progress: called with recordings done, recordings in all and the last one's path.

    Raises:
        InputError: rules that cannot be met, no recordings, two of one name, or a folder that cannot be written to.
    """
    rules = rules or CutRules()
    rules.check()
    if rate is not None and rate <= 0:
        raise InputError(f"rate {rate} is not above 0", fix="22050 is usual")
    sources = [str(Path(path).absolute()) for path in paths]
    if not sources:
        raise InputError("no recording to cut", fix="name one or more")
    prefixes = _prefixes(sources)
    target = None if out_dir is None else Path(out_dir).absolute()
    if target is not None:
        _make(target)
    tasks = [
        _Task(source, None if target is None else str(target), prefix, rules, rate)
        for source, prefix in zip(sources, prefixes, strict=True)
    ]
    report = SliceReport()
    found: dict[int, Sliced] = {}
    if executor is None:
        with workers(jobs=len(tasks)) as crew:
            _run(tasks, crew, found, report, on_progress)
    else:
        _run(tasks, executor, found, report, on_progress)
    report.sliced = [found[index] for index in sorted(found)]
    if target is not None and found:
        _write_manifest(target, report.sliced)
    return report


def read_manifest(folder: str | Path) -> list[dict[str, Any]]:
    """The lines of a folder's slices.jsonl; none when there is none that can be read."""
    try:
        lines = (Path(folder) / MANIFEST).read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines]
    except (OSError, ValueError):
        return []
    return [each for each in found if isinstance(each, dict) and "name" in each]


def _run(
    tasks: list[_Task],
    executor: Executor,
    found: dict[int, Sliced],
    report: SliceReport,
    on_progress: Progress | None,
) -> None:
    for done, (index, outcome) in enumerate(unordered(executor, _slice, tasks), 1):
        source = tasks[index].source
        if outcome.value is not None:
            found[index] = outcome.value
        elif isinstance(outcome.error, InputError):
            report.failed[source] = outcome.error.what
        elif outcome.error is not None:
            report.failed[source] = str(outcome.error)
        if on_progress is not None:
            on_progress(done, len(tasks), source)


def _slice(task: _Task) -> Sliced:
    cuts = find_cuts(task.source, task.rules)
    digits = max(4, len(str(len(cuts.clips))))
    slices = [
        Slice(
            f"{task.prefix}_{number:0{digits}d}.wav",
            task.source,
            round(begin / cuts.head.rate, 3),
            round(end / cuts.head.rate, 3),
        )
        for number, (begin, end) in enumerate(cuts.clips, 1)
    ]
    if task.target is not None:
        folder = Path(task.target)
        targets = [folder / each.name for each in slices]
        for target in targets:
            if target.exists() and target.samefile(task.source):
                raise InputError(
                    "would overwrite its own source", path=task.source, fix="name another --out_dir"
                )
        for _ in write_clips(task.source, cuts, targets, resample_to=task.rate):
            pass
    return Sliced(task.source, cuts.head.rate, cuts.samples / cuts.head.rate, slices, len(cuts.left_out))


def _prefixes(sources: Sequence[str]) -> list[str]:
    """Names of clips begin with the recording's; two recordings of one name would write over each other."""
    prefixes = ["_".join(Path(source).stem.split()).replace("|", "_") for source in sources]
    for prefix, source in zip(prefixes, sources, strict=True):
        if prefixes.count(prefix) > 1:
            raise InputError("has the same name as another recording", path=source, fix="rename one of them")
    return prefixes


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_stale_temporaries(folder)
    except OSError as error:
        raise InputError(f"cannot be made ({error.strerror})", path=folder) from None


def _write_manifest(folder: Path, sliced: Sequence[Sliced]) -> None:
    """The new slices, and those of other recordings that were there before."""
    fresh = {each.source for each in sliced}
    lines = [each for each in read_manifest(folder) if each.get("source") not in fresh]
    lines += [
        {"name": each.name, "source": each.source, "begin_s": each.begin_s, "end_s": each.end_s}
        for one in sliced
        for each in one.slices
    ]
    write_lines(folder / MANIFEST, (json.dumps(line) + "\n" for line in lines))
