"""Dividing a corpus into train, val and test, the same way every time.

How clips are dealt stands in `deal`, how the lists are written as one in `together`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.data.deal import GROUPS, Dealt, counts, deal, parse_group, usual_group
from engine.data.filelist import Entry, as_columns
from engine.data.together import as_bytes, replace_together
from engine.errors import InputError

__all__ = [
    "GROUPS",
    "Splits",
    "check_ratios",
    "counts",
    "parse_group",
    "parse_ratios",
    "split",
    "usual_group",
    "write_splits",
]
NAMES = ("train", "val", "test")
LEAST_CLIPS = len(NAMES)


@dataclass(frozen=True, slots=True)
class Splits:
    """Three lists of clips, each sorted by path; no clip is in two of them."""

    train: list[Entry]
    val: list[Entry]
    test: list[Entry]

    def __iter__(self) -> Iterator[tuple[str, list[Entry]]]:
        """The lists with their names."""
        return iter(zip(NAMES, (self.train, self.val, self.test), strict=True))


def parse_ratios(text: str) -> tuple[float, float, float]:
    """Percentages for train, val and test from a flag as `70,25,5`.

    Raises:
        InputError: not three positive numbers, or they do not add to 100.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f'ratios "{text}" are not numbers', fix="write them as 70,25,5") from None
    return check_ratios(numbers)


def check_ratios(ratios: Sequence[float]) -> tuple[float, float, float]:
    """The same ratios, known to be three positive percentages that add to 100; InputError otherwise."""
    shown = ",".join(f"{ratio:g}" for ratio in ratios)
    if len(ratios) != len(NAMES):
        raise InputError(
            f"ratios {shown} are {len(ratios)}, not 3", fix="name train, val and test, as 70,25,5"
        )
    if not all(math.isfinite(ratio) and ratio > 0 for ratio in ratios):
        raise InputError(f"ratios {shown} must all be above 0", fix="as in 70,25,5")
    if not math.isclose(sum(ratios), 100, abs_tol=1e-6):
        raise InputError(f"ratios {shown} add to {sum(ratios):g}, not 100", fix="as in 70,25,5")
    return (ratios[0], ratios[1], ratios[2])


def split(
    entries: Sequence[Entry],
    ratios: Sequence[float],
    seed: int,
    manifest: str | Path | None = None,
    *,
    group: Sequence[str] = (),
    stratify: bool = False,
    seconds: Sequence[float | None] = (),
) -> Splits:
    """Divide clips by percentages; the same clips, ratios and seed always give the same split.

    Each list gets at least one clip. Every speaker is given one clip of train before the rest is dealt, so
    that no voice is tested that was never trained (as far as train has room).

    Args:
        manifest: where the entries were read, for messages.
        group: what never crosses lists: any of `speaker`, `source` (file that clips were cut from), `sentence`.
        stratify: each list gets its share of every speaker and of short and long clips.
        seconds: lengths of the clips, for that; guessed from the texts where they are not known.

    Raises:
        InputError: fewer than 3 clips or groups, bad ratios, or the same audio on two lines.
    """
    ratios = check_ratios(ratios)
    if len(entries) < LEAST_CLIPS:
        what = f"{len(entries)} clip{'s' * (len(entries) != 1)} cannot fill train, val and test"
        raise InputError(what, path=manifest, line=1 if manifest else None, fix="at least 3 are needed")
    _refuse_doubles(entries, manifest)
    clips = Dealt(
        [entry.path for entry in entries],
        [entry.speaker for entry in entries],
        [entry.text for entry in entries],
        seconds,
    )
    try:
        places = deal(clips, ratios, seed, group, stratify)
    except InputError as error:
        raise InputError(error.what, path=manifest, fix=error.fix) from None
    parts: tuple[list[Entry], ...] = ([], [], [])
    for entry, place in zip(entries, places, strict=True):
        parts[place].append(entry)
    return Splits(*(sorted(part, key=as_columns) for part in parts))


def write_splits(splits: Splits, out_dir: str | Path) -> list[Path]:
    """Write train.txt, val.txt and test.txt: all three, or none and the old ones stay.

    The lists that were there before are kept as train.txt.previous and so on.

    Raises:
        InputError: the folder cannot be written to.
    """
    folder = Path(out_dir)
    contents = {f"{name}.txt": as_bytes(map(as_columns, entries)) for name, entries in splits}
    replace_together(folder, contents)
    return [folder / name for name in contents]


def _refuse_doubles(entries: Sequence[Entry], manifest: str | Path | None) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        if entry.path in seen:
            what = f"{entry.path} stands on lines {seen[entry.path].line} and {entry.line}"
            fix = "remove one, or train and test could share the clip"
            raise InputError(what, path=manifest, line=entry.line if manifest else None, fix=fix)
        seen[entry.path] = entry
