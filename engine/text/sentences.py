"""A long text as stretches that a voice speaks one at a time, each with the pause that its punctuation asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.text.paragraphs import paragraphs

LONGEST = 200  # characters of a stretch: about as long as the longest sentence that a voice is trained on
CLAUSE_S, SENTENCE_S, PARAGRAPH_S = 0.15, 0.35, 0.7  # seconds of silence

_CLOSING = "\"'»”’)\\]」』）"
# A full stop before a small letter or a digit ends nothing; those of Chinese and Japanese need no space behind them.
_SENTENCE_END = re.compile(rf"[.!?…]+[{_CLOSING}]*(?=\s+[^\s\w]*[^\sa-z\d])|[。！？]+[{_CLOSING}]*")
_CLAUSE_END = re.compile(rf"[,;:—–][{_CLOSING}]*(?=\s)|[、，；：]")
_WORD_END = re.compile(r"(?=\s)")
# numbers as German's ordinals, initials, and the titles that stand before a name
_ABBREVIATION = re.compile(r"(?<!\w)(?:\d+|[^\W\d_]|Dr|Mrs?|Ms|St|Prof|Sra?|Mme|Hr|Fr|Nr|No|vs|ca|bzw)\.$")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is spoken in one go, and the silence behind it in seconds."""

    text: str
    pause_s: float


def stretches(text: str, longest: int = LONGEST) -> Iterator[Stretch]:
    """Sentences in order; one that is too long is cut at its clauses, else between words, else anywhere.

    Args:
        longest: characters of a stretch.
    """
    found = list(paragraphs(text))
    for place, paragraph in enumerate(found):
        last = 0.0 if place == len(found) - 1 else PARAGRAPH_S
        sentences = list(_cut(paragraph, _SENTENCE_END))
        for number, sentence in enumerate(sentences):
            pause = last if number == len(sentences) - 1 else SENTENCE_S
            yield from _within(sentence, longest, pause)


def _within(sentence: str, longest: int, pause_s: float) -> Iterator[Stretch]:
    if len(sentence) <= longest:
        yield Stretch(sentence, pause_s)
        return
    parts = [sentence]
    for end in (_CLAUSE_END, _WORD_END):
        parts = [joined for part in parts for joined in _joined(part, end, longest)]
    pieces = [part[i : i + longest] for part in parts for i in range(0, len(part), longest)]
    for piece in pieces[:-1]:
        yield Stretch(piece, CLAUSE_S if _CLAUSE_END.search(piece[-2:] + " ") else 0.0)
    yield Stretch(pieces[-1], pause_s)


def _joined(text: str, end: re.Pattern[str], longest: int) -> Iterator[str]:
    """The parts of a text that is too long, as many of them together as fit."""
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


def _cut(text: str, end: re.Pattern[str]) -> Iterator[str]:
    """The parts of `text` up to each end; an abbreviation's full stop ends nothing."""
    begin = 0
    for found in end.finditer(text):
        part = text[begin : found.end()].strip()
        is_open = part.count("[") > part.count("]")  # inside a stretch as [de: Guten Tag.]
        if part and not is_open and not (end is _SENTENCE_END and _ABBREVIATION.search(part)):
            yield part
            begin = found.end()
    if rest := text[begin:].strip():
        yield rest
