"""Recognise a folder of recordings or a list of texts: LJ Speech, Common Voice, VCTK, pairs of files, lists with bars.

`recognise` says in one line what it took the source for and finds the audio of every text. Standard library only.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import languages
from engine.audio.recordings import recordings_below
from engine.dataset.lists.audio_finder import AudioFinder, is_file
from engine.dataset.lists.filelist import Entry, refuse_empty
from engine.errors import InputError, cannot_read
from engine.i18n import _, plural, shortened
from engine.text import marked
from engine.text.rows import Row, check_columns, header_columns, read_rows

MANIFESTS = ("metadata.csv", "manifest.txt", "metadata.txt", "transcripts.txt", "validated.tsv", "train.tsv")
TEXT_SUFFIXES = (".txt", ".lab")
LIST_SUFFIXES = (".txt", ".csv", ".lst", ".psv")
_LONGEST_LINE = 10_000  # bytes
_AUDIO_FOLDER = re.compile(r"(wav|wave|audio|flac|mp3|ogg|clip)s?(\d.*|_.*)?", re.IGNORECASE)
_TEXT_FOLDER = re.compile(r"(txt|text|lab|transcript)s?", re.IGNORECASE)
_MICROPHONE = re.compile(r"_mic\d$")  # VCTK keeps two takes of a sentence
_TIMES = re.compile(r"\d+\s+\d+\s+\S+")  # a line of HTS or HTK labels
_LONG_NAME, _SPEAKER_LETTERS = 64, 8  # Common Voice's speakers are 128 hexadecimal digits


@dataclass(frozen=True, slots=True)
class Corpus:
    """Recordings and their texts.

    Attributes:
        source: the folder or list.
        layout: what it was taken for, in words.
        entries: clips with a text, their audio as a filelist names it; the name as written where it is not there.
        missing: those of the entries whose audio is not there.
        without_text: recordings, or lines of the list, that have no text.
    """

    source: Path
    layout: str
    entries: tuple[Entry, ...]
    missing: tuple[Entry, ...] = ()
    without_text: tuple[Entry, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder that the source is, or lies in."""
        return self.source if self.source.is_dir() else self.source.parent

    def check_audio(self) -> None:
        """Raise an InputError for texts without audio: the first by its line, the others as details."""
        if not self.missing:
            return
        first, *others = self.missing
        what = _("no audio for {path}").format(path=first.path)
        if others:
            what = plural(
                "no audio for {path}, nor for {n} other clip",
                "no audio for {path}, nor for {n} other clips",
                len(others),
                path=first.path,
            )
        fix = _("looked for it as given and below {folder}").format(folder=self.folder)
        details = shortened([f"{self.source}:{entry.line}: {entry.path}" for entry in others])
        raise InputError(what, path=self.source, line=first.line, fix=fix, details=details)


def recognise(source: str | Path, audio_folders: Sequence[str | Path] = (), language: str = "") -> Corpus:
    """The recordings and texts of a folder or of a list.

    Args:
        audio_folders: where else the audio of a list is looked for.
        language: the workspace's code. A text that its list says to be in another language is marked, as
            [de: Guten Tag].

    Raises:
        InputError: nothing there, no recordings, or a list of a kind that is not read, with the line.
    """
    source = Path(source)
    if not source.is_dir():
        return _list(source, audio_folders, language)
    found = manifest_in(source)
    if found is None:
        corpus = _folder(source)
        found = None if corpus.entries else _only_list(source)
        if found is None:
            return corpus
    return _list(found, [source, *audio_folders], language)


def manifest_in(folder: Path) -> Path | None:
    """The list of texts in a folder of recordings, by its name; None where there is none."""
    return next((folder / name for name in MANIFESTS if (folder / name).is_file()), None)


def _only_list(folder: Path) -> Path | None:
    """A list under any name. Raises InputError: there are several."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in LIST_SUFFIXES]
    found = [path for path in files if _has_bar(path)]
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        fix = _("name the one to use; prepare takes it as --transcripts")
        raise InputError(_("holds several lists: {names}").format(names=names), path=folder, fix=fix)
    return next(iter(found), None)


def _has_bar(path: Path) -> bool:
    """Whether the first line of a file may be that of a list."""
    try:
        with path.open("rb") as file:
            return b"|" in file.readline(_LONGEST_LINE)
    except OSError:
        return False


# lists


def _list(path: Path, audio_folders: Sequence[str | Path], language: str) -> Corpus:
    separator = "\t" if path.suffix.lower() == ".tsv" else "|"
    rows = read_rows(path, separator=separator)
    finder = AudioFinder([path.parent, *map(Path, audio_folders)])
    header = header_columns(rows[0].columns)
    if header and len(rows) == 1:
        what = _("is a header line without a clip below it")
        raise InputError(what, path=path, line=rows[0].line, fix=_("write one clip a line, as path|text"))
    if header:
        layout, entries = _by_header(rows, header, separator)
        if "language" in header:
            spoken = {row.line: row.columns[header["language"]] for row in rows}
            entries = [_marked(entry, spoken[entry.line], language, path) for entry in entries]
    elif separator == "\t":
        what = _("has no header line with path and sentence, as Common Voice's lists have")
        raise InputError(what, path=path, line=rows[0].line, fix=_("write path|text in a .txt"))
    else:
        check_columns(path, rows, (2, 3))
        layout, entries = _by_columns(rows, finder)
    for entry in entries:
        refuse_empty(entry, path, ("path", "speaker"))
    found = [_with_audio(entry, finder) for entry in entries if entry.text]
    facts = [layout, _counted(entries)]
    if finder.respelt:
        facts.append(
            plural(
                "{n:,} under another spelling of its name",
                "{n:,} under another spelling of their names",
                finder.respelt,
            )
        )
    return Corpus(
        path,
        ", ".join(facts),
        tuple(entry for entry, _unused in found),
        tuple(entry for entry, is_there in found if not is_there),
        tuple(entry for entry in entries if not entry.text),
    )


def _by_header(rows: Sequence[Row], header: dict[str, int], separator: str) -> tuple[str, list[Entry]]:
    """A list whose first line names its columns."""
    columns = [column.strip() for column in rows[0].columns]
    is_common_voice = separator == "\t" and "client_id" in columns
    kind = _("Common Voice's list") if is_common_voice else _("a list with a header line")
    is_the = _("{column} is the {role}")
    used = ", ".join(is_the.format(column=columns[index], role=role) for role, index in header.items())
    entries = []
    for row in rows[1:]:
        cells = {role: row.columns[index].strip() for role, index in header.items()}
        text = cells.get("normalised text") or cells["text"]
        entries.append(Entry(cells["audio"], cells.get("speaker"), text, row.line))
    return f"{kind} ({used})", _short_speakers(entries)


def _marked(entry: Entry, spoken: str, language: str, path: Path) -> Entry:
    """A text in another language than the workspace's, marked with it."""
    if not spoken.strip() or not entry.text:
        return entry
    try:
        code = languages.find(spoken.strip()).code
        text = entry.text if code == language else marked.stretch(entry.text, code)
    except InputError as error:
        raise InputError(error.what, path=path, line=entry.line, fix=error.fix) from None
    return dataclasses.replace(entry, text=text)


def _short_speakers(entries: list[Entry]) -> list[Entry]:
    """Speakers by the first letters of their names where these are very long, as in Common Voice."""
    names = {entry.speaker or "" for entry in entries}
    short = {name[:_SPEAKER_LETTERS] for name in names}
    if len(short) < len(names) or min(map(len, names), default=0) < _LONG_NAME:
        return entries
    return [dataclasses.replace(entry, speaker=(entry.speaker or "")[:_SPEAKER_LETTERS]) for entry in entries]


def _by_columns(rows: Sequence[Row], finder: AudioFinder) -> tuple[str, list[Entry]]:
    """A list with bars and without a header: path|text, path|speaker|text or id|text|normalised text."""
    cells = [tuple(column.strip() for column in row.columns) for row in rows]
    columns: list[tuple[str, str | None, str]]
    if len(cells[0]) == 2:
        layout = _("a list of path|text")
        columns = [(name, None, text) for name, text in cells]
    elif _has_speakers(cells, finder):
        layout = _("a list of path|speaker|text")
        columns = [(name, speaker, text) for name, speaker, text in cells]
    elif _are_names([last for *_unused, last in cells]) and not any(
        middle == last for _unused, middle, last in cells
    ):
        layout = _("a list of path|text|speaker")
        columns = [(name, speaker, text) for name, text, speaker in cells]
    else:
        layout = _("LJ Speech's metadata.csv (id|text|normalised text)")
        columns = [(name, None, normalised or text) for name, text, normalised in cells]
    return layout, [Entry(*each, row.line) for each, row in zip(columns, rows, strict=True)]


def _has_speakers(cells: Sequence[tuple[str, ...]], finder: AudioFinder) -> bool:
    """Whether the middle column is a speaker rather than a text whose normalised form follows."""
    if any(finder.find_in_speaker_folder(name, middle) for name, middle, _unused in cells[:20]):
        return True
    if 2 * sum(middle == last for _unused, middle, last in cells) > len(cells):
        return False
    if _are_names([middle for _unused, middle, _unused in cells]):
        return True
    # a text is about as long as its normalised form, a speaker's name is shorter than what they say
    lengths = [sum(len(row[column]) for row in cells) for column in (1, 2)]
    return 2 * lengths[0] <= lengths[1]


def _are_names(column: Sequence[str]) -> bool:
    """Whether half of a column are words that repeat, as the names of speakers do."""
    times = Counter(column)
    return 2 * sum(times[word] > 1 and word != "" and " " not in word for word in column) >= len(column)


def _counted(entries: Sequence[Entry]) -> str:
    clips = plural("{n:,} clip", "{n:,} clips", len(entries))
    if not (speakers := {entry.speaker for entry in entries} - {None}):
        return clips
    return plural("{clips} of {n:,} speaker", "{clips} of {n:,} speakers", len(speakers), clips=clips)


def _with_audio(entry: Entry, finder: AudioFinder) -> tuple[Entry, bool]:
    found = finder.find(entry.path, entry.speaker)
    return (entry, False) if found is None else (dataclasses.replace(entry, path=found), True)


# folders


def _folder(folder: Path) -> Corpus:
    """Pairs of a recording and a text file: in two folders, or side by side."""
    audio, texts = _child(folder, _AUDIO_FOLDER), _child(folder, _TEXT_FOLDER)
    if audio is not None and texts is not None:
        takes: dict[Path, Path] = {}  # of VCTK's two microphones the first
        for path in recordings_below(audio):
            takes.setdefault(path.with_name(_text_name(path)), path)
        entries, silent = _pairs(takes.values(), lambda path: texts / path.relative_to(audio).parent)
        if entries:
            layout = _("recordings in {audio}/, their texts in {texts}/")
            facts = [layout.format(audio=audio.name, texts=texts.name)]
            ways = [Path(entry.path).relative_to(audio).parts for entry in entries]
            if all(len(parts) == 2 for parts in ways):
                facts.insert(0, _("VCTK's layout (a folder for each speaker)"))
                entries = [
                    dataclasses.replace(entry, speaker=parts[0])
                    for entry, parts in zip(entries, ways, strict=True)
                ]
            return Corpus(folder, ", ".join([*facts, _counted(entries)]), tuple(entries), (), tuple(silent))
    entries, silent = _pairs(recordings_below(folder), lambda path: path.parent)
    if not entries:
        none = plural(
            "{n:,} recording without transcripts", "{n:,} recordings without transcripts", len(silent)
        )
        return Corpus(folder, none, (), (), tuple(silent))
    facts = [_("a text file beside each recording")]
    if (count := len({Path(entry.path).parent for entry in entries})) > 1:
        facts.append(_("{count} folders of one speaker").format(count=count))
    facts.append(_counted(entries))
    return Corpus(folder, ", ".join(facts), tuple(entries), (), tuple(silent))


def _child(folder: Path, name: re.Pattern[str]) -> Path | None:
    found = (path for path in sorted(folder.iterdir()) if name.fullmatch(path.name) and path.is_dir())
    return next(found, None)


def _text_name(recording: Path) -> str:
    return _MICROPHONE.sub("", recording.stem)


def _pairs(recordings: Iterable[Path], home: Callable[[Path], Path]) -> tuple[list[Entry], list[Entry]]:
    """Each recording with the text file of its name in the folder that `home` gives, and those without one."""
    entries: list[Entry] = []
    silent: list[Entry] = []
    for path in recordings:
        files = (home(path) / f"{_text_name(path)}{suffix}" for suffix in TEXT_SUFFIXES)
        file = next((each for each in files if is_file(each)), None)
        text = "" if file is None else _text_of(file)
        (entries if text else silent).append(Entry(str(path), None, text))
    return entries, silent


def _text_of(file: Path) -> str:
    """The text of a file in one line."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        what = _("is not UTF-8 (byte {position})").format(position=error.start)
        raise InputError(what, path=file, fix=_("save the file as UTF-8")) from None
    except OSError as error:
        raise cannot_read(error, file) from None
    if _TIMES.fullmatch(lines[0].strip()):
        what = _("holds times and phones, not a text")
        raise InputError(what, path=file, line=1, fix=_("write what is said"))
    text = " ".join(" ".join(lines).split())
    if "|" in text:
        what = _("holds a bar, which separates the columns of lists")
        raise InputError(what, path=file, fix=_("remove it"))
    return text
