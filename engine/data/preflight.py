"""Everything that can be wrong with the data of a training run, found before it starts.

A fault stops the run with one sentence; further places of the same fault are its details. Clips that a fault-free list
holds but training leaves out (too long, or their text is) are dropped, counted and listed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.config import Config, line_of
from engine.data import filelist
from engine.data.buckets import LONGEST_FRAMES
from engine.data.filelist import Entry
from engine.data.listfile import ListFile
from engine.data.measure import check_audio
from engine.data.together import recover
from engine.errors import InputError
from engine.text import cleaners, preprocess
from engine.text.parallel import clean_lines
from engine.text.rows import shortened
from engine.text.symbols import ENGLISH_178, describe, table, to_ids, with_blanks

Progress = Callable[[int, int], None]
LEAST_TRAINING_LINES = 2
_FIX_SYMBOLS = (
    "write them in other words, or store them: `vitsdeck symbols --store` (-c CONFIG: in your own config)"
)


class ListFault(InputError):  # noqa: N818 - named by what it says
    """A fault of a whole list: what is said of its clips would only say the same again."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A clip that can be trained on.

    Attributes:
        path: the audio file, below the workspace.
        speaker_id: row of the speaker embedding; None for a voice of one speaker.
        ids: symbol ids, with blanks if the config says so.
        frames: spectrogram frames, samples // hop.
        line: its line in the filelist.
        text: the cleaned text that the ids stand for.
    """

    path: str
    speaker_id: int | None
    ids: tuple[int, ...]
    frames: int
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A clip that training leaves out, where it is listed, and why."""

    filelist: str
    line: int
    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.filelist}:{self.line}: {self.path} is left out: {self.reason}"


@dataclass(frozen=True, slots=True)
class Report:
    """Data that is fit to train on, and what a person should know of it; `warnings` are whole sentences."""

    train: list[Utterance]
    val: list[Utterance]
    dropped: list[Dropped] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Clip:
    """An entry with its cleaned text and ids."""

    entry: Entry
    text: str
    ids: tuple[int, ...]
    speaker_id: int | None


def check(
    config: Config,
    root: str | Path = ".",
    *,
    config_path: str | Path | None = None,
    on_progress: Progress | None = None,
    allow_bad: bool = False,
) -> Report:
    """Read both filelists and look at every clip's header.

    Args:
        root: the workspace; paths of the config and of the lists are relative to it.
        allow_bad: leave out the clips that `judgement` finds bad, instead of refusing all.
        config_path: named in errors that concern the config.
        on_progress: called with clips looked at and clips in all.

    Raises:
        ListFault: unknown cleaner, a list that is missing or that does not fit the config as a whole.
        InputError: the first kind of fault found, in this order: a list that is empty,
            not UTF-8, with blank lines or wrong columns; a training list of one line; `cleaned_text` that does
            not fit; symbols outside the table (all of them); speakers; audio that is missing, unreadable, stereo,
            of another rate, shorter than one segment; text longer than its clip; nothing left.
    """
    data = config.data
    _check_cleaners(data.text_cleaners, config_path)
    root = Path(root)
    paths = {"train": root / data.training_files, "val": root / data.validation_files}
    for path in paths.values():
        recover(path.parent)
        if data.cleaned_text:
            preprocess.check_sidecar(path, data.text_cleaners)
    left_out = _bad_lines(config, list(paths.values()), root) if allow_bad else {}
    lists = {name: _read(path, config, left_out.get(path)) for name, path in paths.items()}
    if len(lists["train"]) < LEAST_TRAINING_LINES:
        raise InputError(
            "has one line only", path=paths["train"], line=1, fix="training needs 2 clips or more"
        )
    for name, path in paths.items():
        _check_cleaned(path, lists[name], config)
    texts = {name: _texts(entries, config) for name, entries in lists.items()}
    _check_symbols(paths, lists, texts, config)
    clips = {name: _clips(paths[name], lists[name], texts[name], config) for name in paths}
    dropped = [drop for drops in left_out.values() for drop in drops.values()]
    kept: dict[str, list[Utterance]] = {}
    total, done = sum(map(len, clips.values())), 0
    for name, path in paths.items():

        def report(count: int, before: int = done) -> None:
            if on_progress is not None:
                on_progress(before + count, total)

        kept[name], gone = _utterances(path, clips[name], config, root, report, drop_long=name == "train")
        dropped += gone
        done += len(clips[name])
    return Report(kept["train"], kept["val"], dropped, _warnings(paths, lists, dropped, config))


def _check_cleaners(names: Sequence[str], config_path: str | Path | None) -> None:
    for name in names:
        try:
            cleaners.get(name)
        except InputError as error:
            line = None if config_path is None else line_of(config_path, "data.text_cleaners")
            what = f"data.text_cleaners: {error.what}"
            raise ListFault(what, path=config_path, line=line, fix=error.fix) from None


def _bad_lines(config: Config, paths: Sequence[Path], root: Path) -> dict[Path, dict[int, Dropped]]:
    """The lines that training would refuse, by list and line."""
    from engine.data.judgement import examine  # measures, so it loads numpy

    found: dict[Path, dict[int, Dropped]] = {path: {} for path in paths}
    for each in examine(config, list(found), root).bad:
        reason = "; ".join(verdict.reason for verdict in each.verdicts)
        found[each.list][each.clip.line] = Dropped(str(each.list), each.clip.line, each.clip.path, reason)
    return found


def _read(path: Path, config: Config, left_out: Collection[int] | None = None) -> list[Entry]:
    if not path.exists():
        raw = path.with_suffix("")
        known = path.suffix == ".cleaned" and raw.is_file()
        command = f"make it: `{preprocess.command(raw, config.data.text_cleaners)}`"
        fix = command if known else "name your lists in data.training_files and data.validation_files"
        raise ListFault("no such filelist", path=path, fix=fix)
    if left_out is None:
        entries = filelist.read(path)
    else:
        entries = [entry for entry in ListFile.read(path).entries if entry.line not in left_out]
    if not entries:
        raise InputError(
            "has no clip that can be trained on", path=path, line=1, fix="mend or replace its clips"
        )
    speakers = config.data.n_speakers
    if speakers > 0 and entries[0].speaker is None:
        what = f"has no speaker column, but data.n_speakers is {speakers}"
        raise ListFault(what, path=path, line=1, fix="write path|speaker|text, or set data.n_speakers to 0")
    if speakers == 0 and entries[0].speaker is not None:
        named = len({entry.speaker for entry in entries})
        what = "has 3 columns where 2 are needed, since data.n_speakers is 0"
        fix = (
            f"write path|text, or name its {named}: `vitsdeck speakers {path} --write`, with -c CONFIG for a config "
            "of your own"
        )
        raise ListFault(what, path=path, line=1, fix=fix)
    return entries


def _check_cleaned(path: Path, entries: Sequence[Entry], config: Config) -> None:
    """Whether `data.cleaned_text` says what the list is."""
    names = config.data.text_cleaners
    if not names:
        return
    cleaner = cleaners.get(names[-1])
    texts = [entry.text for entry in entries]
    if config.data.cleaned_text:
        raw = [entry for entry in entries if not cleaner.looks_clean(entry.text)]
        # a line that the cleaner would still change proves it, if nobody edited a list known to be cleaned
        proven = raw and cleaner.repeatable and preprocess.read_sidecar(path) is None
        if proven or 2 * len(raw) > len(entries):
            what = f"is not cleaned ({names[-1]} would not write such text), but data.cleaned_text is true"
            command = preprocess.command(path.with_suffix("") if path.suffix == ".cleaned" else path, names)
            fix = f"run `{command}` and name the list that it writes"
            raise ListFault(what, path=path, line=raw[0].line, fix=fix)
        return
    cleaned = sum(map(cleaner.looks_cleaned_already, texts))
    if 2 * cleaned > len(texts) or path.suffix == ".cleaned" or preprocess.read_sidecar(path) is not None:
        what = "is cleaned already, but data.cleaned_text is false"
        raise ListFault(what, path=path, line=1, fix="set it to true, or name the list that is not cleaned")


def _texts(entries: Sequence[Entry], config: Config) -> list[str]:
    texts = [entry.text for entry in entries]
    if config.data.cleaned_text:
        return texts
    return clean_lines(texts, config.data.text_cleaners)


def _check_symbols(
    paths: dict[str, Path], lists: dict[str, list[Entry]], texts: dict[str, list[str]], config: Config
) -> None:
    """All symbols that the table lacks, over both lists, each with its first line."""
    known = table(config.symbols or ENGLISH_178)
    lines: Counter[str] = Counter()
    first: dict[str, tuple[Path, int]] = {}
    for name, path in paths.items():
        for entry, text in zip(lists[name], texts[name], strict=True):
            for symbol in dict.fromkeys(text):
                if symbol not in known:
                    lines[symbol] += 1
                    first.setdefault(symbol, (path, entry.line))
    if not first:
        return
    path, line = next(iter(first.values()))
    plural = "symbols are" if len(first) > 1 else "symbol is"
    listed = shortened([describe(symbol) for symbol in first])
    what = f"{len(first)} {plural} not in the symbol table: " + ", ".join(listed)
    details = [
        f"{place}:{number}: {describe(symbol)}, in {lines[symbol]} line{'s' * (lines[symbol] != 1)}"
        for symbol, (place, number) in first.items()
    ]
    raise InputError(what, path=path, line=line, fix=_FIX_SYMBOLS, details=details)


def _clips(path: Path, entries: Sequence[Entry], texts: Sequence[str], config: Config) -> list[_Clip]:
    known = table(config.symbols or ENGLISH_178)
    clips = []
    for entry, text in zip(entries, texts, strict=True):
        ids = to_ids(text, known)
        spread = tuple(with_blanks(ids) if config.data.add_blank else ids)
        clips.append(_Clip(entry, text, spread, _speaker_id(path, entry, entries, config)))
    return clips


def _speaker_id(path: Path, entry: Entry, entries: Sequence[Entry], config: Config) -> int | None:
    """The id that stands in the list, or the place of the name in the config's `speakers`."""
    if entry.speaker is None or config.data.n_speakers == 0:
        return None
    names = config.speakers or ()
    if entry.speaker in names:
        number = names.index(entry.speaker)
    elif entry.speaker.isascii() and entry.speaker.isdigit() and not names:
        number = int(entry.speaker)
    else:
        raise InputError(
            f'unknown speaker "{entry.speaker}"', path=path, line=entry.line, fix=_naming(entries)
        )
    if number >= config.data.n_speakers:
        highest = config.data.n_speakers - 1
        what = f"speaker {entry.speaker} is out of range, data.n_speakers {highest + 1} allows 0 to {highest}"
        raise InputError(what, path=path, line=entry.line, fix=f"raise it, or {_naming(entries)}")
    return number


def _naming(entries: Sequence[Entry]) -> str:
    listed = json.dumps(sorted({entry.speaker or "" for entry in entries}), ensure_ascii=False)
    return f'name all in the config: "speakers": {listed}'


def _utterances(
    path: Path,
    clips: Sequence[_Clip],
    config: Config,
    root: Path,
    report: Callable[[int], None],
    *,
    drop_long: bool,
) -> tuple[list[Utterance], list[Dropped]]:
    """Clips with their lengths; those out of bounds are set aside, a text that cannot be aligned is a fault."""
    data = config.data
    entries = [clip.entry for clip in clips]
    frames = check_audio(path, entries, config, root, report)
    kept: list[Utterance] = []
    dropped: list[Dropped] = []
    too_long: list[tuple[_Clip, int]] = []
    for clip, length in zip(clips, frames, strict=True):
        reason = ""
        if not data.min_text_len <= len(clip.text) <= data.max_text_len:
            bounds = f"{data.min_text_len} to {data.max_text_len}"
            reason = (
                f"its text has {len(clip.text)} symbols, data.min_text_len and max_text_len allow {bounds}"
            )
        elif drop_long and length > LONGEST_FRAMES:
            seconds = LONGEST_FRAMES * data.hop_length / data.sampling_rate
            reason = (
                f"it has {length} frames, more than the longest bucket ({LONGEST_FRAMES}, {seconds:.1f} s)"
            )
        elif drop_long and length > data.max_frames:
            seconds = data.max_frames * data.hop_length / data.sampling_rate
            reason = f"it has {length} frames, data.max_frames allows {data.max_frames} ({seconds:.1f} s)"
        elif len(clip.ids) > length:
            too_long.append((clip, length))
        if reason:
            dropped.append(Dropped(str(path), clip.entry.line, clip.entry.path, reason))
        else:
            audio = str(root / clip.entry.path)
            kept.append(Utterance(audio, clip.speaker_id, clip.ids, length, clip.entry.line, clip.text))
    if too_long:
        sentences = [
            f"text of {len(clip.ids)} ids is longer than its clip of {length} frames ({clip.entry.path})"
            for clip, length in too_long
        ]
        lines = [clip.entry.line for clip, _ in too_long]
        details = [f"{path}:{line}: {text}" for line, text in zip(lines[1:], sentences[1:], strict=True)]
        fix = "check that text and recording belong together"
        raise InputError(sentences[0], path=path, line=lines[0], fix=fix, details=shortened(details))
    if not kept:
        what = f"all {len(clips)} clips are left out; the first: {dropped[0].reason}"
        raise InputError(what, path=path, line=dropped[0].line, fix="cut the recordings into sentences")
    return kept, dropped


def _warnings(
    paths: dict[str, Path], lists: dict[str, list[Entry]], dropped: Sequence[Dropped], config: Config
) -> list[str]:
    found: list[str] = []
    if config.data.cleaned_text:
        for path in dict.fromkeys(paths.values()):
            found += preprocess.sidecar_warnings(path)
    for name, path in paths.items():
        gone = sum(drop.filelist == str(path) for drop in dropped)
        if gone:
            are = "is" if gone == 1 else "are"
            found.append(f"{path}: {gone} of {len(lists[name])} clips {are} left out by length")
        doubles = [clip for clip, count in Counter(entry.path for entry in lists[name]).items() if count > 1]
        if doubles:
            more = f", and {len(doubles) - 1} more clips do" if len(doubles) > 1 else ""
            found.append(f"{path}: {doubles[0]} stands on several lines{more}")
    shared = {entry.path for entry in lists["train"]} & {entry.path for entry in lists["val"]}
    if shared:
        clips = "1 clip is" if len(shared) == 1 else f"{len(shared)} clips are"
        found.append(f"{paths['val']}: {clips} trained on too, so the validation loss flatters")
    unheard = config.data.n_speakers - len({entry.speaker for entry in lists["train"]})
    if config.data.n_speakers > 0 and unheard > 0:
        have = "has" if unheard == 1 else "have"
        found.append(f"{paths['train']}: {unheard} of {config.data.n_speakers} speakers {have} no clip")
    return found
