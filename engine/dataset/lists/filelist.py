"""Filelists, `path|text` or `path|speaker|text`, as entries: what training reads, paths relative to the workspace.

`layouts` reads what a corpus comes with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError
from engine.text.rows import Row, read_rows, refuse_header, write_rows


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
        InputError: whatever `rows.read_rows` raises, a header line, or an empty path, speaker or text; with the line.
    """
    rows = read_rows(path, (2, 3) if columns is None else (columns,))
    refuse_header(path, rows)
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


def _entry(row: Row, path: str | Path) -> Entry:
    audio, text = row.columns[0].strip(), row.columns[-1].strip()
    speaker = row.columns[1].strip() if len(row.columns) == 3 else None
    for name, value in (("path", audio), ("speaker", speaker), ("text", text)):
        if value == "":
            raise InputError(
                f"has an empty {name}", path=path, line=row.line, fix="fill it in or remove the line"
            )
    return Entry(audio, speaker, text, row.line)
