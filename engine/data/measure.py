"""The length of every clip of a list, with all faults of its audio told by line."""

from __future__ import annotations

import concurrent.futures
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.config import Config
from engine.data.figures import ESCAPED, climbs_out
from engine.data.filelist import Entry
from engine.data.inspect import ClipHeader, header
from engine.errors import InputError
from engine.text.rows import shortened

_READERS = 8  # a header is a few bytes: on a network disk all of the time is waiting
_CONVERT = "run: vitsdeck convert"


def check_audio(
    path: Path,
    entries: Sequence[Entry],
    config: Config,
    root: Path,
    on_done: Callable[[int], None] | None = None,
) -> list[int]:
    """Spectrogram frames (samples // hop) of each entry's clip.

    Args:
        path: the filelist, for messages.
        root: what the entries' paths are relative to.

    Raises:
        InputError: a path out of the workspace, which is not opened; missing, unreadable or cut short, stereo,
            another rate, shorter than one segment; the first of these kinds that occurs, with all of its lines.
    """
    base = os.path.abspath(root)  # noqa: PTH100 - as text, for thousands of comparisons
    outside = [entry for entry in entries if climbs_out(entry.path, base)]
    _refuse(path, [(entry, ESCAPED.reason) for entry in outside], "name clips below the workspace")
    found: list[ClipHeader | InputError] = []
    with concurrent.futures.ThreadPoolExecutor(_READERS) as pool:
        for outcome in pool.map(_header, [root / entry.path for entry in entries]):
            found.append(outcome)
            if on_done is not None:
                on_done(len(found))
    pairs = list(zip(entries, found, strict=True))
    broken = [(entry, outcome.what) for entry, outcome in pairs if isinstance(outcome, InputError)]
    missing = [(entry, what) for entry, what in broken if what == "no such file"]
    _refuse(path, [(entry, "missing audio") for entry, _ in missing], "check the path")
    _refuse(path, [(entry, f"audio {what}") for entry, what in broken], "record or copy it again")
    good = [(entry, outcome) for entry, outcome in pairs if isinstance(outcome, ClipHeader)]
    data, size = config.data, config.train.segment_size
    stereo = [
        (entry, "audio is stereo" if head.channels == 2 else f"audio has {head.channels} channels")
        for entry, head in good
        if head.channels != 1
    ]
    _refuse(path, stereo, f"mono is needed, {_CONVERT}")
    other = [
        (entry, f"audio is at {head.rate} Hz, data.sampling_rate is {data.sampling_rate}")
        for entry, head in good
        if head.rate != data.sampling_rate
    ]
    _refuse(path, other, f"{_CONVERT} --rate {data.sampling_rate}")
    short = [
        (entry, f"clip of {head.frames} samples is shorter than one segment (train.segment_size {size})")
        for entry, head in good
        if head.frames < max(size, data.filter_length)
    ]
    _refuse(path, short, "remove the line")
    return [head.frames // data.hop_length for _, head in good]


def _header(path: Path) -> ClipHeader | InputError:
    try:
        return header(path)
    except InputError as error:
        return error


def _refuse(path: Path, faults: Sequence[tuple[Entry, str]], fix: str) -> None:
    """Raise when there are faults: the first as the sentence, the others below it."""
    if not faults:
        return
    first, what = faults[0]
    more = f", and {len(faults) - 1} more like it" if len(faults) > 1 else ""
    details = [f"{path}:{entry.line}: {text} ({entry.path})" for entry, text in faults[1:]]
    sentence = f"{what} ({first.path}){more}"
    raise InputError(sentence, path=path, line=first.line, fix=fix, details=shortened(details))
