"""From recordings to lists that a training reads: survey, texts, convert, split, clean, symbols, speakers, check.

Every step is the function of a verb of its own and does only what is not done yet, so a second run changes nothing and
an interrupted one continues. Everything that can be refused is refused before the first file is written.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine import languages, presets, start, voice_file
from engine import workspace as workspaces
from engine.audio.convert import convert_folder
from engine.audio.recordings import recordings_below
from engine.data import filelist
from engine.data.filelist import Entry
from engine.data.layouts import Corpus, recognise
from engine.data.listfile import ListFile
from engine.data.split import SPLITS, SplitSettings, parse_ratios
from engine.data.validate import validate_filelists
from engine.data.workshop import split_corpus
from engine.errors import InputError
from engine.languages import Language
from engine.progress import LISTS
from engine.settings import FILE_NAME, save_setting
from engine.text import preprocess, pronunciations, symbol_sets
from engine.text.language_check import other_language, refuse_other_language
from engine.text.rows import shortened
from engine.workspace import Workspace

Progress = Callable[[int, int, str], None]
_WORK = {"convert": 10, "clean": 1, "check": 3}  # of one clip, in about the same unit: for the time left


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, what became of it in words, whether it changed anything."""

    name: str
    said: str
    did: bool = False


@dataclass(slots=True)
class Preparation:
    """What was prepared.

    Attributes:
        steps: in their order.
        clips: how many each list holds, by its file name.
        failed: recordings that could not be converted, each with the reason; they are in no list.
        bad, left_out: how many clips of the lists a training would refuse, or leave out.
        unlisted: how many converted clips are in no list.
    """

    steps: list[Step] = field(default_factory=list)
    clips: dict[str, int] = field(default_factory=dict)
    failed: dict[Path, str] = field(default_factory=dict)
    bad: int = 0
    left_out: int = 0
    unlisted: int = 0


@dataclass(frozen=True, slots=True)
class _Source:
    """A folder of recordings, and the folder of the workspace that its clips are converted into.

    Both are the same where the recordings lie in the workspace's audio folder: these clips are converted already.
    """

    folder: Path
    target: Path

    def clip(self, recording: Path) -> Path:
        """Where a recording of this folder is once it is converted."""
        name = recording.relative_to(self.folder)
        return self.target / (name if self.target == self.folder else name.with_suffix(".wav"))


def prepare(
    workspace: Workspace,
    recordings: Sequence[str | Path],
    *,
    transcripts: str | Path | None = None,
    language: str = "",
    on_step: Callable[[Step], None] = lambda _step: None,
    on_progress: Progress = lambda _done, _total, _note: None,
) -> Preparation:
    """Prepare folders of recordings for a training in the workspace.

    Args:
        recordings: folders; a clip of FOLDER becomes wavs/FOLDER/NAME.wav.
        transcripts: a list of their texts; None: each folder has its own.
        language: what they speak, known better than the texts tell: the workspace's from now on.
        on_step: called after every step.
        on_progress: called with work done and work in all, and what is at hand.

    Raises:
        InputError: recordings without transcripts, texts in another language, a layout that is not known. Nothing is
            written then.
    """
    sources = [_source(workspace, Path(folder)) for folder in recordings]
    if language:
        language = languages.find(language).code
    work = _Work(workspace, sources, on_step, on_progress, language)
    listed = None if transcripts is None else Path(transcripts).absolute()
    with contextlib.chdir(workspace.root):  # lists name clips as seen from the workspace
        work.survey(listed)
        work.texts()
        work.convert()
        work.split()
        work.clean()
        work.symbols()
        work.speakers()
        work.check()
    return work.done


def _source(workspace: Workspace, folder: Path) -> _Source:
    folder = Path(os.path.normpath(folder.absolute()))
    if not folder.is_dir():
        what = "is a file, not a folder of recordings" if folder.exists() else "no such folder"
        raise InputError(what, path=folder, fix="name the folder that the recordings are in")
    if folder.is_relative_to(workspace.audio_dir):
        return _Source(folder, folder)
    if workspace.root.is_relative_to(folder):
        raise InputError("holds the workspace itself", path=folder, fix="name the folder of the recordings")
    return _Source(folder, workspace.audio_dir / folder.name)


class _Work:
    """The steps, in the order in which `prepare` calls them."""

    def __init__(
        self,
        workspace: Workspace,
        sources: Sequence[_Source],
        on_step: Callable[[Step], None],
        on_progress: Progress,
        language: str,
    ) -> None:
        names = [source.target.name for source in sources]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"two of the folders are called {name}", fix="rename one of them")
        self.done = Preparation()
        self._workspace = workspace
        self._language = language  # the code that was typed
        self._sources = sources
        self._transcripts: Path | None = None
        self._on_step = on_step
        self._on_progress = on_progress
        self._entries: list[tuple[Entry, _Source]] = []
        self._are_texts_known = False  # to be in the workspace's language
        self._total = self._finished = 0
        self._lists = [workspace.filelists_dir / name for name in LISTS]

    def _say(self, name: str, said: str, *, did: bool = False) -> None:
        step = Step(name, said, did)
        self.done.steps.append(step)
        self._on_step(step)

    def _part(self, name: str, clips: int) -> Callable[..., None]:
        """How far a step of some clips is, told as work done of all."""
        before, weight = self._finished, _WORK[name] * clips
        self._finished += weight

        def report(done: int, total: int, note: str = "", /) -> None:
            self._on_progress(before + weight * done // max(1, total), self._total, f"{name} {note}".strip())

        return report

    @property
    def _has_lists(self) -> bool:
        return self._lists[0].is_file() and self._lists[1].is_file()

    def survey(self, transcripts: Path | None) -> None:
        """Find the recordings and their texts."""
        self._transcripts = transcripts
        folders = [each.folder for each in self._sources]
        corpora = [
            recognise(source, folders, self._language or self._workspace.language.code)
            for source in ([transcripts] if transcripts else folders)
        ]
        for corpus in corpora:
            self._entries += [
                (entry, self._source_of(entry, corpus)) for entry in corpus.with_audio().entries
            ]
        named: set[Path] = set()
        for entry, _ in self._entries:
            if (path := _absolute(entry.path)) in named:
                what = f"{entry.path} stands on two lines"
                raise InputError(what, path=corpora[0].source, line=entry.line, fix="remove one")
            named.add(path)
        silent = self._without_text(corpora, named)
        if not self._entries and not self._has_lists:
            fix = f"`{self._transcribe()}` writes down what is said; then prepare again"
            what = f"{_clips(len(silent))} without transcripts"
            raise InputError(what, path=self._sources[0].folder, fix=fix)
        if not self._has_lists and len(self._entries) < len(SPLITS):
            what = f"{_clips(len(self._entries))} cannot fill train, val and test"
            raise InputError(what, path=corpora[0].source, fix=f"at least {len(SPLITS)} are needed")
        for corpus in corpora:
            self._say("survey", f"{corpus.source}: {corpus.layout}")
        if silent:
            said = f"{_clips(len(silent))} without a transcript left out, as {silent[0].name}"
            self._say("survey", f"{said}; `{self._transcribe()}` writes them down")
        speakers = {entry.speaker for entry, _ in self._entries}
        if None in speakers and len(speakers) > 1:
            what = "some recordings name a speaker and others do not"
            raise InputError(what, path=corpora[0].source, fix="write path|speaker|text for all of them")

    def _without_text(self, corpora: Sequence[Corpus], named: set[Path]) -> list[Path]:
        """Recordings that no list names; of texts in files those without one (VCTK's second takes have one)."""
        pairs = [corpus for corpus in corpora if corpus.source.is_dir()]
        silent = [_absolute(entry.path) for corpus in pairs for entry in corpus.without_text]
        folders = [each.folder for each in self._sources]
        for folder in (each for each in folders if each not in [corpus.source for corpus in pairs]):
            silent += [path for path in recordings_below(folder) if path not in named]
        return silent

    def _source_of(self, entry: Entry, corpus: Corpus) -> _Source:
        path = _absolute(entry.path)
        found = next((each for each in self._sources if path.is_relative_to(each.folder)), None)
        if found is None:
            what = f"{entry.path} is in none of the folders of recordings"
            raise InputError(what, path=corpus.source, line=entry.line or None, fix="name its folder as well")
        return found

    def _transcribe(self) -> str:
        folder = self._sources[0].folder
        words = ["vitsdeck", "transcribe", str(folder), "--out", str(folder / "metadata.csv")]
        spoken = self._workspace.in_language(self._language) if self._language else self._workspace
        return shlex.join([*words, "--provider", "whisper", "--language", spoken.locale])

    def texts(self) -> None:
        """See whether the texts are in the language of the workspace, which a typed one becomes."""
        code = self._language
        self._are_texts_known = bool(code or self._entries)
        if code:
            if code != self._workspace.language.code:
                self._refuse_lists_in_another(languages.find(code))
                save_setting(self._workspace.root / FILE_NAME, "language", code)
                self._workspace = workspaces.find(self._workspace.root) or self._workspace
                said = f"the workspace's language is {self._workspace.language.name} now"
                self._say("texts", said, did=True)
                return
        elif self._entries:
            texts = [entry.text for entry, _ in self._entries]
            refuse_other_language(texts, self._workspace.language, self._sources[0].folder)
        self._say("texts", f"taken as {self._workspace.language.name}")

    def _refuse_lists_in_another(self, language: Language) -> None:
        """Lists stay as they are, so what they hold of other recordings must be in the new language too."""
        known = {entry.text for entry, _ in self._entries}
        for path in (path for path in self._lists if path.is_file()):
            texts = [entry.text for entry in filelist.read(path) if entry.text not in known]
            if other_language(texts, language):
                raise InputError(
                    f"the texts are not {language.name}",
                    path=path,
                    fix=f"make another workspace: `vitsdeck init DIR --language {language.code}`",
                )

    def convert(self) -> None:
        """Convert the recordings that have a text to mono wav of the workspace's rate."""
        self._total = sum(_WORK.values()) * max(1, len(self._entries))
        settings = self._workspace.settings
        converted = skipped = 0
        warnings: list[str] = []
        for source in self._sources:
            wanted = {_absolute(entry.path) for entry, its in self._entries if its is source}
            report = self._part("convert", len(wanted))
            if not wanted or source.target == source.folder:
                skipped += len(wanted)
                continue
            done = convert_folder(
                source.folder, source.target, settings.rate, settings.workers or None, report, only=wanted
            )
            converted += len(done.converted)
            skipped += done.skipped
            warnings += done.warnings
            self.done.failed |= {failure.path: failure.reason for failure in done.failed}
        said = f"{_clips(converted)} made mono at {settings.rate} Hz, {skipped:,} done before"
        if self.done.failed:
            said += f", {len(self.done.failed):,} could not be"
        self._say("convert", said, did=converted > 0)
        for warning in shortened(warnings):
            self._say("convert", warning)
        if self.done.failed and len(self.done.failed) == len(self._entries):
            path, reason = next(iter(self.done.failed.items()))
            raise InputError(f"none of the recordings can be converted; the first {reason}", path=path)

    def split(self) -> None:
        """Divide the clips into train, val and test, unless there are lists."""
        entries, settings = self._converted(), self._workspace.settings
        has_lists = self._has_lists
        if not has_lists:
            wanted = SplitSettings(parse_ratios(settings.ratios), settings.seed)
            split_corpus(entries, self._workspace.filelists_dir, wanted, self._workspace.root)
        self.done.clips = {path.name: len(filelist.read(path)) for path in self._lists if path.is_file()}
        said = ", ".join(f"{name} {count:,}" for name, count in self.done.clips.items())
        self._say("split", f"the lists stay as they are: {said}" if has_lists else said, did=not has_lists)
        lists = [*self._lists, self._workspace.filelists_dir / "quarantine.txt"]
        listed = {each.path for path in lists if path.is_file() for each in ListFile.read(path).entries}
        if new := [entry for entry in entries if entry.path not in listed]:
            self.done.unlisted = len(new)
            source = shlex.quote(str(self._transcripts or self._sources[0].folder))
            how = f"`vitsdeck split {source}` adds them, then prepare again"
            self._say("split", f"{_clips(len(new))} in no list, as {new[0].path}; {how}")

    def _converted(self) -> list[Entry]:
        """The clips as the lists name them; one speaker needs no column."""
        root, failed = self._workspace.root, self.done.failed.keys()
        kept = [each for each in self._entries if _absolute(each[0].path) not in failed]
        is_one = len({entry.speaker for entry, _ in kept}) == 1
        return [
            dataclasses.replace(
                entry,
                path=source.clip(_absolute(entry.path)).relative_to(root).as_posix(),
                speaker=None if is_one else entry.speaker,
            )
            for entry, source in kept
        ]

    def clean(self) -> None:
        """Turn texts into phonemes, where a list is new, changed or was cleaned otherwise."""
        cleaners = self._workspace.cleaning
        lists = [path for path in self._lists if path.is_file()]
        words = pronunciations.around(self._workspace.root, cleaners)
        old = [path for path in lists if not preprocess.is_current(path, cleaners, words)]
        report = self._part("clean", len(self._entries))
        if old:
            names = [path.relative_to(self._workspace.root) for path in old]
            preprocess.preprocess(
                names,
                cleaners=cleaners,
                on_progress=report,
                words=words,
                symbols=presets.symbols_for(self._workspace, self._workspace.cleaners),
                any_language=self._are_texts_known,
            )
        said = f"{', '.join(path.name for path in old)} by {' '.join(cleaners)}" if old else "done before"
        self._say("clean", said, did=bool(old))

    def symbols(self) -> None:
        """Give every symbol of the cleaned lists its id in voice.json."""
        before = voice_file.read(self._workspace.root).symbols
        texts = [entry.text for path in self._cleaned for entry in filelist.read(path)]
        wanted = symbol_sets.needed(self._workspace.cleaners, before, "".join(texts))
        voice = voice_file.add_symbols(self._workspace.root, wanted)
        new = len(voice.symbols) - len(before)
        said = f"{new:,} written to {voice_file.FILE_NAME}" if new else f"{len(before):,}, done before"
        self._say("symbols", said, did=new > 0)

    def speakers(self) -> None:
        """Give every speaker of the lists an id in voice.json."""
        names = {entry.speaker for path in self._cleaned for entry in filelist.read(path)} - {None}
        if not names:
            self._say("speakers", "one voice")
            return
        before = voice_file.read(self._workspace.root).speakers
        voice = voice_file.add_speakers(self._workspace.root, sorted(filter(None, names)))
        did = voice.speakers != before
        self._say("speakers", f"{', '.join(voice.speakers)}{'' if did else ', done before'}", did=did)

    @property
    def _cleaned(self) -> list[Path]:
        return [Path(f"{path}.cleaned") for path in self._lists if path.is_file()]

    def check(self) -> None:
        """Judge every clip that will be trained as the training does."""
        preset, _ = start.machine_preset(self._workspace)
        config = presets.complete(self._workspace, preset)
        lists = [config.data.training_files, config.data.validation_files]
        report = self._part("check", len(self._entries))
        validation = validate_filelists(config, lists, on_progress=report)
        self.done.bad = len(validation.bad)
        self.done.left_out = sum(not each.trains for each in validation.clips) - self.done.bad
        said = f"{_clips(len(validation.clips))}, {self.done.bad:,} that a training would refuse"
        said += f", {self.done.left_out:,} that it would leave out" if self.done.left_out else ""
        if self.done.bad or self.done.left_out:
            said += f"; `vitsdeck check {' '.join(lists)} -c {preset.stem}` names them"
        self._say("check", said)


def _absolute(path: str | Path) -> Path:
    return Path(os.path.normpath(Path(path).absolute()))


def _clips(count: int) -> str:
    return f"{count:,} recording{'s' * (count != 1)}"
