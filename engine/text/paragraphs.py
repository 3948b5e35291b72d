"""The paragraphs of a text: lines that were broken at a width belong together."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_BROKEN = 0.6  # of the lines of a text that is broken at a width end there, inside a sentence
_NARROWEST = 40  # cells of such a width
# of that width; fmt makes lines alike, and so leaves some shorter than they could be
_NEARLY, _FILLED = 0.7, 0.8
_SMALL = 0.25  # of the lines that go on inside a sentence begin with a small letter, more than that in German
_HANGING = 0.4  # of them end with a short word
_VERSES = 5  # lines that all go on with a capital letter are verse
_ENDS = tuple(".!?…:\"'»«›‹”“’。！？」』")
_OPENING = "\"'“‘„‚«‹»›([¿¡ \t"
_ITEM = re.compile(r"[-*•–—]\s")
_POINT = re.compile(r"\d+[.)]\s")  # of a list whose first line begins so
_NUMBERED = re.compile(r"(?:\d+|[A-Za-z])[.)]\s")
# "at" before "St. Mary's" and "20" before "Leute": neither verse nor a heading often ends so
_HANGS = re.compile(r"(?<!\w)(?:[a-zà-ÿ]{1,3}|\d+)$")
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
    """What stands between two lines of a paragraph: a space, or nothing."""
    if _is_wide(line[-1]) and _is_wide(following[0]):
        return ""
    is_one_word = _HYPHEN.search(line[-2:]) and following[0].islower() and not _AND.match(following)
    return "" if is_one_word else " "


def _width_of_lines(blocks: Sequence[Sequence[str]]) -> int:
    lengths = sorted(_cells(line) for block in blocks for line in block)
    return lengths[int(0.95 * len(lengths))] if lengths else 0  # a few lines of any text are longer


def _is_broken(blocks: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the lines end at a width, and not where their writer ended them, as those of verse."""
    pairs = [
        _Pair(line.rstrip(), following.strip(), _is_end(block[-1]))
        for block in blocks
        for line, following in itertools.pairwise(block)
    ]
    inside = [pair for pair in pairs if not _is_end(pair.line) and not _ITEM.match(pair.begin)]
    if _are_verses(inside):
        return False
    # most lines of prose end inside a sentence; of a dialogue few do, but where they do, they are filled
    ends = sum(not _fits(pair.line, pair.begin, width) for pair in inside)
    filled = sum(pair.is_closed and _cells(pair.line) >= _NEARLY * width for pair in inside)
    return ends > _BROKEN * len(pairs) or (filled > _BROKEN * len(inside) and _are_prose(inside))


class _Pair(NamedTuple):
    """A line, what the next one begins with, and whether their block ends with a sentence."""

    line: str
    begin: str
    is_closed: bool


def _are_verses(inside: Sequence[_Pair]) -> bool:
    """Whether lines that end inside a sentence do so by the will of their writer."""
    are_large = all(_begins_large(pair.begin) for pair in inside)
    return len(inside) >= _VERSES and are_large and _hanging(inside) < _SMALL * len(inside)


def _are_prose(inside: Sequence[_Pair]) -> bool:
    small = sum(_begins_small(pair.begin) for pair in inside)
    is_hanging = _hanging(inside) >= min(len(inside), max(2, _HANGING * len(inside)))
    return is_hanging or small >= max(1, _SMALL * len(inside))


def _hanging(inside: Sequence[_Pair]) -> int:
    return sum(bool(_HANGS.search(pair.line)) for pair in inside)


def _is_verse(block: Sequence[str], width: int) -> bool:
    """Whether each of some lines begins with a capital letter and has room for the next word."""
    begins = [line.strip() for line in block]
    return (
        len(block) > 2
        and all(map(_begins_large, begins))
        and all(_fits(line, following, width) for line, following in zip(block, begins[1:], strict=False))
    )


def _is_end(line: str) -> bool:
    return line.rstrip().endswith(_ENDS)


def _begins_small(line: str) -> bool:
    """With a letter that is no capital one, as all of Korean."""
    first = _first_letter(line)
    return first.isalpha() and not first.isupper()


def _begins_large(line: str) -> bool:
    return _first_letter(line).isupper()


def _first_letter(line: str) -> str:
    """What a line begins with, behind its quotation marks."""
    return line.lstrip(_OPENING)[:1]


def _fits(line: str, following: str, width: int) -> bool:
    if _is_wide(following[0]):  # a script without spaces is broken anywhere, but not before its marks
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
