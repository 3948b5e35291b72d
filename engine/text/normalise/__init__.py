"""Numbers, dates, signs and abbreviations in words, as people read them aloud: a step before the cleaners.

A language is one module of this folder with a function `read(text) -> str`. It gets text in one Unicode form (`forms`)
and leaves everything that it has no rule for as it is.
"""

from __future__ import annotations

import importlib

from engine.text.normalise.forms import one_form

VERSION = "1"  # a run records it: another version may read a text otherwise
MODULES = {
    "en": "english",
    "de": "german",
    "ko": "korean",
    "ja": "japanese",
    "zh": "chinese",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "pt-br": "portuguese",
    "nl": "dutch",
    "pl": "polish",
}


def normalise(text: str, language: str) -> str:
    """`text` as it is read aloud in a language.

    Args:
        language: the code of a row of `engine.languages`; one without rules gets the Unicode form alone.
    """
    text = one_form(text)
    if language not in MODULES:
        return text
    module = importlib.import_module(f"{__name__}.{MODULES[language]}")
    return str(module.read(text))
