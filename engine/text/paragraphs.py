"""The paragraphs of a text: lines that were broken at a width belong together."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence

_BROKEN = 0.6  # of the lines of a text that is broken at a width end there, inside a sentence
_NARROWEST = 40  # cells of such a width
_ENDS = tuple(".!?…:\"'»”’。！？」』")
_ITEM = re.compile(r"[-*•–—]\s")
_NUMBERED = re.compile(r"(?:\d+|[A-Za-z])[.)]\s")
# an editor breaks "well-known" behind its hyphen; "Vor- und Nachteile" keeps its space
_HYPHEN = re.compile(r"\w-$")
_AND = re.compile(r"(?:und|oder|bzw|and|or|to|en|of|et|ou)\b")


def paragraphs(text: str) -> Iterator[str]:
    """In order, each on one line.

    A paragraph ends at an empty line, before an item of a list, and where a line ends although the next word would have
    fitted. In a text whose lines are not broken at a width every line is a paragraph, but for those that go on inside a
    sentence with a small letter.
    """
    blocks = _blocks(text)
    width = _width_of_lines(blocks)
    is_broken = width >= _NARROWEST and _is_broken(blocks, width)
    for block in blocks:
        held = [block[0].strip()]
        ends_sentence = block[-1].rstrip().endswith(_ENDS)
        for line, following in itertools.pairwise(block):
            begin = following.strip()
            if _goes_on(line, following, width if is_broken else 0, ends_sentence):
                held += (_between(held[-1], begin), begin)
            else:
                yield "".join(held)
                held = [begin]
        yield "".join(held)


def _blocks(text: str) -> list[list[str]]:
    """Lines between empty ones, with their indents."""
    lines = text.splitlines()
    return [
        list(block) for written, block in itertools.groupby(lines, lambda line: bool(line.strip())) if written
    ]


def _goes_on(line: str, following: str, width: int, block_ends: bool) -> bool:
    """Whether a line is one with that before it.

    Args:
        width: that the text is broken at; 0 where it is not.
        block_ends: whether the lines between two empty ones end with a sentence; a list of words does not.
    """
    is_end = line.rstrip().endswith(_ENDS)
    begin = following.lstrip()
    if _ITEM.match(begin) or (is_end and _NUMBERED.match(begin)):
        return False
    if not is_end:
        is_heading = 2 * _cells(line) < width  # or a line of verse
        return (bool(width) and not is_heading) or (block_ends and begin[0].islower())
    is_indented = _indent(following) > _indent(line)
    return bool(width) and not is_indented and not _fits(line, begin, width)


def _between(line: str, following: str) -> str:
    """What stands between two lines of a paragraph: a space, or nothing."""
    if _is_wide(line[-1]) and _is_wide(following[0]):
        return ""
    is_one_word = _HYPHEN.search(line[-2:]) and following[0].islower() and not _AND.match(following)
    return "" if is_one_word else " "


def _width_of_lines(blocks: Sequence[Sequence[str]]) -> int:
    lengths = sorted(_cells(line) for block in blocks for line in block)
    return lengths[int(0.95 * len(lengths))] if lengths else 0  # a few lines of any text are longer


def _is_broken(blocks: Sequence[Sequence[str]], width: int) -> bool:
    """Whether most lines end inside a sentence, where the first word of the next line would not have fitted."""
    ends = [
        not _fits(line, following.strip(), width) and not line.rstrip().endswith(_ENDS)
        for block in blocks
        for line, following in itertools.pairwise(block)
    ]
    return sum(ends) > _BROKEN * len(ends)


def _fits(line: str, following: str, width: int) -> bool:
    if _is_wide(following[0]):  # a script without spaces is broken anywhere, but not before its marks
        return _cells(line) + 4 <= width
    return _cells(line) + 1 + len(following.split(maxsplit=1)[0]) <= width


def _cells(line: str) -> int:
    line = line.rstrip()
    return len(line) if line.isascii() else sum(2 if _is_full(each) else 1 for each in line)


def _is_wide(character: str) -> bool:
    """Of a script without spaces between words; Korean has them."""
    return _is_full(character) and not "\uac00" <= character <= "\ud7af"


def _is_full(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
