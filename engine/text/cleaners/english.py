"""English: ASCII, lower case, abbreviations spelt out, then phonemes through espeak-ng."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.errors import InputError
from engine.i18n import _
from engine.text.cleaners.cleaner import Cleaner, collapse_whitespace
from engine.text.symbols import ENGLISH_178, IPA, LETTERS, PAD

LANGUAGE = "en-us"

# the spoken words are the family's, "misess" too: checkpoints were trained on what espeak makes of them
ABBREVIATIONS = {
    "mrs": "misess",
    "mr": "mister",
    "dr": "doctor",
    "st": "saint",
    "co": "company",
    "jr": "junior",
    "maj": "major",
    "gen": "general",
    "drs": "doctors",
    "rev": "reverend",
    "lt": "lieutenant",
    "hon": "honorable",
    "sgt": "sergeant",
    "capt": "captain",
    "esq": "esquire",
    "ltd": "limited",
    "col": "colonel",
    "ft": "fort",
}
_BEFORE_POINT = re.compile(r"\b([A-Za-z]+)\.")
_BRACKETS = re.compile(r"[(){}\[\]<>]")
SYMBOLS = frozenset(ENGLISH_178) - {PAD}
_ONLY_IN_PHONEMES = frozenset(IPA) - frozenset(LETTERS) - {"'"}


def english_cleaners(lines: Sequence[str], language: str | None = None) -> list[str]:
    """Phonemes without stress and without punctuation."""
    return _phonemes(lines, language, punctuation=False, stress=False)


def english_cleaners2(lines: Sequence[str], language: str | None = None) -> list[str]:
    """Phonemes with stress, punctuation where it stood."""
    return _phonemes(lines, language, punctuation=True, stress=True)


def expand_abbreviations(text: str) -> str:
    """`dr. who` as `doctor who`."""
    return _BEFORE_POINT.sub(lambda found: ABBREVIATIONS.get(found[1].lower(), found[0]), text)


def written_words(text: str) -> str:
    """What espeak is given: ASCII, lower case, no abbreviations."""
    from unidecode import unidecode

    return expand_abbreviations(unidecode(text).lower())


def _phonemes(lines: Sequence[str], language: str | None, *, punctuation: bool, stress: bool) -> list[str]:
    from engine.text.cleaners import espeak

    code = language or LANGUAGE
    if code.split("-")[0] != "en":
        raise InputError(
            _('the English cleaners cannot speak "{code}"').format(code=code),
            fix=_("use an English code, as en-us or en-gb"),
        )
    written = [written_words(line) for line in lines]
    spoken = espeak.phonemize(written, code, punctuation=punctuation, stress=stress)
    return [collapse_whitespace(_BRACKETS.sub("", line)) for line in spoken]


def _has_phonemes(line: str) -> bool:
    return not _ONLY_IN_PHONEMES.isdisjoint(line)


CLEANERS = {
    "english_cleaners": Cleaner(english_cleaners, _has_phonemes, _has_phonemes, LANGUAGE, symbols=SYMBOLS),
    "english_cleaners2": Cleaner(english_cleaners2, _has_phonemes, _has_phonemes, LANGUAGE, symbols=SYMBOLS),
}
