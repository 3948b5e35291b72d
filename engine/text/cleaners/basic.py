"""Cleaners for text that is trained on as letters: any language whose letters the symbol table holds."""

from __future__ import annotations

from collections.abc import Sequence

from engine.text.cleaners.cleaner import Cleaner, collapse_whitespace


def basic_cleaners(lines: Sequence[str], _language: str | None = None) -> list[str]:
    """Lower case, white space collapsed; accents stay."""
    return [collapse_whitespace(line.lower()) for line in lines]


def transliteration_cleaners(lines: Sequence[str], _language: str | None = None) -> list[str]:
    """As `basic_cleaners`, after everything outside ASCII was written in Latin letters (Unidecode)."""
    from unidecode import unidecode

    return [collapse_whitespace(unidecode(line).lower()) for line in lines]


def _unchanged_by_basic(line: str) -> bool:
    return basic_cleaners([line]) == [line]


def _unchanged_by_transliteration(line: str) -> bool:
    return transliteration_cleaners([line]) == [line]


def _cannot_tell(_line: str) -> bool:
    return False  # cleaning a second time changes nothing, so raw and cleaned lower-case text look alike


CLEANERS = {
    "basic_cleaners": Cleaner(basic_cleaners, _unchanged_by_basic, _cannot_tell, repeatable=True),
    "transliteration_cleaners": Cleaner(
        transliteration_cleaners, _unchanged_by_transliteration, _cannot_tell, repeatable=True
    ),
}
