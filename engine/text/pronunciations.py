"""A workspace's pronunciations.txt: pronunciations of names and other words that the cleaner gets wrong.

    word|phonemes            the phonemes, in the symbols of the voice
    word|=spelling           another spelling, which the cleaner reads
    word|phonemes|de         only in texts of this language

A word matches in any letter case, as a whole word, and with the endings of `endings`. A line with a language overrides
one without. Lines that begin with # are comments.
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
from engine.errors import InputError, cannot_read
from engine.i18n import _
from engine.text.endings import as_pattern
from engine.text.normalise.forms import one_form
from engine.text.rows import parse, write_lines
from engine.text.symbols import ENGLISH_178, describe

FILE_NAME = "pronunciations.txt"


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """The phonemes or the other spelling of a word, and its line in the file."""

    said: str
    is_spelling: bool
    line: int


Words = Mapping[str, Pronunciation]


@dataclass(frozen=True)
class Pronunciations:
    """The words for one language, and those for parts in another one, as [de: Guten Tag].

    Attributes:
        words: by their key.
        path: the file, for errors.
        language: the code of the language of `words`.
        common: the words without a language.
        others: the words of other languages, by their codes.
    """

    words: Words = field(default_factory=dict)
    path: Path = Path(FILE_NAME)
    language: str = ""
    common: Words = field(default_factory=dict)
    others: Mapping[str, Words] = field(default_factory=dict)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches any of the words in a text; the longest where several begin at one place."""
        found = sorted(self.words, key=len, reverse=True)
        return re.compile(
            "|".join(as_pattern(word, self.language) for word in found) or r"(?!)", re.IGNORECASE
        )

    @property
    def digest(self) -> str:
        """A hash of all words; "" without words."""
        listed = _listed(self.words)
        others = {code: _listed(words) for code, words in sorted(self.others.items())}
        if not listed and not any(others.values()):
            return ""
        return hashlib.sha256(repr([listed, others] if others else listed).encode()).hexdigest()

    def of(self, word: str) -> Pronunciation | None:
        """The pronunciation of a match of `pattern`; None for a word that only case folding makes equal."""
        return self.words.get(key(word))

    def for_language(self, code: str) -> Pronunciations:
        """The words for a part in another language."""
        if code == self.language:
            return self
        if code not in self._for_language:
            words = self.others.get(code, self.common)
            self._for_language[code] = Pronunciations(words, self.path, code, self.common)
        return self._for_language[code]

    @cached_property
    def _for_language(self) -> dict[str, Pronunciations]:
        return {}

    def check(self, symbols: Sequence[str] | None) -> None:
        """Raises InputError for the first phonemes with a symbol that the voice lacks, with their line.

        Args:
            symbols: None: the English table.
        """
        symbols = symbols or ENGLISH_178
        for word, each in self.words.items():
            unknown = sorted(set(each.said) - set(symbols)) if not each.is_spelling else []
            if unknown:
                what = _("{word}: the voice has no symbol {symbols}").format(
                    word=word, symbols=", ".join(map(describe, unknown))
                )
                fix = _("write other phonemes, or =SPELLING")
                raise InputError(what, path=self.path, line=each.line, fix=fix)


def key(word: str) -> str:
    """A word without differences of case, apostrophes and composed accents."""
    return one_form(word).casefold()


def _listed(words: Words) -> list[tuple[str, str, bool]]:
    return sorted((word, each.said, each.is_spelling) for word, each in words.items())


def read(path: str | Path, language: str) -> Pronunciations:
    """The words of a file for a language; none where there is no file.

    Args:
        language: a code of `engine.languages`.

    Raises:
        InputError: unreadable, not UTF-8, a malformed line, an unknown language, or a word twice in one language.
    """
    path = Path(path)
    if not path.is_file():
        return Pronunciations(path=path, language=language)
    try:
        rows = parse(path.read_bytes())
    except OSError as error:
        raise cannot_read(error, path) from None
    found: dict[str, dict[str, Pronunciation]] = {"": {}, language: {}}  # by the code of the third column
    for row in rows:
        if row.fault:
            raise InputError(row.fault, path=path, line=row.line, fix=_("save the file as UTF-8"))
        if row.kind != "row":
            continue
        word, said, code = _columns([column.strip() for column in row.columns], path, row.line)
        words = found.setdefault(code, {})
        if key(word) in words:
            what = _("{word} has a pronunciation in line {line} already").format(
                word=word, line=words[key(word)].line
            )
            raise InputError(what, path=path, line=row.line, fix=_("remove one of the two lines"))
        words[key(word)] = Pronunciation(said.removeprefix("=").strip(), said.startswith("="), row.line)
    common = found.pop("")
    every = {code: {**common, **words} for code, words in found.items()}
    return Pronunciations(every.pop(language), path, language, common, every)


def around(path: str | Path, cleaners: Iterable[str]) -> Pronunciations:
    """The words for a run folder, checkpoint or list: of its workspace's file, or of a file beside it.

    Args:
        cleaners: of the voice or the list; the language is theirs.

    Raises:
        InputError: as `read`, or a fault of vitsdeck.toml.
    """
    path = Path(path).absolute()
    folder = path if path.is_dir() else path.parent
    place = workspaces.find(folder)
    spoken = languages.of_cleaners(cleaners) or (place.language if place else languages.ENGLISH)
    return read((place.root if place else folder) / FILE_NAME, spoken.code)


def store(path: Path, word: str, said: str, language: str = "") -> None:
    """Write a word's pronunciation into the file and replace the one that it has.

    Args:
        language: of the voice; a line with this language is replaced, too, as it would override the new one.

    Raises:
        InputError: the word or the pronunciation is empty or holds a bar, the word begins with =; the file
            cannot be read or written.
    """
    word, said = word.strip(), said.strip()
    if word.startswith("="):
        what = _("a word does not begin with =")
        raise InputError(what, path=path, fix=_("the = stands before another spelling, in the second field"))
    if "|" in word + said:
        raise InputError(_("a bar separates the columns"), path=path, fix=_("leave it out"))
    _columns([word, said], path, None)
    lines = path.read_text(encoding="utf-8-sig").splitlines() if path.is_file() else []
    kept = [line for line in lines if not _is_of(line, word, language)]
    write_lines(path, [f"{line}\n" for line in (*kept, f"{word}|{said}")])


def _is_of(line: str, word: str, language: str) -> bool:
    columns = [column.strip() for column in line.split("|")]
    return key(columns[0]) == key(word) and (len(columns) == 2 or columns[2:] == [language])


def _columns(columns: Sequence[str], path: Path, line: int | None) -> tuple[str, str, str]:
    word, said, code, *more = *columns, *[""] * (3 - len(columns))
    if not word or not said.removeprefix("=").strip() or more:
        fix = _("write word|phonemes, word|=spelling, or word|phonemes|language")
        raise InputError(_("is no word with its pronunciation"), path=path, line=line, fix=fix)
    if code:
        try:
            code = languages.find(code).code
        except InputError as error:
            raise InputError(error.what, path=path, line=line, fix=error.fix) from None
    return word, said, code
