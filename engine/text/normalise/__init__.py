"""Numbers, dates, signs and abbreviations in words, as people read them aloud: a step before the cleaners.

A language is one module of this folder with a function `read(text) -> str`. It gets text in one Unicode form (`forms`,
or the module's `own_form`) and leaves everything that it has no rule for as it is.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import cache, partial

from engine.errors import InputError
from engine.i18n import _
from engine.languages import NORMALISER_VERSION
from engine.text.cleaners.cleaner import Cleaner
from engine.text.normalise.forms import one_form

MODULES = {
    "ja": "japanese.reading",
    "fr": "european.french",
    "es": "european.spanish",
    "it": "european.italian",
    "pt": "european.portuguese",
    "pt-br": "european.portuguese_brazil",
    "nl": "european.dutch",
    "pl": "european.polish",
    "ko": "korean.reading",
    "zh": "chinese.reading",
    "de": "german.reading",
    "en": "english.reading",
}


def normalise(text: str, language: str) -> str:
    """`text` as it is read aloud in a language.

    Args:
        language: the code of a row of `engine.languages`; one without rules gets the Unicode form alone.
    """
    if language not in MODULES:
        return one_form(text)
    form, read = _rules(language)
    return read(form(text))


@cache
def _rules(language: str) -> tuple[Callable[[str], str], Callable[[str], str]]:
    module = importlib.import_module(f"{__name__}.{MODULES[language]}")
    return getattr(module, "own_form", one_form), module.read


@cache
def cleaner(name: str) -> Cleaner:
    """The step before the cleaners that `name` stands for, as "de-1".

    Raises:
        InputError: rules of another version.
    """
    language, _unused, version = name.rpartition("-")
    if version != NORMALISER_VERSION:
        raise InputError(
            _('there is no normaliser "{name}"').format(name=name),
            fix=_("this vitsdeck has version {normaliser_version}, as de-{normaliser_version}").format(
                normaliser_version=NORMALISER_VERSION
            ),
        )
    return Cleaner(partial(_lines, language), _unknown, _unknown, libraries=("num2words",))


def _lines(language: str, lines: Sequence[str], _unused: str | None = None) -> list[str]:
    return [normalise(line, language) for line in lines]


def _unknown(_unused: str) -> bool:
    """Nothing in a text shows that the normaliser has been over it."""
    return False
