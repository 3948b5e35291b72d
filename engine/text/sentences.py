"""Splits a long text into stretches to synthesise one by one, each with a pause after it by its punctuation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from engine import languages
from engine.text import marked
from engine.text.normalise import MODULES, normalise
from engine.text.paragraphs import paragraphs

LONGEST = 200  # characters of a stretch: about as long as the longest sentence that a voice is trained on
CLAUSE_S, SENTENCE_S, PARAGRAPH_S = 0.15, 0.35, 0.7  # seconds of silence

_CLOSING = "\"'»”’)\\]」』）"
# after 「はい。」 the sentence continues with these, as in 「はい。」と言った or "said [ja: はい。] and left"
_GOES_ON = r"(?:と|って|など|なんて|の|は|が|を|に|、|。|\s+[a-z])"
# A full stop before a small letter or a digit ends no sentence; a Chinese or Japanese one needs no space after it.
# The points of ". . ." are one end.
_SENTENCE_END = re.compile(
    rf"(?<![.!?…])(?<![.!?…]\s)[.!?…]+(?:\s[.!?…]+)*[{_CLOSING}]*"
    rf"(?!\s[.!?…]+[{_CLOSING}]*(?!\S))(?=\s+[^\s\w]*[^\sa-z\d])"
    rf"|[。！？]+(?:[{_CLOSING}]+(?!{_GOES_ON}|[{_CLOSING}])|(?![{_CLOSING}。！？]))"
)
_CLAUSE_END = re.compile(rf"[,;:—–][{_CLOSING}]*(?=\s)|[、，；：]")
_SPOKEN = re.compile(r"[^\W_]")  # without a letter or a digit a voice makes noise
_WORD_END = re.compile(r"(?=\s)")

_INITIAL = re.compile(r"(?<![\w.])[^\W\d_]\.$")
# for languages without a normaliser
_ABBREVIATION = re.compile(
    r"(?<![\w.])(?:Dr|Mrs?|Ms|St|Prof|Sra?|Mme|Hr|Fr|Nr|vs|ca|bzw|Gen|Capt|Lt|Col|Sgt|Rev|Mt|Vol|Bd)\.$"
)
_ORDINAL = re.compile(r"(?<!\w)\d+\.$")
# these are whole words in other languages
_ONE_LANGUAGES = {"de": re.compile(r"(?<!\w)(?:max|[Hh]l|Abs|Art|Kap|Ziff)\.$")}
_PART = re.compile(r"(?<!\w)(?:Vol|Ch|Sec|Art|Fig|Pt|Bk|Bd|Kap|Abs|Tab|Abb)\.$", re.IGNORECASE)
_ROMAN = re.compile(r"\s+[IVXLC]+(?!\w)")
_TAIL = re.compile(r"(?:(?<!\S)[^\W\d_]+ )?\S+\.$")
_FOLLOWING = re.compile(r"\s+([^\s\w]*\w+)")
_LOOKS_BACK = 60  # characters: more than an abbreviation and the word before it

IsOpen = Callable[[str, int], bool]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A text to synthesise at once, and the silence after it in seconds."""

    text: str
    pause_s: float


def stretches(text: str, longest: int = LONGEST, language: str = "") -> Iterator[Stretch]:
    """The sentences in order; one that is too long is cut at clauses, else between words, else anywhere.

    Each has a letter or a digit, unless the whole text has none. A part as [de: Guten Tag] that is too long becomes
    several parts of that language.

    Args:
        longest: characters of a stretch.
        language: its code; its normaliser tells abbreviations from ends of sentences.
    """
    is_open = partial(_is_abbreviated, language)
    written = list(paragraphs(text))
    found = list(filter(_SPOKEN.search, written)) or written
    for place, paragraph in enumerate(found):
        last = 0.0 if place == len(found) - 1 else PARAGRAPH_S
        sentences = _with_words(list(_cut(paragraph, _SENTENCE_END, is_open)))
        for number, sentence in enumerate(sentences):
            pause = last if number == len(sentences) - 1 else SENTENCE_S
            yield from _within(sentence, longest, pause)


def _with_words(sentences: list[str]) -> list[str]:
    """Joins parts without a letter to the sentence before them, as a dash after a full stop."""
    joined: list[str] = []
    for sentence in sentences:
        if joined and not (_SPOKEN.search(sentence) and _SPOKEN.search(joined[-1])):
            joined[-1] += f" {sentence}"
        else:
            joined.append(sentence)
    return joined


def _within(sentence: str, longest: int, pause_s: float) -> Iterator[Stretch]:
    if len(sentence) <= longest:
        yield Stretch(sentence, pause_s)
        return
    parts = [marked.STRETCH.sub(lambda found: _several(found, longest), sentence)]
    for end in (_CLAUSE_END, _WORD_END):
        parts = [joined for part in parts for joined in _joined(part, end, longest)]
    pieces = [part[i : i + longest] for part in parts for i in range(0, len(part), longest)]
    # drop a dash that fits into no neighbour
    pieces = list(filter(_SPOKEN.search, pieces)) or pieces
    for piece in pieces[:-1]:
        yield Stretch(piece, _pause_behind(piece))
    yield Stretch(pieces[-1], pause_s)


def _pause_behind(piece: str) -> float:
    if piece.endswith("]") and _SENTENCE_END.search(piece[-3:] + " A"):
        return SENTENCE_S
    return CLAUSE_S if _CLAUSE_END.search(piece[-3:] + " ") else 0.0


def _several(found: re.Match[str], longest: int) -> str:
    """A part in another language, split into several with the same mark where it is too long."""
    if len(found[0]) <= longest:
        return found[0]
    language = languages.find(found[1]).code
    room = max(1, longest - len(f"[{found[1]}: ]"))
    return " ".join(f"[{found[1]}: {part.text}]" for part in stretches(found[2], room, language))


def _joined(text: str, end: re.Pattern[str], longest: int) -> Iterator[str]:
    """The parts of a text that is too long, joined as long as they fit."""
    if len(text) <= longest:
        yield text
        return
    held = ""
    for part in _cut(text, end):
        if held and len(held) + 1 + len(part) > longest:
            yield held
            held = part
        else:
            held = f"{held} {part}".strip()
    yield held


def _cut(text: str, end: re.Pattern[str], is_open: IsOpen = lambda _text, _place: False) -> Iterator[str]:
    """The parts of `text` up to each end, but not inside a part as [de: Guten Tag. Auf Wiedersehen.].

    Args:
        is_open: whether the sentence continues after a place.
    """
    marks = [found.span() for found in marked.STRETCH.finditer(text)]
    begin = 0
    for found in end.finditer(text):
        while marks and marks[0][1] <= found.start():
            marks.pop(0)
        is_inside = bool(marks) and marks[0][0] < found.end() < marks[0][1]
        if is_inside or is_open(text, found.end()):
            continue
        if part := text[begin : found.end()].strip():
            yield part
            begin = found.end()
    if rest := text[begin:].strip():
        yield rest


def _is_abbreviated(language: str, text: str, place: int) -> bool:
    """Whether the full stop before `place` belongs to an abbreviation or an ordinal and ends no sentence.

    Where the normaliser reads it without a full stop, as "Gen. Lee", it ends none.
    """
    before = text[max(0, place - _LOOKS_BACK) : place]
    own = _ONE_LANGUAGES.get(language)
    if _INITIAL.search(before) or (own and own.search(before)):
        return True
    if _PART.search(before) and _ROMAN.match(text, place):
        return True
    if language not in MODULES:
        return bool(_ORDINAL.search(before) or _ABBREVIATION.search(before))
    tail, following = _TAIL.search(before), _FOLLOWING.match(text, place)
    if not tail or not following:
        return False
    return not re.search(r"[.!?…]", normalise(f"{tail[0]} {following[1]}", language))
