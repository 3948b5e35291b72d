"""Validating filelists: the issues of every clip for one config, and from them what a training trains on."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from engine import languages
from engine.config import Config, open_source
from engine.dataset import speakers
from engine.dataset.clips.cache import StatsCache
from engine.dataset.clips.clip_stats import ClipStats, read_headers
from engine.dataset.clips.issues import BAD, KINDS, LEFT_OUT, LIKELIER, Issue, Requirements, speaker_id
from engine.dataset.clips.judge import judge
from engine.dataset.clips.measure import measure_clips
from engine.dataset.lists.filelist import ListFile
from engine.dataset.lists.open_dataset import clips_of, home_of
from engine.dataset.lists.save_lists import recover
from engine.dataset.model_text import model_texts, raw_lists
from engine.dataset.prepared import LeftOut, PreparedClip, PreparedData, digest
from engine.dataset.session import BLANK, Clip
from engine.errors import InputError
from engine.i18n import _, plural
from engine.text import sidecar
from engine.text.cleaners import registry
from engine.text.language_check import refuse_other_language
from engine.text.symbols import ENGLISH_178, table, to_ids, with_blanks

Progress = Callable[[int, int, str], None]
LEAST_TRAINING_CLIPS = 2
_USUAL_LISTS = ("train.txt.cleaned", "val.txt.cleaned")  # what `prepare` makes


@dataclass(frozen=True, slots=True)
class ClipReport:
    """A clip of a list: its issues, the gravest first, what the model reads of it, and what is known of its sound."""

    list: Path
    clip: Clip
    issues: tuple[Issue, ...]
    model_text: str | None
    stats: ClipStats

    @property
    def is_bad(self) -> bool:
        """Whether training would refuse it."""
        return bool(self.issues) and self.issues[0].severity == BAD

    @property
    def trains(self) -> bool:
        """Whether training takes it."""
        return not self.why_not

    @property
    def why_not(self) -> str:
        """Why training does not take it; "" when it does."""
        return "; ".join(issue.reason for issue in self.issues if issue.severity in (BAD, LEFT_OUT))

    @property
    def own(self) -> tuple[Issue, ...]:
        """Its issues without those that most of its list has."""
        return tuple(issue for issue in self.issues if not issue.is_common)

    def __str__(self) -> str:
        """Its place, its name and the reasons of its own issues."""
        name = self.clip.path or self.clip.text[:60]
        reasons = "; ".join(issue.reason for issue in self.own)
        return f"{self.list}:{self.clip.line}: {f'{name}: ' if name else ''}{reasons}"


@dataclass(frozen=True)
class Validation:
    """All clips of some lists.

    Attributes:
        clips: in the order of the lists.
        speakers: what there is of each.
        warnings: sentences about the whole.
    """

    clips: list[ClipReport]
    speakers: list[speakers.SpeakerTally]
    warnings: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """How many clips have each kind of issue, the most frequent first."""
        return dict(Counter(issue.kind for each in self.clips for issue in each.issues).most_common())

    @property
    def bad(self) -> list[ClipReport]:
        """The clips that training would refuse."""
        return [each for each in self.clips if each.is_bad]

    @property
    def left_out(self) -> int:
        """How many clips training would leave out without a refusal."""
        return sum(not each.trains and not each.is_bad for each in self.clips)

    @functools.cached_property
    def list_faults(self) -> dict[tuple[Path, str], InputError]:
        """Issues that most clips of a list have, by list and kind: said once, with what is more likely at fault."""
        found = Counter(
            (each.list, issue.kind) for each in self.clips for issue in each.issues if issue.is_common
        )
        totals = Counter(each.list for each in self.clips if each.clip.fault != BLANK)
        faults = {}
        for (path, kind), count in found.items():
            what = _("{count} of {total} clips: {issue}")
            what = what.format(count=count, total=totals[path], issue=KINDS[kind].says)
            faults[path, kind] = InputError(what, path=path, fix=LIKELIER[kind])
        return faults


def validate_filelists(
    config: Config | None,
    lists: Sequence[str | Path],
    root: str | Path = ".",
    *,
    executor: Executor | None = None,
    on_progress: Progress | None = None,
    rate: int | None = None,
    measures: bool = True,
) -> Validation:
    """Measure what was not measured yet, then judge every line.

    Args:
        config: None judges by the defaults of the shipped configs, without symbols and speakers.
        root: the workspace; paths in lists are relative to it.
        rate: Hz, where no config says it; None: that of the shipped configs.
        measures: False reads only the headers of clips that nobody has measured.

    Raises:
        InputError: a list that cannot be read or has no clip, an unknown cleaner, a list that other cleaners have
            cleaned, a cluster that went away.
    """
    root = Path(root)
    paths = [Path(path) for path in lists]
    files = _read(paths)
    clips = [clip for number, file in enumerate(files) for clip in clips_of(file, number)]
    if not clips:
        raise InputError(_("has no clip in it"), path=paths[0], fix=_("write one clip a line, as path|text"))
    raw = [False] * len(files) if config is None else raw_lists(files, config)
    for path, is_raw in zip(paths, raw, strict=True):
        if config is not None and config.data.cleaned_text and not is_raw:
            sidecar.check_sidecar(path, config.data.cleaning)
    warnings: list[str] = []
    names = [clip.path for clip in clips]
    if measures:
        try:
            measure_clips(root, [*filter(None, names)], executor=executor, on_progress=on_progress)
        except InputError as error:  # a full disk must not stop a training; what could be kept is judged
            if executor is not None:
                raise
            warnings.append(_("the sound was not judged: {reason}").format(reason=error))
    stats = _stats(root, names)
    read = [] if config is None else model_texts(clips, [raw[clip.source] for clip in clips], config)
    validated = [_is_validated(path, config, root) for path in paths]
    issues = judge(
        clips,
        stats,
        requirements_for(config, paths, rate),
        root,
        model_texts=read,
        untrained=[validated[clip.source] for clip in clips],
    )
    tallies = speakers.tally(clips, [each.seconds for each in stats])
    warnings += speakers.warnings(tallies)
    for path, is_raw in zip(paths, raw, strict=True):
        if config is not None and config.data.cleaned_text and is_raw:
            cleaners = _(" and ").join(config.data.text_cleaners)
            warning = _("{path} is not cleaned: judged by what {cleaners} would write")
            warnings.append(warning.format(path=path, cleaners=cleaners))
        warnings += sidecar.sidecar_warnings(path)
    places = [paths[clip.source] for clip in clips]
    texts = read or [None] * len(clips)
    reports = [ClipReport(*each) for each in zip(places, clips, issues, texts, stats, strict=True)]
    return Validation(reports, tallies, warnings)


def requirements_for(config: Config | None, lists: Sequence[Path], rate: int | None = None) -> Requirements:
    """What lists are held to: what the config asks, or without one what holds for any voice at this rate."""
    if config is not None:
        return Requirements.of(config)
    wanted = Requirements(cleaned=any(path.suffix == ".cleaned" for path in lists))
    return wanted if rate is None else dataclasses.replace(wanted, rate=rate)


def prepare_data(
    config: Config,
    root: str | Path = ".",
    *,
    config_path: str | Path | None = None,
    skip_invalid: bool = False,
    on_progress: Progress | None = None,
    measures: bool = True,
    any_language: bool = False,
) -> PreparedData:
    """What a training of this config trains on.

    Args:
        config_path: named in errors that concern the config.
        skip_invalid: leave out the clips that are bad, instead of refusing all.
        on_progress, measures: as in `validate_filelists`.
        any_language: take raw texts that do not look like the cleaners' language as well.

    Raises:
        InputError: an unknown cleaner, a list that is missing or does not fit the config as a whole, clips that cannot
            be trained on (all of them listed), or too few that can.
    """
    root = Path(root)
    of = digest(config, root, skip_invalid=skip_invalid)  # first: lists that change from now on make it stale
    _check_cleaners(config, config_path)
    train, val = (root / name for name in (config.data.training_files, config.data.validation_files))
    _check_lists((train, val), config, any_language=any_language)
    validation = validate_filelists(
        config, list(dict.fromkeys((train, val))), root, on_progress=on_progress, measures=measures
    )
    refused = None if skip_invalid else refusal(validation)
    if refused is not None:
        raise refused
    parts = [[each for each in validation.clips if each.list == path] for path in (train, val)]
    for path, part, least in ((train, parts[0], LEAST_TRAINING_CLIPS), (val, parts[1], 1)):
        _check_enough(path, part, least)
    left_out = [
        LeftOut(str(each.list), each.clip.line, each.clip.path, each.why_not)
        for each in validation.clips
        if not each.trains
    ]
    known, wanted = table(config.symbols or ENGLISH_178), Requirements.of(config)
    kept = [[_prepared(each, known, wanted) for each in part if each.trains] for part in parts]
    return PreparedData(of, kept[0], kept[1], left_out, _warnings(validation, parts, config))


def refusal(validation: Validation) -> InputError | None:
    """The error that names every clip that training would refuse; None when there is none."""
    bad = validation.bad
    if not bad:
        return None
    lines = [str(each) for each in bad if any(issue.severity == BAD for issue in each.own)]
    if validation.list_faults:  # the cause of the others, too, more often than not
        first, *others = validation.list_faults.values()
        return InputError(first.what, path=first.path, fix=first.fix, details=[*map(str, others), *lines])
    clip, issue = bad[0], bad[0].issues[0]
    what = lines[0].removeprefix(f"{clip.list}:{clip.clip.line}: ")
    if len(bad) > 1:
        what = _("{clip}, and {count} more cannot be trained on").format(clip=what, count=len(bad) - 1)
    fixes = (
        KINDS[issue.kind].help,
        _("fix clips with `vitsdeck fix`, or leave them out with --skip-invalid"),
    )
    fix = "; ".join(filter(None, fixes))
    return InputError(what, path=clip.list, line=clip.clip.line, fix=fix, details=lines[1:])


def _read(paths: Sequence[Path]) -> list[ListFile]:
    if not paths:
        raise InputError(_("no filelist to check"), fix=_("name one or more"))
    for folder in {path.parent for path in paths}:
        with contextlib.suppress(InputError):  # where nobody may write, nobody was interrupted writing
            recover(folder)
    return [ListFile.read(path) for path in paths]


def _stats(root: Path, names: Sequence[str]) -> list[ClipStats]:
    """What is known of each clip: what was measured, else what its header says."""
    found = StatsCache(root.absolute()).find(names)
    heads = iter(read_headers([root / name for name, each in zip(names, found, strict=True) if each is None]))
    return [next(heads) if each is None else each for each in found]


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


def _check_cleaners(config: Config, config_path: str | Path | None) -> None:
    for name in config.data.text_cleaners:
        try:
            registry.get(name)
        except InputError as error:
            line = open_source(config_path).line_of("data.text_cleaners") if config_path else None
            what = _("data.text_cleaners: {reason}").format(reason=error.what)
            raise InputError(what, path=config_path, line=line, fix=error.fix) from None


def _check_lists(paths: Sequence[Path], config: Config, *, any_language: bool) -> None:
    """Whether the lists are there, cleaned if the config says so, and in the cleaners' language if they are not."""
    language = None if any_language else languages.of_cleaners(config.data.text_cleaners)
    for path in paths:
        raw = path.with_suffix("")
        if not path.exists():
            fix = _("name your lists in data.training_files and data.validation_files")
            if path.suffix == ".cleaned" and raw.is_file():
                fix = _("make it: `{command}`").format(command=sidecar.command(raw, config.data.cleaning))
            elif path.name in _USUAL_LISTS:
                fix = _("`vitsdeck prepare RECORDINGS` makes it")
            raise InputError(_("no such filelist"), path=path, fix=fix)
    for path, is_raw in zip(paths, raw_lists([ListFile.read(path) for path in paths], config), strict=True):
        if is_raw and config.data.cleaned_text:
            what = _("is not cleaned ({cleaner} would not write such text), but data.cleaned_text is true")
            what = what.format(cleaner=config.data.text_cleaners[-1])
            source = path.with_name(path.name.removesuffix(".cleaned"))
            fix = _("run `{command}` and name the list that it writes")
            fix = fix.format(command=sidecar.command(source, config.data.cleaning))
            raise InputError(what, path=path, fix=fix)
        if is_raw and language is not None:  # cleaned ones were asked when they were cleaned
            refuse_other_language(sidecar.raw_texts(path), language, path)
        if not is_raw and not config.data.cleaned_text and config.data.text_cleaners:
            what = _("is cleaned already, but data.cleaned_text is false")
            raise InputError(what, path=path, fix=_("set it to true, or name the list that is not cleaned"))


def _check_enough(path: Path, clips: Sequence[ClipReport], least: int) -> None:
    if sum(each.trains for each in clips) >= least:
        return
    gone = [each for each in clips if not each.trains]
    what = _("{count} of {total} clips can be trained on")
    if gone:
        what = _("{count} of {total} clips can be trained on; the first is left out: {reason}")
    reason = gone[0].why_not if gone else ""
    what = what.format(count=len(clips) - len(gone), total=len(clips), reason=reason)
    raise InputError(what, path=path, fix=plural("{n} or more is needed", "{n} or more are needed", least))


def _prepared(each: ClipReport, known: dict[str, int], wanted: Requirements) -> PreparedClip:
    ids = to_ids(each.model_text or "", known)
    number = speaker_id(each.clip.speaker, wanted)
    return PreparedClip(
        each.clip.path,
        number if isinstance(number, int) else None,
        tuple(with_blanks(ids) if wanted.blanks else ids),
        each.stats.samples_at(wanted.rate) // wanted.hop_samples,
    )


def _warnings(validation: Validation, parts: Sequence[Sequence[ClipReport]], config: Config) -> list[str]:
    """What a person should know of data that is fit to train on."""
    found = list(validation.warnings)
    train, val = parts
    for part in parts:
        kinds = Counter(each.issues[0].kind for each in part if not each.trains)
        if kinds:
            gone = plural(
                "{path}: {n} of {total} clips is left out: {kinds}",
                "{path}: {n} of {total} clips are left out: {kinds}",
                kinds.total(),
                path=part[0].list,
                total=len(part),
                kinds=_counted(kinds),
            )
            found.append(gone)
    shared = {each.clip.path for each in train} & {each.clip.path for each in val}
    if shared:
        both = plural(
            "{path}: {n} clip is trained on too, so the validation loss looks better than it is",
            "{path}: {n} clips are trained on too, so the validation loss looks better than it is",
            len(shared),
            path=val[0].list,
        )
        found.append(both)
    speakers = config.data.n_speakers
    without = speakers - len({each.clip.speaker for each in train if each.trains})
    if speakers > 0 and without > 0:
        silent = plural(
            "{path}: {n} of {total} speakers has no clip",
            "{path}: {n} of {total} speakers have no clip",
            without,
            path=train[0].list,
            total=speakers,
        )
        found.append(silent)
    kinds = Counter(issue.kind for each in validation.clips if each.trains for issue in each.issues)
    if kinds:
        found.append(_("look at the data with `vitsdeck check`: {kinds}").format(kinds=_counted(kinds)))
    return found


def _counted(kinds: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
