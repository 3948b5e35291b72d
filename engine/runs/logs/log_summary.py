"""What a program said before it died: the one line of a log that tells most."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from engine.runs.logs.follow import read_range

_TAIL_BYTES = 64 << 10
_LONGEST = 300  # characters
_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])")
_TRACEBACK = "Traceback (most recent call last)"


def last_words(log: str | Path, start: int = 0, *, only_faults: bool = False) -> str:
    """The exception of the last traceback in the log's end, else its last line with words; "" when there is none.

    Args:
        log: path of the log.
        start: byte where the program's own output begins; what came earlier is not looked at.
        only_faults: do not take a last line that is no exception.
    """
    try:
        size = Path(log).stat().st_size
    except OSError:
        return ""
    return words_of(read_range(log, max(start, size - _TAIL_BYTES), size), only_faults=only_faults)


def words_of(output: bytes, *, only_faults: bool = False) -> str:
    """The same of a program's output that somebody else has read."""
    lines = [_visible(line) for line in output.decode("utf-8", "replace").split("\n")]
    found = _fatal(lines) or _exception(lines)
    return (found or ("" if only_faults else _last_line(lines)))[:_LONGEST]


def _visible(line: str) -> str:
    """What a terminal would show in the end, without colours and control characters; the indent stays."""
    line = line.rstrip("\r").rpartition("\r")[2]
    line = _ESCAPES.sub("", line)
    return "".join(c for c in line if c == " " or unicodedata.category(c)[0] != "C").rstrip()


def _fatal(lines: list[str]) -> str:
    """faulthandler's first line: the interpreter itself went down."""
    return next((line for line in reversed(lines) if line.startswith("Fatal Python error: ")), "")


def _exception(lines: list[str]) -> str:
    """The line after the last traceback's frames. Messages may go on for lines; the first one names the fault."""
    starts = [number for number, line in enumerate(lines) if _TRACEBACK in line]
    if not starts:
        return ""
    # Ranks and loaders print their tracebacks indented or behind a prefix such as "[rank0]: ".
    indent = lines[starts[-1]].index(_TRACEBACK)
    for line in lines[starts[-1] + 1 :]:
        said = line[indent:]
        if said and not said.startswith(" "):
            return said
    return ""


def _last_line(lines: list[str]) -> str:
    return next((line.strip() for line in reversed(lines) if re.search(r"\w", line)), "")
