"""Filelists, `path|text` or `path|speaker|text`: read strictly for training, or line by line to be edited.

`read` refuses a list with a fault. `ListFile` never fails for what a line says: a line that training could not use
has the reason, and comments (lines that begin with #), blank lines, order, a byte order mark and CRLF are kept.
`layouts` reads what a corpus comes with. Standard library only.
"""

from __future__ import annotations

import codecs
import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import InputError
from engine.i18n import _
from engine.text.rows import (
    WIDE,
    Row,
    bytes_of,
    column_faults,
    newline_of,
    parse,
    read_rows,
    refuse_header,
)

MOST_BYTES = 256 << 20  # a list of a million clips is 100 MB; what is larger is something else
_COLUMNS = (2, 3)


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


def read(path: str | Path) -> list[Entry]:
    """The entries of a filelist, every line of 2 or of 3 columns.

    Raises:
        InputError: whatever `rows.read_rows` raises, a header line, or an empty path, speaker or text; with the line.
    """
    rows = read_rows(path, _COLUMNS)
    refuse_header(path, rows)
    entries = [_entry(row) for row in rows]
    for entry in entries:
        refuse_empty(entry, path, ("path", "speaker", "text"))
    return entries


def refuse_empty(entry: Entry, path: str | Path, names: Iterable[str]) -> None:
    """Raises InputError: one of these columns is empty."""
    for name in names:
        if getattr(entry, name) == "":
            what, fix = _("has an empty {column}").format(column=name), _("fill it in or remove the line")
            raise InputError(what, path=path, line=entry.line, fix=fix)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list.

    Attributes:
        raw: its bytes with the line end.
        kind: entry, comment, blank, or bad: no columns that could be a clip.
        entry: the clip; None for the other kinds.
        reason: what is wrong with it, "" for nothing. An entry may have one: not UTF-8.
        encoding: utf-8; latin-1 where it is not that; or WIDE, where line ends are not known.
    """

    raw: bytes
    kind: Literal["entry", "comment", "blank", "bad"]
    entry: Entry | None = None
    reason: str = ""
    encoding: str = "utf-8"

    @property
    def text(self) -> str:
        """The line with its end."""
        return self.raw.decode(self.encoding)

    @property
    def end(self) -> str:
        """Its line end; empty for a last line without one."""
        return self.text[len(self.text.rstrip("\r\n")) :]


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list as it was read.

    Attributes:
        path: where; `mark`: its byte order mark, or b"".
        lines: all of them, in order.
        newline: the line end that it uses most.
        data: the bytes of the whole file.
    """

    path: Path
    lines: tuple[Line, ...]
    mark: bytes = b""
    newline: bytes = b"\n"
    data: bytes = b""

    @classmethod
    def read(cls, path: str | Path) -> ListFile:
        """Read a list.

        Raises:
            InputError: no such file, not a file, unreadable, or larger than 256 MB.
        """
        path = Path(path)
        with contextlib.suppress(OSError, ValueError):  # bytes_of names the reason
            if path.stat().st_size > MOST_BYTES:
                what = _("is larger than {megabytes} MB, so it is no filelist")
                raise InputError(what.format(megabytes=MOST_BYTES >> 20), path=path)
        data = bytes_of(path)
        rows = parse(data)
        faults = column_faults([row for row in rows if row.kind == "row" and row.encoding != WIDE], _COLUMNS)
        lines = tuple(_line(row, faults.get(row.line, "")) for row in rows)
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        return cls(path, lines, mark, newline_of(data), data)

    @property
    def entries(self) -> list[Entry]:
        """The clips."""
        return [line.entry for line in self.lines if line.entry is not None]


def unlistable(path: str) -> str:
    """Why no line of a list can name this file, and what to do; "" for a path that one can."""
    if "|" in path:
        return _("its name holds a bar, which separates the columns of lists: rename it")
    if "\n" in path or "\r" in path:
        return _("its name holds a line break, which ends a line of lists: rename it")
    if path.lstrip().startswith("#"):
        return _("its name begins with #, as the comments in lists do: rename it")
    if not path.isascii() and any("\ud800" <= character <= "\udfff" for character in path):
        return _("its name is not UTF-8, as lists are: rename it")
    return ""


def relative_name(path: str, root: Path) -> str:
    """A path as lists of the workspace `root` name it."""
    full = os.path.normpath(os.path.join(root, path))  # noqa: PTH118 - thousands of them
    return full.removeprefix(os.fspath(root) + os.sep)


def _line(row: Row, fault: str) -> Line:
    if row.kind != "row":
        return Line(row.raw, row.kind, encoding=row.encoding)
    if fault or row.encoding == WIDE:
        return Line(row.raw, "bad", reason=fault or row.fault, encoding=row.encoding)
    return Line(row.raw, "entry", _entry(row), row.fault, row.encoding)


def _entry(row: Row) -> Entry:
    speaker = row.columns[1].strip() if len(row.columns) == 3 else None
    return Entry(row.columns[0].strip(), speaker, row.columns[-1].strip(), row.line)
