"""The paragraphs of a text; lines that were wrapped at a width are joined again."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# shares of the lines that end inside a sentence, unless named otherwise
_BROKEN = 0.6  # of all lines: so many are full in a wrapped text
_NARROWEST = 40  # cells: narrower lines are not wrapped text
# of the width; fmt evens lines out and leaves some shorter than need be
_NEARLY, _FILLED = 0.7, 0.8
_SMALL = 0.25  # continue with a small letter in prose, even in German
_HANGING = 0.4  # end with a short word in prose
_VERSES = 5  # so many lines that all begin with a capital letter are verse
_ENDS = tuple(".!?…:\"'»«›‹”“’。！？」』")
_OPENING = "\"'“‘„‚«‹»›([¿¡ \t"
_ITEM = re.compile(r"[-*•–—]\s")
_POINT = re.compile(r"\d+[.)]\s")  # an item of a numbered list
_NUMBERED = re.compile(r"(?:\d+|[A-Za-z])[.)]\s")
# "at" before "St. Mary's" and "20" before "Leute"; verses and headings seldom end so
_HANGS = re.compile(r"(?<!\w)(?:[a-zà-ÿ]{1,3}|\d+)$")
# "well-" and "known" are one word; "Vor- und Nachteile" keeps its space
_HYPHEN = re.compile(r"\w-$")
_AND = re.compile(r"(?:und|oder|bzw|and|or|to|en|of|et|ou)\b")


def paragraphs(text: str) -> Iterator[str]:
    """The paragraphs in order, each on one line.

    A paragraph ends at an empty line, before a list item, and where a line ends although the next word would fit.
    In a text that is not wrapped every line is a paragraph, unless the next one continues its sentence with a small
    letter.
    """
    blocks = _blocks(text)
    width = _width_of_lines(blocks)
    is_broken = width >= _NARROWEST and _is_broken(blocks, width)
    for block in blocks:
        broken_at = width if is_broken and not _is_verse(block, width) else 0
        held = [block[0].strip()]
        ends_sentence, is_list = _is_end(block[-1]), bool(_POINT.match(block[0].strip()))
        for line, following in itertools.pairwise(block):
            begin = following.strip()
            is_item = is_list and bool(_POINT.match(begin))
            if not is_item and _goes_on(line, following, broken_at, ends_sentence):
                held += (_between(held[-1], begin), begin)
            else:
                yield "".join(held)
                held = [begin]
        yield "".join(held)


def _blocks(text: str) -> list[list[str]]:
    """Groups of lines between empty lines, with their indents."""
    lines = text.splitlines()
    return [
        list(block) for written, block in itertools.groupby(lines, lambda line: bool(line.strip())) if written
    ]


def _goes_on(line: str, following: str, width: int, block_ends: bool) -> bool:
    """Whether `following` continues the paragraph of `line`.

    Args:
        width: that the text is wrapped at; 0 where it is not.
        block_ends: whether the group of lines ends with a sentence; a list of words does not.
    """
    is_end = _is_end(line)
    begin = following.lstrip()
    if _ITEM.match(begin) or (is_end and _NUMBERED.match(begin)):
        return False
    if not is_end:
        is_heading = 2 * _cells(line) < width  # or a line of verse
        return (bool(width) and not is_heading) or (block_ends and begin[0].islower())
    is_indented = _indent(following) > _indent(line)
    is_filled = _cells(line) >= _FILLED * width or not _fits(line, begin, width)
    return bool(width) and not is_indented and is_filled


def _between(line: str, following: str) -> str:
    """What joins two lines of a paragraph: a space or nothing."""
    if _is_wide(line[-1]) and _is_wide(following[0]):
        return ""
    is_one_word = _HYPHEN.search(line[-2:]) and following[0].islower() and not _AND.match(following)
    return "" if is_one_word else " "


def _width_of_lines(blocks: Sequence[Sequence[str]]) -> int:
    lengths = sorted(_cells(line) for block in blocks for line in block)
    return lengths[int(0.95 * len(lengths))] if lengths else 0  # a few lines of any text are longer


def _is_broken(blocks: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the lines were wrapped at a width, and not ended by their writer, as verse."""
    pairs = [
        _Pair(line.rstrip(), following.strip(), _is_end(block[-1]))
        for block in blocks
        for line, following in itertools.pairwise(block)
    ]
    inside = [pair for pair in pairs if not _is_end(pair.line) and not _ITEM.match(pair.begin)]
    if _are_verses(inside):
        return False
    # in prose most lines end inside a sentence; in a dialogue few do, and those are full
    ends = sum(not _fits(pair.line, pair.begin, width) for pair in inside)
    filled = sum(pair.is_closed and _cells(pair.line) >= _NEARLY * width for pair in inside)
    return ends > _BROKEN * len(pairs) or (filled > _BROKEN * len(inside) and _are_prose(inside))


class _Pair(NamedTuple):
    """A line, the next line, and whether their group ends with a sentence."""

    line: str
    begin: str
    is_closed: bool


def _are_verses(inside: Sequence[_Pair]) -> bool:
    """Whether lines that end inside a sentence are verse."""
    are_large = all(_begins_large(pair.begin) for pair in inside)
    return len(inside) >= _VERSES and are_large and _hanging(inside) < _SMALL * len(inside)


def _are_prose(inside: Sequence[_Pair]) -> bool:
    small = sum(_begins_small(pair.begin) for pair in inside)
    is_hanging = _hanging(inside) >= min(len(inside), max(2, _HANGING * len(inside)))
    return is_hanging or small >= max(1, _SMALL * len(inside))


def _hanging(inside: Sequence[_Pair]) -> int:
    return sum(bool(_HANGS.search(pair.line)) for pair in inside)


def _is_verse(block: Sequence[str], width: int) -> bool:
    """Whether each line begins with a capital letter and has room for the next word."""
    begins = [line.strip() for line in block]
    return (
        len(block) > 2
        and all(map(_begins_large, begins))
        and all(_fits(line, following, width) for line, following in zip(block, begins[1:], strict=False))
    )


def _is_end(line: str) -> bool:
    return line.rstrip().endswith(_ENDS)


def _begins_small(line: str) -> bool:
    """With a letter that is no capital; Korean has no capitals."""
    first = _first_letter(line)
    return first.isalpha() and not first.isupper()


def _begins_large(line: str) -> bool:
    return _first_letter(line).isupper()


def _first_letter(line: str) -> str:
    """The first character after opening quotation marks."""
    return line.lstrip(_OPENING)[:1]


def _fits(line: str, following: str, width: int) -> bool:
    if _is_wide(following[0]):  # a script without spaces is wrapped anywhere, but not before its marks
        return _cells(line) + 4 <= width
    return _cells(line) + 1 + _cells(following.split(maxsplit=1)[0]) <= width


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
