"""`espeak:CODE`: a cleaner for any language that espeak-ng speaks, with stress and punctuation, as `espeak:de`.

No abbreviations are spelt out and nothing is transliterated: letters, digits and marks reach espeak as they were
written. Emoji, stray accents and other things that no voice says do not: espeak-ng 1.52 reads some of them beyond
the end of its tables, and the whole process ends (a backquote does it in Vietnamese, a cowboy hat before a Chinese
character in German).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence

from engine.errors import InputError
from engine.i18n import _
from engine.languages import ESPEAK
from engine.text.cleaners import espeak
from engine.text.cleaners.cleaner import Cleaner, collapse_whitespace
from engine.text.symbols import ENGLISH_178, PAD

# what some of its 140 languages write beside the IPA of the table: nasal vowels, dental and tied letters, tones as
# digits, a few phonemes without an IPA name. Found by phonemizing letters of 33 scripts in every language.
_BESIDE_THE_TABLE = (
    "#+-[]^`1234567§©¥Ëäõĩũʦʙ"
    "\u0303\u0306\u030a\u031d\u031e\u032a\u032f\u033a\u033b\u0361"  # combining marks
    "\u03a6\u03b5\u1d50\u1d51\u1d5d\u207f"  # Φ ε and small raised m, ŋ, β, n
)
# nearly all of them write a hyphen now and then (French where it links words); the others belong to few languages
APPENDED = ("-",)
SYMBOLS = (frozenset(ENGLISH_178) | frozenset(_BESIDE_THE_TABLE)) - {PAD}
_SAID = frozenset("'-$%&+€£°" + espeak.MARKS)
_SAME = str.maketrans("’ʼ‘‐‑–„‹›", "'''--—“«»", "‚\u00ad")  # the last two go
_EAST_ASIAN = re.compile(
    r"[\u1100-\u11ff\u2e80-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc]"
)
_EAST_ASIAN_LANGUAGES = ("cmn", "yue", "hak", "ja", "ko")
_STRAY_ACCENT = re.compile(r"(?<![^\W\d_])(?<!\w[\u0300-\u036f])[\u0300-\u036f]+")
_STRAY_HYPHEN = re.compile(r"(?<!\w)-(?!\d)|-(?!\w)")  # neither in a word nor a minus
_SURE_SIGNS = frozenset("ˈˌː")


@functools.cache
def cleaner(code: str) -> Cleaner:
    """The cleaner of one of espeak's languages.

    Raises:
        InputError: espeak has no such language; names those that look alike.
    """
    known = espeak.languages()
    if code not in known:
        raise InputError(
            _('unknown cleaner "{espeak}{code}": espeak has no language "{code}"').format(
                espeak=ESPEAK, code=code
            ),
            fix=_near(code, known),
        )
    return Cleaner(
        functools.partial(_clean, code),
        _looks_spoken,
        _looks_spoken,
        code,
        symbols=SYMBOLS,
        appended=APPENDED,
    )


def _clean(code: str, lines: Sequence[str], language: str | None = None) -> list[str]:
    written = [readable(line, code) for line in lines]
    spoken = espeak.phonemize(written, language or code, punctuation=True, stress=True)
    return [
        collapse_whitespace(
            "".join(symbol for symbol in line if symbol in SYMBOLS or symbol.isspace())
        ).strip()
        for line in spoken
    ]


def readable(line: str, code: str) -> str:
    """A line with a space for everything that espeak's language `code` cannot say."""
    line = unicodedata.normalize("NFC", line.translate(_SAME))
    if not code.startswith(_EAST_ASIAN_LANGUAGES):
        line = _EAST_ASIAN.sub(" ", line)
    line = "".join(character if _is_said(character) else " " for character in line)
    return _STRAY_HYPHEN.sub(" ", _STRAY_ACCENT.sub("", line))


def _is_said(character: str) -> bool:
    if character in _SAID:
        return True
    category = unicodedata.category(character)
    return ord(character) < 0x10000 and (category[0] == "L" or category in ("Mn", "Mc", "Nd"))


def _looks_spoken(line: str) -> bool:
    return not _SURE_SIGNS.isdisjoint(line)


def _near(code: str, known: Sequence[str]) -> str:
    language = code.lower().partition("-")[0]
    same = [other for other in known if other.partition("-")[0] == language]
    if same:
        return _("it has {languages}").format(languages=", ".join(same))
    return _("choose one of its {n}, as de, fr-fr, es, pt-br, pl or ru").format(n=len(known))
