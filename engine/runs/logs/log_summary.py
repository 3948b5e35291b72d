"""The one line of a program's output with the reason why it died."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from engine.runs.logs.follow import read_range, size_of

_TAIL_BYTES = 64 << 10
_LONGEST = 300  # characters
_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])")
_TRACEBACK = "Traceback (most recent call last)"


def summarize_log(log: str | Path, start: int = 0, *, only_errors: bool = False) -> str:
    """`summarize_output` of the end of a log file, without what stands before byte `start`."""
    size = size_of(log)
    return summarize_output(read_range(log, max(start, size - _TAIL_BYTES), size), only_errors=only_errors)


def summarize_output(output: bytes, *, only_errors: bool = False) -> str:
    """The exception of the last traceback, else the last line with words unless `only_errors`; "" without one."""
    lines = [_visible(line) for line in output.decode("utf-8", "replace").split("\n")]
    found = _fatal_error(lines) or _exception(lines)
    if not found and not only_errors:
        found = next((line.strip() for line in reversed(lines) if re.search(r"\w", line)), "")
    return found[:_LONGEST]


def _visible(line: str) -> str:
    """What a terminal would show in the end, without colours and control characters; the indent stays."""
    line = _ESCAPES.sub("", line.rstrip("\r").rpartition("\r")[2])
    return "".join(c for c in line if c == " " or unicodedata.category(c)[0] != "C").rstrip()


def _fatal_error(lines: list[str]) -> str:
    """faulthandler's first line: the interpreter itself has crashed."""
    return next((line for line in reversed(lines) if line.startswith("Fatal Python error: ")), "")


def _exception(lines: list[str]) -> str:
    """The line after the last traceback's frames, the first one of its message."""
    starts = [number for number, line in enumerate(lines) if _TRACEBACK in line]
    if not starts:
        return ""
    # Ranks and loaders print their tracebacks indented or behind a prefix such as "[rank0]: ".
    indent = lines[starts[-1]].index(_TRACEBACK)
    after = (line[indent:] for line in lines[starts[-1] + 1 :])
    return next((line for line in after if line and not line.startswith(" ")), "")
