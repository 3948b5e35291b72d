"""Lines whose columns are separated by bars: reading with every fault named, writing whole or not at all.

Filelists, manifests and metadata files are all of this kind. Lines that begin with # are comments. UTF-8; a byte order
mark and CRLF are tolerated, empty lines at the end too.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import InputError, cannot_read, cannot_write
from engine.files.atomic import replacing
from engine.files.permissions import give_ordinary_mode
from engine.i18n import _, plural, shortened

WIDE = "UTF-16 or UTF-32"
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
# how header lines name the columns; of two names of one role the later one here decides
_HEADERS = {
    "audio": (
        "id",
        "file",
        "filename",
        "file_name",
        "wav",
        "wav_filename",
        "audio",
        "audio_path",
        "path",
        "audio_file",
    ),
    "text": ("transcription", "transcript", "sentence", "text"),
    "speaker": ("client_id", "speaker_id", "speaker", "speaker_name"),
    "language": ("lang", "language"),
    "normalised text": ("normalised", "normalized", "normalised_text", "text_normalized", "normalized_text"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: its columns and its number, counted from 1.

    Attributes:
        raw: its bytes with the line end.
        kind: `row`, `comment` or `blank`.
        fault: why it is no text, "" for nothing: not UTF-8.
        encoding: utf-8; latin-1 where it is not that; WIDE, whose lines cannot be told apart.
    """

    columns: tuple[str, ...]
    line: int
    raw: bytes = b""
    kind: Literal["row", "comment", "blank"] = "row"
    fault: str = ""
    encoding: str = "utf-8"


def parse(data: bytes, separator: str = "|") -> list[Row]:
    """Every line of a file, its faults told and nothing refused."""
    if data.startswith(_WIDE_MARKS):
        return [
            Row((), number, raw, fault=_("is UTF-16 or UTF-32, not UTF-8"), encoding=WIDE)
            for number, raw in _numbered(data)
        ]
    body = data.removeprefix(codecs.BOM_UTF8)
    return [_row(raw, number, separator) for number, raw in _numbered(body)]


def read_rows(path: str | Path, columns: Sequence[int] = (), separator: str = "|") -> list[Row]:
    """Every line of a file as its columns.

    Args:
        columns: the column counts that are allowed; all lines must have the same one. None given: any.

    Raises:
        InputError: missing, unreadable or empty file, text that is not UTF-8 (with line and byte), blank
            lines, lines with another number of columns than the first or than allowed.
    """
    path = Path(path)
    rows = parse(bytes_of(path), separator)
    while rows and rows[-1].kind == "blank":
        rows.pop()
    if not rows:
        raise InputError(_("is empty"), path=path, fix=_("write one clip a line, as path|text"))
    for row in rows:
        if row.fault:
            raise InputError(row.fault, path=path, line=row.line, fix=_("save the file as UTF-8"))
    blank = [row.line for row in rows if row.kind == "blank"]
    if blank:
        details = also_here(path, blank[1:])
        raise InputError(_("is blank"), path=path, line=blank[0], fix=_("remove it"), details=details)
    rows = [row for row in rows if row.kind == "row"]
    if not rows:
        raise InputError(
            _("holds comments only"), path=path, line=1, fix=_("write one clip a line, as path|text")
        )
    check_columns(path, rows, columns, separator)
    return rows


def check_columns(path: Path, rows: Sequence[Row], columns: Sequence[int], separator: str = "|") -> None:
    """Raise an InputError for the lines with a fault of `column_faults`."""
    faults = column_faults(rows, columns, separator)
    if faults:
        first, *others = faults
        fix = _(
            "columns are separated by bars, as in path|text or path|speaker|text; a text cannot hold a bar"
        )
        raise InputError(faults[first], path=path, line=first, fix=fix, details=also_here(path, others))


def column_faults(rows: Sequence[Row], columns: Sequence[int] = (), separator: str = "|") -> dict[int, str]:
    """What is wrong with the lines that have another number of columns than most, or than allowed, by line number.

    Args:
        columns: the column counts that are allowed; none given: any.
    """
    counts = Counter(len(row.columns) for row in rows)
    usual = [count for count, _unused in counts.most_common() if not columns or count in columns]
    allowed = tuple(usual[:1]) or tuple(columns)
    need = " or ".join(map(str, allowed))
    faults = {}
    for row in rows:
        have = len(row.columns)
        if have not in allowed:
            fault = plural(
                "has {n} column where {need} are needed",
                "has {n} columns where {need} are needed",
                have,
                need=need,
            )
            if have == 1 and separator == "|" and (other := _other_separator(row.columns[0])):
                fault = _("{fault} (they seem to be separated by {other}; bars must)").format(
                    fault=fault, other=other
                )
            faults[row.line] = fault
    return faults


def header_columns(columns: Sequence[str]) -> dict[str, int]:
    """The place of `audio`, `text`, `speaker`, `language` and `normalised text` in a header line; {} for another line.

    Other toolkits begin a list with such a line, as audio_file|text|speaker_name.
    """
    names = [column.strip().lower() for column in columns]
    found = {role: names.index(name) for role, known in _HEADERS.items() for name in known if name in names}
    return found if {"audio", "text"} <= found.keys() else {}


def refuse_header(path: str | Path, rows: Sequence[Row]) -> None:
    """Raises InputError: the list begins with a header line, which a filelist has not."""
    if header_columns(rows[0].columns):
        what = _("is a header line ({columns})").format(columns="|".join(rows[0].columns))
        fix = _("`vitsdeck split` reads such a list; a filelist has none")
        raise InputError(what, path=path, line=rows[0].line, fix=fix)


def bytes_of(path: Path) -> bytes:
    """The content of a list; InputError when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(_("no such file"), path=path) from None
    except (OSError, ValueError) as error:
        raise cannot_read(error, path) from None


def newline_of(data: bytes) -> bytes:
    """The line end that a file uses most; a lone CR, as of the first Macintosh, where it has no LF at all."""
    if b"\n" not in data:
        return b"\r" if b"\r" in data else b"\n"
    return b"\r\n" if 2 * data.count(b"\r\n") > data.count(b"\n") else b"\n"


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
                what = _("cannot hold {column!r}: bars and line breaks separate columns and lines").format(
                    column=column
                )
                raise InputError(what, path=path, line=number)
        if columns and columns[0].lstrip().startswith("#"):
            what = _("cannot begin with {column!r}: it would read back as a comment").format(
                column=columns[0]
            )
            raise InputError(what, path=path, line=number, fix=_("rename the file"))
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
        raise cannot_write(error, path) from None


def _numbered(data: bytes) -> Iterator[tuple[int, bytes]]:
    end = newline_of(data)[-1:]
    pieces = data.split(end)
    raws = [piece + end for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
    return enumerate(raws, 1)


def _row(raw: bytes, number: int, separator: str) -> Row:
    body = raw.removesuffix(b"\n").removesuffix(b"\r")
    fault, encoding = "", "utf-8"
    try:
        text = body.decode("utf-8")
        position = body.find(b"\0")  # UTF-16 without a mark at its start, most likely
    except UnicodeDecodeError as error:
        text, encoding, position = body.decode("latin-1"), "latin-1", error.start
    if position >= 0:
        fault = _("is not UTF-8 (byte 0x{byte:02x} at position {position} of the line)").format(
            byte=body[position], position=position + 1
        )
    if not text.strip():
        return Row((), number, raw, "blank", encoding=encoding)
    if text.lstrip().startswith("#"):
        return Row((), number, raw, "comment", fault, encoding)
    return Row(tuple(text.split(separator)), number, raw, "row", fault, encoding)


def _other_separator(text: str) -> str:
    """What separates the columns of a line without bars, most likely; "" for nothing."""
    return (
        _("tabs") if "\t" in text else _("commas") if "," in text else _("semicolons") if ";" in text else ""
    )


def also_here(path: Path, lines: Sequence[int]) -> list[str]:
    """Details for the further lines with a fault."""
    return shortened([_("{path}:{line}: also here").format(path=path, line=line) for line in lines])
