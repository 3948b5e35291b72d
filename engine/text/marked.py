"""Texts with parts that are cleaned apart: words of pronunciations.txt, and stretches as [de: Guten Tag]."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine import languages
from engine.errors import InputError
from engine.i18n import _
from engine.languages import NORMALISE
from engine.text.endings import is_hangul, spoken_ending
from engine.text.pronunciations import Pronunciations

STRETCH = re.compile(r"\[([A-Za-z]{2,3}(?:-[A-Za-z]{2})?):(?!//)\s*([^\[\]]*)\]")
# the start of a stretch; "[ftp://…" is none
_MARK = re.compile(r"\[([A-Za-z]{2,3}(?:-[A-Za-z]{2})?):(?!//)")
_OPENING = "[("
# between the space and the word there may be a quotation mark
_SPACE_BEGINS, _SPACE_ENDS = re.compile(r"[^\w\s]*\s"), re.compile(r"\s[^\w\s]*$")
Names = tuple[str, ...]
CleanAll = Callable[[Sequence[str], Names], list[str]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a line and its cleaners; `cleaners` is None where the text is phonemes already."""

    text: str
    cleaners: Names | None
    is_glued: bool = False  # no space before it, as before a Korean particle


def is_marked(line: str, words: Pronunciations | None) -> bool:
    """Whether a line has a stretch or a word of pronunciations.txt."""
    return ("[" in line and _MARK.search(line) is not None) or bool(
        words and words.words and words.pattern.search(line)
    )


def check(text: str) -> None:
    """Refuse faulty stretches; other brackets, as [sic], belong to the text.

    Raises:
        InputError: a stretch of an unknown language, or one without its closing bracket.
    """
    for found in _MARK.finditer(text) if "[" in text else ():
        try:
            languages.find(found[1])
        except InputError as error:
            fix = _("{fix}, or write the text without [{code}: and ]").format(fix=error.fix, code=found[1])
            raise InputError(
                _("[{code}: …] is no stretch of a language: {fault}").format(code=found[1], fault=error.what),
                fix=fix,
            ) from None
        if not STRETCH.match(text, found.start()):
            what = _("[{code}: has no ] behind its text").format(code=found[1])
            raise InputError(
                what,
                fix=_("write [{code}: TEXT], without other square brackets inside").format(code=found[1]),
            )


def stretch(text: str, code: str) -> str:
    """The text as a stretch of another language.

    Raises:
        InputError: it holds square brackets, which would end the stretch.
    """
    if "[" in text or "]" in text:
        raise InputError(_("a text in another language cannot hold square brackets"), fix=_("remove them"))
    return f"[{code}: {text}]"


def without_stretches(text: str) -> str:
    """The text without its stretches of other languages."""
    return STRETCH.sub("", text) if "[" in text else text


def clean(
    lines: Sequence[str], cleaners: Names, words: Pronunciations | None, clean_all: CleanAll
) -> list[str]:
    """Lines cleaned by `clean_all`, each part with its own cleaners.

    Raises:
        InputError: as `clean_all` and `check`.
    """
    parts = [list(_parts(line, cleaners, words, clean_all)) for line in lines]
    waiting: defaultdict[Names, list[str]] = defaultdict(list)
    for part in (part for line in parts for part in line):
        if part.cleaners is not None:
            waiting[part.cleaners].append(part.text)
    cleaned = {names: iter(clean_all(texts, names)) for names, texts in waiting.items()}
    return [
        _joined(line, [p.text if p.cleaners is None else next(cleaned[p.cleaners]) for p in line])
        for line in parts
    ]


def _parts(line: str, cleaners: Names, words: Pronunciations | None, clean_all: CleanAll) -> Iterator[_Part]:
    begin = 0
    check(line)
    for found in STRETCH.finditer(line):
        language = languages.find(found[1])
        yield from _words(line[begin : found.start()], cleaners, words, clean_all)
        normaliser = [NORMALISE + language.normaliser] if cleaners[0].startswith(NORMALISE) else []
        own = words.for_language(language.code) if words is not None else None
        yield from _words(found[2], (*normaliser, language.cleaner), own, clean_all)
        begin = found.end()
    yield from _words(line[begin:], cleaners, words, clean_all)


def _normalised(text: str, words: Pronunciations, read: Callable[[str], str]) -> str:
    """The normalised text. It is read as a whole, since Dr. before a name is read otherwise than at the end.

    A word that the normaliser would change, as 3M, is left out, so that its pronunciation still finds it.
    """
    pieces, begin = [], 0
    for found in words.pattern.finditer(text):
        if words.of(found[0]) is not None and read(found[0]) != found[0]:
            pieces += [read(text[begin : found.start()]), found[0]]
            begin = found.end()
    return "".join([*pieces, read(text[begin:])])


def _words(text: str, cleaners: Names, words: Pronunciations | None, clean_all: CleanAll) -> Iterator[_Part]:
    if words is None or not words.words or not words.pattern.search(text):
        yield _Part(text, cleaners)
        return
    if cleaners[0].startswith(NORMALISE):
        normaliser, cleaners = cleaners[:1], cleaners[1:]
        text = _normalised(text, words, lambda piece: clean_all([piece], normaliser)[0])
    begin, held, is_glued = 0, "", False
    for found in words.pattern.finditer(text):
        each = words.of(found[0])
        held += text[begin : found.start()]
        begin = found.end()
        if each is None or each.is_spelling:
            held += each.said if each is not None else found[0]
            continue
        yield _Part(held, cleaners, is_glued)
        ending, begin = spoken_ending(text, begin, words.language, each.said)
        yield _Part(each.said + ending, None)
        held, is_glued = "", is_hangul(found[0][-1]) and is_hangul(text[begin : begin + 1])
    yield _Part(held + text[begin:], cleaners, is_glued)


def _joined(parts: Sequence[_Part], cleaned: Sequence[str]) -> str:
    """The cleaned parts, with a space where the text has one or where two words would touch."""
    line, before = (
        "",
        "",
    )  # `before`: what was written since the last part that something is spoken of, and that part
    for part, text in zip(parts, map(str.strip, cleaned), strict=True):
        if not text:
            before += part.text
            continue
        is_apart = (
            (_SPACE_BEGINS.match(part.text) and not text.startswith(part.text[0]))
            or (_SPACE_ENDS.search(before) and not line.endswith(before[-1]))
            or (text[0].isalnum() and before[-1:].isalnum() and not part.is_glued)
        )
        line += (" " if line and is_apart and line[-1] not in _OPENING else "") + text
        before = part.text
    return line
