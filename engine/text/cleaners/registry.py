"""The cleaners by the family's names.

A language is one file in this folder with a table `CLEANERS` of `Cleaner` entries; no other file names it. Such a file
imports its libraries inside its functions, since listing the names imports every file. `espeak:CODE` is a cleaner for
any language of espeak-ng, `normalise:CODE-VERSION` the step before the cleaners; `get` makes both.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import pkgutil
from collections.abc import Iterable, Mapping, Sequence

import engine.text.cleaners as package
from engine.errors import InputError
from engine.i18n import _
from engine.languages import ESPEAK, NORMALISE
from engine.text import marked, normalise
from engine.text.cleaners import espeak, espeak_languages
from engine.text.cleaners.cleaner import Cleaner
from engine.text.pronunciations import Pronunciations


def names() -> list[str]:
    """Every cleaner's name, sorted; `espeak:CODE` is not among them."""
    return sorted(_registry())


def get(name: str) -> Cleaner:
    """The cleaner of that name.

    Raises:
        InputError: there is none; the sentence lists those that there are.
    """
    if name.startswith(ESPEAK):
        return espeak_languages.cleaner(name.removeprefix(ESPEAK))
    if name.startswith(NORMALISE):
        return normalise.cleaner(name.removeprefix(NORMALISE))
    try:
        return _registry()[name]
    except KeyError:
        fix = _("known are {names}, and {espeak}CODE for a language of espeak, as {espeak}de").format(
            names=", ".join(names()), espeak=ESPEAK
        )
        raise InputError(_('unknown cleaner "{name}"').format(name=name), fix=fix) from None


def is_known(name: str) -> bool:
    """Whether `get` would find it."""
    try:
        get(name)
    except InputError:
        return False
    return True


def clean_all(
    lines: Iterable[str],
    cleaner_names: Sequence[str],
    language: str | None = None,
    words: Pronunciations | None = None,
) -> list[str]:
    """Lines through the named cleaners, one after the other; as many come out as went in.

    Args:
        words: words with a pronunciation of their own. Stretches as [de: Guten Tag] are cleaned as that language.

    Raises:
        InputError: an unknown cleaner, or a language that a cleaner cannot do.
    """
    texts = list(lines)
    own = {place for place, line in enumerate(texts) if cleaner_names and marked.is_marked(line, words)}
    plain = iter(
        _through([text for place, text in enumerate(texts) if place not in own], cleaner_names, language)
    )
    names = tuple(cleaner_names)
    parts = iter(
        marked.clean(
            [texts[place] for place in sorted(own)],
            names,
            words,
            lambda texts, used: _through(texts, used, language if used == names else None),
        )
    )
    return [next(parts if place in own else plain) for place in range(len(texts))]


def _through(lines: Sequence[str], cleaner_names: Sequence[str], language: str | None) -> list[str]:
    chosen = [get(name) for name in cleaner_names]
    cleaned = list(lines)
    for cleaner in chosen:
        cleaned = cleaner.clean(cleaned, language)
    return cleaned


def language_of(cleaner_names: Sequence[str], language: str | None = None) -> str:
    """The language code that the cleaners work in; "" when none of them cares."""
    own = [cleaner.language for cleaner in map(get, cleaner_names) if cleaner.language]
    return (language or own[-1]) if own else ""


def versions(cleaner_names: Sequence[str] | None = None) -> dict[str, str]:
    """Versions of what decides the output: phonemizer and espeak, or the libraries of the named cleaners.

    A cleaner that works by rules of ours alone adds nothing.
    """
    if cleaner_names is None:
        return espeak.versions()
    found: dict[str, str] = {}
    for cleaner in map(get, cleaner_names):
        found |= espeak.versions() if cleaner.language else {}
        found |= {name: importlib.metadata.version(name) for name in cleaner.libraries}
    return found


@functools.cache
def _registry() -> Mapping[str, Cleaner]:
    found: dict[str, Cleaner] = {}
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        table = getattr(importlib.import_module(module.name), "CLEANERS", {})
        for name, cleaner in table.items():
            if name in found:
                raise RuntimeError(f"two modules define the cleaner {name}; the second is {module.name}")
            found[name] = cleaner
    return found
