"""The only door for text that we did not write: log lines, file names, transcripts, words of other programs.

A terminal obeys what it is sent. Whatever comes in here leaves as one printable line that moves no cursor,
sets no colour, opens no link, turns no reading direction and is as wide as it says. What goes is visible:

    escape sequences (colours, titles, links)   dropped, they were never text
    C0 controls and DEL                         their picture: ␀ ␇ ␡
    bytes that are not UTF-8, C1, surrogates,   � (a zero-width space in a transcript is worth seeing)
    bidi controls, zero-width, unassigned
    joiners of letters and of emoji             themselves: Persian and Hindi are not written without them
    variation selectors                         dropped, they only choose a look that terminals disagree on
    tabs, no-break and wide spaces              spaces
    more than three stacked marks               the first three
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content

REPLACEMENT = "\ufffd"
NON_JOINER, JOINER = "\u200c", "\u200d"
ELLIPSIS = "…"
# a line longer than this is cropped before any work is done on it: one line must never stall a frame
MAX_CHARACTERS = 8192

# CSI; OSC, DCS, SOS, PM, APC up to their end (or the end of the line); then the short ones.
# The string forms end at the next ESC as in a terminal, so that an unfinished one cannot swallow a later one.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_MARKS = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACKED_MARKS = re.compile(rf"((?:{_MARKS}[\u200c\u200d]*){{3}})(?:{_MARKS}|[\u200c\u200d])+")
# one that joins nothing would join our own frame, or the next cell
_LONE_JOINERS = re.compile(
    r"^[\u200c\u200d]+|[\u200c\u200d]+$|(?<=[\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d](?=[\u200c\u200d])"
)
_TAB_CELLS = 4


class _Characters(dict[int, str]):
    """A table for str.translate that decides about a character when it is first seen."""

    def __missing__(self, code: int) -> str:
        shown = self[code] = _shown(chr(code))
        return shown


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return chr(0x2400 + code) if code < 0x20 else "\u2421"
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return ""
    if character in (NON_JOINER, JOINER):
        return character
    category = unicodedata.category(character)
    if category == "Zs":
        return " " * cell_len(character)
    unseen = category in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
    # fillers are letters by category and nothing on the screen
    filler = cell_len(character) == 0 and not category.startswith("M")
    return REPLACEMENT if unseen or filler else character


_CHARACTERS = _Characters()


def clean(raw: str | bytes) -> str:
    """One printable line of `raw`; looks at MAX_CHARACTERS at most, "…" says that there was more."""
    if len(raw) > MAX_CHARACTERS:
        return clean(raw[:MAX_CHARACTERS]) + ELLIPSIS
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if text.isascii() and text.isprintable():
        return text
    text = _ESCAPES.sub("", text).expandtabs(_TAB_CELLS).translate(_CHARACTERS)
    if text.isascii():
        return text
    text = _LONE_JOINERS.sub("", text)
    # a mark with nothing before it would change our own frame
    if text and unicodedata.category(text[0]).startswith("M"):
        text = " " + text
    return _STACKED_MARKS.sub(r"\1", text)


def clean_log_line(raw: bytes) -> str:
    """One line of a log file: as `clean`; of a progress bar that rewrites itself with CR, its last state."""
    raw = raw.rstrip(b"\r\n")
    if b"\r" in raw:
        raw = raw[raw.rindex(b"\r") + 1 :]
    return clean(raw)


def content(raw: str | bytes) -> Content:
    """Cleaned text for Textual's widgets, in which no markup is looked for."""
    return Content(clean(raw))


def width(text: str) -> int:
    """Cells that cleaned text takes on the screen."""
    return len(text) if text.isascii() else cell_len(text)


def crop(text: str, cells: int) -> str:
    """Cleaned text in at most `cells` cells, with an ellipsis, which is one wide, where something was cut off."""
    if width(text) <= cells:
        return text
    return slice_cells(text, 0, cells - 1).rstrip(" ") + ELLIPSIS if cells > 0 else ""


def crop_middle(text: str, cells: int) -> str:
    """Cleaned text in at most `cells` cells with both its ends: names often differ in the last letters only."""
    size, room = width(text), cells - 1
    if size <= cells or room < 2:
        return crop(text, cells)
    tail = room * 2 // 5
    return slice_cells(text, 0, room - tail) + ELLIPSIS + slice_cells(text, size - tail, tail)


def fit(text: str, cells: int, align: str = "left") -> str:
    """Cleaned text in exactly `cells` cells: cropped or padded; `align` is left, right or center."""
    text = crop(text, cells)
    missing = max(0, cells - width(text))
    left = {"left": 0, "right": missing, "center": missing // 2}[align]
    return " " * left + text + " " * (missing - left)


def slice_cells(text: str, start: int, cells: int) -> str:
    """The part of cleaned text from cell `start`, at most `cells` wide; half a wide character is a space."""
    if cells <= 0:
        return ""
    if text.isascii():
        return text[start : start + cells]
    shown: list[str] = []
    position, stop = 0, start + cells
    for cluster in _clusters(text):
        size = cell_len(cluster)
        begin, position = position, position + size
        if begin >= stop and size:
            break
        if begin >= start and position <= stop and (size or shown):
            shown.append(cluster)
        elif begin < stop and position > start and size:
            shown.append(" " * (min(position, stop) - max(begin, start)))
    return "".join(shown).rstrip(JOINER + NON_JOINER)


def _clusters(text: str) -> Iterator[str]:
    """Characters with what belongs to them: marks, joiners, and what a joiner joins."""
    cluster = ""
    for character in text:
        if cluster and (cluster[-1] == JOINER or cell_len(character) == 0):
            cluster += character
        else:
            if cluster:
                yield cluster
            cluster = character
    if cluster:
        yield cluster
