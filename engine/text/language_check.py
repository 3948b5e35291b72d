"""Detects texts in another language than expected, by their script and their most frequent words.

All texts of a list are judged together; fewer than 30 words (10 letters where the script decides) are not judged.
A language without a word list below is judged by its script only. Standard library only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from engine import languages
from engine.errors import InputError
from engine.i18n import _
from engine.languages import Language
from engine.text import marked

LEAST_WORDS, LEAST_LETTERS = 30, 10
_MOST_TEXTS = 500  # a longer list is sampled evenly
_ENOUGH = 0.12  # share of common words; running text has 0.3 to 0.5
_TIMES = 2.0  # the other language has so many times the common words of the expected one

# scripts: their letters, the language to guess, and all languages written in them
_SCRIPTS = {
    "Hangul": (r"\u1100-\u11ff\u3130-\u318f\uac00-\ud7af", "ko", "ko"),
    "kana": (r"\u3041-\u30ff\uff66-\uff9d", "ja", "ja"),
    "Chinese": (r"\u3400-\u9fff\uf900-\ufaff", "zh", "zh cmn yue hak"),
    "Cyrillic": (r"\u0400-\u052f", "ru", "ru uk be bg mk sr kk ky tt ba cv az uz"),
    "Greek": (r"\u0370-\u03ff\u1f00-\u1fff", "el", "el grc"),
    "Arabic": (r"\u0600-\u06ff\u0750-\u077f", "ar", "ar fa ur ug sd"),
    "Hebrew": (r"\u0590-\u05ff", "he", "he"),
    "Devanagari": (r"\u0900-\u097f", "hi", "hi mr ne kok"),
    "Thai": (r"\u0e00-\u0e7f", "th", "th"),
}
_LATIN = "Latin"
_LETTERS = {name: re.compile(f"[{letters}]") for name, (letters, _unused, _unused) in _SCRIPTS.items()}
_LETTERS[_LATIN] = re.compile(r"[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]")
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")  # Russian has none of them
_KANA_SHARE = 0.05  # of Japanese; Chinese has none
_EITHER_SCRIPT = "sr az uz kk"  # written in Latin letters as well

_COMMON = {
    "en": "the of and to in a is that it was he for on are as with his they at be this from have or by not but "
    "what all were we when your can said there an each she which do their if will up other about out many then "
    "them these so some her would him has had my who its me been into you i",
    "de": "der die das und ist nicht ein eine einen einem einer eines den dem des zu von mit sich auf für fuer im "
    "auch es an werden wurde aus er hat dass sie nach wird bei noch wie über ueber so nur oder aber vor bis mehr "
    "durch wenn man sein ich wir sind war haben zum zur kein keine sehr hier am als was mich ihr uns du gibt",
    "fr": "le la les de des du un une et est que qui dans en pour pas ne ce il elle je nous vous ils sur avec au "
    "aux par plus se sont mais on ou son sa ses cette ces comme tout été fait si leur même bien sans était être "
    "avait très y à mon ma votre où c'est",
    "nl": "de het een en van ik te dat die in is niet op aan met voor er zijn maar om hem haar wij we ze zij hij "
    "ook als bij of uit nog naar heeft hebben dan wat wordt werd geen kan door over deze dit mijn was had al veel "
    "moet waar onder je jij",
    "pl": "i w nie na się z do to że jest o jak po co tak za od ale przez jego czy już dla być było była był ze "
    "są jej ich tego tym ten ta które który która może tylko bardzo mnie mi mu go gdy kiedy przed bez pod sobie "
    "jestem ma",
    "es": "el la los las de del que y en un una ser se no por con su para como estar tener le lo todo pero más "
    "hacer o este ese esta está son fue muy al sus me ya cuando sin sobre también hay si porque era yo nos mi qué "
    "donde es ha",
    "it": "il lo la i gli le di che e è un una in non per si con da del della dei delle al alla sono come ma più "
    "anche nel nella questo questa ha ho era suo sua se o ci mi molto quando tutto dal dalla sul chi dove essere "
    "ed ai",
    "pt": "o a os as de do da dos das que e é um uma em no na nos nas não para com por se como mais mas foi ao "
    "à seu sua ou quando muito já está eu também só pelo pela até isso ela ele são ser tem era há meu minha você "
    "este esta",
    "sv": "och det att i en jag hon som han på den med var sig för så till är men ett om hade de av icke inte "
    "mig du henne då nu kan vid från när skulle kommer efter upp ut eller också mycket alla vi man min vad har "
    "ingen blev där här finns",
    "da": "og det at i en jeg hun som han på den med var sig for så til er men et om havde de af ikke mig du "
    "hende da nu kan ved fra når skulle kommer efter op ud eller også meget alle vi man min hvad har ingen blev "
    "der her hvor",
}
_WORDS = {code: frozenset(words.split()) for code, words in _COMMON.items()}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def refuse_other_language(texts: Sequence[str], language: Language, path: str | Path | None = None) -> None:
    """Raise an InputError where texts are in another language than expected.

    Args:
        path: of their list, for the message.
    """
    if fault := other_language(texts, language):
        raise InputError(_("the texts are not {name}").format(name=language.name), path=path, fix=fault)


def other_language(texts: Sequence[str], language: Language) -> str:
    """A question about the language, as `is this German? --language de`; "" where the language is as expected."""
    some = [marked.without_stretches(text) for text in texts[:: max(1, len(texts) // _MOST_TEXTS)]]
    script, letters = _script(some)
    own = language.code.partition("-")[0]
    words = [word.lower().replace("’", "'") for text in some for word in _WORD.findall(text)]
    if not script or letters < LEAST_LETTERS:
        return ""
    if own not in _written_in(script) and (script != _LATIN or _has_other_script(own)):
        guess = _SCRIPTS[script][1] if script != _LATIN else _by_words(words, "")
        if script == "Cyrillic" and any(_UKRAINIAN.search(text) for text in some):
            guess = "uk"
        if guess:
            return _asked(guess)
        return _("they are in {script} letters: name their language with --language").format(script=script)
    if script == _LATIN and own in _WORDS and len(words) >= LEAST_WORDS:
        guess = _by_words(words, own)
        return _asked(guess) if guess else ""
    return ""


def _asked(code: str) -> str:
    return _("is this {language}? --language {code}").format(language=languages.find(code).name, code=code)


def _script(texts: Sequence[str]) -> tuple[str, int]:
    """The script of more than half of the letters, "" where there is none, and how many letters there are."""
    counts = Counter(
        {name: sum(len(found.findall(text)) for text in texts) for name, found in _LETTERS.items()}
    )
    if counts["kana"] > _KANA_SHARE * (counts["kana"] + counts["Chinese"]):
        counts["kana"] += counts.pop("Chinese")
    else:
        counts["Chinese"] += counts.pop("kana")
    name, count = counts.most_common(1)[0]
    return (name, counts.total()) if 2 * count > counts.total() else ("", counts.total())


def _written_in(script: str) -> list[str]:
    return _SCRIPTS[script][2].split() if script != _LATIN else []


def _has_other_script(code: str) -> bool:
    """Whether a language is not written in Latin letters."""
    return code not in _EITHER_SCRIPT.split() and any(
        code in known.split() for _unused, _unused, known in _SCRIPTS.values()
    )


def _by_words(words: Sequence[str], own: str) -> str:
    """The language with far more common words in the texts than the expected one; "" for none."""
    hits = {code: sum(word in known for word in words) for code, known in _WORDS.items()}
    best = max(hits, key=lambda code: hits[code])
    is_far = hits[best] > _ENOUGH * len(words) and hits[best] > _TIMES * hits.get(own, 0)
    return best if best != own and is_far and len(words) >= LEAST_WORDS else ""
