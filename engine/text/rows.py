"""Lines whose columns are separated by bars: reading with every fault named, writing whole or not at all.

Filelists, manifests and metadata files are all of this kind. Lines that begin with # are comments. UTF-8; a byte order
mark and CRLF are tolerated, empty lines at the end too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError
from engine.run.atomic import replacing
from engine.run.permissions import give_ordinary_mode

MOST_DETAILS = 20  # findings shown below a sentence; more would push the sentence off the screen
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: its columns and its number, counted from 1."""

    columns: tuple[str, ...]
    line: int


def read_rows(path: str | Path, columns: Sequence[int] = ()) -> list[Row]:
    """Every line of a file as its columns.

    Args:
        columns: the column counts that are allowed; all lines must have the same one. None given: any.

    Raises:
        InputError: missing, unreadable or empty file, text that is not UTF-8 (with line and byte), blank
            lines, lines with another number of columns than the first or than allowed.
    """
    path = Path(path)
    lines = _lines(path)
    if not lines:
        raise InputError("is empty", path=path, fix="write one clip a line, as path|text")
    blank = [number for number, line in enumerate(lines, 1) if not line.strip()]
    if blank:
        what = "is blank" if len(blank) == 1 else f"is blank, and so are {len(blank) - 1} other lines"
        raise InputError(what, path=path, line=blank[0], fix="remove it", details=_places(path, blank[1:]))
    rows = [
        Row(tuple(line.split("|")), i) for i, line in enumerate(lines, 1) if not line.lstrip().startswith("#")
    ]
    if not rows:
        raise InputError("holds comments only", path=path, line=1, fix="write one clip a line, as path|text")
    _check_columns(path, rows, columns)
    return rows


def write_rows(path: str | Path, rows: Iterable[Sequence[str]]) -> None:
    """Write columns as lines, atomically.

    Raises:
        InputError: a column holds a bar or a line break, or the line would read back as a comment; or the
            folder cannot be written to. The old file is untouched then.
    """
    path = Path(path)
    lines = []
    for number, columns in enumerate(rows, 1):
        for column in columns:
            if "|" in column or "\n" in column or "\r" in column:
                what = f"cannot hold {column!r}: bars and line breaks separate columns and lines"
                raise InputError(what, path=path, line=number)
        if columns and columns[0].lstrip().startswith("#"):
            what = f"cannot begin with {columns[0]!r}: it would read back as a comment"
            raise InputError(what, path=path, line=number, fix="rename the file")
        lines.append("|".join(columns) + "\n")
    write_lines(path, lines)


def write_lines(path: str | Path, lines: Iterable[str]) -> None:
    """Write lines (with their ends) as UTF-8, atomically and with the mode of an ordinary file.

    Raises:
        InputError: the folder cannot be written to, or the disk is full.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            give_ordinary_mode(file)
            file.writelines(line.encode("utf-8") for line in lines)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror or error})", path=path) from None


def shortened(details: Sequence[str]) -> list[str]:
    """The first findings and how many more there are."""
    if len(details) <= MOST_DETAILS + 1:
        return list(details)
    return [*details[:MOST_DETAILS], f"and {len(details) - MOST_DETAILS} more"]


def _lines(path: Path) -> list[str]:
    """Lines without their ends; those at the end of the file that are empty left out."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None
    pieces = data.removeprefix(_BYTE_ORDER_MARK).split(b"\n")
    lines = [_decoded(piece.removesuffix(b"\r"), path, number) for number, piece in enumerate(pieces, 1)]
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _decoded(piece: bytes, path: Path, number: int) -> str:
    try:
        text = piece.decode("utf-8")
        if "\0" not in text:
            return text
        position = piece.index(b"\0")  # UTF-16 without a mark at its start, most likely
    except UnicodeDecodeError as error:
        position = error.start
    what = f"is not UTF-8 (byte 0x{piece[position]:02x} at position {position + 1} of the line)"
    raise InputError(what, path=path, line=number, fix="save the file as UTF-8")


def _check_columns(path: Path, rows: Sequence[Row], columns: Sequence[int]) -> None:
    counts = Counter(len(row.columns) for row in rows)
    usual = [count for count, _ in counts.most_common() if not columns or count in columns]
    allowed = tuple(usual[:1]) or tuple(columns)
    wrong = [row for row in rows if len(row.columns) not in allowed]
    if not wrong:
        return
    first = wrong[0]
    have, need = len(first.columns), " or ".join(map(str, allowed))
    what = f"has {have} column{'s' * (have != 1)} where {need} {'are' if need != '1' else 'is'} needed"
    if have > max(allowed) and len(wrong) < len(rows):
        fix = "a text cannot hold a bar"
    else:
        fix = "columns are separated by bars, as in path|text or path|speaker|text"
    details = _places(path, [row.line for row in wrong[1:]])
    raise InputError(what, path=path, line=first.line, fix=fix, details=details)


def _places(path: Path, numbers: Sequence[int]) -> list[str]:
    return shortened([f"{path}:{number}: likewise" for number in numbers])
