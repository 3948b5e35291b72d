"""A bar of several parts on one scale, each with its own texture, so that it reads without colour:

[██████▓▓▒▒▒░░····················]     used, under way, queued, to come; dots are what is left
[███████████████████████|███▓▓▒▒▒░]     over the limit, the scale is the whole, and a line marks where it was
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.widgets.charts.glyphs import Glyphs, current
from tui.widgets.rows import Row, Span


class Part(NamedTuple):
    """What takes from the scale: its name, how much, and the component class that colours it."""

    name: str
    amount: float
    style: str = ""


def textures(glyphs: Glyphs | None = None) -> tuple[str, ...]:
    """One glyph for each part in its order, the densest first."""
    return tuple(reversed((glyphs or current()).shades[1:]))


def bar(parts: Sequence[Part], limit: float, cells: int, glyphs: Glyphs | None = None) -> Row:
    """The bar in `cells` cells, four parts at most. What is there at all has a cell; what is not full shows room.

    Args:
        limit: where the scale ends, unless the parts together are more.
    """
    glyphs = glyphs or current()
    inner = cells - 2
    total = sum(max(0.0, part.amount) for part in parts)
    scale = max(limit, total)
    if inner < 1 or scale <= 0:
        return ((f"[{'·' * max(0, inner)}]"[:cells] if glyphs.full != "#" else "[]"[:cells], ""),)
    sizes = _sizes([max(0.0, part.amount) for part in parts], scale, inner)
    spans: list[Span] = [("[", "")]
    for part, size, shade in zip(parts, sizes, textures(glyphs), strict=False):
        spans.append((shade * size, part.style))
    spans.append((_room(glyphs) * (inner - sum(sizes)), ""))
    spans.append(("]", ""))
    if total > limit > 0:
        return _marked(spans, 1 + min(inner - 1, round(limit / scale * inner)))
    return tuple(span for span in spans if span[0])


def _room(glyphs: Glyphs) -> str:
    return "·" if glyphs.full != "#" else " "


def _sizes(amounts: Sequence[float], scale: float, cells: int) -> list[int]:
    """Cells of each amount: by where each ends on the scale, so that rounding never adds up."""
    sizes: list[int] = []
    end = 0.0
    for amount in amounts:
        end += amount
        size = round(end / scale * cells) - sum(sizes)
        sizes.append(max(size, 1) if amount > 0 else 0)
    room = 1 if end < scale * 0.999999 else 0
    while sum(sizes) > cells - room and max(sizes) > 1:
        sizes[sizes.index(max(sizes))] -= 1
    return sizes


def _marked(spans: Sequence[Span], at: int) -> Row:
    """The spans with a line in the cell `at`."""
    marked: list[Span] = []
    position = 0
    for text, style in spans:
        inside = at - position
        if 0 <= inside < len(text):
            marked += [(text[:inside], style), ("|", ""), (text[inside + 1 :], style)]
        else:
            marked.append((text, style))
        position += len(text)
    return tuple(span for span in marked if span[0])
