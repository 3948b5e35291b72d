"""The judgement of whole lists for one config: what `vitsdeck check` prints and what training asks before it starts."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from engine.config import Config
from engine.data import speakers
from engine.data.analyse import analyse
from engine.data.figures import FigureStore
from engine.data.listfile import ListFile
from engine.data.preflight import ListFault, Report, check
from engine.data.savelists import recover
from engine.data.splitset import Clip
from engine.data.spoken import raw_lists, spoken
from engine.data.verdicts import BAD, Limits, Verdict, judge
from engine.data.workshop import clips_of, home_of
from engine.errors import InputError
from engine.text.preprocess import check_sidecar

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """A clip of a list and its verdicts, the gravest first."""

    list: Path
    clip: Clip
    verdicts: tuple[Verdict, ...]

    @property
    def is_bad(self) -> bool:
        """Whether training would refuse it."""
        return bool(self.verdicts) and self.verdicts[0].severity == BAD

    def __str__(self) -> str:
        reasons = "; ".join(verdict.reason for verdict in self.verdicts)
        name = self.clip.path or self.clip.text[:60]
        return f"{self.list}:{self.clip.line}: {f'{name}: ' if name else ''}{reasons}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """All clips of some lists.

    Attributes:
        clips: each with its verdicts, in the order of the lists.
        speakers: what there is of each.
        warnings: sentences about the whole.
    """

    clips: list[Judged]
    speakers: list[speakers.SpeakerTally]
    warnings: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """How many clips have each kind of verdict, the most frequent first."""
        return dict(Counter(verdict.kind for each in self.clips for verdict in each.verdicts).most_common())

    @property
    def bad(self) -> list[Judged]:
        """The clips that training would refuse."""
        return [each for each in self.clips if each.is_bad]


def examine(
    config: Config | None,
    lists: Sequence[str | Path],
    root: str | Path = ".",
    *,
    executor: Executor | None = None,
    on_progress: Progress | None = None,
    rate: int | None = None,
) -> Judgement:
    """Measure what was not measured yet, then judge every line.

    Args:
        config: None judges by the defaults of the shipped configs, without symbols and speakers.
        rate: Hz, where no config says it; None: that of the shipped configs.
        root: the workspace; paths in lists are relative to it.

    Raises:
        InputError: a list that cannot be read, has no clip or was cleaned otherwise than the config says, an unknown
            cleaner, a cluster that went away.
    """
    root = Path(root)
    files = _read([Path(path) for path in lists])
    if config is not None and config.data.cleaned_text:
        for path, _ in files:
            check_sidecar(path, config.data.text_cleaners)
    limits = limits_for(config, [path for path, _ in files], rate)
    clips = [clip for number, (_, file) in enumerate(files) for clip in clips_of(file, number)]
    places = [files[clip.source][0] for clip in clips]
    if not clips:
        raise InputError("has no clip in it", path=files[0][0], fix="write one clip a line, as path|text")
    names = [clip.path for clip in clips]
    found_warnings = []
    try:
        analyse(root, [name for name in names if name], executor=executor, on_progress=on_progress)
    except InputError as error:  # a full disk must not stop a training; what could be kept is judged
        if executor is not None:
            raise
        found_warnings.append(f"the sound was not judged: {error}")
    store = FigureStore(root.absolute())
    figures = store.find(names)
    raw = [False] * len(files) if config is None else raw_lists([file for _, file in files], config)
    validated = [_is_validated(path, config, root) for path, _ in files]
    verdicts = judge(
        clips,
        figures,
        limits,
        root,
        spoken=[] if config is None else spoken(clips, [raw[clip.source] for clip in clips], config),
        untrained=[validated[clip.source] for clip in clips],
    )
    seconds = [None if heard is None else heard.seconds for heard in figures]
    tallies = speakers.tally(clips, seconds)
    found_warnings += speakers.warnings(tallies)
    if config is not None and config.data.cleaned_text:
        names_of = " and ".join(config.data.text_cleaners)
        found_warnings += [
            f"{path} is not cleaned: judged by what {names_of} would write"
            for (path, _), is_raw in zip(files, raw, strict=True)
            if is_raw
        ]
    judged = [Judged(*each) for each in zip(places, clips, verdicts, strict=True)]
    return Judgement(judged, tallies, found_warnings)


def limits_for(config: Config | None, lists: Sequence[Path], rate: int | None = None) -> Limits:
    """What lists are held to: what the config asks, or without one what holds for any voice at this rate."""
    if config is not None:
        return Limits.of(config)
    limits = Limits(cleaned=any(path.suffix == ".cleaned" for path in lists))
    return limits if rate is None else dataclasses.replace(limits, rate=rate)


def refusal(judgement: Judgement) -> InputError | None:
    """The error that names every clip that training would refuse; None when there is none."""
    bad = judgement.bad
    if not bad:
        return None
    first = bad[0]
    what = first.verdicts[0].reason
    sentence = f"{first.clip.path or 'this line'} {what}" if first.clip.path not in what else what
    more = f", and {len(bad) - 1} more clips cannot be trained on" if len(bad) > 1 else ""
    fix = "mend them (`vitsdeck mend`), or leave them out with --allow-bad"
    return InputError(
        sentence + more,
        path=first.list,
        line=first.clip.line,
        fix=fix,
        details=[str(each) for each in bad[1:]],
    )


def check_and_judge(
    config: Config,
    root: str | Path = ".",
    *,
    config_path: str | Path | None = None,
    allow_bad: bool = False,
    on_progress: Progress | None = None,
) -> Report:
    """`preflight.check`, and the judgement of every clip: what a person should know before training starts.

    Args:
        allow_bad: train without the clips that are bad.
        on_progress: called while clips are measured, which is done once for each.

    Raises:
        InputError: as `preflight.check`, or clips that cannot be trained on; all of them listed, whatever ails each.
    """
    lists = list(
        dict.fromkeys(
            Path(root) / name for name in (config.data.training_files, config.data.validation_files)
        )
    )
    try:
        report = check(config, root, config_path=config_path, allow_bad=allow_bad)
    except InputError as fault:
        if allow_bad or isinstance(fault, ListFault):
            raise
        raise _with_the_others(fault, examine(config, lists, root, on_progress=on_progress)) from None
    judgement = examine(config, lists, root, on_progress=on_progress)
    refused = None if allow_bad else refusal(judgement)
    if refused is not None:
        raise refused
    if any(each.verdicts and not each.is_bad for each in judgement.clips):
        kinds = ", ".join(f"{count} {kind}" for kind, count in judgement.counts.items())
        report.warnings.append(f"look at the data with `vitsdeck check`: {kinds}")
    report.warnings.extend(judgement.warnings)
    return report


def _with_the_others(fault: InputError, judgement: Judgement) -> InputError:
    """The fault that was found first, and below it every other clip that training would refuse."""
    told = (str(fault), *fault.details)
    others = [
        str(each)
        for each in judgement.bad
        if not any(line.startswith(f"{each.list}:{each.clip.line}: ") for line in told)
    ]
    if not others:
        return fault
    clips = "another clip" if len(others) == 1 else f"{len(others)} other clips"
    what = f"{fault.what}, and {clips} cannot be trained on"
    fix = f"{fault.fix}; `vitsdeck mend` mends most, --allow-bad leaves them out"
    same = [
        line for line in fault.details if not line.startswith("and ")
    ]  # the rest of them is among the others
    return InputError(what, path=fault.path, line=fault.line, fix=fix, details=[*same, *others])


def _read(paths: Sequence[Path]) -> list[tuple[Path, ListFile]]:
    if not paths:
        raise InputError("no filelist to check", fix="name one or more")
    for folder in {path.parent for path in paths}:
        with contextlib.suppress(InputError):  # where nobody may write, nobody was interrupted writing
            recover(folder)
    return [(path, ListFile.read(path)) for path in paths]


def _is_validated(path: Path, config: Config | None, root: Path) -> bool:
    """Whether a list, cleaned or not, is the one to validate on: training keeps its clips whatever their length."""
    if config is not None:
        own = _uncleaned(path)
        for name, is_validated in ((config.data.training_files, False), (config.data.validation_files, True)):
            if own == _uncleaned(root / name):
                return is_validated
    return home_of(path) == "val"


def _uncleaned(path: Path) -> Path:
    return path.absolute().with_name(path.name.removesuffix(".cleaned"))
