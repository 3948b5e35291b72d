"""From recordings to lists that a training reads: survey, texts, convert, split, clean, symbols, speakers, check.

Every step is the function of a verb of its own and does only what is not done yet, so a second run changes nothing and
an interrupted one continues. Everything that can be refused is refused before the first file is written.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine import languages, presets, start
from engine import workspace as workspaces
from engine.audio.convert import convert_folder
from engine.config import voice_file
from engine.config.settings import FILE_NAME, save_setting
from engine.dataset.clips.validate import validate_filelists
from engine.dataset.lists import filelist, survey
from engine.dataset.lists.filelist import Entry, ListFile
from engine.dataset.lists.open_dataset import split_corpus
from engine.dataset.lists.survey import Source, absolute, clips
from engine.dataset.split import SPLITS, SplitSettings, parse_ratios
from engine.errors import InputError
from engine.i18n import _, shortened
from engine.text import preprocess, pronunciations, sidecar, symbol_sets
from engine.text.language_check import refuse_other_language
from engine.workspace import Workspace

Progress = Callable[[int, int, str], None]
_WORK = {"convert": 10, "clean": 1, "check": 3}  # of one clip, in about the same unit: for the time left


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, a sentence about it, whether it changed anything."""

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
        language: what they speak, where it is known: the workspace's from now on.
        on_step: called after every step.
        on_progress: called with work done and work in all, and the step with its file.

    Raises:
        InputError: recordings without transcripts, texts in another language, a layout that is not known. Nothing is
            written then.
    """
    sources = survey.sources_of(recordings, workspace.root, workspace.audio_dir)
    if language:
        language = languages.find(language).code
    work = _Work(workspace, sources, on_step, on_progress, language)
    listed = None if transcripts is None else absolute(transcripts)
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


class _Work:
    """The steps, in the order in which `prepare` calls them."""

    def __init__(
        self,
        workspace: Workspace,
        sources: Sequence[Source],
        on_step: Callable[[Step], None],
        on_progress: Progress,
        language: str,
    ) -> None:
        self.done = Preparation()
        self._workspace = workspace
        self._language = language  # the code that was typed
        self._sources = sources
        self._transcripts: Path | None = None
        self._on_step = on_step
        self._on_progress = on_progress
        self._entries: list[tuple[Entry, Source]] = []
        self._are_texts_known = False  # to be in the workspace's language
        self._total = self._finished = 0
        self._lists = workspace.split_lists

    def _report(self, name: str, text: str, *, did: bool = False) -> None:
        step = Step(name, text, did)
        self.done.steps.append(step)
        self._on_step(step)

    def _part(self, name: str, clips: int) -> Callable[..., None]:
        """Progress of a step over some clips, as work done of all."""
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
        spoken = self._workspace.in_language(self._language) if self._language else self._workspace
        found = survey.survey(self._sources, transcripts, spoken.language.code)
        self._entries = found.entries
        if not self._entries and not self._has_lists:
            raise survey.texts_wanted(found, self._sources, spoken.locale)
        if not self._has_lists and len(self._entries) < len(SPLITS):
            what = _("{recordings} cannot fill train, val and test").format(
                recordings=clips(len(self._entries))
            )
            fix = _("at least {count} are needed").format(count=len(SPLITS))
            raise InputError(what, path=found.corpora[0].source, fix=fix)
        self._refuse_lists_of_recordings()
        for corpus in found.corpora:
            self._report("survey", f"{corpus.source}: {corpus.layout}")
        for source in self._sources:
            if silent := [path for path in found.silent if path.is_relative_to(source.folder)]:
                text = _(
                    "{recordings} without a transcript left out, as {name}; "
                    "write what they say where the other texts are to take them in"
                ).format(recordings=clips(len(silent)), name=silent[0].name)
                self._report("survey", text)

    def _refuse_lists_of_recordings(self) -> None:
        """Lists that name the recordings where they were: their clips would be listed twice."""
        unconverted = {absolute(entry.path) for entry, its in self._entries if its.target != its.folder}
        for path in (path for path in self._lists if path.is_file()):
            for entry in filelist.read(path):
                if absolute(entry.path) in unconverted:
                    what = _("names the recording {path}, which prepare converts to a clip of the workspace")
                    fix = _("move train.txt, val.txt and test.txt away; prepare makes new ones")
                    raise InputError(what.format(path=entry.path), path=path, line=entry.line, fix=fix)

    def texts(self) -> None:
        """See whether the texts are in the language of the workspace, which a typed one becomes."""
        code = self._language
        self._are_texts_known = bool(code or self._entries)
        if code:
            if code != self._workspace.language.code:
                self._refuse_lists(code)
                save_setting(self._workspace.root / FILE_NAME, "language", code)
                self._workspace = workspaces.find(self._workspace.root) or self._workspace
                text = _("the workspace's language is {language} now")
                self._report("texts", text.format(language=self._workspace.language.name), did=True)
                return
        elif self._entries and not (
            self._has_lists and sidecar.are_cleaned_as(self._lists[:2], self._workspace.language)
        ):
            texts = [entry.text for entry, _unused in self._entries]
            refuse_other_language(texts, self._workspace.language, self._sources[0].folder)
        self._report("texts", _("taken as {language}").format(language=self._workspace.language.name))

    def _refuse_lists(self, code: str) -> None:
        """Lists stay as they are, so they would be in the language before."""
        if listed := next((path for path in self._lists if path.is_file()), None):
            what = _("is a list in {language}").format(language=self._workspace.language.name)
            fix = _("make another workspace: `vitsdeck init DIR --language {code}`, or move the lists away")
            raise InputError(what, path=listed, fix=fix.format(code=code))

    def convert(self) -> None:
        """Convert the recordings that have a text to mono wav of the workspace's rate."""
        self._total = sum(_WORK.values()) * max(1, len(self._entries))
        settings = self._workspace.settings
        converted = skipped = 0
        warnings: list[str] = []
        for source in self._sources:
            wanted = {absolute(entry.path) for entry, its in self._entries if its is source}
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
            self.done.failed |= done.failed
        text = _("{recordings} made mono at {rate} Hz, {skipped:,} done before").format(
            recordings=clips(converted), rate=settings.rate, skipped=skipped
        )
        self._report("convert", text, did=converted > 0)
        if self.done.failed:
            failed = clips(len(self.done.failed))
            self._report("convert", _("{recordings} could not be converted").format(recordings=failed))
        for warning in shortened(warnings):
            self._report("convert", warning)
        if self.done.failed and len(self.done.failed) == len(self._entries):
            path, reason = next(iter(self.done.failed.items()))
            raise InputError(
                _("none of the recordings can be converted; the first {reason}").format(reason=reason),
                path=path,
            )

    def split(self) -> None:
        """Divide the clips into train, val and test, unless there are lists."""
        entries, settings = self._converted(), self._workspace.settings
        has_lists = self._has_lists
        if not has_lists:
            wanted = SplitSettings(parse_ratios(settings.ratios), settings.seed)
            split_corpus(entries, self._workspace.filelists_dir, wanted, self._workspace.root)
        self.done.clips = {path.name: len(filelist.read(path)) for path in self._lists if path.is_file()}
        text = ", ".join(f"{name} {count:,}" for name, count in self.done.clips.items())
        kept = _("the lists stay as they are: {clips}").format(clips=text)
        self._report("split", kept if has_lists else text, did=not has_lists)
        lists = [*self._lists, self._workspace.filelists_dir / "quarantine.txt"]
        listed = {each.path: each for path in lists if path.is_file() for each in ListFile.read(path).entries}
        others = [each for each in entries if each.path in listed and listed[each.path].text != each.text]
        if others:
            text = _(
                "{recordings} with another text than in the lists, as {path}; "
                "the lists keep theirs, edit them to change that"
            ).format(recordings=clips(len(others)), path=others[0].path)
            self._report("split", text)
        if new := [entry for entry in entries if entry.path not in listed]:
            self.done.unlisted = len(new)
            source = shlex.quote(str(self._transcripts or self._sources[0].folder))
            text = _(
                "{recordings} in no list, as {path}; `vitsdeck split {source}` adds them, then prepare again"
            )
            text = text.format(recordings=clips(len(new)), path=new[0].path, source=source)
            self._report("split", text)

    def _converted(self) -> list[Entry]:
        """The clips as the lists name them; one speaker needs no column."""
        root, failed = self._workspace.root, self.done.failed.keys()
        kept = [each for each in self._entries if absolute(each[0].path) not in failed]
        is_one = len({entry.speaker for entry, _unused in kept}) == 1
        return [
            dataclasses.replace(
                entry,
                path=source.clip(absolute(entry.path)).relative_to(root).as_posix(),
                speaker=None if is_one else entry.speaker,
            )
            for entry, source in kept
        ]

    def clean(self) -> None:
        """Turn texts into phonemes, where a list is new, changed or was cleaned otherwise."""
        cleaners = self._workspace.cleaning
        lists = [path for path in self._lists if path.is_file()]
        words = pronunciations.around(self._workspace.root, cleaners)
        old = [path for path in lists if not sidecar.is_current(path, cleaners, words)]
        report = self._part("clean", len(self._entries))
        if old:
            preprocess.preprocess(
                [path.relative_to(self._workspace.root) for path in old],
                cleaners=cleaners,
                on_progress=report,
                words=words,
                symbols=presets.symbols_for(self._workspace, self._workspace.cleaners),
                any_language=self._are_texts_known,
            )
        names = ", ".join(path.name for path in old)
        text = _("{lists} by {cleaners}").format(lists=names, cleaners=" ".join(cleaners))
        self._report("clean", text if old else _("done before"), did=bool(old))

    def symbols(self) -> None:
        """Give every symbol of the cleaned lists its id in voice.json."""
        before = voice_file.read(self._workspace.root).symbols
        texts = [entry.text for path in self._cleaned for entry in filelist.read(path)]
        wanted = symbol_sets.needed(self._workspace.cleaners, before, "".join(texts))
        voice = voice_file.add_symbols(self._workspace.root, wanted)
        new = len(voice.symbols) - len(before)
        text = _("{new:,} written to {file}") if new else _("{known:,}, done before")
        text = text.format(new=new, file=voice_file.FILE_NAME, known=len(before))
        self._report("symbols", text, did=new > 0)

    def speakers(self) -> None:
        """Give every speaker of the lists an id in voice.json."""
        names = {entry.speaker for path in self._cleaned for entry in filelist.read(path)} - {None}
        if not names:
            self._report("speakers", _("one voice"))
            return
        before = voice_file.read(self._workspace.root).speakers
        voice = voice_file.add_speakers(self._workspace.root, sorted(filter(None, names)))
        did = voice.speakers != before
        text = "{names}" if did else _("{names}, done before")
        self._report("speakers", text.format(names=", ".join(voice.speakers)), did=did)

    @property
    def _cleaned(self) -> list[Path]:
        return [Path(f"{path}.cleaned") for path in self._lists if path.is_file()]

    def check(self) -> None:
        """Judge every clip that will be trained as the training does."""
        preset, _unused = start.machine_preset(self._workspace)
        config = presets.complete(self._workspace, preset)
        lists = [config.data.training_files, config.data.validation_files]
        report = self._part("check", len(self._entries))
        validation = validate_filelists(config, lists, on_progress=report)
        self.done.bad = len(validation.bad)
        self.done.left_out = validation.left_out
        text = _("{recordings}, {bad:,} that a training would refuse, {left_out:,} that it would leave out")
        if self.done.bad or self.done.left_out:
            text = _(
                "{recordings}, {bad:,} that a training would refuse, {left_out:,} that it would leave out; "
                "`vitsdeck check {lists} -c {preset}` names them"
            )
        text = text.format(
            recordings=clips(len(validation.clips)),
            bad=self.done.bad,
            left_out=self.done.left_out,
            lists=" ".join(lists),
            preset=preset.stem,
        )
        self._report("check", text)
