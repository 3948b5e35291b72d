"""A workspace's pronunciations.txt: how names and other words are spoken that the cleaner reads wrongly.

    word|phonemes            the phonemes, in the symbols of the voice
    word|=spelling           another spelling, which the cleaner reads
    word|phonemes|de         only in texts of this language

A word matches in any letter case, as a whole word. Lines that begin with # are comments.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engine import languages
from engine import workspace as workspaces
from engine.errors import InputError
from engine.text.rows import parse, write_lines
from engine.text.symbols import describe

FILE_NAME = "pronunciations.txt"


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """How a word is spoken: by phonemes, or by another spelling; `line` in its file."""

    said: str
    is_spelling: bool
    line: int


@dataclass(frozen=True)
class Pronunciations:
    """The words of one language.

    Attributes:
        words: by their lower-case form.
        path: the file, for errors.
    """

    words: Mapping[str, Pronunciation] = field(default_factory=dict)
    path: Path = Path(FILE_NAME)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the words in a text; the longest of those that begin at one place."""
        found = sorted(self.words, key=len, reverse=True)
        return re.compile("|".join(map(_as_pattern, found)) or r"(?!)", re.IGNORECASE)

    @property
    def digest(self) -> str:
        """Changes with every word; "" without words."""
        if not self.words:
            return ""
        listed = sorted((word, each.said, each.is_spelling) for word, each in self.words.items())
        return hashlib.sha256(repr(listed).encode()).hexdigest()

    def of(self, word: str) -> Pronunciation:
        """How a word that `pattern` found is spoken."""
        return self.words[word.casefold()]

    def check(self, symbols: Sequence[str]) -> None:
        """Raises InputError: the first phonemes with a symbol that the voice lacks, with their line."""
        for word, each in self.words.items():
            unknown = sorted(set(each.said) - set(symbols)) if not each.is_spelling else []
            if unknown:
                what = f"{word}: the voice has no symbol {', '.join(map(describe, unknown))}"
                fix = "write other phonemes, or =SPELLING"
                raise InputError(what, path=self.path, line=each.line, fix=fix)

    def with_those_of(self, other: Pronunciations) -> Pronunciations:
        """Both together; where both have a word, `other` decides."""
        return Pronunciations({**self.words, **other.words}, other.path if other.words else self.path)


def read(path: str | Path, language: str) -> Pronunciations:
    """The words of a file that hold for a language; none where there is no file.

    Args:
        language: a code of `engine.languages`.

    Raises:
        InputError: unreadable, not UTF-8, a line that is no word with its pronunciation, an unknown language.
    """
    path = Path(path)
    if not path.is_file():
        return Pronunciations(path=path)
    try:
        rows = parse(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None
    words: dict[str, Pronunciation] = {}
    for row in rows:
        if row.fault:
            raise InputError(row.fault, path=path, line=row.line, fix="save the file as UTF-8")
        if row.kind != "row":
            continue
        word, said, code = _columns([column.strip() for column in row.columns], path, row.line)
        if not code or code == language:
            words[word.casefold()] = Pronunciation(
                said.removeprefix("=").strip(), said.startswith("="), row.line
            )
    return Pronunciations(words, path)


def around(path: str | Path, cleaners: Iterable[str]) -> Pronunciations:
    """What holds for a run folder, checkpoint or list: the file beside it, and that of its workspace, which decides.

    Args:
        cleaners: of the voice or the list; they say the language.

    Raises:
        InputError: as `read`, or a fault of vitsdeck.toml.
    """
    path = Path(path).absolute()
    folder = path if path.is_dir() else path.parent
    place = workspaces.find(folder)
    spoken = languages.of_cleaners(cleaners) or (place.language if place else languages.ENGLISH)
    found = read(folder / FILE_NAME, spoken.code)
    if place is None or place.root == folder:
        return found
    return found.with_those_of(read(place.root / FILE_NAME, spoken.code))


def store(path: Path, word: str, said: str) -> None:
    """Write a word's pronunciation into the file, in place of the one that it has.

    Raises:
        InputError: the word or the pronunciation is empty or holds a bar; the file cannot be read or written.
    """
    word, said = word.strip(), said.strip()
    if "|" in word + said:
        raise InputError("a bar separates the columns", path=path, fix="leave it out")
    _columns([word, said], path, None)
    lines = path.read_text(encoding="utf-8-sig").splitlines() if path.is_file() else []
    kept = [line for line in lines if not _is_of(line, word)]
    write_lines(path, [f"{line}\n" for line in (*kept, f"{word}|{said}")])


def _is_of(line: str, word: str) -> bool:
    columns = [column.strip() for column in line.split("|")]
    return len(columns) == 2 and columns[0].casefold() == word.casefold()


def _columns(columns: Sequence[str], path: Path, line: int | None) -> tuple[str, str, str]:
    word, said, code, *more = *columns, *[""] * (3 - len(columns))
    if not word or not said.removeprefix("=").strip() or more:
        fix = "write word|phonemes, word|=spelling, or word|phonemes|language"
        raise InputError("is no word with its pronunciation", path=path, line=line, fix=fix)
    if code:
        try:
            code = languages.find(code).code
        except InputError as error:
            raise InputError(error.what, path=path, line=line, fix=error.fix) from None
    return word, said, code


def _as_pattern(word: str) -> str:
    """A whole word, but where the script has no spaces between words."""
    start = r"(?<!\w)" if _has_spaces(word[0]) else ""
    end = r"(?!\w)" if _has_spaces(word[-1]) else ""
    return f"{start}{re.escape(word)}{end}"


def _has_spaces(character: str) -> bool:
    return character.isalnum() and not "\u3040" <= character <= "\u9fff"
