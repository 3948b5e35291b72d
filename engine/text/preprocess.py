"""Cleaning the text column of filelists: `LIST` becomes `LIST.cleaned`, and `LIST.cleaned.json` says how.

Phonemes depend on the versions of phonemizer and espeak (1.51 and 1.52 agree on three sentences of four), so
the sidecar keeps them, and `sidecar_warnings` tells a later reader who has others. A list that was cleaned otherwise
than a config asks is refused by `check_sidecar`.
"""

from __future__ import annotations

import hashlib
import json
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import languages
from engine import workspace as workspaces
from engine.errors import InputError
from engine.files.atomic import replacing
from engine.files.permissions import give_ordinary_mode
from engine.languages import NORMALISE, Language
from engine.text import marked, pronunciations
from engine.text.cleaners import registry
from engine.text.language_check import refuse_other_language
from engine.text.parallel import clean_lines
from engine.text.pronunciations import Pronunciations
from engine.text.rows import Row, check_columns, parse, read_rows, refuse_header, shortened, write_rows
from engine.text.symbol_sets import missing

Progress = Callable[[int, int], None]
AGAIN = "run preprocess again"
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
class _How:
    """How a list was cleaned, for its sidecar; `language` is "" where the cleaners have none."""

    text_index: int
    cleaners: tuple[str, ...]
    language: str
    extension: str
    symbols: tuple[str, ...] | None
    words: str  # the digest of its pronunciations


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
        raise InputError(f'"{out_extension}" cannot be the end of a file name', fix="use cleaned")
    sources = [Path(path) for path in filelists]
    tables = [read_rows(path) for path in sources]
    for path, rows in zip(sources, tables, strict=True):
        refuse_header(path, rows)
    indices = [max(1, len(rows[0].columns) - 1) if text_index is None else text_index for rows in tables]
    for path, rows, index in zip(sources, tables, indices, strict=True):
        _check_index(path, rows, index)
        _check_marks(path, rows, index)
    spoken = languages.of_cleaners(cleaners)
    if spoken is not None and not any_language and not are_cleaned_as(sources, spoken):
        written = [row.columns[index] for rows, index in zip(tables, indices, strict=True) for row in rows]
        refuse_other_language(written, spoken, sources[0])
    total, done = sum(map(len, tables)), 0
    results: list[tuple[list[str], float]] = []
    for path, rows, index in zip(sources, tables, indices, strict=True):
        started = time.monotonic()

        def report(count: int, before: int = done) -> None:
            if on_progress is not None:
                on_progress(before + count, total)

        column = [row.columns[index] for row in rows]
        texts = clean_lines(
            column, cleaners, language, words=words, workers=workers, executor=executor, on_progress=report
        )
        _check_nothing_lost(path, rows, texts)
        results.append((texts, time.monotonic() - started))
        done += len(rows)
    code = language or (spoken.code if spoken else "")
    known = tuple(symbols) if symbols else None
    return [
        _write(
            path,
            rows,
            texts,
            seconds,
            _How(index, tuple(cleaners), code, extension, known, words.digest),
            left_out=unread(rows, index, cleaners),
        )
        for path, rows, index, (texts, seconds) in zip(sources, tables, indices, results, strict=True)
    ]


def sidecar_path(cleaned: str | Path) -> Path:
    """Where the versions of a cleaned list are kept."""
    return Path(f"{cleaned}.json")


def read_sidecar(cleaned: str | Path) -> dict[str, Any] | None:
    """The sidecar of a cleaned list; None when there is none that can be read."""
    try:
        content = json.loads(sidecar_path(cleaned).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and "cleaners" in content else None


def is_current(source: str | Path, cleaners: Sequence[str], words: Pronunciations) -> bool:
    """Whether `SOURCE.cleaned` was made of this very list by these cleaners, with these pronunciations."""
    cleaned = Path(f"{source}.cleaned")
    sidecar = read_sidecar(cleaned) if cleaned.is_file() else None
    if sidecar is None or list(sidecar["cleaners"]) != list(cleaners):
        return False
    if sidecar.get("pronunciations", "") != words.digest:
        return False
    return bool(sidecar.get("source_sha256") == _digest(Path(source)))


def are_cleaned_as(lists: Iterable[str | Path], language: Language) -> bool:
    """Whether each list, or the cleaned one beside it, was cleaned as this language: somebody has said so before."""
    found = [read_sidecar(path) or read_sidecar(f"{path}.cleaned") for path in lists]
    return all(
        each and _language(str(each.get("language", "")), each["cleaners"]) == language for each in found
    )


def check_sidecar(cleaned: str | Path, cleaners: Sequence[str]) -> None:
    """Refuse a cleaned list that other cleaners or another language made than a config asks for.

    A list without a sidecar, as the family's, is taken for what the config says.

    Raises:
        InputError: they differ; with the command that cleans the list again.
    """
    sidecar = read_sidecar(cleaned)
    if sidecar is None:
        return
    used = [str(name) for name in sidecar["cleaners"]]
    was, asked = _language(str(sidecar.get("language", "")), used), languages.of_cleaners(cleaners)
    if used == list(cleaners) and was in (None, asked):
        return
    said, wanted = (
        f"{languages.cleaning_said(names, others)}{f' ({spoken.name})' if spoken else ''}"
        for names, others, spoken in ((used, cleaners, was), (cleaners, used, asked))
    )
    source = Path(cleaned).with_name(str(sidecar.get("source") or Path(cleaned).stem))
    other = "name its cleaners in the config"
    if was not in (None, asked):
        other = f"if it is {was.name}, say so with `vitsdeck init --language {was.code}`"
    raise InputError(
        f"was cleaned by {said}, but the voice uses {wanted}",
        path=cleaned,
        fix=f"clean it again with `{command(source, cleaners)}`, or {other}",
    )


def command(source: str | Path, cleaners: Sequence[str]) -> str:
    """The command that cleans a list: the short one, which takes all lists of the workspace, where it does the same."""
    place = workspaces.find(Path(source).parent)
    if place and place.cleaning == tuple(cleaners) and Path(source).absolute() in place.split_lists:
        return "vitsdeck preprocess"
    names = [name for name in cleaners if not name.startswith(NORMALISE)]
    normalises, usual = len(names) < len(cleaners), place is not None and place.settings.normalise
    flag = "" if normalises == usual else " --normalise" if normalises else " --no-normalise"
    return f"vitsdeck preprocess --filelists {source} --text_cleaners {' '.join(names)}{flag}"


def raw_texts(path: str | Path) -> list[str]:
    """The texts of a list before they were cleaned: of a cleaned one those of its source; none where that is gone."""
    path = Path(path)
    sidecar = read_sidecar(path)
    if sidecar is not None:
        path = path.with_name(str(sidecar.get("source") or path.stem))
    if path.suffix == ".cleaned" or not path.is_file():
        return []
    return [row.columns[-1] for row in parse(path.read_bytes()) if row.kind == "row" and row.columns]


def sidecar_warnings(cleaned: str | Path) -> list[str]:
    """What a reader of a cleaned list should know, as sentences; none when all is as it was.

    Other versions of phonemizer or espeak, other pronunciations, or a source that changed since.
    """
    sidecar = read_sidecar(cleaned)
    if sidecar is None:
        return []
    found = []
    used = sidecar.get("versions")
    if isinstance(used, dict) and used:
        now = registry.versions(_known(sidecar["cleaners"]))
        other = [
            f"{name} {used[name]} (here: {now[name]})"
            for name in now
            if name in used and used[name] != now[name]
        ]
        if other:
            found.append(
                f"{cleaned}: was cleaned by {' and '.join(other)}, so its phonemes may differ from those "
                f"that are spoken later; {AGAIN}"
            )
    words = pronunciations.around(cleaned, _known(sidecar["cleaners"])).digest
    if sidecar.get("pronunciations", "") != words:
        name = pronunciations.FILE_NAME
        found.append(
            f"{cleaned}: was cleaned with another {name} than the one that is here; run preprocess again"
        )
    source = Path(cleaned).with_name(str(sidecar.get("source", "")) or "-")
    if source.is_file() and sidecar.get("source_sha256") != _digest(source):
        found.append(f"{cleaned}: {source.name} changed after it was cleaned; {AGAIN}")
    return found


def _language(code: str, cleaners: Sequence[str]) -> Language | None:
    """What a sidecar's language means; earlier ones hold espeak's code, or nothing where espeak was not asked."""
    try:
        return languages.find(code) if code else languages.of_cleaners(cleaners)
    except InputError:
        return None


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


def _known(names: object) -> list[str]:
    """Those of a sidecar's cleaners that are here; whoever wrote it may have had others."""
    listed = [str(name) for name in names] if isinstance(names, list) else []
    return [name for name in listed if registry.is_known(name)]


def _check_index(path: Path, rows: Sequence[Row], text_index: int) -> None:
    columns = len(rows[0].columns)
    if columns == 1:
        check_columns(path, rows, (2, 3))
    if not 0 <= text_index < columns:
        what = f"has {columns} column{'s' * (columns != 1)}, so there is no text_index {text_index}"
        raise InputError(what, path=path, line=rows[0].line, fix=f"the last column is {columns - 1}")


def _check_marks(path: Path, rows: Sequence[Row], index: int) -> None:
    for row in rows:
        try:
            marked.check(row.columns[index])
        except InputError as error:
            raise InputError(error.what, path=path, line=row.line, fix=error.fix) from None


def _check_nothing_lost(path: Path, rows: Sequence[Row], texts: Sequence[str]) -> None:
    empty = [row.line for row, text in zip(rows, texts, strict=True) if not text.strip()]
    if empty:
        what = "nothing is left of this text after cleaning"
        details = shortened([f"{path}:{line}: also here" for line in empty[1:]])
        raise InputError(
            what, path=path, line=empty[0], fix="remove the line or spell it out", details=details
        )


def _write(
    source: Path,
    rows: Sequence[Row],
    texts: Sequence[str],
    seconds: float,
    how: _How,
    *,
    left_out: dict[str, list[int]],
) -> PreprocessReport:
    target = Path(f"{source}.{how.extension}")
    sidecar = sidecar_path(target)
    unknown = missing(texts, how.symbols)
    content = {
        "v": 1,
        "source": source.name,
        "source_sha256": _digest(source),
        "cleaners": list(how.cleaners),
        "language": how.language,
        "pronunciations": how.words,
        "text_index": how.text_index,
        "lines": len(rows),
        "unknown_symbols": unknown,
        "unread_characters": left_out,
        "versions": registry.versions(how.cleaners),
    }
    cleaned = [
        [*row.columns[: how.text_index], text, *row.columns[how.text_index + 1 :]]
        for row, text in zip(rows, texts, strict=True)
    ]
    try:
        # a list must never stand beside the sidecar of an older one
        sidecar.unlink(missing_ok=True)
        write_rows(target, cleaned)
        with replacing(sidecar) as file:
            give_ordinary_mode(file)
            file.write((json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8"))
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror or error})", path=target) from None
    return PreprocessReport(source, target, sidecar, len(rows), unknown, left_out, seconds)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
