"""Figures and states as a person reads them. Every state has its glyph and word, so that nothing hangs on colour."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.i18n import _

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

UNKNOWN = "–"
GLYPHS = {
    "starting": "◌",
    "running": "▶",
    "paused": "‖",
    "stopping": "◍",
    "stopped": "■",
    "finished": "✔",
    "failed": "✘",
    "stalled": "!",
}
GONE = _("this workspace is no longer there: it was moved, deleted or unmounted")
QUIET_SECONDS = 120.0  # a live run that has said nothing for this long is worth a word


def state(run: RunSnapshot) -> str:
    """`▶ running`."""
    return f"{GLYPHS.get(run.state, '?')} {run.state}"


def count(number: int | None) -> str:
    """`12,345`."""
    return UNKNOWN if number is None else f"{number:,}"


def value(number: float | None) -> str:
    """A loss or a rate in four to seven characters: `23.41`, `0.0213`, `9.93e-4`."""
    if number is None:
        return UNKNOWN
    if number != number:  # noqa: PLR0124 - NaN is the one number that is not itself
        return "NaN"
    size = abs(number)
    if size == 0:
        return "0"
    if size < 1e-3 or size >= 1e6:
        return f"{number:.2e}".replace("e-0", "e-").replace("e+0", "e")
    if size < 1:
        return f"{number:.4f}"
    return f"{number:.2f}" if size < 1e3 else f"{number:,.0f}"


def rate(steps_a_second: float) -> str:
    """Three digits: `142 steps/s`, `4.20 steps/s`, `0.141 steps/s`."""
    digits = 3 if steps_a_second < 1 else 2 if steps_a_second < 10 else 1 if steps_a_second < 100 else 0
    return f"{steps_a_second:,.{digits}f} steps/s"


def size(number: int | None) -> str:
    """Bytes as `1.9 GB`."""
    if number is None:
        return UNKNOWN
    amount, unit = float(number), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 999.5 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 99.5 else f"{amount:.1f} {unit}"


def difference(given_back: int | None) -> str:
    """`120 MB`; `none` for less than a page's worth, `-3.0 MB` for a process that grew meanwhile."""
    if given_back is None:
        return UNKNOWN
    if given_back == 0:
        return "none"
    return size(given_back) if given_back > 0 else f"-{size(-given_back)}"


def duration(seconds: float | None) -> str:
    """`42 s`, `3 min 10 s`, `2 h 05 min`, `3 d 4 h`."""
    if seconds is None or seconds < 0:
        return UNKNOWN
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def ago(when: float, now: float | None = None) -> str:
    """`12 s ago`, `5 min ago`; nothing for a time that nobody wrote down."""
    if when <= 0:
        return ""
    passed = max(0.0, (time.time() if now is None else now) - when)
    if passed < 60:
        return _("{n} s ago").format(n=int(passed))
    if passed < 3600:
        return _("{n} min ago").format(n=int(passed // 60))
    text = _("{n} h ago") if passed < 86400 else _("{n} d ago")
    return text.format(n=int(passed // (3600 if passed < 86400 else 86400)))


def clock(when: float) -> str:
    """Local time, with the day when it is not today's."""
    then = time.localtime(when)
    today = time.localtime()[:3] == then[:3]
    return time.strftime("%H:%M:%S" if today else "%d %b %H:%M", then)


def silence(run: RunSnapshot, now: float | None = None) -> float:
    """Seconds since the run last wrote its state."""
    return max(0.0, (time.time() if now is None else now) - run.updated)


def is_quiet(run: RunSnapshot, now: float | None = None) -> bool:
    """Whether a live run has not written its state for a while."""
    return run.is_live and silence(run, now) > QUIET_SECONDS


def sentence(error: Exception) -> str:
    """An exception as one sentence for the person."""
    if isinstance(error, InputError):
        return str(error)
    return f"{type(error).__name__}: {error}".splitlines()[0]


def symbol(text: str) -> str:
    """A symbol as `check` writes it, so that a space or a combining mark can be found as well: `'é' U+00E9`."""
    shown = text if text.isprintable() and not text.isspace() else ascii(text)[1:-1]
    return f"'{shown}' " + " ".join(f"U+{ord(character):04X}" for character in text)
