"""The registry of cleaners: functions from written text to what the model reads, by the family's names.

A language is one file in this folder with a table `CLEANERS` of `Cleaner` entries; nothing else has to be
told. Such a file imports its libraries inside its functions, since listing the names imports every file.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.errors import InputError

_WHITESPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Cleaner:
    """One cleaner.

    Attributes:
        clean: lines in, as many lines out; the second argument is a language code, None for `language`.
        looks_clean: whether a line could be this cleaner's output (to notice raw text in a cleaned list).
        looks_cleaned_already: whether a line is no raw text (to notice a cleaned list used as a raw one).
        language: the language code used when none is given; "" when the cleaner knows no languages.
        repeatable: cleaning its own output changes nothing, so `looks_clean` is a proof and no guess.
    """

    clean: Callable[[Sequence[str], str | None], list[str]]
    looks_clean: Callable[[str], bool]
    looks_cleaned_already: Callable[[str], bool]
    language: str = ""
    repeatable: bool = False


def names() -> list[str]:
    """Every cleaner's name, sorted."""
    return sorted(_registry())


def get(name: str) -> Cleaner:
    """The cleaner of that name.

    Raises:
        InputError: there is none; the sentence lists those that there are.
    """
    try:
        return _registry()[name]
    except KeyError:
        raise InputError(f'unknown cleaner "{name}"', fix="known are " + ", ".join(names())) from None


def clean_all(lines: Iterable[str], cleaner_names: Sequence[str], language: str | None = None) -> list[str]:
    """Lines through the named cleaners, one after the other; as many come out as went in.

    Raises:
        InputError: an unknown cleaner, or a language that a cleaner cannot do.
    """
    chosen = [get(name) for name in cleaner_names]
    cleaned = list(lines)
    for cleaner in chosen:
        cleaned = cleaner.clean(cleaned, language)
    return cleaned


def language_of(cleaner_names: Sequence[str], language: str | None = None) -> str:
    """The language code that the cleaners work in; "" when none of them cares."""
    own = [cleaner.language for cleaner in map(get, cleaner_names) if cleaner.language]
    return (language or own[-1]) if own else ""


def versions() -> dict[str, str]:
    """Versions of what decides the phonemes: phonemizer and the espeak library in use."""
    from engine.text import espeak

    return espeak.versions()


def collapse_whitespace(text: str) -> str:
    """Runs of white space as one space."""
    return _WHITESPACE.sub(" ", text)


@functools.cache
def _registry() -> Mapping[str, Cleaner]:
    import engine.text as package

    found: dict[str, Cleaner] = {}
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        table = getattr(importlib.import_module(module.name), "CLEANERS", {})
        for name, cleaner in table.items():
            if name in found:
                raise RuntimeError(f"two modules define the cleaner {name}; the second is {module.name}")
            found[name] = cleaner
    return found
