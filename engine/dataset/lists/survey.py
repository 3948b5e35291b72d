"""The recordings of some folders, the text of each, and those that have none; the first step of `prepare`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.audio.recordings import recordings_below
from engine.dataset.lists.filelist import Entry
from engine.dataset.lists.layouts import Corpus, manifest_in, recognise
from engine.errors import InputError
from engine.i18n import _, plural


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of recordings, and the folder of the workspace that its clips are converted into.

    Both are the same for recordings in the workspace's audio folder: these are converted already.
    """

    folder: Path
    target: Path

    def clip(self, recording: Path) -> Path:
        """Where a recording of this folder is once it is converted."""
        name = recording.relative_to(self.folder)
        return self.target / (name if self.target == self.folder else name.with_suffix(".wav"))


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found.

    Attributes:
        corpora: one for each list or folder that was read.
        entries: each clip with a text, and the folder that its recording is in.
        silent: recordings without a text.
    """

    corpora: tuple[Corpus, ...]
    entries: list[tuple[Entry, Source]]
    silent: list[Path]


def sources_of(folders: Sequence[str | Path], root: Path, audio_dir: Path) -> list[Source]:
    """The folders with what each becomes in the workspace `root`, whose clips are in `audio_dir`.

    Raises:
        InputError: no such folder, one that holds the workspace, or two of one name.
    """
    sources = [_source(Path(folder), root, audio_dir) for folder in folders]
    names = [source.target.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            what = _("two of the folders are called {name}").format(name=name)
            raise InputError(what, fix=_("rename one of them"))
    return sources


def _source(folder: Path, root: Path, audio_dir: Path) -> Source:
    folder = absolute(folder)
    if not folder.is_dir():
        what = _("is a file, not a folder of recordings") if folder.exists() else _("no such folder")
        raise InputError(what, path=folder, fix=_("name the folder that the recordings are in"))
    if folder.is_relative_to(audio_dir):
        return Source(folder, folder)
    if root.is_relative_to(folder):
        fix = _("name the folder of the recordings")
        raise InputError(_("holds the workspace itself"), path=folder, fix=fix)
    return Source(folder, audio_dir / folder.name)


def survey(sources: Sequence[Source], transcripts: Path | None, language: str) -> Survey:
    """Find the recordings and their texts.

    Args:
        transcripts: a list of the texts; None: each folder has its own.
        language: the workspace's code.

    Raises:
        InputError: a layout that is not known, a text without its recording, a recording that is on two lines.
    """
    folders = [source.folder for source in sources]
    read = [transcripts] if transcripts else folders
    corpora = tuple(recognise(source, folders, language) for source in read)
    entries: list[tuple[Entry, Source]] = []
    named: set[Path] = set()
    for corpus in corpora:
        corpus.check_audio()
        for entry in corpus.entries:
            if (path := absolute(entry.path)) in named:
                what = _("{path} is on two lines").format(path=entry.path)
                raise InputError(what, path=corpus.source, line=entry.line, fix=_("remove one"))
            named.add(path)
            entries.append((entry, _source_of(entry, corpus, sources)))
    speakers = {entry.speaker for entry, _unused in entries}
    if None in speakers and len(speakers) > 1:
        what = _("some recordings name a speaker and others do not")
        raise InputError(what, path=corpora[0].source, fix=_("write path|speaker|text for all of them"))
    # of texts in files the recordings without one (VCTK's second takes have one), else those that no list names
    pairs = {corpus.source: corpus for corpus in corpora if corpus.source.is_dir()}
    silent = [absolute(entry.path) for corpus in pairs.values() for entry in corpus.without_text]
    for folder in folders:
        if folder not in pairs:
            silent += [path for path in recordings_below(folder) if path not in named]
    return Survey(corpora, entries, silent)


def _source_of(entry: Entry, corpus: Corpus, sources: Sequence[Source]) -> Source:
    path = absolute(entry.path)
    found = next((each for each in sources if path.is_relative_to(each.folder)), None)
    if found is None:
        what = _("{path} is in none of the folders of recordings").format(path=entry.path)
        raise InputError(what, path=corpus.source, line=entry.line or None, fix=_("name its folder as well"))
    return found


def texts_wanted(found: Survey, sources: Sequence[Source], locale: str) -> InputError:
    """What to say where no recording has a text: the list that names them, or what writes down what is said."""
    folder = sources[0].folder
    count = sum(path.is_relative_to(folder) for path in found.silent)
    if (listed := _list_above(folder)) is not None:
        folders = [str(source.folder) for source in sources]
        command = shlex.join(["vitsdeck", "prepare", *folders, "--transcripts", str(listed)])
        fix = _("{list} in the folder above names them: `{command}`")
        fix = fix.format(list=listed.name, command=command)
    else:
        words = ["vitsdeck", "transcribe", str(folder), "--out", str(folder / "metadata.csv")]
        command = shlex.join([*words, "--provider", "whisper", "--language", locale])
        fix = _("`{command}` writes down what is said; then prepare again").format(command=command)
    what = plural("{n:,} recording without transcripts", "{n:,} recordings without transcripts", count)
    return InputError(what, path=folder, fix=fix)


def _list_above(folder: Path) -> Path | None:
    """A list beside the folder that names recordings in it."""
    listed = manifest_in(folder.parent)
    try:
        entries = recognise(listed, [folder]).entries if listed else ()
    except InputError:
        return None
    return listed if any(absolute(entry.path).is_relative_to(folder) for entry in entries) else None


def absolute(path: str | Path) -> Path:
    """The same path from the root, without `..`."""
    return Path(os.path.normpath(Path(path).absolute()))


def clips(count: int) -> str:
    """`1 recording`, `2 recordings`."""
    return plural("{n:,} recording", "{n:,} recordings", count)
