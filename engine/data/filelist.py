"""Filelists (`path|text`, `path|speaker|text`) and the manifests that people bring, read as entries.

A filelist is what training reads: paths as given, relative to the workspace. A manifest is what a corpus
comes with; its first column may be an id, and the audio is looked for beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.audio.recordings import SUFFIXES
from engine.errors import InputError
from engine.text.rows import Row, read_rows, shortened, write_rows


@dataclass(frozen=True, slots=True)
class Entry:
    """One clip of a filelist.

    Attributes:
        path: the audio file, as written in the list.
        speaker: a name or number; None in a list of one speaker.
        text: what is said, raw or cleaned.
        line: line number in the file it was read from, counted from 1; 0 for an entry made elsewhere.
    """

    path: str
    speaker: str | None
    text: str
    line: int = 0


def read(path: str | Path, columns: int | None = None) -> list[Entry]:
    """The entries of a filelist, every line of 2 or of 3 columns.

    Args:
        columns: 2 or 3 when it is known which the list must have.

    Raises:
        InputError: whatever `rows.read_rows` raises, or an empty path, speaker or text; always with the line.
    """
    rows = read_rows(path, (2, 3) if columns is None else (columns,))
    return [_entry(row, path) for row in rows]


def write(path: str | Path, entries: Iterable[Entry]) -> None:
    """Write entries as a filelist, atomically.

    Raises:
        InputError: a text with a bar or a line break, or a folder that cannot be written to.
    """
    write_rows(path, map(as_columns, entries))


def as_columns(entry: Entry) -> tuple[str, ...]:
    """The columns that stand for the entry: 2, or 3 when it has a speaker."""
    if entry.speaker is None:
        return (entry.path, entry.text)
    return (entry.path, entry.speaker, entry.text)


def read_manifest(path: str | Path, *, require_audio: bool = True) -> list[Entry]:
    """The entries of a filelist, an LJ Speech `metadata.csv` or a list of ids, with their audio found.

    Three columns are an id or path with either a speaker and a text, or a text and its normalised form (LJ
    Speech; the normalised one is taken, the raw one where it is empty). Audio named by an id is looked for
    beside the manifest: `wavs/ID.wav`, `ID.wav`, `SPEAKER/ID.wav`, and with the other suffixes.

    Args:
        require_audio: raise when a clip's audio is not there; otherwise keep the first column as given.

    Raises:
        InputError: faults of the lines as for `read`, or missing audio (all of it listed).
    """
    path = Path(path)
    rows = read_rows(path, (2, 3))
    finder = AudioFinder(path.parent)
    if len(rows[0].columns) == 3 and _is_lj_metadata(rows, finder):
        entries = [_lj_entry(row, path) for row in rows]
    else:
        entries = [_entry(row, path) for row in rows]
    found = [finder.find(entry.path, entry.speaker) for entry in entries]
    missing = [entry for entry, audio in zip(entries, found, strict=True) if audio is None]
    if missing and require_audio:
        first = missing[0]
        what = f"no audio for {first.path}"
        if len(missing) > 1:
            what += f", nor for {len(missing) - 1} other lines"
        looked = f"looked for it as given, in {path.parent} and in {path.parent / 'wavs'}"
        details = shortened([f"{path}:{entry.line}: {entry.path}" for entry in missing[1:]])
        raise InputError(what, path=path, line=first.line, fix=looked, details=details)
    return [
        Entry(audio or entry.path, entry.speaker, entry.text, entry.line)
        for entry, audio in zip(entries, found, strict=True)
    ]


def _entry(row: Row, path: str | Path) -> Entry:
    audio, text = row.columns[0].strip(), row.columns[-1].strip()
    speaker = row.columns[1].strip() if len(row.columns) == 3 else None
    for name, value in (("path", audio), ("speaker", speaker), ("text", text)):
        if value == "":
            raise InputError(
                f"has an empty {name}", path=path, line=row.line, fix="fill it in or remove the line"
            )
    return Entry(audio, speaker, text, row.line)


def _lj_entry(row: Row, path: Path) -> Entry:
    clip, raw, normalised = row.columns
    return _entry(Row((clip, normalised if normalised.strip() else raw), row.line), path)


def _is_lj_metadata(rows: Sequence[Row], finder: AudioFinder) -> bool:
    """Whether the middle column is a text rather than a speaker."""
    middles = [row.columns[1].strip() for row in rows]
    texts = [row.columns[2].strip() for row in rows]
    if any(
        finder.find_in_speaker_folder(row.columns[0].strip(), row.columns[1].strip()) for row in rows[:20]
    ):
        return False
    same = sum(middle == text for middle, text in zip(middles, texts, strict=True))
    if 2 * same > len(rows):
        return True
    # a text is about as long as its normalised form, a speaker's name is shorter than what they say
    words = [sum(len(text.split()) for text in column) for column in (middles, texts)]
    return 2 * words[0] > words[1] and len(set(middles)) > len(rows) // 2


class AudioFinder:
    """Finds audio by path or id, beside the manifest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: str, speaker: str | None) -> str | None:
        """The path to write into a filelist, or None."""
        if not name:
            return None
        if Path(name).is_file():
            return name
        for folder in (self.folder / "wavs", self.folder):
            found = self._in(folder, name)
            if found:
                return found
        return self.find_in_speaker_folder(name, speaker) if speaker else None

    def find_in_speaker_folder(self, name: str, speaker: str) -> str | None:
        """`SPEAKER/ID.suffix`, beside the manifest or under its `wavs`."""
        if not name or not speaker or len(speaker) > 100 or speaker.startswith(("/", ".")):
            return None
        return self._in(self.folder / speaker, name) or self._in(self.folder / "wavs" / speaker, name)

    @staticmethod
    def _in(folder: Path, name: str) -> str | None:
        for suffix in ("", *SUFFIXES):
            candidate = folder / (name + suffix)
            try:
                if candidate.is_file():
                    return str(candidate)
            except (OSError, ValueError):  # a text taken for a name: too long, or with a NUL
                return None
        return None
