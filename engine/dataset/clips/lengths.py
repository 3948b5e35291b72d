"""What the headers of many clips say. No numpy for wav and flac."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Sequence
from pathlib import Path

from engine.audio.header import ClipHeader, header
from engine.errors import InputError

_READERS = 8  # a header is a few bytes: on a network disk all of the time is waiting


def headers(paths: Sequence[str | Path]) -> list[ClipHeader | InputError]:
    """The header of each clip, or why there is none."""
    with concurrent.futures.ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(_header, paths))


def seconds_of(paths: Sequence[str | Path]) -> list[float | None]:
    """Seconds of each clip; None for one that cannot be read."""
    return [None if isinstance(head, InputError) else head.seconds for head in headers(paths)]


def _header(path: str | Path) -> ClipHeader | InputError:
    try:
        head = header(path)
    except InputError as error:
        return error
    except ValueError as error:  # a path with a NUL
        return InputError(f"cannot be read ({error})")
    return head if head.rate > 0 else InputError(f"its header says {head.rate} Hz")
