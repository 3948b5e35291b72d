"""Cleaning the text column of filelists: `LIST` becomes `LIST.cleaned`, and the sidecar says how."""

from __future__ import annotations

import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import languages
from engine.errors import InputError, cannot_write
from engine.i18n import _, plural
from engine.text import marked
from engine.text.cleaners import registry
from engine.text.language_check import refuse_other_language
from engine.text.parallel import clean_lines
from engine.text.pronunciations import Pronunciations
from engine.text.rows import Row, also_here, check_columns, read_rows, refuse_header, write_rows
from engine.text.sidecar import are_cleaned_as, digest, sidecar_path, write_sidecar
from engine.text.symbol_sets import missing

Progress = Callable[[int, int], None]
_READABLE = ("Lu", "Ll", "Lt", "Lo", "Nd", "No", "Sc", "Sm", "So")
_ASCII_SIGNS = "$%&+=@#*<>^~|/\\`_"


@dataclass(frozen=True, slots=True)
class PreprocessReport:
    """What became of one filelist.

    Attributes:
        source, target, sidecar: the files.
        lines: lines cleaned.
        unknown: symbols of the result that the set lacks, and how often each stands there.
        unread: letters, digits and signs of the source that are read as nothing, and the lines that each stands in.
        seconds: time taken.
    """

    source: Path
    target: Path
    sidecar: Path
    lines: int
    unknown: dict[str, int] = field(default_factory=dict)
    unread: dict[str, list[int]] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _List:
    """A filelist before it is cleaned; `index`: the column of its texts, counted from 0."""

    path: Path
    rows: Sequence[Row]
    index: int

    @classmethod
    def read(cls, path: Path, index: int | None) -> _List:
        rows = read_rows(path)
        refuse_header(path, rows)
        columns = len(rows[0].columns)
        index = max(1, columns - 1) if index is None else index
        if columns == 1:
            check_columns(path, rows, (2, 3))
        if not 0 <= index < columns:
            what = plural(
                "has {n} column, so there is no text_index {index}",
                "has {n} columns, so there is no text_index {index}",
                columns,
                index=index,
            )
            raise InputError(
                what,
                path=path,
                line=rows[0].line,
                fix=_("the last column is {columns}").format(columns=columns - 1),
            )
        for row in rows:
            try:
                marked.check(row.columns[index])
            except InputError as error:
                raise InputError(error.what, path=path, line=row.line, fix=error.fix) from None
        return cls(path, rows, index)

    @property
    def column(self) -> list[str]:
        return [row.columns[self.index] for row in self.rows]


def preprocess(
    filelists: Sequence[str | Path],
    text_index: int | None = None,
    cleaners: Sequence[str] = ("english_cleaners2",),
    out_extension: str = "cleaned",
    on_progress: Progress | None = None,
    *,
    language: str | None = None,
    symbols: Sequence[str] | None = None,
    words: Pronunciations | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    any_language: bool = False,
) -> list[PreprocessReport]:
    """Clean column `text_index` of each list and write the results beside them.

    All lists are read and cleaned before the first is written.

    Args:
        text_index: counted from 0; None: a list's last column, so that nobody's speakers are read aloud.
        on_progress: called with lines done and lines in all.
        language: another language of the same cleaners, as en-gb.
        symbols: the set that the lists will be read with; None: the English table.
        words: words with a pronunciation of their own.
        workers, executor: as in `clean_lines`.
        any_language: clean texts that do not look like the cleaners' language as well.

    Raises:
        InputError: texts in another language, a bad line or a header, an index that a list does not have, an unknown
            cleaner, a text that nothing remains of, or a folder that cannot be written to.
    """
    for name in cleaners:
        registry.get(name)
    words = words or Pronunciations()
    words.check(symbols)
    extension = out_extension.removeprefix(".")
    if not extension or "/" in extension or "\\" in extension:
        raise InputError(
            _('"{out_extension}" cannot be the end of a file name').format(out_extension=out_extension),
            fix=_("use cleaned"),
        )
    lists = [_List.read(Path(path), text_index) for path in filelists]
    spoken = languages.of_cleaners(cleaners)
    if spoken is not None and not any_language and not are_cleaned_as([each.path for each in lists], spoken):
        refuse_other_language([text for each in lists for text in each.column], spoken, lists[0].path)
    total, done = sum(len(each.rows) for each in lists), 0
    results: list[tuple[list[str], float]] = []
    for each in lists:
        started = time.monotonic()

        def report(count: int, before: int = done) -> None:
            if on_progress is not None:
                on_progress(before + count, total)

        texts = clean_lines(
            each.column,
            cleaners,
            language,
            words=words,
            workers=workers,
            executor=executor,
            on_progress=report,
        )
        _check_nothing_lost(each, texts)
        results.append((texts, time.monotonic() - started))
        done += len(each.rows)
    how = {
        "cleaners": list(cleaners),
        "language": language or (spoken.code if spoken else ""),
        "pronunciations": words.digest,
        "versions": registry.versions(cleaners),
    }
    return [
        _write(each, texts, seconds, Path(f"{each.path}.{extension}"), how=how, symbols=symbols)
        for each, (texts, seconds) in zip(lists, results, strict=True)
    ]


def unread(rows: Iterable[Row], index: int, cleaners: Sequence[str]) -> dict[str, list[int]]:
    """Letters, digits and signs that are read as nothing, as 漢 in Korean, and the lines that each stands in.

    A speaker has read them aloud, and the voice would not be told.

    Args:
        index: the column of the text.
    """
    lines: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        for character in set(row.columns[index]):
            if _is_read_aloud(character):
                lines[character].append(row.line)
    asked = sorted(lines)
    spoken = registry.clean_all(asked, cleaners)
    return {
        character: lines[character] for character, text in zip(asked, spoken, strict=True) if not text.strip()
    }


def _is_read_aloud(character: str) -> bool:
    """Letters, digits and signs; marks for repeated and long sounds (Lm) say nothing alone."""
    if character.isascii():
        return character in _ASCII_SIGNS
    return unicodedata.category(character) in _READABLE


def _check_nothing_lost(source: _List, texts: Sequence[str]) -> None:
    empty = [row.line for row, text in zip(source.rows, texts, strict=True) if not text.strip()]
    if empty:
        what, fix = _("nothing is left of this text after cleaning"), _("remove the line or spell it out")
        details = also_here(source.path, empty[1:])
        raise InputError(what, path=source.path, line=empty[0], fix=fix, details=details)


def _write(
    source: _List,
    texts: Sequence[str],
    seconds: float,
    target: Path,
    *,
    how: Mapping[str, Any],
    symbols: Sequence[str] | None,
) -> PreprocessReport:
    unknown, left_out = missing(texts, symbols), unread(source.rows, source.index, how["cleaners"])
    content = {
        "v": 1,
        "source": source.path.name,
        "source_sha256": digest(source.path),
        **how,
        "text_index": source.index,
        "lines": len(source.rows),
        "unknown_symbols": unknown,
        "unread_characters": left_out,
    }
    cleaned = [
        [*row.columns[: source.index], text, *row.columns[source.index + 1 :]]
        for row, text in zip(source.rows, texts, strict=True)
    ]
    try:
        # a list must never stand beside the sidecar of an older one
        sidecar_path(target).unlink(missing_ok=True)
        write_rows(target, cleaned)
        write_sidecar(target, content)
    except OSError as error:
        raise cannot_write(error, target) from None
    sidecar = sidecar_path(target)
    return PreprocessReport(source.path, target, sidecar, len(source.rows), unknown, left_out, seconds)
