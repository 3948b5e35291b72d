"""Load a dataset from filelists, a manifest or a folder. Standard library only."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.config import Config
from engine.dataset.clips import judge as judging
from engine.dataset.clips.clip_stats import ClipStats, climbs_out
from engine.dataset.clips.issues import Issue, Requirements
from engine.dataset.lists.converted import use_converted
from engine.dataset.lists.filelist import Entry, ListFile, relative_name, unlistable
from engine.dataset.lists.layouts import manifest_in, recognise
from engine.dataset.lists.save_lists import recover, save
from engine.dataset.session import ALL_SPLITS, BLANK, LISTED, Clip, DatasetState
from engine.dataset.split import SPLITS, SplitSettings
from engine.errors import InputError
from engine.i18n import _
from engine.text.sidecar import check_sidecar

# how people name the lists of a split, anywhere in the file's name
_WORDS = {
    "train": re.compile(r"train(?:ing)?", re.IGNORECASE),
    "val": re.compile(r"validation|valid|val|dev", re.IGNORECASE),
    "test": re.compile(r"test", re.IGNORECASE),
    "quarantine": re.compile(r"quarantine", re.IGNORECASE),
}


def open_source(
    paths: Sequence[str | Path],
    root: str | Path,
    *,
    audio_dir: str | Path | None = None,
    settings: SplitSettings | None = None,
    language: str = "",
) -> DatasetState:
    """The clips of some lists, of a manifest, or of a folder, with the list each is in.

    One list of a split brings its siblings (train.txt finds val.txt, test.txt and quarantine.txt beside it). The clips
    of a manifest, or of a folder without one, are split by `settings` and not saved yet; files whose names no list can
    hold are out.

    Args:
        root: the workspace; paths of clips become relative to it.
        audio_dir: converted recordings, which are preferred to those that a manifest names.
        language: the workspace's code, as in `layouts.recognise`.

    Raises:
        InputError: nothing there, unreadable, or no clip in it.
    """
    root = Path(os.path.normpath(Path(root).absolute()))
    given = [Path(path) for path in paths]
    if not given:
        raise InputError(_("nothing to open"), fix=_("name a folder of audio, a manifest or filelists"))
    if len(given) == 1 and given[0].is_dir():
        inside = manifest_in(given[0])
        if inside is None:
            return _folder(given[0], root, settings)
        return _manifest(inside, root, audio_dir, settings, language)
    for folder in {path.parent for path in given}:
        recover(folder)
    homes = [home_of(path) for path in given]
    if len(given) == 1 and homes[0] is None:
        return _manifest(given[0], root, audio_dir, settings, language)
    for path, home in zip(given, homes, strict=True):
        if home is None or homes.count(home) > 1:
            what = _("could be the list of train, of val or of test")
            if home:
                what = _("is a second list of {split}").format(split=home)
            raise InputError(what, path=path, fix=_("open lists whose names say train, val and test"))
    return _lists(dict(zip(map(str, homes), given, strict=True)), settings)


def judge(
    state: DatasetState,
    stats: Sequence[ClipStats | None],
    wanted: Requirements,
    root: str | Path = ".",
    *,
    model_texts: Sequence[str | None] = (),
) -> list[tuple[Issue, ...]]:
    """The issues of every clip; doubles are sought among the clips that are in train, val and test.

    Args:
        model_texts: what the model would read of each clip, as in `clips.judge.judge`.
    """
    listed = [split < ALL_SPLITS.index("quarantine") for split in state.splits]
    return judging.judge(
        state.clips,
        stats,
        wanted,
        root,
        model_texts=model_texts,
        counted=listed if any(listed) else (),
        untrained=[split == ALL_SPLITS.index("val") for split in state.splits],
    )


def characters_per_second(state: DatasetState, stats: Sequence[ClipStats | None]) -> list[float | None]:
    """How fast each clip is spoken; None where its text or its sound is not known."""
    return [judging.characters_per_second(clip, each) for clip, each in zip(state.clips, stats, strict=True)]


def home_of(path: str | Path) -> str | None:
    """The split that a list's name says: train, val, test, quarantine; None for a manifest."""
    name = Path(path).name
    last = {
        split: max((found.start() for found in word.finditer(name)), default=-1)
        for split, word in _WORDS.items()
    }
    best = max(last, key=last.__getitem__)
    return best if last[best] >= 0 else None


def sibling(path: Path, home: str, other: str) -> Path:
    """How the list of another split is named beside this one: train.txt.cleaned has val.txt.cleaned."""
    found = list(_WORDS[home].finditer(path.name))[-1]
    return path.with_name(path.name[: found.start()] + other + path.name[found.end() :])


def is_cleaned(state: DatasetState) -> bool:
    """Whether the lists hold phonemes, by their name."""
    return any(file.path.suffix == ".cleaned" for file in state.files)


def check_cleaned(state: DatasetState, config: Config) -> None:
    """Raises InputError for a list, or the cleaned one beside it, that other cleaners made, as `check_sidecar`."""
    for file in state.files:
        if config.data.cleaned_text:
            check_sidecar(file.path, config.data.cleaning)
            check_sidecar(f"{file.path}.cleaned", config.data.cleaning)


def _lists(given: dict[str, Path], settings: SplitSettings | None) -> DatasetState:
    first_home, first = next(iter(given.items()))
    paths = {split: given.get(split, sibling(first, first_home, split)) for split in LISTED}
    present = {split: path for split, path in paths.items() if split in given or path.is_file()}
    names = {split: path.name for split, path in paths.items()}
    state = _state_of(present, names, settings)
    if not len(state):
        raise _no_clip(first)
    return state


def _no_clip(path: Path) -> InputError:
    return InputError(_("has no clip in it"), path=path, fix=_("write one clip a line, as path|text"))


def _state_of(
    paths: dict[str, Path],
    names: dict[str, str] | None = None,
    settings: SplitSettings | None = None,
    new: Sequence[Clip] = (),
) -> DatasetState:
    """The clips of the list of each split, then some that are in no list yet and start in train."""
    files = [ListFile.read(path) for path in paths.values()]
    clips = [clip for number, file in enumerate(files) for clip in clips_of(file, number)]
    homes = list(paths)
    splits = bytes(ALL_SPLITS.index(homes[clip.source]) for clip in clips) + bytes(len(new))
    names = names or {split: f"{split}.txt" for split in LISTED}
    state = DatasetState(
        (*clips, *new), splits, tuple(files), tuple(homes), names, settings or SplitSettings()
    )
    return state.as_saved({})


@dataclass(frozen=True, slots=True)
class SplitReport:
    """What a split wrote.

    Attributes:
        clips: how many each of train, val and test holds.
        added: clips that were in no list before; `kept`: those that stay where they are, quarantine included.
        other_texts: of these, how many have another text in the list than in the manifest.
    """

    files: list[Path]
    clips: dict[str, int]
    added: int
    kept: int
    other_texts: int


def split_corpus(
    entries: Sequence[Entry],
    folder: str | Path,
    settings: SplitSettings,
    root: str | Path,
    *,
    anew: bool = False,
) -> SplitReport:
    """Write a corpus into train.txt, val.txt and test.txt of `folder`: all three, or none and the old ones stay.

    Clips that these lists or quarantine.txt name keep their lines; only the others are assigned. Former lists are kept
    as train.txt.previous and so on.

    Args:
        root: the workspace: lists name clips as seen from there.
        anew: split all again, but for clips in quarantine, and take their texts from `entries`.

    Raises:
        InputError: as `assign_splits`, or the folder cannot be written to.
    """
    folder, root = Path(folder), Path(os.path.normpath(Path(root).absolute()))
    recover(folder)
    paths = {split: folder / f"{split}.txt" for split in (LISTED[len(SPLITS) :] if anew else LISTED)}
    paths = {split: path for split, path in paths.items() if path.is_file()}
    given = [Clip(relative_name(entry.path, root), entry.speaker, entry.text) for entry in entries]
    known = {relative_name(clip.path, root): clip for clip in _state_of(paths).base if clip.path}
    new = [clip for clip in given if clip.path not in known]
    _refuse_mixture(known.values(), new)
    state = _state_of(paths, new=new)
    if new:
        state = save(state.split(settings, len(state) - len(new)), folder).state
    return SplitReport(
        [folder / f"{name}.txt" for name in SPLITS],
        {each.split: each.clips for each in state.summary()[: len(SPLITS)]},
        len(new),
        len(known),
        sum(clip.path in known and clip.text != known[clip.path].text for clip in given),
    )


def _refuse_mixture(known: Iterable[Clip], new: Iterable[Clip]) -> None:
    """A list has either a speaker on every line or on none."""
    have, come = ({clip.speaker is not None for clip in clips} for clips in (known, new))
    if len(have | come) > 1:
        what = _("the lists name a speaker on every line, and these clips do not")
        if have == {False}:
            what = _("these clips name a speaker, and the lists do not")
        raise InputError(what, fix=_("write path|speaker|text for all of them, or make another workspace"))


def clips_of(file: ListFile, source: int = 0) -> Iterator[Clip]:
    """The clips of a list, and the lines that are none, with the reason; blank lines at its end are no fault."""
    last = max((i for i, line in enumerate(file.lines, 1) if line.kind != "blank"), default=0)
    for number, line in enumerate(file.lines[:last], 1):
        if line.entry is not None:
            yield Clip(line.entry.path, line.entry.speaker, line.entry.text, number, source, line.reason)
        elif line.kind == "bad":
            text = line.raw.decode("utf-8", "replace").strip()[:500]
            yield Clip("", None, text, number, source, line.reason)
        elif line.kind == "blank":
            yield Clip("", None, "", number, source, BLANK)


def _manifest(
    path: Path, root: Path, audio_dir: str | Path | None, settings: SplitSettings | None, language: str
) -> DatasetState:
    corpus = recognise(path, language=language)
    entries = [*corpus.entries, *corpus.without_text]
    if not entries:
        raise _no_clip(path)
    if audio_dir is not None:
        entries, _unused = use_converted(entries, path.parent, Path(audio_dir))
    file = ListFile.read(path)
    given = {entry.line: entry.path for entry in file.entries}
    clips = []
    for entry in sorted(entries, key=lambda entry: entry.line):
        name = entry.path
        # one that climbs out keeps the name that says so, and is not opened
        if name != given.get(entry.line) or not climbs_out(name, os.fspath(root)):
            name = relative_name(name, root)
        clips.append(Clip(name, entry.speaker, entry.text, entry.line, 0))
    return _split(clips, settings, file)


def _folder(folder: Path, root: Path, settings: SplitSettings | None) -> DatasetState:
    corpus = recognise(folder)
    entries = sorted([*corpus.entries, *corpus.without_text], key=lambda entry: entry.path)
    clips = [Clip(relative_name(entry.path, root), entry.speaker, entry.text) for entry in entries]
    return _split(clips, settings)


def _split(
    clips: Sequence[Clip], settings: SplitSettings | None, file: ListFile | None = None
) -> DatasetState:
    """The clips of a manifest, or of a folder, split and not saved yet; those that no list can name are out."""
    splits = bytes(ALL_SPLITS.index("out") if unlistable(clip.path) else 0 for clip in clips)
    state = DatasetState(tuple(clips), splits, split_settings=settings or SplitSettings())
    if file is not None:
        state = dataclasses.replace(state, files=(file,), homes=(None,))
    with contextlib.suppress(InputError):  # fewer than three clips, or groups: all stay in train
        return dataclasses.replace(state, splits=state.split(state.split_settings).splits)
    return state
