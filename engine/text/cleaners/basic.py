"""Cleaners for text that is trained on as letters: any language whose letters the symbol table holds."""

from __future__ import annotations

from collections.abc import Sequence

from engine.text.cleaners.cleaner import Clean, Cleaner, collapse_whitespace


def basic_cleaners(lines: Sequence[str], _language: str | None = None) -> list[str]:
    """Lower case, white space collapsed; accents stay."""
    return [collapse_whitespace(line.lower()) for line in lines]


def transliteration_cleaners(lines: Sequence[str], _language: str | None = None) -> list[str]:
    """As `basic_cleaners`, after everything outside ASCII was written in Latin letters (Unidecode)."""
    from unidecode import unidecode

    return [collapse_whitespace(unidecode(line).lower()) for line in lines]


def _cannot_tell(_line: str) -> bool:
    return False  # raw and cleaned lower-case text look alike


def _repeatable(clean: Clean) -> Cleaner:
    return Cleaner(clean, lambda line: clean([line], None) == [line], _cannot_tell, repeatable=True)


CLEANERS = {
    "basic_cleaners": _repeatable(basic_cleaners),
    "transliteration_cleaners": _repeatable(transliteration_cleaners),
}
