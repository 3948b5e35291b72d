"""The languages, one row each: cleaner, espeak voice and locale for transcription.

docs/guide/languages.md shows the same table. Standard library only.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.errors import InputError
from engine.i18n import _

ESPEAK = "espeak:"
NORMALISE = "normalise:"  # prefix of a normaliser in a list of cleaners, as normalise:de-1
NORMALISER_VERSION = "1"  # recorded in runs: another version may normalise differently


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        code: its short name, as "de"; what vitsdeck.toml says.
        name: in English, as "German".
        cleaner: the cleaner that its texts go through unless another is asked for.
        espeak_voice: espeak-ng's code for it.
        locale: its usual BCP 47 code, as transcription providers want it.
        aliases: other names that mean it, in lower case.
    """

    code: str
    name: str
    cleaner: str
    espeak_voice: str
    locale: str
    aliases: tuple[str, ...] = ()

    @property
    def normaliser(self) -> str:
        """The rules that read its numbers, signs and abbreviations, with their version, as "de-1"."""
        return f"{self.code}-{NORMALISER_VERSION}"


def _espeak(code: str, name: str, locale: str, *aliases: str, voice: str = "") -> Language:
    return Language(code, name, ESPEAK + (voice or code), voice or code, locale, aliases)


LANGUAGES: tuple[Language, ...] = (
    Language("en", "English", "english_cleaners2", "en-us", "en-US"),
    _espeak("de", "German", "de-DE", "deutsch"),
    _espeak("fr", "French", "fr-FR", "français", "francais", voice="fr-fr"),
    _espeak("es", "Spanish", "es-ES", "español", "espanol", "castilian"),
    _espeak("it", "Italian", "it-IT", "italiano"),
    _espeak("pt", "Portuguese", "pt-PT", "português", "portugues"),
    _espeak("pt-br", "Brazilian Portuguese", "pt-BR", "brazilian"),
    _espeak("nl", "Dutch", "nl-NL", "nederlands", "flemish"),
    _espeak("pl", "Polish", "pl-PL", "polski"),
    _espeak("ru", "Russian", "ru-RU", "русский"),
    _espeak("uk", "Ukrainian", "uk-UA", "українська"),
    _espeak("cs", "Czech", "cs-CZ", "čeština"),
    _espeak("sv", "Swedish", "sv-SE", "svenska"),
    _espeak("da", "Danish", "da-DK", "dansk"),
    _espeak("nb", "Norwegian", "nb-NO", "no", "norsk", "bokmål"),
    _espeak("fi", "Finnish", "fi-FI", "suomi"),
    _espeak("tr", "Turkish", "tr-TR", "türkçe"),
    _espeak("el", "Greek", "el-GR", "ελληνικά"),
    _espeak("hu", "Hungarian", "hu-HU", "magyar"),
    _espeak("ro", "Romanian", "ro-RO", "română"),
    Language("ko", "Korean", "korean_cleaners", "ko", "ko-KR", ("한국어",)),
    Language("ja", "Japanese", "japanese_cleaners", "ja", "ja-JP", ("日本語",)),
    Language("zh", "Chinese", "chinese_cleaners", "cmn", "cmn-Hans-CN", ("mandarin", "中文")),
)
ENGLISH = LANGUAGES[0]

# the languages of espeak-ng 1.52 without their regional forms; one without a row above is spoken as espeak:CODE
_CODES = (
    "af am an ar as az ba be bg bn bpy bs ca cmn cs cv cy da de el en eo es et eu fa fi fo fr ga gd gn grc gu "
    "hak haw he hi hr ht hu hy hyw ia id io is it ja jbo ka kaa kk kl kn ko kok ku ky la lb lfn lt ltg lv mi mk "
    "ml mr ms mt mto my nb nci ne nl nog om or pa pap piqd pl pt py qdb qu quc qya ro ru sd shn si sjn sk sl smj "
    "sq sr sv sw ta te th ti tk tn tr tt ug uk ur uz vi xex yue"
)
ESPEAK_CODES = frozenset(_CODES.split())

# the first words of the family's cleaners
_FAMILY = {"english": "en", "korean": "ko", "japanese": "ja", "chinese": "zh"}
_BY_NAME = {
    name.lower(): row
    for row in LANGUAGES
    for name in (row.code, row.name, row.espeak_voice, row.locale, *row.aliases)
}


def find(name: str) -> Language:
    """The language of a name: `de`, `de-DE`, `german` and `Deutsch` are the same.

    The regional part of a code counts only where a row of its own has it (pt-BR); a language of espeak-ng without a
    row is spoken by its espeak voice.

    Raises:
        InputError: no such language; names those that look alike.
    """
    key = name.strip().lower().replace("_", "-").removeprefix(ESPEAK)
    base = key.partition("-")[0]
    row = _BY_NAME.get(key) or _BY_NAME.get(base)
    if row is not None:
        return row
    if base in ESPEAK_CODES:
        return Language(base, base, ESPEAK + base, base, base)
    near = [_BY_NAME[each] for each in difflib.get_close_matches(key, _BY_NAME, n=3, cutoff=0.6)]
    names = dict.fromkeys(f"{each.code} ({each.name})" for each in near)
    fix = _("did you mean {names}") if near else _("choose one of {names}")
    fix = fix.format(names=", ".join(names or [row.code for row in LANGUAGES]))
    raise InputError(_('no language is called "{name}"').format(name=name), fix=fix)


def of_cleaners(names: Iterable[str]) -> Language | None:
    """The language that cleaners belong to; None where none of them has one, as basic_cleaners."""
    for name in reversed(list(names)):
        code = name.removeprefix(ESPEAK) if name.startswith(ESPEAK) else _FAMILY.get(name.partition("_")[0])
        if code:
            try:
                return find(code)
            except InputError:  # a code that only another espeak library knows
                return None
    return None


def cleaning_said(names: Sequence[str], other: Sequence[str]) -> str:
    """How a text is cleaned; the normaliser is named only where `other` has another one."""

    def parts(names: Sequence[str]) -> tuple[str, list[str]]:
        rules = [name for name in names if name.startswith(NORMALISE)]
        return " ".join(name for name in names if name not in rules) or _("no cleaner"), rules

    (cleaners, rules), others = parts(names), parts(other)
    if (cleaners, rules) == others or cleaners != others[0]:
        return cleaners
    with_rules = _("{cleaners} with {normaliser}") if rules else _("{cleaners} without the normaliser")
    return with_rules.format(cleaners=cleaners, normaliser="".join(rules[:1]))
