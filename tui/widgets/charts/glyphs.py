"""Which glyphs the terminal can show: braille dots, or ASCII where it cannot.

Textual sends UTF-8 in any case; what is asked here is whether the font and the locale on the way show it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

# consoles whose fonts have no braille
_PLAIN_TERMINALS = ("linux", "dumb", "vt52", "vt100", "vt102", "vt220", "ansi", "cons25")


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One cell of a drawing is `columns` x `rows` dots; `dots[i]` is the glyph of the bit pattern i.

    Bit `x * rows + y` is the dot in column x, row y from the top.
    """

    columns: int
    rows: int
    dots: tuple[str, ...]
    shades: str
    full: str
    empty: str
    axis: str
    dot_mark: str
    cursor: str
    up: str
    down: str
    separator: str


def _braille(pattern: int) -> str:
    # Unicode counts the left column 1 2 3, the right one 4 5 6, and the fourth row as an afterthought 7 8
    order = (0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80)
    return chr(0x2800 + sum(bit for i, bit in enumerate(order) if pattern >> i & 1))


UNICODE = Glyphs(
    columns=2,
    rows=4,
    dots=tuple(" " if i == 0 else _braille(i) for i in range(256)),
    shades=" ░▒▓█",
    full="█",
    empty="░",
    axis="│",
    dot_mark="●",
    cursor="›",
    up="▲",
    down="▼",
    separator=" │ ",
)
ASCII = Glyphs(
    columns=1,
    rows=2,
    dots=(" ", "'", ".", ":"),
    shades=" .:*#",
    full="#",
    empty=".",
    axis="|",
    dot_mark="*",
    cursor=">",
    up="^",
    down="v",
    separator=" | ",
)


# What our screens and Textual's own draw besides: a cell for a cell, so that nothing moves.
_SIGNS = "·.–-‖\"’'…~›>↑^↓v␡?�?•*⏎?●*○o◌o◍@✔+✓+✘!✗!■#▪#▲^▴^▶>▸>▼v▾v◀<◂<◆*∧^∨v"
_HORIZONTAL, _VERTICAL = "─━┄┅┈┉╌╍═╴╶╸╺╼╾", "│┃┆┇┊┋╎╏║╵╷╹╻╽╿"
_IN_ASCII = str.maketrans(
    {chr(code): "+" for code in range(0x2500, 0x2580)}  # corners and crossings
    | dict.fromkeys(_HORIZONTAL, "-")
    | dict.fromkeys(_VERTICAL, "|")
    | {chr(code): "#" for code in range(0x2580, 0x25A0)}  # blocks
    | {"░": ".", "▒": ":", "▁": "_", "▔": "-", "▏": "|", "▎": "|", "▕": "|"}
    | dict(zip(_SIGNS[::2], _SIGNS[1::2], strict=True))
    | {chr(0x2400 + code): "?" for code in range(0x20)}  # pictures of control characters
    | {chr(0x2800 + code): ":" for code in range(1, 256)}  # braille of Textual's own spinners
)


def in_ascii(text: str) -> str:
    """Our own glyphs in ASCII; letters of other languages stay."""
    return text if text.isascii() else text.translate(_IN_ASCII)


def choose(environ: Mapping[str, str]) -> Glyphs:
    """The set for this environment.

    VITSDECK_GLYPHS=ascii or unicode decides; otherwise a console without braille and a locale that names another
    character set than UTF-8 get ASCII. An unset or "C" locale, usual in containers, says nothing: Unicode.
    """
    wish = environ.get("VITSDECK_GLYPHS", "").lower()
    if wish in ("ascii", "unicode"):
        return ASCII if wish == "ascii" else UNICODE
    if environ.get("TERM", "") in _PLAIN_TERMINALS:
        return ASCII
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    charset = locale.partition(".")[2].partition("@")[0].lower().replace("-", "")
    return UNICODE if charset in ("", "utf8") else ASCII


@lru_cache(1)
def current() -> Glyphs:
    """The set for the terminal we run in."""
    return choose(os.environ)
