"""What a cleaner is: a function from written text to what the model reads, and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.text.symbols import ENGLISH_178

Clean = Callable[[Sequence[str], str | None], list[str]]
_WHITESPACE = re.compile(r"\s\s+|[^\S ]")  # all but single spaces, which are right as they are


@dataclass(frozen=True, slots=True)
class Cleaner:
    """One cleaner.

    Attributes:
        clean: lines in, as many lines out; the second argument is a language code, None for `language`.
        looks_clean: whether a line could be this cleaner's output (to notice raw text in a cleaned list).
        looks_cleaned_already: whether a line is no raw text (to notice a cleaned list used as a raw one).
        language: the language code used when none is given; "" when the cleaner knows no languages.
        repeatable: cleaning its own output changes nothing, so `looks_clean` is a proof and no guess.
        symbols: everything that it can write; None where that is whatever the text holds.
        base: the family's table that its language is trained with.
        appended: what it writes in ordinary text and `base` lacks, in the order that configs store.
        libraries: distributions whose versions decide its output, besides those of espeak.
    """

    clean: Clean
    looks_clean: Callable[[str], bool]
    looks_cleaned_already: Callable[[str], bool]
    language: str = ""
    repeatable: bool = False
    symbols: frozenset[str] | None = None
    base: tuple[str, ...] = ENGLISH_178
    appended: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


def collapse_whitespace(text: str) -> str:
    """Runs of white space as one space."""
    if "  " not in text and text.isprintable():  # true of most lines, and known at a tenth of the time
        return text
    return _WHITESPACE.sub(" ", text)
