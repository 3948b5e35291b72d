"""A filelist as the bytes that somebody wrote: each line told for what it is, and kept as it is until it is changed.

Comments (lines that begin with #), blank lines, order, a byte order mark, CRLF and an old encoding are kept. Reading
never fails for what a line says: a line that training could not use carries the reason. Standard library only.
"""

from __future__ import annotations

import codecs
import contextlib
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.dataset.lists.filelist import Entry
from engine.errors import InputError
from engine.text.rows import WIDE, Row, bytes_of, newline_of, other_separator, parse

Kind = Literal["entry", "comment", "blank", "bad"]
MOST_BYTES = 256 << 20  # a list of a million clips is 100 MB; what is larger is something else


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list.

    Attributes:
        raw: its bytes with the line end.
        kind: entry, comment, blank, or bad: no columns that could be a clip.
        entry: the clip; None for the other kinds.
        reason: what is wrong with it, "" for nothing. An entry may have one: not UTF-8.
        encoding: utf-8, latin-1 where it is not that, or WIDE, whose lines cannot be told apart.
    """

    raw: bytes
    kind: Kind
    entry: Entry | None = None
    reason: str = ""
    encoding: str = "utf-8"

    @property
    def end(self) -> bytes:
        """Its line end; empty for a last line without one."""
        return self.raw[len(self.raw.rstrip(b"\r\n")) :]


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
        with contextlib.suppress(OSError, ValueError):  # whoever reads it says why
            if path.is_file() and path.stat().st_size > MOST_BYTES:
                raise InputError(f"is larger than {MOST_BYTES >> 20} MB, so it is no filelist", path=path)
        return cls.parse(path, bytes_of(path))

    @classmethod
    def parse(cls, path: Path, data: bytes) -> ListFile:
        """A list of these bytes."""
        rows = parse(data)
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        return cls(path, tuple(_same_columns([_line(row) for row in rows])), mark, newline_of(data), data)

    @property
    def entries(self) -> list[Entry]:
        """The clips."""
        return [line.entry for line in self.lines if line.entry is not None]


def unlistable(path: str) -> str:
    """Why no line of a list can name this file, and what to do; "" for a path that one can."""
    if "|" in path:
        why = "holds a bar, which parts the columns of lists"
    elif "\n" in path or "\r" in path:
        why = "holds a line break, which ends a line of lists"
    elif path.lstrip().startswith("#"):
        why = "begins with #, as the comments in lists do"
    elif not path.isascii() and any("\ud800" <= character <= "\udfff" for character in path):
        why = "is not UTF-8, as lists are"
    else:
        return ""
    return f"its name {why}: rename it"


def _line(row: Row) -> Line:
    if row.encoding == WIDE:
        return Line(row.raw, "bad", reason=row.fault, encoding=WIDE)
    if row.kind != "row":
        return Line(row.raw, row.kind, encoding=row.encoding)
    columns = row.columns
    if not 2 <= len(columns) <= 3:
        reason = f"has {len(columns)} column{'s' * (len(columns) != 1)} where 2 or 3 are needed"
        if len(columns) == 1 and (other := other_separator(columns[0])):
            reason += f" (they seem to be separated by {other}; bars must)"
        return Line(row.raw, "bad", reason=reason, encoding=row.encoding)
    speaker = columns[1].strip() if len(columns) == 3 else None
    entry = Entry(columns[0].strip(), speaker, columns[-1].strip(), row.line)
    return Line(row.raw, "entry", entry, row.fault, row.encoding)


def _same_columns(lines: list[Line]) -> list[Line]:
    """Lines of another number of columns than most are bad: a list is of one speaker or of several."""
    named = Counter(line.entry.speaker is not None for line in lines if line.entry is not None)
    if len(named) < 2:
        return lines
    usual = named.most_common(1)[0][0]
    has, needs = (2, 3) if usual else (3, 2)
    reason = f"has {has} columns where the others have {needs}"
    return [
        Line(line.raw, "bad", reason=reason, encoding=line.encoding)
        if line.entry is not None and (line.entry.speaker is not None) != usual
        else line
        for line in lines
    ]


def relative_name(path: str, root: Path) -> str:
    """A path as lists of the workspace `root` name it."""
    full = os.path.normpath(os.path.join(root, path))  # noqa: PTH118 - thousands of them
    base = os.fspath(root)
    return full[len(base) + 1 :] if full.startswith(base + os.sep) else full
